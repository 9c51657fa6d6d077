"""The end of a sensor's life, by the register: told 60 and 30 days before, and when it has come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.decide.rules import END_OF_LIFE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.decide.detectors.register import Register
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

TOLD_DAYS = (0, 30, 60)

_DAY = 86400


class Lives:
    """How long sensors may still hang where they do."""

    def __init__(self, register: Register, known: Known, watches: Watches) -> None:
        self._register = register
        self._known = known
        self._watches = watches

    def look(self, devices: Iterable[str], now: Now) -> list[Outcome]:
        """Look at these; a clock that is not to be believed tells no age."""
        if not now.trusted:
            return []
        out: list[Outcome] = []
        soon_utc = now.utc + TOLD_DAYS[-1] * _DAY
        for device in devices:
            expires_utc = self._register.expires_utc(device)
            if expires_utc is not None and expires_utc <= soon_utc:
                out += self._say(device, _in_words(expires_utc, (expires_utc - now.utc) / _DAY), now)
        return out

    def _say(self, device: str, why: str, now: Now) -> list[Outcome]:
        known = self._known.devices.get(device)
        if known is None:
            return []
        place, key = known.rules.place, f"{END_OF_LIFE}@{device}"
        out = self._watches.say(END_OF_LIFE, device, device, place, abnormal=True, why=why, now=now)
        return out or self._watches.book.updated(key, why, now)


def _in_words(expires_utc: float, days: float) -> str:
    """Stays the same until there is more to tell."""
    day = f"{datetime.fromtimestamp(expires_utc, UTC):%Y-%m-%d}"
    told = next(each for each in TOLD_DAYS if days <= each)
    return f"its life ends within {told} days, on {day}" if told else f"its life ended on {day}"
