"""The sum by which a controller's table of permits is told from any other (docs/acp1.md, "The table"). Standard library only."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json

SCHEDULE_WORDS = 32
"""A schedule: two spans of (from, until) for each of eight day kinds."""

_USER = struct.Struct(">HQIIHHH")
_SCHEDULE = struct.Struct(f">H{SCHEDULE_WORDS}H")
_HOLIDAY = struct.Struct(">HHH")


def table_sum(level: Mapping[str, Json]) -> int:
    """CRC-32 of a wanted table (docs/acp1.md, "The wanted table"), whose records stand by rising index; 0 for an empty one."""
    total = 0
    for record in _records(level):
        total = crc32(record, total)
    return total


def _records(level: Mapping[str, Json]) -> Iterable[bytes]:
    for index, credential, start, end, doors, schedule, flags in level["users"]:
        yield _USER.pack(index, int(credential, 16), start, end, doors, schedule, flags)
    for index, words in level["schedules"]:
        yield _SCHEDULE.pack(index, *words)
    for index, day, kind in level["holidays"]:
        yield _HOLIDAY.pack(index, day, kind)
