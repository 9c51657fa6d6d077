"""One life of a line's connection: who is asked next, and what an answer, a refusal or silence means.

After every transaction the next turn is given by `Slots`. A silent unit leaves the timetable and is only knocked at
(`Knocks`), so that it costs its neighbours next to nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from drivers.contract import LineLost, Link
from drivers.modbus.act import Rank
from drivers.modbus.answers import Answers
from drivers.modbus.cruising import TIMER_SECONDS, Cruise
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError
from drivers.modbus.identity import Found
from drivers.modbus.reach import Reach
from drivers.modbus.refusal import MAP_IS_WRONG
from drivers.modbus.rounds import Knocks, Rounds
from drivers.modbus.slots import Slots
from drivers.modbus.timetable import Timetable
from drivers.modbus.transactions import Transactions
from drivers.modbus.unit import SILENCE_SECONDS, Greeting, Poll, Unit

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from drivers.contract import Post, Value
    from drivers.modbus.act import Act
    from drivers.modbus.config import ModbusConfig
    from drivers.modbus.tally import Tally

_READS = frozenset({1, 2, 3, 4})


class Polling:
    """The life of one connection; what a step of an act may do on the line (`drivers.modbus.act.Talk`).

    `acts` are what is to be done beside the polls; who adds to them calls `wake`.
    """

    def __init__(self, config: ModbusConfig, units: Sequence[Unit], acts: list[Act], post: Post, tally: Tally) -> None:
        self.post = post
        self.rounds = Rounds()
        self._config = config
        self._units = list(units)
        self._acts = acts
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._transactions = Transactions(config, tally, self.wake)
        self._timetable: Timetable[Poll | Greeting] = Timetable()
        self._knocks = Knocks(self.rounds)
        self._slots = Slots()
        self._reach = Reach(self._timetable, self._knocks, acts, post)
        self._answers = Answers(self._timetable, self._reach, post, tally)
        self._cruise = Cruise(self._timetable, self._knocks, self._transactions, self._answers, self._served, tally)
        self._beside: asyncio.TaskGroup | None = None
        self._releasing = False

    async def run(self) -> None:
        """Connect and poll until cancelled; raises LineLost or Misconfigured."""
        try:
            async with asyncio.TaskGroup() as self._beside:
                await self._live()
        except BaseExceptionGroup as several:
            # what ended it; the rest was cancelled for it
            raise several.exceptions[0] from None
        finally:
            self._transactions.wire.close()

    async def _live(self) -> None:
        await self._transactions.connect()
        self._transactions.answered = self._loop.time()
        for unit in self._units:
            self._introduce(unit)
        while True:
            self._tally.steps += 1
            now = self._loop.time() + TIMER_SECONDS
            polls_due = self._timetable.ready(now)
            self._acts[:] = [act for act in self._acts if not act.over]
            if (act := self._slots.choose(self._acts, now, polls_due=polls_due)) is not None:
                await self._step(act)
            elif (greeting := self._knocks.take(now)) is not None:
                await self._greet(greeting)
            elif polls_due:
                await self._serve(now)
            else:
                await self._rest()

    def wake(self) -> None:
        """Something became due. It is done once the request that is out has ended."""
        self._cruise.wake()

    def beside(self, work: Coroutine[object, object, None], name: str) -> None:
        """Do something that is no transaction beside the line. If it raises, the run ends with it."""
        assert self._beside is not None  # noqa: S101  only a step says this, and steps are made in `run`
        self._beside.create_task(work, name=name)

    def admit(self, unit: Unit) -> None:
        """Take a new unit into the rounds."""
        self._units.append(unit)
        self._introduce(unit)
        self.wake()

    def dismiss(self, unit: Unit) -> None:
        """Let a unit go: nothing of it is reported any more."""
        self._units.remove(unit)
        self._reach.dismiss(unit)

    def doubt(self, unit: Unit) -> None:
        """Greet a unit anew before anything of it counts."""
        if unit.link is not Link.LOST:  # which is greeted anyway when it is back
            self._reach.doubt(unit, self._loop.time())
            self.wake()

    @property
    def utilisation(self) -> float:
        """How much of the last minute the line was carrying something, 0 to 1."""
        return self._tally.load.share(self._loop.time())

    # ------------------------------------------------------------ one transaction

    async def ask(self, unit: Unit, frame: Frame) -> bytes:
        """Send a frame, one transaction; raises ModbusError, or LineLost when the line goes."""
        at_once = self._releasing and frame.function not in _READS
        return await self._transactions.ask(unit, frame, at_once=at_once)

    async def poll(self, poll: Poll) -> tuple[Value, ...] | None:
        """Read a group and report it; None when there is no answer."""
        try:
            content = await self.ask(poll.unit, poll.frame)
        except ModbusError as error:
            self._unanswered(poll, error)
            return None
        return self._answers.take(poll, content, self._transactions.wire.received_ns, self._loop.time())

    # ------------------------------------------------------------ whose turn it is

    async def _step(self, act: Act) -> None:
        unit, began = act.unit, self._loop.time()
        self._releasing = act.rank is Rank.AT_ONCE
        try:
            await act.step(self, began)
        finally:
            self._releasing = False
        now = self._loop.time()
        self._slots.stepped(act, began, now)
        if (mistaken := unit.mistaken) is not None:
            unit.mistaken = None
            self._reach.misfits(unit, mistaken, now)
        elif unit.link is Link.LOST and not unit.misses:  # a fire release found it
            self._timetable.put(unit.greeting, now)

    async def _serve(self, now: float) -> None:
        beat = self._timetable.take(now)
        if isinstance(beat, Greeting):
            await self._greet(beat)
        elif beat is not None:
            await self.poll(beat)
            self._served(beat, self._loop.time())
            self._slots.polled()

    async def _rest(self) -> None:
        before = self._tally.steps
        failed = await self._cruise.run(self._slots.next_due(self._acts))
        self._slots.polled(self._tally.steps - before)
        if not self._transactions.wire.connected:
            raise self._transactions.wire.loss
        if failed is not None:
            poll, error = failed
            self._unanswered(poll, await self._transactions.understood(poll.unit, poll.frame, error))
            self._served(poll, self._loop.time())

    def _served(self, poll: Poll, now: float) -> None:
        if not poll.refusals:
            self._tally.late += self._timetable.advance(poll, now)
            if not poll.group:
                self.rounds.served(poll, now)

    # ------------------------------------------------------------ who answers, and who does not

    def _introduce(self, unit: Unit) -> None:
        self._transactions.introduce(unit)
        self._reach.introduce(unit, self._loop.time())

    async def _greet(self, greeting: Greeting) -> None:
        """Ask a unit the next thing of who it is; the last answer decides."""
        unit, began = greeting.unit, self._loop.time()
        unit.counts.probes += unit.link is Link.LOST
        frames = unit.identity.frames or (unit.polls[0].frame,)
        try:
            greeting.answers.append(await self.ask(unit, frames[len(greeting.answers)]))
        except ExceptionReply as error:
            greeting.answers.clear()
            self._declined(unit, error.code, str(error))
            return
        except ModbusError:
            self._knocks.in_vain(began, self._loop.time())
            self._missed(unit)
            return
        now = self._loop.time()
        if len(greeting.answers) < len(frames):
            self._timetable.put(greeting, now)
            return
        found = unit.identity.found(greeting.answers) if unit.identity.frames else Found()
        greeting.answers.clear()
        if found.why:
            self._reach.misfits(unit, found, now)
        else:
            self._reach.fits(unit, found.serial, now)

    def _declined(self, unit: Unit, code: int, why: str) -> None:
        now = self._loop.time()
        if not unit.identity.frames:
            self._reach.fits(unit, "", now)
        elif code in MAP_IS_WRONG:
            self._reach.misfits(unit, Found(why=f"refuses to say who it is: {why}"), now)
        else:
            self._timetable.put(unit.greeting, now + 1.0)

    def _unanswered(self, poll: Poll, error: ModbusError) -> None:
        if isinstance(error, ExceptionReply):
            self._reach.refused(poll, error.code, self._loop.time())
        else:
            self._missed(poll.unit)

    def _missed(self, unit: Unit) -> None:
        now = self._loop.time()
        self._reach.missed(unit, now)
        if now - self._transactions.answered > SILENCE_SECONDS:
            raise LineLost(
                f"{self._config.address} is connected, but nothing behind it has answered for {SILENCE_SECONDS:.0f} s"
            )
