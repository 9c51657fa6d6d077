"""The duty of being a controller's host (docs/acp1.md, "The host"): a heartbeat, and the right time."""

from __future__ import annotations

import struct
import time
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.modbus.act import Rank
from drivers.modbus.frame import Frame, ModbusError
from drivers.modbus.identity import recognise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json, Value
    from drivers.modbus.act import Talk
    from drivers.modbus.unit import Poll, Unit

MOST_SECONDS_OFF: Final = 2.0
"""A clock that is further off is set."""
LOOK_AGAIN_SECONDS: Final = 300.0
"""How often a clock that is right is looked at: one that is 100 ppm off, as a bad crystal is, is then off by 30 ms."""
PROVE_SECONDS: Final = 1.0
"""How long after it was set a clock is looked at again."""
PATIENCE: Final = 3
"""So often a clock is set before it is left alone for a while: it does not take the time."""
INVALID_SECONDS: Final = 60.0
"""How often a controller that says that it does not know the time is looked at."""

_CLOCK: Final = struct.Struct(">IH")
_REGISTER_BYTES: Final = 2
_MILLISECONDS: Final = 1000


class HostCareDuty:
    """Plays the host of one unit. The clock is touched only while `want` said that ours is to be believed.

    `utc` gives our own time in seconds since 1970.
    """

    rank = Rank.TABLE

    def __init__(self, unit: Unit, utc: Callable[[], float] = time.time) -> None:
        assert unit.profile.host is not None  # noqa: S101  the profile says what it expects of a host
        self.unit = unit
        self.due = inf
        self.over = False
        self._host = unit.profile.host
        self._utc = utc
        self._beat = 0
        self._beat_due = inf
        self._clock_due = inf
        self._clock_looked_at = -inf
        self._ours_is_right = False
        self._set_in_vain = 0
        self._read_clock = Frame.reading(unit.number, 3, self._host.clock_at, _CLOCK.size // _REGISTER_BYTES)
        self._numbers = dict.fromkeys(("heartbeats", "clock_set"), 0)
        self._invalid_at = {
            id(poll): place
            for poll in unit.polls
            for place, point in enumerate(unit.device.groups[poll.group].points)
            if point.meaning == "clock_invalid"
        }

    def want(self, level: Json | None) -> None:
        """Whether our clock is to be believed."""
        self._ours_is_right = bool(level)
        self._clock_due = 0.0 if self._ours_is_right else inf
        self._plan()

    def unit_back(self) -> None:
        """It may have missed us, and forgotten the time."""
        self._beat_due = 0.0
        self._clock_due = 0.0 if self._ours_is_right else inf
        self._plan()

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float) -> None:
        """Look at the clock when the controller says that it does not know the time."""
        place = self._invalid_at.get(id(poll))
        if place is None or not values[place] or not self._ours_is_right:
            return
        if now - self._clock_looked_at > INVALID_SECONDS:
            self._clock_due = min(self._clock_due, now)
            self._plan()

    def numbers(self) -> Mapping[str, float]:
        """Heartbeats that were answered, and how often the clock was set."""
        return self._numbers

    async def step(self, talk: Talk, now: float) -> None:
        """Do what has been due for longer."""
        try:
            if self._beat_due <= self._clock_due:
                await self._say_that_we_live(talk, now)
            else:
                await self._mind_the_clock(talk, now)
        except ModbusError:
            pass  # it is due again in its time
        finally:
            self._plan()

    async def _say_that_we_live(self, talk: Talk, now: float) -> None:
        self._beat_due = now + self._host.every_seconds
        self._beat = (self._beat + 1) & 0xFFFF
        await talk.ask(self.unit, Frame.writing(self.unit.number, 6, self._host.heartbeat_at, (self._beat,)))
        self._numbers["heartbeats"] += 1

    async def _mind_the_clock(self, talk: Talk, now: float) -> None:
        """Read the clock, and set it in the same step when it is off: what time it is will not wait."""
        self._clock_looked_at = now
        self._clock_due = now + LOOK_AGAIN_SECONDS
        seconds, milliseconds = _CLOCK.unpack(await talk.ask(self.unit, self._read_clock))
        if abs(seconds + milliseconds / _MILLISECONDS - self._utc()) <= MOST_SECONDS_OFF:
            self._set_in_vain = 0
            return
        if await recognise(talk, self.unit):
            return
        whole, fraction = divmod(self._utc(), 1)
        registers = struct.unpack(">3H", _CLOCK.pack(int(whole), int(fraction * _MILLISECONDS)))
        await talk.ask(self.unit, Frame.writing(self.unit.number, 16, self._host.clock_at, registers))
        self._numbers["clock_set"] += 1
        self._set_in_vain += 1
        if self._set_in_vain % PATIENCE:
            self._clock_due = now + PROVE_SECONDS

    def _plan(self) -> None:
        self.due = min(self._beat_due, self._clock_due)
