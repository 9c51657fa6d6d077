"""The fire release of a controller: what releases its doors, and who may let go of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.ring import Event
from simulator.system import FIRE_INPUT, FIRE_LATCHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.door import Door, Log


class FireRelease:
    """A latch: the panel's contact or a command sets it, a person's reset clears it, nothing holds it back."""

    __slots__ = ("_doors", "_log", "input_active", "latched")

    def __init__(self, doors: Sequence[Door], log: Log) -> None:
        self.input_active = False
        self.latched = False
        self._doors = doors
        self._log = log

    @property
    def bits(self) -> int:
        """Its share of SYS."""
        return self.input_active * FIRE_INPUT | self.latched * FIRE_LATCHED

    def set_input(self, on: bool, now: float) -> None:  # noqa: FBT001 - the wire is on or off
        """The fire panel's contact. Coming, it releases every door whose fire action says so."""
        if on == self.input_active:
            return
        self.input_active = on
        self._log(now, Event.FIRE_INPUT if on else Event.FIRE_INPUT_END, 0, 0)
        if on and not self.latched:
            self.latched = True
            self._log(now, Event.RELEASE_LATCHED, 0, 0)
        self.follow_input(now)

    def follow_input(self, now: float) -> None:
        """Release the doors that the active input concerns; called again when a door's fire action changes."""
        if not self.input_active:
            return
        for door in self._doors:
            if door.config[5]:
                door.released_by_fire = True
                door.settle(now)

    def command(self, doors: Sequence[Door], now: float) -> None:
        """Release these doors whatever else is set; a level, so that saying it again changes nothing."""
        for door in doors:
            if not door.released_by_command:
                door.released_by_command = True
                self._log(now, Event.RELEASE_LATCHED, door.number, 0)
                door.settle(now)
        self.latched = True

    def reset(self, now: float, *, commanded_too: bool) -> bool:
        """Let go of the latch; False while the input is active. A commanded release ends only where that is named."""
        if self.input_active:
            return False
        for door in self._doors:
            door.released_by_fire = False
            door.released_by_command = door.released_by_command and not commanded_too
            door.settle(now)
        was_latched, self.latched = self.latched, any(door.released_by_command for door in self._doors)
        if was_latched and not self.latched:
            self._log(now, Event.LATCH_RESET, 0, 0)
        return True
