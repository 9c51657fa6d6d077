"""Times as chargers tell them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, NamedTuple

OLD_SECONDS: Final = 120.0
"""What happened longer ago was kept back while the charger was offline, and is told as something of the past."""
AHEAD_SECONDS: Final = 120.0
"""A clock that is so far ahead of ours is wrong."""
FIRST_UTC: Final = 1_577_836_800.0
"""2020-01-01: no OCPP 1.6J charger with a set clock says an earlier time."""


class Moment(NamedTuple):
    """When something happened. `utc` is None where the charger told no time that can be believed."""

    utc: float | None
    wrong: bool
    """The charger told a time, and it cannot be believed."""
    old: bool
    """It happened while the charger was offline."""


UNTOLD: Final = Moment(None, wrong=False, old=False)


def moment(text: str, now_utc: float) -> Moment | None:
    """Read a time (RFC 3339; without a zone it is UTC). None for text that is no time at all."""
    try:
        said = datetime.fromisoformat(text)
        utc = (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    if not FIRST_UTC <= utc <= now_utc + AHEAD_SECONDS:
        return Moment(None, wrong=True, old=False)
    return Moment(utc, wrong=False, old=now_utc - utc > OLD_SECONDS)


def rfc3339(utc: float) -> str:
    """A time as OCPP has it, in milliseconds and with Z."""
    return datetime.fromtimestamp(utc, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
