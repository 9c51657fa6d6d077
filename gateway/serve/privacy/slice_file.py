"""The archive for an investigation 协助调查: what happened at its places in its window, with identity, and nothing else.

Passages name whose permit it was: that is what the second person confirmed the document for. Alarms and incidents are those of
the held devices, and incidents of buildings that were asked for as a whole; photos are those of these incidents.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.serve.instants import iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drivers.contract import Json
    from gateway.keep.assisting.slices import Passed, Told
    from gateway.permit import Permit
    from gateway.privacy import Investigation

COLUMNS = ("at", "received", "device", "part", "kind", "name", "household", "permit", "visitor")
"""Of passages.csv."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula."""

_README = """本压缩包由 Gridpost 依协助调查程序导出,仅含所请求的地点与时间段。
manifest.json 列出每个文件的 SHA-256;manifest.sig 是该文件的 Ed25519 签名。校验:

This archive was made for an investigation. It holds the places and the time that were asked for, and nothing else.
manifest.json has the SHA-256 of each file; manifest.sig is its Ed25519 signature. To check:

    openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in manifest.json -sigfile manifest.sig
    sha256sum passages.csv
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """What was found. `named` are events with the permit that they were made with, None where it is nobody's."""

    named: Sequence[tuple[Passed, Permit | None]]
    alarms: Sequence[Told]
    incidents: Sequence[Told]
    photos: Sequence[tuple[str, bytes]]


def alarms_of(investigation: Investigation, rows: Iterable[Told]) -> list[Told]:
    """The alarm rows of the devices that were asked for."""
    devices = set(investigation.devices)
    return [row for row in rows if row.body.get("alarm", {}).get("device") in devices]


def incidents_of(investigation: Investigation, rows: Iterable[Told], alarms: Iterable[Told]) -> list[Told]:
    """The incident rows of those alarms, and of buildings that were asked for as a whole."""
    numbers = {row.body["alarm"]["number"] for row in alarms}
    places = set(investigation.places)

    def concerns(body: Mapping[str, Json]) -> bool:
        incident = body.get("incident", {})
        building = incident.get("place", {}).get("building")
        return building in places or any(number in numbers for number, _ in incident.get("alarms", ()))

    return [row for row in rows if concerns(row.body)]


def photos_of(incidents: Iterable[Told]) -> list[str]:
    """The photos of these incidents, by their SHA-256, each once."""
    return list(dict.fromkeys(photo for row in incidents for photo in row.body.get("incident", {}).get("photos", ())))


def about(investigation: Investigation, by: str, made_utc: float) -> dict[str, Json]:
    """What the manifest says of it."""
    return {
        "investigation": investigation.id,
        "body": investigation.body,
        "document": investigation.document,
        "places": list(investigation.places),
        "from": iso(investigation.from_utc),
        "to": iso(investigation.to_utc),
        "reason": investigation.reason,
        "asked_by": investigation.asked_by,
        "confirmed_by": investigation.confirmed_by,
        "confirmed": moment(investigation.confirmed_utc),
        "made_by": by,
        "made": iso(made_utc),
    }


def files_of(found: Slice) -> Iterator[tuple[str, bytes]]:
    """The files of the archive beside its manifest."""
    passages = [_passage(passed, permit) for passed, permit in found.named]
    yield "README.txt", _README.encode()
    yield "passages.json", _json(passages)
    yield "passages.csv", _csv(passages)
    yield "alarms.json", _json([_row(row) for row in found.alarms])
    yield "incidents.json", _json([_row(row) for row in found.incidents])
    for name, content in found.photos:
        yield f"photos/{name}", content


def _passage(passed: Passed, permit: Permit | None) -> dict[str, Json]:
    return {
        "at": moment(passed.measured_utc),
        "received": iso(passed.utc),
        "device": passed.device,
        "part": passed.body.get("part", ""),
        "kind": passed.kind,
        "name": permit.name if permit else "",
        "household": permit.household if permit else "",
        "permit": permit.id if permit else "",
        "visitor": permit.visitor if permit else None,
    }


def _row(told: Told) -> dict[str, Json]:
    return {"seq": told.seq, "at": iso(told.utc), "subject": told.subject, "said": told.body}


def _json(rows: Sequence[Json]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _csv(rows: Iterable[Mapping[str, Json]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()  # the mark without which Excel shows no Chinese


def _cell(value: Json) -> str:
    cell = "" if value is None else str(value)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
