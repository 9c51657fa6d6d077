"""Tags as a table of text: what a property's office keeps of the cards and stickers that people show at chargers.

Pure functions. A tag is hashed here and kept nowhere; no finding says what stands in a cell.

    tag,label,until,blocked,note

`tag` is what a charger reads from it. `until` is local, `2026-12-31` (to the end of that day) or `2026-12-31 18:00`, empty for
good; `blocked` is `yes` or empty. A file that is taken again changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from drivers.credential import tag_hash
from gateway.charging import Tag
from gateway.keep.csv_table import NoTable, read_table, rows_of, wrong_columns
from gateway.keep.local_time import utc_of_written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = ("tag", "label", "until", "blocked", "note")
YES = "yes"
ROWS_LIMIT = 20_000
"""Several for each household of the largest compound."""

TAG_LIMIT = 64
LABEL_LIMIT = 80
NOTE_LIMIT = 200

TAG_PATTERN = r"^[!-~]([ -~]*[!-~])?$"
"""What chargers read is plain text: OCPP's idTag, a card's number in hex or decimal digits."""

_TAG = re.compile(TAG_PATTERN)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TagFile:
    """What was read, and a sentence for each thing that is wrong ("row 7: ...", the header being row 1)."""

    tags: tuple[Tag, ...]
    findings: tuple[str, ...]


def read_tags(data: bytes, key: bytes, timezone: str) -> TagFile:
    """Read a file of tags, UTF-8 (with or without a mark in front) or GB18030, as Excel in China writes it.

    `key` is the compound's key of hashes, `timezone` the IANA name of its time zone. What is wrong is found, never raised.
    """
    try:
        header, rows = read_table(data, ROWS_LIMIT)
    except NoTable as wrong:
        return TagFile((), (str(wrong),))
    findings = wrong_columns(header, COLUMNS, COLUMNS)
    if "tag" not in header:
        findings.append("row 1: the column 'tag' is missing")
    return TagFile((), tuple(findings)) if findings else _read_rows(header, rows, _Reader(key, ZoneInfo(timezone)))


def _read_rows(header: Sequence[str], rows: Iterable[Sequence[str]], reader: _Reader) -> TagFile:
    tags: list[Tag] = []
    findings: list[str] = []
    for number, row in rows_of(header, rows, str.strip, findings):
        tag, wrong = reader.read(row, number)
        findings += [f"row {number}: {one}" for one in wrong]
        if tag is not None:
            tags.append(tag)
    return TagFile(tuple(tags), tuple(findings))


class _Reader:
    """Makes tags of rows; what is wrong with a cell is added to `wrong`."""

    def __init__(self, key: bytes, zone: ZoneInfo) -> None:
        self._key = key
        self._zone = zone
        self._rows: dict[str, int] = {}

    def read(self, row: Mapping[str, str], number: int) -> tuple[Tag | None, list[str]]:
        """The tag, or all that is wrong with the row."""
        wrong: list[str] = []
        hashed = self._hashed(row["tag"], number, wrong)
        label = _text(row.get("label", ""), "label", LABEL_LIMIT, wrong)
        note = _text(row.get("note", ""), "note", NOTE_LIMIT, wrong)
        blocked = row.get("blocked", "").lower()
        if blocked not in ("", YES):
            wrong.append(f"blocked is {YES} or nothing")
        until = utc_of_written(said, self._zone, to_its_end=True) if (said := row.get("until", "")) else 0.0
        if until is None:
            wrong.append("until is no day such as 2026-12-31 or 2026-12-31 18:00")
        if wrong or until is None:
            return None, wrong
        return Tag(hashed, label, until, blocked=bool(blocked), note=note), wrong

    def _hashed(self, said: str, number: int, wrong: list[str]) -> str:
        if not said:
            wrong.append("no tag")
        elif _SCIENTIFIC.fullmatch(said):
            wrong.append("the tag was shortened by a spreadsheet: make its column text")
        elif len(said) > TAG_LIMIT or not _TAG.fullmatch(said):
            wrong.append(f"a tag is at most {TAG_LIMIT} plain characters")
        else:
            hashed = tag_hash(self._key, said)
            if (first := self._rows.setdefault(hashed, number)) != number:
                wrong.append(f"this tag stands in row {first} already")
            return hashed
        return ""


def _text(said: str, name: str, limit: int, wrong: list[str]) -> str:
    if len(said) > limit or not said.isprintable():
        wrong.append(f"a {name} is at most {limit} characters that can be printed")
    return said
