"""Times that people write down are judged by the clock of the box, also by one that is not synchronised: with some doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model import Now

DOUBT_SECONDS = 86_400.0
"""By so much a clock that is not synchronised may be off before what people ask for is judged by it: a clock of a battery goes
wrong by minutes in a month, and one that was set by hand mostly by a wrong zone or a wrong day."""


def surely_past(utc: float, now: Now) -> bool:
    """Whether a moment has passed, with the clock's doubt taken off."""
    return utc <= now.utc - _doubt(now)


def surely_ahead(utc: float, now: Now) -> bool:
    """Whether a moment is still to come, with the clock's doubt taken off."""
    return utc > now.utc + _doubt(now)


def _doubt(now: Now) -> float:
    return 0.0 if now.trusted else DOUBT_SECONDS
