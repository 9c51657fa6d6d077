"""Permits as a table of text: what a property's office keeps in Excel comes in, and what is known goes out.

Pure functions. Card numbers and codes are hashed here and kept nowhere; no finding says what stands in a cell, for
a number may stand in a wrong one.

    person,name,building,entrance,flat,card,code,groups,schedule,from,until

`person` is whatever names somebody for good (a staff number, an ID); left out, name and household do. `groups` are parted by
semicolons. Times are local, `2026-12-31` or `2026-12-31 18:00`; a permit `until` a day holds to the end of it. An export has
`credential` with the keyed hash and `kind` instead of `card` and `code`, `#` and a hash for `person`, and `id`, `visitor` and
`note` besides; it can be read back.
"""

from __future__ import annotations

import csv
import hmac
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from drivers.credential import HASH_BYTES, card_hash, code_hash
from gateway.keep.csv_table import NoTable, read_table, rows_of, wrong_columns
from gateway.keep.local_time import utc_of_written
from gateway.permit import Credential, Permit, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = ("person", "name", "building", "entrance", "flat", "card", "code", "groups", "schedule", "from", "until")
EXPORTED = (
    "id",
    "person",
    "name",
    "building",
    "entrance",
    "flat",
    "credential",
    "kind",
    "groups",
    "schedule",
    "from",
    "until",
    "visitor",
    "note",
)
NEEDED = ("name", "groups")

YES = "yes"
HASHED = "#"
"""In front of a person's hash, as an export has it."""

_CARD = re.compile(r"[0-9]{1,20}")
"""64 bits have 20 digits."""
_CODE = re.compile(r"[0-9]{4,12}")
_HASH = re.compile(rf"[0-9a-f]{{{2 * HASH_BYTES}}}")
_BETWEEN_GROUPS = re.compile(r"[;；|、\s]+")
_KINDS = {kind.value: kind for kind in Credential}
_FORMULA = re.compile(r"'*[=+@-]")
"""A cell that begins so is worked out by a spreadsheet; one more apostrophe in front keeps it text."""


@dataclass(frozen=True, slots=True)
class PermitFile:
    """What was read: permits and for each where it stands ("row 7", the header being row 1), and what is wrong with others."""

    permits: tuple[Permit, ...]
    origins: tuple[str, ...]
    findings: tuple[str, ...]


def person_hash(key: bytes, said: str) -> str:
    """Keyed hash of whatever names a person outside: 16 hex digits."""
    return hmac.digest(key, f"person:{said}".encode(), sha256)[:HASH_BYTES].hex()


def read_csv(data: bytes, key: bytes, timezone: str) -> PermitFile:
    """Read a file of permits, UTF-8 (with or without a mark in front) or GB18030, as Excel in China writes it.

    `key` is the compound's key of hashes, `timezone` the IANA name of its time zone. What is wrong is found, never raised.
    """
    try:
        header, rows = read_table(data)
    except NoTable as wrong:
        return PermitFile((), (), (str(wrong),))
    if findings := _wrong_header(header):
        return PermitFile((), (), tuple(findings))
    return _read_rows(header, rows, _Reader(key, ZoneInfo(timezone)))


def write_csv(permits: Iterable[Permit], timezone: str) -> str:
    """Valid permits as text that `read_csv` takes back; what was revoked never comes back by way of a file."""
    zone = ZoneInfo(timezone)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, EXPORTED)
    writer.writeheader()
    for permit in permits:
        if permit.standing is Standing.VALID:
            cells = _cells(permit, zone)
            writer.writerow({column: _shielded(cell) for column, cell in cells.items()})
    return text.getvalue()


# ---------------------------------------------------------------- reading


def _wrong_header(header: Sequence[str]) -> list[str]:
    findings = wrong_columns(header, sorted({*COLUMNS, *EXPORTED}), COLUMNS)
    findings += [f"row 1: the column {name!r} is missing" for name in NEEDED if name not in header]
    if not {"card", "code", "credential"} & {*header}:
        findings.append("row 1: a column 'card' or 'code' is missing")
    return findings


def _read_rows(header: Sequence[str], rows: Iterable[Sequence[str]], reader: _Reader) -> PermitFile:
    permits: list[Permit] = []
    origins: list[str] = []
    findings: list[str] = []
    for number, row in rows_of(header, rows, _bare, findings):
        origin = f"row {number}"
        permit, wrong = reader.read(row)
        findings += [f"{origin}: {one}" for one in wrong]
        if permit is not None:
            permits.append(permit)
            origins.append(origin)
    return PermitFile(tuple(permits), tuple(origins), tuple(findings))


class _Reader:
    """Makes permits of rows; what is wrong with a cell is added to `wrong`."""

    def __init__(self, key: bytes, zone: ZoneInfo) -> None:
        self._key = key
        self._zone = zone

    def read(self, row: Mapping[str, str]) -> tuple[Permit | None, list[str]]:
        """The permit, or all that is wrong with the row."""
        wrong: list[str] = []
        credential, kind = self._credential(row, wrong)
        household = _household(row, wrong)
        if not (name := row["name"]):
            wrong.append("no name")
        if not (groups := _BETWEEN_GROUPS.sub(" ", row["groups"]).split()):
            wrong.append("no group of doors")
        if (visitor := row.get("visitor", "")) not in ("", YES):
            wrong.append(f"visitor is {YES} or nothing")
        start, until = self._time(row, "from", wrong), self._time(row, "until", wrong)
        if wrong:
            return None, wrong
        permit = Permit(
            row.get("id", ""),
            self._person(row.get("person") or f"{household}/{name}"),
            name,
            household,
            credential,
            kind,
            tuple(dict.fromkeys(groups)),
            row.get("schedule", ""),
            start,
            until,
            visitor=bool(visitor),
            note=row.get("note", ""),
        )
        return permit, wrong

    def _person(self, said: str) -> str:
        hashed = said.removeprefix(HASHED)
        return hashed if hashed != said and _HASH.fullmatch(hashed) else person_hash(self._key, said)

    def _credential(self, row: Mapping[str, str], wrong: list[str]) -> tuple[str, Credential]:
        card, code, hashed = (row.get(column, "") for column in ("card", "code", "credential"))
        kind = _KINDS.get(row.get("kind", ""))
        if sum(map(bool, (card, code, hashed))) != 1:
            wrong.append("exactly one of card, code and credential is needed")
        elif card and _CARD.fullmatch(card):
            return card_hash(self._key, int(card)), Credential.CARD
        elif card:
            wrong.append("the card is no whole number (a spreadsheet shortens long ones: make its column text)")
        elif code and _CODE.fullmatch(code):
            return code_hash(self._key, code), Credential.CODE
        elif code:
            wrong.append("a code has 4 to 12 digits")
        elif kind is None or not _HASH.fullmatch(hashed):
            wrong.append("the credential is no hash of an export, or its kind is neither card nor code")
        else:
            return hashed, kind
        return "", Credential.CARD

    def _time(self, row: Mapping[str, str], column: str, wrong: list[str]) -> float:
        said = row.get(column, "")
        if not said:
            return 0.0
        utc = utc_of_written(said, self._zone, to_its_end=column == "until")
        if utc is None:
            wrong.append(f"{column} is no day such as 2026-12-31 or 2026-12-31 18:00")
        return utc or 0.0


def _household(row: Mapping[str, str], wrong: list[str]) -> str:
    parts = [row.get(column, "") for column in ("building", "entrance", "flat")]
    if not any(parts):
        return ""
    if not all(parts):
        wrong.append("building, entrance and flat are given together or not at all")
    elif any(" " in part for part in parts) or any("-" in part for part in parts[1:]):
        wrong.append("building, entrance and flat have no spaces, entrance and flat no hyphens")
    return "-".join(parts)


def _bare(cell: str) -> str:
    """A cell without the spaces around it, and without the apostrophe that `_shielded` put in front."""
    bare = cell.strip()
    return bare[1:] if bare.startswith("'") and _FORMULA.match(bare) else bare


# ---------------------------------------------------------------- writing


def _cells(permit: Permit, zone: ZoneInfo) -> dict[str, str]:
    building, entrance, flat = permit.household.rsplit("-", 2) if permit.household else ("", "", "")
    return {
        "id": permit.id,
        "person": f"{HASHED}{permit.person}" if permit.person else "",
        "name": permit.name,
        "building": building,
        "entrance": entrance,
        "flat": flat,
        "credential": permit.credential,
        "kind": permit.kind.value,
        "groups": ";".join(permit.groups),
        "schedule": permit.schedule,
        "from": _local(permit.from_utc, zone),
        "until": _local(permit.until_utc, zone),
        "visitor": YES if permit.visitor else "",
        "note": permit.note,
    }


def _local(utc: float, zone: ZoneInfo) -> str:
    if not utc:
        return ""
    moment = datetime.fromtimestamp(int(utc), UTC).astimezone(zone)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")


def _shielded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
