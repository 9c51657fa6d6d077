"""What the house knows of one person, as a file that he can be handed: JSON for machines, and a page in Chinese and English.

The right to a copy (PIPL, Art. 45). Cards and codes are told by their kind alone: their hashes are the house's secret.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, BinaryIO

from gateway.serve.instants import iso, moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.charging import Tag
    from gateway.keep.assisting.slices import Passed, Told
    from gateway.permit import Permit

_HEAD = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>个人信息副本 Personal data</title>'
    "<style>body{font:15px/1.5 sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse;margin:0 0 2em}"
    "td,th{border:1px solid #999;padding:.2em .6em;text-align:left;vertical-align:top}</style>"
)
_TITLES: Mapping[str, str] = {
    "permits": "通行权限 Permits",
    "passages": "通行记录 Passages",
    "visits": "访客授权 Visitors' permits",
    "tags": "充电卡 Charging tags",
    "sessions": "充电记录 Charging sessions",
    "incidents": "事件 Incidents that name the person",
    "mentions": "其他记录 Other rows that name the person",
}


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """What was found of a person. `person` is his pseudonym."""

    person: str
    made_utc: float
    compound: str
    permits: Sequence[Permit]
    passages: Sequence[Passed]
    tags: Sequence[Tag]
    mentions: Sequence[Told]


def write_person(file: BinaryIO, about: AboutPerson) -> None:
    """Write person.json and person.html as a zip. Blocks."""
    told = _told(about)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("person.html", _page(told))


def _told(about: AboutPerson) -> dict[str, Json]:
    incidents = [each for each in about.mentions if each.kind == "incident"]
    sessions = [each for each in about.mentions if each.kind.startswith("charging_")]
    others = [each for each in about.mentions if each not in incidents and each not in sessions]
    return {
        "person": about.person,
        "compound": about.compound,
        "made": iso(about.made_utc),
        "permits": [_permit(each) for each in about.permits if not each.visitor],
        "visits": [_permit(each) for each in about.permits if each.visitor],
        "passages": [_passage(each) for each in about.passages],
        "tags": [{**asdict(each), "tag": "", "until_utc": moment(each.until_utc)} for each in about.tags],
        "sessions": [_row(each) for each in sessions],
        "incidents": [_row(each) for each in incidents],
        "mentions": [_row(each) for each in others],
    }


def _permit(permit: Permit) -> dict[str, Json]:
    return {
        "id": permit.id,
        "name": permit.name,
        "household": permit.household,
        "kind": permit.kind.value,
        "doors": ", ".join(permit.groups),
        "schedule": permit.schedule,
        "from": moment(permit.from_utc),
        "until": moment(permit.until_utc),
        "standing": permit.standing.value,
        "note": permit.note,
    }


def _passage(passed: Passed) -> dict[str, Json]:
    at = passed.utc if passed.measured_utc is None else passed.measured_utc
    return {"at": iso(at), "device": passed.device, "part": passed.body.get("part", ""), "kind": passed.kind}


def _row(told: Told) -> dict[str, Json]:
    return {"at": iso(told.utc), "kind": told.kind, "subject": told.subject, "said": told.body}


def _page(told: Mapping[str, Json]) -> str:
    parts = [_HEAD, "<h1>个人信息副本 Personal data</h1>"]
    parts.append(f"<p>{escape(told['compound'])} · {escape(told['made'])} · {escape(told['person'])}</p>")
    for key, title in _TITLES.items():
        rows = told[key]
        parts.append(f"<h2>{title} ({len(rows)})</h2>")
        if rows:
            parts.append(_table(rows))
    return "".join(parts)


def _table(rows: Sequence[Mapping[str, Json]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(each))}</td>" for each in row.values()) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _cell(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
