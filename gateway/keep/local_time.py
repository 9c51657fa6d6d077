"""Moments as an office writes them in a table: `2026-12-31`, `2026/12/31 18:00`, in the time of the place."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")


def utc_of_written(said: str, zone: ZoneInfo, *, to_its_end: bool) -> float | None:
    """A written moment in seconds since 1970; None for what is none. A day without an hour begins, or is meant `to_its_end`."""
    found = _TIME.fullmatch(said)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        local = datetime(year, month, day, hour, minute, second) + timedelta(days=to_its_end and found[4] is None)  # noqa: DTZ001 - below
        return local.replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):  # the 30th of February, the year 0
        return None
