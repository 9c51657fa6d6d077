"""What is written to a unit: a command once, and a wanted level until it is reached and for as long as it is wanted.

Both are carried out in steps of one transaction, between the polls. A write is never repeated because its answer is
missing: what the device then reads back decides, and where it does not tell, the outcome is unknown.
"""

from __future__ import annotations

import asyncio
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from drivers.contract import Link, Outcome, Result
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Command, Value
    from drivers.control import CommandProfile, Verdict, WantProfile
    from drivers.modbus.unit import Poll, Unit

FIRE_RELEASE: Final = "fire_release"
LOOK_AGAIN_SECONDS: Final = 0.1
SETTLE_SECONDS: Final = 0.03
"""A device needs a moment between taking a write and showing it."""
HOLD_SECONDS: Final = 2.0
"""How often a wanted level is written while it is not there, and looked at while it is."""
_ACKNOWLEDGED: Final = 5
_NOT_SENT: Final = {
    Link.LOST: "not sent: the device does not answer",
    Link.MISCONFIGURED: "not sent: the device is not the one that is configured",
}


class Talk(Protocol):
    """What a step may do on the line; one transaction each. Raises LineLost when the line goes."""

    async def ask(self, unit: Unit, frame: Frame, /) -> bytes:
        """Send a frame; raises ModbusError."""

    async def poll(self, poll: Poll, /) -> tuple[Value, ...] | None:
        """Read a group out of its turn and report it; None when there is no answer."""


class Act(Protocol):
    """Something to be carried out in steps. `due` is on the event loop's clock; the lowest `rank` goes first."""

    unit: Unit
    due: float
    over: bool

    @property
    def rank(self) -> int:
        """0 fire release, 1 commands, 2 other wanted states."""

    async def step(self, talk: Talk, now: float, /) -> None:
        """Do the next transaction and set `due`, or `over`."""

    def unit_back(self) -> None:
        """The unit is found, or found again."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a point must show. `within` is how far a number may be off: half of what one register step means."""

    value: Value
    within: float = 0.0

    def shown_by(self, value: Value) -> bool:
        """Whether a value is the expected one."""
        if isinstance(value, int | float) and isinstance(self.value, int | float):
            return abs(value - self.value) <= self.within
        return value is not None and value == self.value


class Confirmation:
    """What must be read back before a write is believed."""

    def __init__(self, unit: Unit, expected: Mapping[str, Expected]) -> None:
        self._expected = expected
        self._polls = tuple(poll for poll in unit.polls if not poll.keys.keys().isdisjoint(expected))

    async def look(self, talk: Talk) -> tuple[bool, dict[str, Value]]:
        """Read the points; returns whether all show what is expected, and what they show."""
        seen: dict[str, Value] = {}
        for poll in self._polls:
            values = await talk.poll(poll)
            if values is not None:
                seen |= {key: values[place] for key, place in poll.keys.items() if key in self._expected}
        return all(expected.shown_by(seen.get(key)) for key, expected in self._expected.items()), seen


class Order:
    """A command on its way. `result` is done when the device confirmed it, or when it is over in another way."""

    rank = 1

    def __init__(self, command: Command, unit: Unit, profile: CommandProfile) -> None:
        """Fill in the frame. Raises ValueError, as a sentence, for arguments that the command does not take."""
        unknown = command.arguments.keys() - profile.arguments.keys()
        if unknown:
            raise ValueError(f"does not take {', '.join(sorted(unknown))}")
        numbers = {"id": command.id & 0xFFFF}
        said: dict[str, Expected] = {}
        for name, argument in profile.arguments.items():
            try:
                numbers[name] = register = argument.register(command.arguments.get(name))
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None
            boolean = argument.kind == "boolean"
            said[name] = (
                Expected(bool(register)) if boolean else Expected(register * argument.scale, argument.scale / 2)
            )
        self.unit = unit
        self.due = 0.0
        self.over = False
        self.sent = False
        self.result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._command = command
        self._frame = Frame.writing(
            unit.number, profile.write.function, profile.write.address, profile.write.filled(numbers)
        )
        self._id = numbers["id"]
        self._verdict = _VerdictRead(unit, profile.verdict) if profile.verdict else None
        self._confirmation = Confirmation(
            unit,
            {
                key: said[value[1:]] if isinstance(value, str) else Expected(value)
                for key, value in profile.confirm.points.items()
            },
        )
        self._within_seconds = profile.confirm.within_seconds
        self._until = 0.0
        self._answered = False

    async def step(self, talk: Talk, now: float) -> None:
        """Send it; then hear the verdict; then look at the points, until they show it or the time is over."""
        if not self.sent:
            await self._send(talk, now)
        elif self._verdict is not None:
            await self._hear(talk, self._verdict, now)
        else:
            shown, seen = await self._confirmation.look(talk)
            if shown:
                self.end(Result(Outcome.DONE, seen))
            else:
                self._again(now, seen)

    def unit_back(self) -> None:
        """Go at once, when it waits for the unit."""
        if not self.sent:
            self.due = 0.0

    def end(self, result: Result) -> None:
        """It is over, in this way."""
        self.over = True
        if not self.result.done():
            self.result.set_result(result)

    def line_lost(self, why: str) -> None:
        """The line went. What was not sent did not happen; what was sent is unknown."""
        if self.sent:
            self.end(Result(Outcome.UNKNOWN, why=why))
        else:
            self.end(Result(Outcome.REFUSED, why=f"not sent: {why}"))

    async def _send(self, talk: Talk, now: float) -> None:
        if time.clock_gettime_ns(time.CLOCK_BOOTTIME) >= self._command.expires_ns:
            self.end(Result(Outcome.REFUSED, why="expired"))
        elif self.unit.link is Link.UNKNOWN:
            self.due = now + SETTLE_SECONDS  # it is being asked who it is
        elif self.unit.link in _NOT_SENT:
            self.end(Result(Outcome.REFUSED, why=_NOT_SENT[self.unit.link]))
        else:
            self.sent = True
            self._until = now + self._within_seconds
            try:
                await talk.ask(self.unit, self._frame)
                self._answered = True
            except ExceptionReply as refusal:
                if refusal.code != _ACKNOWLEDGED:
                    self.end(Result(Outcome.FAILED, why=str(refusal)))
            except ModbusError:
                pass  # what is read back decides
            self.due = now + SETTLE_SECONDS

    async def _hear(self, talk: Talk, verdict: _VerdictRead, now: float) -> None:
        try:
            heard = verdict.read(await talk.ask(self.unit, verdict.frame), self._id)
        except ModbusError:
            heard = None
        if heard is None:
            self._again(now, {})
        elif heard:
            self.end(Result(Outcome.FAILED, why=heard))
        else:
            self._verdict = None
            self.due = now

    def _again(self, now: float, seen: Mapping[str, Value]) -> None:
        if now < self._until:
            self.due = now + LOOK_AGAIN_SECONDS
        else:
            heard = "not confirmed" if self._answered else "no answer, and not confirmed"
            self.end(Result(Outcome.UNKNOWN, seen, f"{heard} within {self._within_seconds:g} s"))


class _VerdictRead:
    def __init__(self, unit: Unit, verdict: Verdict) -> None:
        self.frame = Frame.reading(unit.number, verdict.function, verdict.address, verdict.count)
        self._verdict = verdict

    def read(self, content: bytes, command_id: int) -> str | None:
        """Return "" for done, the reason of a refusal, or None while the device has not got so far."""
        verdict = self._verdict
        registers = struct.unpack(f">{verdict.count}H", content)
        if registers[verdict.id_at] != command_id:
            return None
        result: int = registers[verdict.result_at]
        if result in verdict.busy:
            return None
        if result in verdict.done:
            return ""
        return verdict.refused.get(result, f"the device answers {result}")


class Holding:
    """A wanted level: written, looked at, and written again whenever it is not there.

    Fire release goes to a unit whatever is known of it: no link state and no serial number stands before it.
    """

    def __init__(self, unit: Unit, name: str, profile: WantProfile) -> None:
        self.unit = unit
        self.name = name
        self.due = 0.0
        self.over = False
        self.rank = 0 if name == FIRE_RELEASE else 2
        self._frame = Frame.writing(
            unit.number, profile.write.function, profile.write.address, profile.write.filled({})
        )
        expected = {key: Expected(value) for key, value in profile.confirm.points.items() if not isinstance(value, str)}
        self._confirmation = Confirmation(unit, expected)
        self._written = 0.0
        self._must_write = True

    def unit_back(self) -> None:
        """Write it anew."""
        self._must_write = True
        self.due = 0.0

    async def step(self, talk: Talk, now: float) -> None:
        """Write, or look and decide whether to write again."""
        if self._must_write:
            if self.rank and self.unit.link is not Link.UP:
                self.due = now + HOLD_SECONDS
                return
            self._written = now
            self.due = now + HOLD_SECONDS
            try:
                await talk.ask(self.unit, self._frame)
            except ModbusError:
                return
            self._must_write = False
            self.due = now + SETTLE_SECONDS
        else:
            shown, _ = await self._confirmation.look(talk)
            self._must_write = not shown
            self.due = now + HOLD_SECONDS if shown else self._written + HOLD_SECONDS
