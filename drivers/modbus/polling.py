"""One life of a line's connection: who is asked next, and what an answer, a refusal or silence means.

After every transaction comes, in this order: fire release, a command, another wanted state, the due read with the
earliest deadline. A silent unit leaves the timetable and is only knocked at: when nothing else is due, and for no more
than a fifth of the line's time, so that it costs its neighbours next to nothing.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Final

from drivers.contract import LineLost, Link, LinkChanged, Sample
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError, NoReply
from drivers.modbus.refusal import MAP_IS_WRONG, TARGET_SILENT, refusal
from drivers.modbus.timetable import Timetable
from drivers.modbus.unit import SILENCE_SECONDS, Greeting, Poll, Unit
from drivers.modbus.wire import Traffic, Wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Post, Value
    from drivers.modbus.config import ModbusConfig
    from drivers.modbus.wire import Outcome
    from drivers.modbus.write import Act

GREETING_SPREAD_SECONDS: Final = 0.1
LONGEST_REST_SECONDS: Final = 5.0
KNOCKS_TAKE_AT_MOST: Final = 0.2
"""Of the line's time."""
_TIMER_SECONDS: Final = 0.001
"""What a timer may come too early: uvloop counts whole milliseconds."""


@dataclass(slots=True)
class Tally:
    """What the line did since it was made."""

    traffic: Traffic = field(default_factory=Traffic)
    connections: int = 0
    steps: int = 0
    """Turns of the loop; it turns at least every `LONGEST_REST_SECONDS`."""
    polls: int = 0
    """Answers that were reported."""
    late: int = 0
    """Beats that were skipped because they could not be served before the next one."""
    missed: int = 0
    """Requests without a fitting answer."""
    refused: int = 0
    """Requests answered with an exception."""
    worst_ns: int = 0
    """The longest that an answer took."""


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
        self._answered = 0.0
        self._knock_after = 0.0
        self._pause: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle = self._loop.call_later(0, self._resume)
        self._out: Poll | None = None
        self._sent_ns = 0
        self._failed: tuple[Poll, ModbusError] | None = None

    async def run(self) -> None:
        """Connect and poll until cancelled; raises LineLost."""
        try:
            self._wire = await self._connected()
            now = self._answered = self._loop.time()
            for unit in self._units:
                self._introduce(unit, now)
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
        self._introduce(unit, self._loop.time())
        self.wake()

    def dismiss(self, unit: Unit) -> None:
        """Let a unit go: nothing of it is reported any more."""
        self._units.remove(unit)
        unit.gone = True
        self._park(unit)
        self._timetable.park(unit.greeting)

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
        if not isinstance(outcome, bytes):
            if isinstance(outcome, ModbusError):
                self._failed = poll, outcome
            self._resume()
            return
        try:
            if not poll.unit.gone:
                self._heard(poll.unit, self._sent_ns)
                self._report(poll, outcome)
                self._served(poll)
            self._tick()
        except Exception as bug:  # noqa: BLE001  it must end the run; a callback's would only be logged
            self._pause.set_exception(bug)

    def _resume(self) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)

    # ------------------------------------------------------------ units come and go

    def _introduce(self, unit: Unit, now: float) -> None:
        unit.start(now)
        self._timetable.put(unit.greeting, now + unit.phase * GREETING_SPREAD_SECONDS)

    async def _greet(self, unit: Unit) -> None:
        began = self._loop.time()
        frames = unit.identity.frames or (unit.polls[0].frame,)
        try:
            answers = [await self.ask(unit, frame) for frame in frames]
        except ExceptionReply as error:
            if not unit.identity.frames:
                self._fits(unit)
            elif error.code in MAP_IS_WRONG:
                self._misfits(unit, f"refuses to say who it is: {error}")
            else:
                self._timetable.put(unit.greeting, self._loop.time() + unit.greeting.period)
            return
        except ModbusError:
            self._knock_after = began + (self._loop.time() - began) / KNOCKS_TAKE_AT_MOST
            self._missed(unit)
            return
        why = unit.identity.misfit(answers) if unit.identity.frames else ""
        if why:
            self._misfits(unit, why)
        else:
            self._fits(unit)

    def _fits(self, unit: Unit) -> None:
        now = self._loop.time()
        if unit.link is not Link.UP:
            self._say(unit, Link.UP, "")
            for act in self._acts:
                if act.unit is unit:
                    act.unit_back()
        for poll in unit.polls:
            if poll.due == inf:
                self._timetable.put(poll, unit.first_beat(poll, now))
        if unit.identity.frames:
            self._timetable.put(unit.greeting, now + unit.greeting.every_seconds)

    def _misfits(self, unit: Unit, why: str) -> None:
        self._park(unit)
        if unit.link is not Link.MISCONFIGURED or unit.why != why:
            self._say(unit, Link.MISCONFIGURED, why)
        self._timetable.put(unit.greeting, self._loop.time() + unit.greeting.every_seconds)

    def _missed(self, unit: Unit) -> None:
        now = self._loop.time()
        if unit.gone:
            return
        self._park(unit)
        if unit.missed(now):
            self._say(unit, Link.LOST, "does not answer")
        self._timetable.put(unit.greeting, now + unit.knock_in_seconds())
        if now - self._answered > SILENCE_SECONDS:
            where = f"{self._config.host}:{self._config.port}"
            raise LineLost(f"{where} is connected, but nothing behind it has answered for {SILENCE_SECONDS:.0f} s")

    def _unanswered(self, poll: Poll, error: ModbusError) -> None:
        if isinstance(error, ExceptionReply):
            self._refused(poll, error.code)
        else:
            self._missed(poll.unit)

    def _refused(self, poll: Poll, code: int) -> None:
        meant = refusal(code)
        tries, poll.refusals = poll.refusals, poll.refusals + 1
        now = self._loop.time()
        if poll.unit.gone:
            return
        if tries < len(meant.soon):
            self._timetable.put(poll, now + meant.soon[tries])
            return
        self._timetable.put(poll, now + max(poll.period, meant.later_seconds))
        if poll.unit.link is Link.UP:
            received_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            self._post.report(Sample(poll.unit.device.id, poll.group, *poll.bad(meant.why), received_ns))

    def _park(self, unit: Unit) -> None:
        for poll in unit.polls:
            self._timetable.park(poll)

    def _say(self, unit: Unit, link: Link, why: str) -> None:
        unit.link = link
        unit.why = why
        self._post.report(LinkChanged(unit.device.id, link, why, time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
