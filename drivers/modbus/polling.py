"""One life of a line's connection: who is asked next, and what an answer, a refusal or silence means.

After every transaction comes, in this order: fire release, a command, another wanted state, the due read with the
earliest deadline. A silent unit leaves the timetable and is only knocked at: when nothing else is due, and for no more
than a fifth of the line's time, so that it costs its neighbours next to nothing.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from drivers.contract import LineLost, Link, Sample
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError, NoReply
from drivers.modbus.reach import Reach
from drivers.modbus.refusal import MAP_IS_WRONG, TARGET_SILENT
from drivers.modbus.timetable import Timetable
from drivers.modbus.unit import SILENCE_SECONDS, Greeting, Poll, Unit
from drivers.modbus.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Post, Value
    from drivers.modbus.config import ModbusConfig
    from drivers.modbus.tally import Tally
    from drivers.modbus.wire import Outcome
    from drivers.modbus.write import Act

LONGEST_REST_SECONDS: Final = 5.0
KNOCKS_TAKE_AT_MOST: Final = 0.2
"""Of the line's time."""
_TIMER_SECONDS: Final = 0.001
"""What a timer may come too early: uvloop counts whole milliseconds."""


class Polling:
    """The life of one connection. `acts` are what is to be written; who adds to them calls `wake`."""

    def __init__(self, config: ModbusConfig, units: Sequence[Unit], acts: list[Act], post: Post, tally: Tally) -> None:
        self._config = config
        self._units = list(units)
        self._acts = acts
        self._post = post
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._wire = Wire(config.host, config.port)
        self._timetable: Timetable[Poll | Greeting] = Timetable()
        self._reach = Reach(self._timetable, acts, post)
        self._answered = 0.0
        self._knock_after = 0.0
        self._pause: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._out: Poll | None = None
        self._sent_ns = 0
        self._failed: tuple[Poll, ModbusError] | None = None

    async def run(self) -> None:
        """Connect and poll until cancelled; raises LineLost."""
        try:
            self._wire = await self._connected()
            now = self._answered = self._loop.time()
            for unit in self._units:
                self._reach.introduce(unit, now)
            while True:
                self._tally.steps += 1
                if (act := self._due_act()) is not None:
                    await act.step(self, self._loop.time())
                elif (beat := self._timetable.take(self._loop.time() + _TIMER_SECONDS)) is not None:
                    await self._serve(beat)
                else:
                    await self._cruise()
        finally:
            self._wire.close()

    def wake(self) -> None:
        """There may be something to do. It is done once the request that is out has ended."""
        if self._out is None:
            self._resume()

    def admit(self, unit: Unit) -> None:
        """Take a new unit into the rounds."""
        self._units.append(unit)
        self._reach.introduce(unit, self._loop.time())
        self.wake()

    def dismiss(self, unit: Unit) -> None:
        """Let a unit go: nothing of it is reported any more."""
        self._units.remove(unit)
        self._reach.dismiss(unit)

    # ------------------------------------------------------------ one transaction

    async def ask(self, unit: Unit, frame: Frame) -> bytes:
        """Send a frame and keep the books of the unit; raises ModbusError, or LineLost when the line goes."""
        sent_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        try:
            content = await self._wire.exchange(frame, unit.timeout_seconds)
        except ModbusError as error:
            raise await self._understood(unit, error) from None
        if unit.gone:
            raise NoReply("it was taken out of the configuration")
        self._heard(unit, sent_ns)
        return content

    async def poll(self, poll: Poll) -> tuple[Value, ...] | None:
        """Read a group and report it; None when there is no answer."""
        try:
            content = await self.ask(poll.unit, poll.frame)
        except ModbusError as error:
            self._unanswered(poll, error)
            return None
        return self._report(poll, content)

    def _heard(self, unit: Unit, sent_ns: int) -> None:
        took_ns = self._wire.received_ns - sent_ns
        tally = self._tally
        tally.worst_ns = max(tally.worst_ns, took_ns)
        now = self._answered = self._loop.time()
        unit.answered(now, took_ns)

    def _report(self, poll: Poll, content: bytes) -> tuple[Value, ...]:
        unit = poll.unit
        values, faults = poll.decoder.decode(content)
        if poll.refusals:
            poll.refusals = 0
            self._timetable.put(poll, self._answered)
        if poll.heart_at is not None:
            unit.feel(values[poll.heart_at], self._answered, poll.period)
        if unit.hung:
            faults = poll.uncertain(faults)
        if unit.link is Link.UP:  # else nobody knows yet whether it is the one that is configured
            self._tally.polls += 1
            self._post.report(Sample(unit.device.id, poll.group, values, faults, self._wire.received_ns))
        elif unit.link is Link.LOST:  # a fire release found it
            self._timetable.put(unit.greeting, self._answered)
        return values

    async def _understood(self, unit: Unit, error: ModbusError) -> ModbusError:
        """What an error says of the unit; a gateway's word that the unit is silent becomes NoReply."""
        if isinstance(error, ExceptionReply):
            self._answered = self._loop.time()
            if error.code in TARGET_SILENT:
                self._tally.missed += 1
                return NoReply(str(error))
            self._tally.refused += 1
            unit.answered(self._answered, 0)
            return error
        self._tally.missed += 1
        if self._config.tid == "ignore":  # a late answer could not be told from the next one
            self._wire.close()
            self._wire = await self._connected()
        return error

    async def _connected(self) -> Wire:
        config, tally = self._config, self._tally
        wire = Wire(config.host, config.port, tid=config.tid, on_lost=self.wake, traffic=tally.traffic)
        await wire.connect()
        tally.connections += 1
        return wire

    # ------------------------------------------------------------ whose turn it is

    def _due_act(self) -> Act | None:
        if not self._acts:
            return None
        self._acts[:] = [act for act in self._acts if not act.over]
        now = self._loop.time() + _TIMER_SECONDS
        due = [act for act in self._acts if act.due <= now]
        return min(due, key=lambda act: (act.rank, act.unit.link is not Link.UP, act.due), default=None)

    async def _serve(self, beat: Poll | Greeting) -> None:
        if isinstance(beat, Poll):
            await self.poll(beat)
            self._served(beat)
        elif beat.unit.misses and self._loop.time() < self._knock_after:
            self._timetable.put(beat, self._knock_after)
        else:
            await self._greet(beat.unit)

    def _served(self, poll: Poll) -> None:
        if not poll.refusals:
            self._tally.late += self._timetable.advance(poll, self._loop.time())

    # ------------------------------------------------------------ cruising

    async def _cruise(self) -> None:
        """Poll from beat to beat in the callbacks of the loop, until something else than a plain poll is to be done.

        This is where a line spends its life. Waking a task for every answer would cost as much as the answer itself.
        """
        self._pause = pause = self._loop.create_future()
        self._sleep()
        try:
            await pause
        finally:
            self._pause = None
            if self._timer is not None:
                self._timer.cancel()
        failed, self._failed = self._failed, None
        if not self._wire.connected:
            raise self._wire.loss
        if failed is not None:
            poll, error = failed
            self._unanswered(poll, await self._understood(poll.unit, error))
            self._served(poll)

    def _sleep(self) -> None:
        until = min(self._timetable.next_due(), self._loop.time() + LONGEST_REST_SECONDS)
        if self._acts:
            until = min(until, *(act.due for act in self._acts))
        self._timer = self._loop.call_at(until, self._tick)

    def _tick(self) -> None:
        try:
            self._go_on()
        except Exception as bug:  # noqa: BLE001  it must end the run; the loop would only log it
            self._end_with(bug)

    def _go_on(self) -> None:
        """Send the poll that is due; leave anything else to the task."""
        if self._acts:
            self._resume()
            return
        self._tally.steps += 1
        beat = self._timetable.take(self._loop.time() + _TIMER_SECONDS)
        if beat is None:
            self._sleep()
        elif isinstance(beat, Poll):
            self._out = beat
            self._sent_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            self._wire.send(beat.frame, beat.unit.timeout_seconds, self._landed)
        else:
            self._timetable.put(beat, beat.due)
            self._resume()

    def _landed(self, outcome: Outcome) -> None:
        """Take the outcome of the poll that is out."""
        poll, self._out = self._out, None
        if poll is None or self._pause is None or self._pause.done():  # the run has ended
            return
        try:
            if isinstance(outcome, bytes):
                if not poll.unit.gone:
                    self._heard(poll.unit, self._sent_ns)
                    self._report(poll, outcome)
                    self._served(poll)
                self._go_on()
            else:
                if isinstance(outcome, ModbusError):
                    self._failed = poll, outcome
                self._resume()
        except Exception as bug:  # noqa: BLE001  as above
            self._end_with(bug)

    def _end_with(self, bug: Exception) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_exception(bug)

    def _resume(self) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)

    # ------------------------------------------------------------ who answers, and who does not

    async def _greet(self, unit: Unit) -> None:
        began = self._loop.time()
        frames = unit.identity.frames or (unit.polls[0].frame,)
        try:
            answers = [await self.ask(unit, frame) for frame in frames]
        except ExceptionReply as error:
            if not unit.identity.frames:
                self._reach.fits(unit, self._loop.time())
            elif error.code in MAP_IS_WRONG:
                self._reach.misfits(unit, f"refuses to say who it is: {error}", self._loop.time())
            else:
                self._timetable.put(unit.greeting, self._loop.time() + unit.greeting.period)
            return
        except ModbusError:
            self._knock_after = began + (self._loop.time() - began) / KNOCKS_TAKE_AT_MOST
            self._missed(unit)
            return
        why = unit.identity.misfit(answers) if unit.identity.frames else ""
        if why:
            self._reach.misfits(unit, why, self._loop.time())
        else:
            self._reach.fits(unit, self._loop.time())

    def _unanswered(self, poll: Poll, error: ModbusError) -> None:
        if isinstance(error, ExceptionReply):
            self._reach.refused(poll, error.code, self._loop.time())
        else:
            self._missed(poll.unit)

    def _missed(self, unit: Unit) -> None:
        now = self._loop.time()
        self._reach.missed(unit, now)
        if now - self._answered > SILENCE_SECONDS:
            where = f"{self._config.host}:{self._config.port}"
            raise LineLost(f"{where} is connected, but nothing behind it has answered for {SILENCE_SECONDS:.0f} s")
