"""How a heartbeat is doing, for the page: no network library is needed to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MISSES: Final = 3
"""So many in a row are an alarm: one may be a router that restarts."""


@dataclass(slots=True)
class Beating:
    """How a heartbeat is doing. `answered_utc` is 0 until the first answer; `missed` counts since the last one."""

    id: str
    target: str
    every_seconds: float
    answered_utc: float = 0.0
    missed: int = 0
    why: str = ""
    """Why the last one was not answered, or not sent."""
