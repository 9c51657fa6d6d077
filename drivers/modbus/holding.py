"""A wanted level: written, looked at, and written again whenever it is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.contract import AT_ONCE
from drivers.modbus.act import Rank
from drivers.modbus.confirm import Confirmation, Expected
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError
from drivers.modbus.identity import recognise
from drivers.modbus.refusal import BUSY_AGAIN_SECONDS, is_busy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from drivers.contract import Json
    from drivers.control import WantProfile
    from drivers.modbus.act import Talk
    from drivers.modbus.unit import Unit

HOLD_SECONDS: Final = 2.0
"""How often a wanted level is written while it is not there, and looked at while it is."""
SETTLE_SECONDS: Final = 0.03
"""A device needs a moment between taking a write and showing it."""


class Holding:
    """A level that is wanted of a unit: {"doors": [...]} or {"parts": [...]} names some of the profile's `parts`, True all.

    What lives hang on (`AT_ONCE`) goes to a unit whatever is known of it: no link state and no serial number stands before it.
    Any other level waits until the unit is found, and its serial number is read in the same step.
    """

    def __init__(self, unit: Unit, name: str, profile: WantProfile, level: Json) -> None:
        self.unit = unit
        self.name = name
        self.due = 0.0
        self.over = False
        self.rank = Rank.AT_ONCE if name in AT_ONCE else Rank.TABLE
        self._profile = profile
        self._written = 0.0
        self._next = 0
        """Which of the frames is written next."""
        self._busy = 0
        self._must_write = True
        self.change(level)

    def change(self, level: Json) -> None:
        """Hold another level from now on. It is written at once."""
        profile, parts = self._profile, self._parts(level)
        every_part = self.unit.profile.parts.get(profile.parts, {})
        self._frames = tuple(self._framed([every_part[part] for part in parts]))
        self._confirmation = Confirmation(
            self.unit,
            {
                key: Expected(value)
                for key, value in profile.confirm.points.items()
                if not isinstance(value, str) and ((part := key.partition(".")[0]) not in every_part or part in parts)
            },
        )
        self.unit_back()

    def unit_back(self) -> None:
        """Write it anew."""
        self._must_write = True
        self._next = 0
        self._busy = 0
        self.due = 0.0

    async def step(self, talk: Talk, now: float) -> None:
        """Write, or look and decide whether to write again."""
        if self._must_write:
            await self._write(talk, now)
        else:
            shown, _ = await self._confirmation.look(talk)
            self._must_write, self._next = not shown, 0
            self.due = now + HOLD_SECONDS if shown else self._written + HOLD_SECONDS

    async def _write(self, talk: Talk, now: float) -> None:
        frames = self._frames
        self._written = now
        self.due = now + HOLD_SECONDS
        try:
            if self.rank is not Rank.AT_ONCE and await recognise(talk, self.unit):
                return
            await talk.ask(self.unit, frames[self._next])
        except ExceptionReply as refusal:
            if is_busy(refusal.code) and self._busy < len(BUSY_AGAIN_SECONDS):
                self.due = now + BUSY_AGAIN_SECONDS[self._busy]
                self._busy += 1
            return
        except ModbusError:
            return
        self._busy = 0
        if frames is self._frames:  # else another level was said meanwhile
            self._next += 1
            self._must_write = self._next < len(frames)
            self.due = now if self._must_write else now + SETTLE_SECONDS

    def _framed(self, parts: Collection[Mapping[str, int]]) -> Iterator[Frame]:
        write = self._profile.write
        if write.step:
            for numbers in parts:
                address = write.address + write.step * numbers.get("offset", 0)
                yield Frame.writing(self.unit.number, write.function, address, write.filled(numbers))
            return
        mask = 0
        for numbers in parts:
            mask |= numbers.get("mask", 0)
        yield Frame.writing(self.unit.number, write.function, write.address, write.filled({"mask": mask}))

    def _parts(self, level: Json) -> Collection[str]:
        """The named parts that there are; all of them where none is named that there is: never nothing."""
        every_part = self.unit.profile.parts.get(self._profile.parts, {})
        named = (level.get("doors") or level.get("parts") or ()) if isinstance(level, dict) else ()
        return [part for part in named if part in every_part] or list(every_part)
