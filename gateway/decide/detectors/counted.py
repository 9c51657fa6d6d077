"""Two clocks that go on over restarts: what a sensor's silence is measured by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.deadline import Deadline
from gateway.model import Now, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json

COUNTED = "counted_time"


class CountedTime:
    """How long the world went on, as far as anybody can tell, and how long this gateway listened. In nanoseconds.

    Within one run of the process both go with CLOCK_BOOTTIME, so each is that clock and an offset. What passed between two
    runs is told by `Deadline`; the gateway listened to none of it. `since_ns`, `since_listened_ns`: at the last checkpoint
    before this run, None where there is none.
    """

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self.since_ns: int | None = None
        self.since_listened_ns = 0
        self._ahead_ns = self._listened_ahead_ns = -now.boottime_ns
        if (saved := remembered.get(COUNTED)) is not None:
            at, self.since_ns, self.since_listened_ns = Now(*saved["at"]), saved["passed"], saved["listened"]
            self._ahead_ns += saved["passed"] - Deadline(at, 0).left(now)
            self._listened_ahead_ns += saved["listened"]

    def passed_ns(self, boottime_ns: int) -> int:
        """How long the world had gone on at that CLOCK_BOOTTIME of this run."""
        return boottime_ns + self._ahead_ns

    def listened_ns(self, boottime_ns: int) -> int:
        """How long the gateway had listened then."""
        return boottime_ns + self._listened_ahead_ns

    def boottime_ns(self, passed_ns: int) -> int:
        """The inverse of `passed_ns`; negative for what was before this boot."""
        return passed_ns - self._ahead_ns

    def boottime_of_listening_ns(self, listened_ns: int) -> int:
        """The inverse of `listened_ns`."""
        return listened_ns - self._listened_ahead_ns

    def checkpoint(self, now: Now) -> Remember:
        """Where both stand."""
        ns = now.boottime_ns
        return Remember(COUNTED, {"at": [*now], "passed": self.passed_ns(ns), "listened": self.listened_ns(ns)})
