"""How loud one sensor is heard, and by which receiver best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

RECENT_NS: Final = 300_000_000_000
"""A receiver that heard a sensor within 5 minutes may be the one that hears it best."""
FORGOTTEN_NS: Final = 600_000_000_000
"""After 10 minutes of silence it no longer counts among the sensors that a receiver hears."""
UNKNOWN_DBM: Final = -127
"""What stands for a loudness that was not told, as in BlueZ: below all that can be heard."""

_WEIGHT: Final = 0.1
"""Of one packet in the moving average: a passer-by in the stairwell does not move it."""
_BETTER_DB: Final = 6.0
"""By so much another receiver must hear a sensor better before it takes the place of the best one."""
_MOVED_DB: Final = 3.0
"""A change of loudness below this is not worth telling."""


class Signal:
    """Who hears a sensor, and how loud: a moving average for each receiver."""

    __slots__ = ("_best", "_heard", "_told")

    def __init__(self) -> None:
        self._heard: dict[str, tuple[float, int]] = {}
        self._best = ""
        self._told: tuple[str, float] = ("", 0.0)

    def hear(self, receiver: str, rssi: int, now_ns: int) -> None:
        """Take a copy of a packet; an rssi of 0 is not known."""
        known = self._heard.get(receiver)
        if known is None or now_ns - known[1] > RECENT_NS:
            self._heard[receiver] = (rssi or UNKNOWN_DBM, now_ns)
        else:
            self._heard[receiver] = (known[0] + _WEIGHT * (rssi - known[0]) if rssi else known[0], now_ns)

    def news(self, now_ns: int) -> tuple[int, str] | None:
        """Loudness in dBm and the receiver that hears best, where that is worth telling; None else."""
        recent = {receiver: dbm for receiver, (dbm, when_ns) in self._heard.items() if now_ns - when_ns <= RECENT_NS}
        if not recent:
            return None
        loudest = max(recent, key=recent.__getitem__)
        if self._best not in recent or recent[loudest] >= recent[self._best] + _BETTER_DB:
            self._best = loudest
        dbm = recent[self._best]
        receiver, told = self._told
        if receiver == self._best and abs(dbm - told) < _MOVED_DB:
            return None
        self._told = (self._best, dbm)
        return round(dbm), self._best

    @property
    def dbm(self) -> int:
        """How loud it is, as last told; 0 before."""
        return round(self._told[1])

    def heard_by(self, now_ns: int) -> Iterable[str]:
        """The receivers that heard it within the last 10 minutes."""
        old = [receiver for receiver, (_, when_ns) in self._heard.items() if now_ns - when_ns > FORGOTTEN_NS]
        for receiver in old:
            del self._heard[receiver]
        return self._heard
