"""How a controller supervises its host: the heartbeat that the host writes, and missing it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from simulator.ring import Event
from simulator.system import HOST_LOST, OFFLINE_MODE

if TYPE_CHECKING:
    from simulator.door import Log

TIMEOUT_SECONDS = 60


class HostWatch:
    """HOST_HB and HOST_TIMEOUT. A host is missed only once it was heard since the boot; its loss changes no lock."""

    __slots__ = ("_log", "beat", "lost", "lost_at", "timeout_seconds")

    def __init__(self, log: Log) -> None:
        self.beat = 0
        self.timeout_seconds = TIMEOUT_SECONDS
        self.lost = False
        self.lost_at = inf
        """When it will be missed."""
        self._log = log

    @property
    def bits(self) -> int:
        """Its share of SYS."""
        return HOST_LOST | OFFLINE_MODE if self.lost else 0

    def hear(self, beat: int, now: float) -> None:
        """The host wrote its heartbeat."""
        self.beat = beat
        self.lost_at = now + self.timeout_seconds if self.timeout_seconds else inf
        if self.lost:
            self.lost = False
            self._log(now, Event.HOST_BACK, 0, 0)

    def set_timeout(self, seconds: int, now: float) -> None:
        """Change how long it may be silent; 0 stops missing it."""
        self.timeout_seconds = seconds
        if self.lost_at < inf:
            self.lost_at = now + seconds if seconds else inf

    def advance(self, now: float) -> None:
        """Miss it when it is due."""
        if self.lost_at <= now:
            due, self.lost_at = self.lost_at, inf
            self.lost = True
            self._log(due, Event.HOST_LOST, 0, 0)

    def restart(self) -> None:
        """The controller booted: nobody has been heard yet."""
        self.beat = 0
        self.lost = False
        self.lost_at = inf
