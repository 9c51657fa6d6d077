"""Moments as they leave the house: ISO 8601 in UTC with milliseconds and Z."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from gateway.model import Now

_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


def iso(utc: float) -> str:
    """Seconds since 1970 as "2026-11-21T10:05:09.123Z". A clock gone mad is shown as the nearest year that can be written."""
    moment = datetime.fromtimestamp(min(max(utc, 0.0), _LATEST), UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def moment(utc: float | None) -> str | None:
    """Seconds since 1970 as the API says them; 0 and None are no moment."""
    return iso(utc) if utc else None


def boot_utc(now: Now) -> float:
    """When CLOCK_BOOTTIME was zero, in seconds since 1970, as the clock stands now."""
    return now.utc - now.boottime_ns / NANOSECONDS
