"""A command on its way to a unit: written once, and believed when what is read back shows it.

It is carried out in steps between the polls. A write is never repeated because its answer is missing: what the device then
shows decides, and where that does not tell, the outcome is unknown.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from drivers.contract import Link, Outcome, Result
from drivers.modbus.act import Rank
from drivers.modbus.confirm import Confirmation, Expected, VerdictRead
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError
from drivers.modbus.identity import recognise
from drivers.modbus.refusal import BUSY_AGAIN_SECONDS, is_busy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Command, Value
    from drivers.control import CommandProfile
    from drivers.modbus.act import Talk
    from drivers.modbus.unit import Unit

LOOK_AGAIN_SECONDS: Final = 0.1
SETTLE_SECONDS: Final = 0.03
"""A device needs a moment between taking a write and showing it."""
ASK_WHO_TIMES: Final = 2
"""How often a unit may leave the question for its serial number unanswered before the command is given up."""
_DEVICE_FAILURE: Final = 4
_ACKNOWLEDGED: Final = 5
_NOT_SENT: Final = {
    Link.LOST: "not sent: the device does not answer",
    Link.MISCONFIGURED: "not sent: the device is not the one that is expected",
}


class Order:
    """A command on its way. `result` is done when the device confirmed it, or when it is over in another way."""

    rank = Rank.COMMAND

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
        self._verdict = VerdictRead(unit, profile.verdict) if profile.verdict else None
        self._confirmation = Confirmation(
            unit,
            {
                key: said[value[1:]] if isinstance(value, str) else Expected(value)
                for key, value in profile.confirm.points.items()
            },
        )
        self._within_seconds = profile.confirm.within_seconds
        self._idempotent = profile.idempotent
        self._until = 0.0
        self._answered = False
        self._asked_who = 0
        self._busy = 0
        self._failure = ""

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
        if self._expired():
            self.end(Result(Outcome.REFUSED, why="expired"))
        elif self.unit.link is Link.UNKNOWN:
            self.due = now + SETTLE_SECONDS  # it is being asked who it is
        elif self.unit.link in _NOT_SENT:
            self.end(Result(Outcome.REFUSED, why=_NOT_SENT[self.unit.link]))
        else:
            await self._send_to_the_right_one(talk, now)

    async def _send_to_the_right_one(self, talk: Talk, now: float) -> None:
        try:
            wrong = await recognise(talk, self.unit)
        except ModbusError as error:
            self._asked_who += 1
            self.due = now + LOOK_AGAIN_SECONDS
            if self._asked_who == ASK_WHO_TIMES:
                self.end(Result(Outcome.REFUSED, why=f"not sent: the device does not say who it is ({error})"))
            return
        if wrong:
            self.end(Result(Outcome.REFUSED, why=f"not sent: {wrong}"))
        elif self._expired():
            self.end(Result(Outcome.REFUSED, why="expired"))
        elif not self.over:  # else it was cancelled meanwhile
            await self._write(talk, now)

    def _expired(self) -> bool:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) >= self._command.expires_ns

    async def _write(self, talk: Talk, now: float) -> None:
        self.sent = True
        self._until = now + self._within_seconds
        self.due = now + SETTLE_SECONDS
        try:
            await talk.ask(self.unit, self._frame)
            self._answered = True
        except ExceptionReply as refusal:
            if is_busy(refusal.code) and self._idempotent and self._busy < len(BUSY_AGAIN_SECONDS):
                self.sent = False
                self.due = now + BUSY_AGAIN_SECONDS[self._busy]
                self._busy += 1
            elif refusal.code == _DEVICE_FAILURE:
                self._failure = str(refusal)  # it may have been carried out all the same
            elif refusal.code != _ACKNOWLEDGED:
                self.end(Result(Outcome.FAILED, why=str(refusal)))
        except ModbusError:
            pass  # what is read back decides

    async def _hear(self, talk: Talk, verdict: VerdictRead, now: float) -> None:
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
        elif self._failure:
            self.end(Result(Outcome.FAILED, seen, f"{self._failure}, and not confirmed"))
        else:
            heard = "not confirmed" if self._answered else "no answer, and not confirmed"
            self.end(Result(Outcome.UNKNOWN, seen, f"{heard} within {self._within_seconds:g} s"))
