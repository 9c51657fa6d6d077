"""One door of an ACP-1 controller: lock relay, contact, exit button, and the verdicts forced and held.

Times are seconds since 1970 on an axis that never jumps back; inputs arrive after the debounce of the real input.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from math import inf
from typing import TypeAlias

from simulator.ring import Event

Log: TypeAlias = Callable[[float, Event, int, int], None]
"""Writes an event: when, what, door number (0 for the controller), REF."""

MINIMUM_PULSE_SECONDS = 0.5
MAXIMUM_PULSE_SECONDS = 30.0

RELAY_ON = 1 << 0
UNLOCKED = 1 << 1
OPEN = 1 << 2
EXIT_REQUEST = 1 << 3
FORCED = 1 << 4
HELD = 1 << 5
READER_TAMPER = 1 << 6
LINE_FAULT = 1 << 7
LOCK_FAULT = 1 << 8
FIRE_RELEASED = 1 << 9
BREAK_GLASS = 1 << 10
PASSBACK = 1 << 11
INTERLOCK_WAIT = 1 << 12
MODE_SHIFT = 13
VALID = 1 << 15

INPUTS: dict[str, tuple[int, Event | None, Event | None]] = {
    "reader_tamper": (READER_TAMPER, Event.TAMPER, Event.TAMPER_END),
    "line_fault": (LINE_FAULT, Event.LINE_FAULT, Event.LINE_OK),
    "lock_fault": (LOCK_FAULT, Event.LOCK_FAULT, None),
    "break_glass": (BREAK_GLASS, Event.BREAK_GLASS, None),
    "passback": (PASSBACK, None, None),
    "interlock_wait": (INTERLOCK_WAIT, None, None),
}
"""Conditions that stand on a door from outside: their bit, and the events of their coming and going."""


class Mode(IntEnum):
    """What a door asks of those who come."""

    CARD = 0
    FREE = 1
    LOCKED = 2
    CARD_AND_PIN = 3


_FREE = int(Mode.FREE)

RELOCK_ON_OPEN = 1 << 0
EXIT_UNLOCKS = 1 << 1
FORCED_ENABLED = 1 << 2

CONFIG_DEFAULTS = (50, 30, 10, RELOCK_ON_OPEN | EXIT_UNLOCKS | FORCED_ENABLED, 0, 1, 0, 5, 0)
"""Holding registers 0x0600 + 0x20 * (door - 1): pulse 0.1 s, held-open s, exit shunt s, flags, lock type, fire action,
input type, debounce 10 ms, schedule (the defaults that the map names; it leaves the last to the site)."""

CONFIG_LIMITS = ((5, 300), (0, 3600), (0, 300), (0, 7), (0, 1), (0, 1), (0, 2), (0, 100), (0, 255))
"""What each of these registers accepts. A held-open time of 0 turns the verdict off."""


class Door:
    """A door. `word` is its status register and always up to date as of the last act or `advance`."""

    __slots__ = (
        "_held_at",
        "_log",
        "_pulse_began",
        "_pulse_ends",
        "_shunt_until",
        "barred",
        "config",
        "exit_pressed",
        "forced",
        "held",
        "held_free",
        "inputs",
        "is_open",
        "mode",
        "next_change",
        "number",
        "powerless",
        "released_by_command",
        "released_by_fire",
        "stuck",
        "word",
    )

    def __init__(self, number: int, log: Log) -> None:
        self.number = number
        self.config = list(CONFIG_DEFAULTS)
        self.mode = Mode.CARD
        self.barred = False
        """Lockdown: cards, remote unlocks and free modes have no effect. Leaving by the exit button always has."""
        self.held_free = False
        self.released_by_fire = False
        self.released_by_command = False
        self.is_open = False
        self.exit_pressed = False
        self.forced = False
        self.held = False
        self.inputs = 0
        self.stuck: bool | None = None
        """A relay that does not move any more: on or off for good."""
        self.powerless = False
        """Its lock has no power and, being a magnetic one, holds nothing."""
        self.word = VALID
        self.next_change = inf
        """When `advance` has something to do."""
        self._log = log
        self._pulse_began = self._pulse_ends = -inf
        self._shunt_until = -inf
        self._held_at = inf

    # ------------------------------------------------------------ who wants the lock open

    def pulse(self, now: float, seconds: float) -> None:
        """Release the lock for `seconds`, clamped to 0.5..30 s; timed here, so that nobody has to switch it off."""
        self._release_for(now, seconds)
        self.settle(now)

    def pulsing(self, now: float) -> bool:
        """Whether a pulse runs."""
        return now < self._pulse_ends

    def end_pulse(self, now: float) -> None:
        """End a pulse, but not before its 0.5 s."""
        self._relock(now)
        self.settle(now)

    def press_exit(self, now: float) -> None:
        """The exit button: shunts the forced verdict, and unlocks where configured; works in every mode."""
        if self.exit_pressed:
            return
        self.exit_pressed = True
        self._log(now, Event.EXIT_REQUEST, self.number, 0)
        self._shunt_until = now + self.config[2]
        if self.config[3] & EXIT_UNLOCKS:
            self._release_for(now, self.pulse_seconds)
        self.settle(now)

    def release_exit(self, now: float) -> None:
        """The exit button is let go."""
        self.exit_pressed = False
        self.settle(now)

    def stick_relay(self, on: bool | None, now: float) -> None:  # noqa: FBT001 - a relay is on or off
        """The relay sticks, on or off; None lets it move again."""
        self.stuck = on
        self.settle(now)

    @property
    def pulse_seconds(self) -> float:
        """The configured length of an unlock."""
        return self.config[0] / 10

    @property
    def locked(self) -> bool:
        """Whether the lock holds the leaf."""
        return not self.word & UNLOCKED

    @property
    def released(self) -> bool:
        """Whether a fire release holds it unlocked."""
        return self.released_by_fire or self.released_by_command

    # ------------------------------------------------------------ what the leaf does

    def open(self, now: float) -> None:
        """The leaf opens, by right or by force."""
        if self.is_open:
            return
        by_right = not self.locked or now < self._shunt_until
        self.is_open = True
        self._log(now, Event.OPENED, self.number, 0)
        if not by_right and self.config[3] & FORCED_ENABLED:
            self.forced = True
            self._log(now, Event.FORCED, self.number, 0)
        if self.config[3] & RELOCK_ON_OPEN:
            self._relock(now)
        self.settle(now)

    def close(self, now: float) -> None:
        """The leaf shuts; forced and held end."""
        if not self.is_open:
            return
        self.is_open = False
        self._log(now, Event.CLOSED, self.number, 0)
        if self.forced:
            self.forced = False
            self._log(now, Event.FORCED_END, self.number, 0)
        self.settle(now)

    def secure(self, now: float) -> None:
        """Shut the leaf and let every unlocking in progress end at once, as before a break-in."""
        self.close(now)
        self._pulse_ends = self._shunt_until = -inf
        self.settle(now)

    def restart(self, now: float) -> None:
        """The controller booted: what ran is over; the leaf stands where it stood, and so does the verdict on it."""
        self.held_free = self.exit_pressed = False
        self._pulse_ends = self._shunt_until = -inf
        self._held_at = inf
        self.settle(now)

    # ------------------------------------------------------------ what follows

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        while self.next_change <= now:
            due = self.next_change
            if self._held_at <= due:
                self._held_at = inf
                self.held = True
                self._log(due, Event.HELD, self.number, 0)
            self.settle(due)

    def settle(self, now: float) -> None:
        """Bring word and timers in line with what is known; called after every change."""
        released = self.released_by_fire or self.released_by_command
        standing_free = released or (not self.barred and (self.held_free or self.mode == _FREE))
        is_open, inputs, ends = self.is_open, self.inputs, self._pulse_ends
        pulsing = now < ends
        if is_open or self.held or self._held_at != inf:
            self._watch_held(now, watched=is_open and not self.forced and not standing_free)
        word = VALID | self.mode << MODE_SHIFT | inputs
        if standing_free or pulsing if self.stuck is None else self.stuck:
            word |= RELAY_ON
            if not inputs & LOCK_FAULT:
                word |= UNLOCKED
        # The bond sensor sees the bolt, not the relay: an open leaf cannot be bonded, nor one behind broken glass.
        if is_open:
            word |= OPEN | UNLOCKED
        elif inputs & BREAK_GLASS or self.powerless:
            word |= UNLOCKED
        if self.exit_pressed:
            word |= EXIT_REQUEST
        if self.forced:
            word |= FORCED
        if self.held:
            word |= HELD
        if released:
            word |= FIRE_RELEASED
        self.word = word
        held_at = self._held_at
        self.next_change = ends if pulsing and ends < held_at else held_at

    def _release_for(self, now: float, seconds: float) -> None:
        self._pulse_began = now
        self._pulse_ends = now + min(max(seconds, MINIMUM_PULSE_SECONDS), MAXIMUM_PULSE_SECONDS)

    def _relock(self, now: float) -> None:
        self._pulse_ends = min(self._pulse_ends, max(now, self._pulse_began + MINIMUM_PULSE_SECONDS))

    def _watch_held(self, now: float, *, watched: bool) -> None:
        if not watched:
            self._held_at = inf
            if self.held:
                self.held = False
                self._log(now, Event.HELD_END, self.number, 0)
        elif not self.held and self._held_at == inf and self.config[1]:
            self._held_at = now + self.config[1]
