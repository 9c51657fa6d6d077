"""What was granted for a time: a round, a walk test, a battery's change.

Each makes the house less careful for a while. So none outlives a time that nobody could count: after a reboot without a clock
to believe it is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.model import NANOSECONDS

if TYPE_CHECKING:
    from drivers.contract import Json
    from gateway.model import Now


def granted(seconds: float, now: Now) -> Deadline:
    """For so long from now on."""
    return Deadline(now, int(seconds * NANOSECONDS))


def resumed(body: Json, now: Now) -> Deadline:
    """What was remembered of it, counted from `now` on; nothing is left where the time in between is not known."""
    deadline = Deadline.from_json(body).resumed(now)
    return Deadline(now, 0, uncounted=True) if deadline.uncounted else deadline


def until_ns(deadline: Deadline) -> int:
    """CLOCK_BOOTTIME in nanoseconds at which it is over."""
    return deadline.at.boottime_ns + deadline.left_ns
