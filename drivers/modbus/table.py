"""The duty of keeping a controller's table of permits the one that is wanted (docs/acp1.md, "The wanted table").

Each step is one transaction, with the serial number before it where the controller is told to begin or to commit. Where the
table stands is always read from the controller: an answer that is lost, a line that is lost and an end of this process cost
no more than looking again. What is active changes with a commit alone; it is asked for when the staged sum is that of the
wanted table, and the controller itself refuses it for any other.

Of a changed table only the difference is written, over a copy. That takes knowing what the active one holds; its version and
sum tell it for tables that were wanted here. For any other everything is written: reading a record takes three quarters of
the wire that writing it takes, and the records that nobody asked for would still be there.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias
from zlib import crc32

from drivers.modbus.act import Rank
from drivers.modbus.frame import ExceptionReply, ModbusError
from drivers.modbus.identity import recognise
from drivers.modbus.table_frames import REFUSALS, TableFrames, Verdict
from drivers.modbus.table_plan import Goal, Load, Wanted, differences, under_way
from drivers.modbus.table_progress import CURRENT, UNKNOWN, WRITING, Progress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from drivers.contract import Json, Value
    from drivers.modbus.act import Talk
    from drivers.modbus.table_plan import Level, Standing
    from drivers.modbus.unit import Poll, Unit

    Step: TypeAlias = Callable[[Talk, float], Awaitable[None]]

LOOK_AGAIN_SECONDS: Final = 300.0
"""How often a table that needs nothing is looked at, in case somebody else writes it. A controller that starts anew, or says
that its table is damaged, is looked at at once."""
TRY_AGAIN_SECONDS: Final = 60.0
"""How long a table rests that cannot become the wanted one."""
BUSY_SECONDS: Final = 0.5
LONGEST_WAIT_SECONDS: Final = 30.0
PATIENCE: Final = 3
"""So often the same thing may fail before the table rests."""
GIVES_WAY: Final = 3
"""So often a table on its way gives way to another before one is finished: wishes that never cease must not stand still."""
_NO_TABLE_CODES: Final = frozenset({1, 2})
_BUSY_CODES: Final = frozenset({5, 6})


class TableDuty:
    """Keeps the table of one unit. `want` says which; how it stands is reported as the last group of the device."""

    rank = Rank.TABLE

    def __init__(self, unit: Unit) -> None:
        assert unit.profile.permits is not None  # noqa: S101  the profile says that there is a table
        self.unit = unit
        self.due = inf
        self.over = False
        self._frames = TableFrames(unit.number, unit.profile.permits)
        self._progress = Progress(unit)
        self._wanted = Wanted()
        self._load: Load | None = None
        self._next: Step = self._look
        self._state = UNKNOWN
        self._standing: Standing | None = None
        self._held: Level | None = None
        """What the active table holds, as far as that is known."""
        self._capacity: int | None = None
        self._zone_minutes: int | None = None
        self._command_id = crc32(b"table of " + unit.device.id.encode()) & 0xFFFF
        self._begun = 0
        """Begins since the last commit."""
        self._gave_way = 0
        self._failures = 0
        """Refusals since the last record that was taken."""
        self._misses = 0
        """Answers that were missing since the last one that came."""
        self._looked_at = -inf
        self._numbers = dict.fromkeys(("permits_written", "permits_begun", "permits_committed"), 0)
        self._damage_at = {
            id(poll): place
            for poll in unit.polls
            for place, point in enumerate(unit.device.groups[poll.group].points)
            if point.meaning == "user_table_bad"
        }

    def want(self, level: Json | None) -> None:
        """Bring the table there; None leaves it as it is. The last one wins.

        A table that is on its way is finished first where that is less to write than to begin anew, or where it was begun anew
        too often.
        """
        goal = None if level is None else Goal.of(level)
        if goal == self._wanted.goal:
            return
        self._wanted.say(goal)
        if self._load is not None and not self._finishes_first(self._load, goal):
            self._load = None
            self._gave_way += 1
        self._start_over()

    def unit_back(self) -> None:
        """Look at everything again: it may be another one, or have been written by somebody else."""
        self._standing = self._held = self._capacity = self._zone_minutes = None
        self._start_over()

    def saw(self, poll: Poll, values: tuple[Value, ...], now: float) -> None:
        """Look at once when the controller says that its table is damaged."""
        place = self._damage_at.get(id(poll))
        if place is not None and values[place] and now - self._looked_at > TRY_AGAIN_SECONDS:
            self._looked_at = now
            self.due = min(self.due, now)

    def numbers(self) -> Mapping[str, float]:
        """Records written, tables begun and tables committed."""
        return self._numbers

    async def step(self, talk: Talk, now: float) -> None:
        """Do the next transaction."""
        goal = self._wanted.goal
        try:
            await self._next(talk, now)
        except ExceptionReply as refusal:
            self._refused(talk, refusal, now)
        except ModbusError:
            # what the controller made of it, only looking tells
            self._go_on(self._look, now + min(LONGEST_WAIT_SECONDS, BUSY_SECONDS * 2**self._misses))
            self._misses += 1
        else:
            self._misses = 0
        if self._wanted.goal is not goal:  # another was wanted while the answer was on its way
            self._start_over()

    # ------------------------------------------------------------ the steps

    async def _look(self, talk: Talk, now: float) -> None:
        """Read where the table stands."""
        self._looked_at = now
        self._standing = self._frames.standing(await talk.ask(self.unit, self._frames.state))
        self._decide(talk, now)

    async def _survey(self, talk: Talk, now: float) -> None:
        """Read how much room there is, and the zone by which schedules are read."""
        zone = await talk.ask(self.unit, self._frames.zone)
        capacity = await talk.ask(self.unit, self._frames.capacity)
        self._zone_minutes = int.from_bytes(zone, "big", signed=True)
        self._capacity = int.from_bytes(capacity, "big")
        self._decide(talk, now)

    async def _set_zone(self, talk: Talk, now: float) -> None:
        assert self._wanted.goal is not None  # noqa: S101  else nothing would be decided
        wanted = self._wanted.goal.zone_minutes
        answer = await talk.ask(self.unit, self._frames.setting_zone(wanted))
        self._zone_minutes = int.from_bytes(answer, "big", signed=True)
        if self._zone_minutes == wanted:
            self._decide(talk, now)
        else:
            self._rest(talk, now, f"the controller keeps its zone of {self._zone_minutes} minutes")

    async def _begin(self, talk: Talk, now: float) -> None:
        load = self._on_its_way()
        if await recognise(talk, self.unit):
            self.due = inf
            return
        frame = self._frames.begin(self._new_id(), load.goal.version, copy=load.copies)
        verdict = self._frames.verdict(await talk.ask(self.unit, frame), self._command_id)
        if verdict == Verdict.DONE:
            self._numbers["permits_begun"] += 1
            self._begun += 1
            self._write_on(load, now)
            self._tell(talk, now)
        else:
            self._unwilling(talk, verdict, "begin", now)

    async def _write(self, talk: Talk, now: float) -> None:
        load = self._on_its_way()
        frame, registers = self._frames.write(load.writes[load.done])
        read_back = await talk.ask(self.unit, frame)
        if read_back == registers:
            self._failures = 0
            self._numbers["permits_written"] += 1
            load.done += 1
        elif self._failed_for_good():
            record = load.writes[load.done]
            self._rest(talk, now, f"the controller does not keep {record.window.key} {record.index} as it was written")
            return
        self._write_on(load, now)
        if self._progress.stale(now):
            self._tell(talk, now)

    async def _prove(self, talk: Talk, now: float) -> None:
        """Say which sum is expected, and see whether it is there."""
        load = self._on_its_way()
        self._standing = self._frames.standing(await talk.ask(self.unit, self._frames.expect(load.goal.sum)))
        if load.found_in(self._standing) and not load.left:
            self._go_on(self._commit, now)
        else:
            self._decide(talk, now)

    async def _commit(self, talk: Talk, now: float) -> None:
        load = self._on_its_way()
        if await recognise(talk, self.unit):
            self.due = inf
            return
        frame = self._frames.commit(self._new_id(), load.goal)
        verdict = self._frames.verdict(await talk.ask(self.unit, frame), self._command_id)
        if verdict == Verdict.DONE:
            self._numbers["permits_committed"] += 1
            self._begun = self._failures = self._gave_way = 0
            self._go_on(self._look, now)
        else:
            self._unwilling(talk, verdict, "commit", now)

    # ------------------------------------------------------------ what comes next

    def _decide(self, talk: Talk, now: float) -> None:
        """Choose the next step from what was last read."""
        standing, goal = self._standing, self._wanted.goal
        assert standing is not None  # noqa: S101  a step has just read it
        self._held = self._wanted.held(standing, self._load.goal if self._load else None)
        if goal is None:
            self._rest(talk, now, UNKNOWN, LOOK_AGAIN_SECONDS)
        elif self._zone_minutes is None or self._capacity is None:
            self._go_on(self._survey, now)
        elif self._zone_minutes != goal.zone_minutes:
            self._go_on(self._set_zone, now)
        elif standing.shows(goal):
            self._load = None
            self._rest(talk, now, CURRENT, LOOK_AGAIN_SECONDS)
        elif why := goal.impossible(self._capacity):
            self._rest(talk, now, why)
        elif (load := under_way(self._load, self._held, goal, standing)) is not None:
            self._load, self._state = load, WRITING
            self._write_on(load, now)
            self._tell(talk, now)
        elif self._begun >= PATIENCE:
            self._rest(
                talk, now, f"begun {self._begun} times and never became the wanted one: does somebody else write it?"
            )
        else:
            # what was begun as a copy and did not become the wanted one may have been no copy of what we think
            held = self._held if self._begun <= 1 else None
            self._load, self._state = Load.shortest(held, goal), WRITING
            self._go_on(self._begin, now)

    def _finishes_first(self, load: Load, goal: Goal | None) -> bool:
        return goal is not None and (self._gave_way >= GIVES_WAY or load.worth_finishing_before(goal, self._held))

    def _start_over(self) -> None:
        self._begun = self._failures = self._misses = 0
        self._go_on(self._look, 0.0)

    def _write_on(self, load: Load, now: float) -> None:
        self._go_on(self._write if load.left else self._prove, now)

    def _go_on(self, step: Step, due: float) -> None:
        self._next = step
        self.due = due

    def _rest(self, talk: Talk, now: float, state: str, seconds: float = TRY_AGAIN_SECONDS) -> None:
        self._state = state
        self._begun = self._failures = 0
        self._go_on(self._look, now + seconds)
        self._tell(talk, now)

    def _tell(self, talk: Talk, now: float) -> None:
        left = total = 0
        if self._load is not None and self._state == WRITING and (goal := self._wanted.goal) is not None:
            then = 0 if self._load.goal is goal else len(differences(self._load.goal.level, goal.level))
            left, total = self._load.left + then, len(self._load.writes) + then
        self._progress.tell(talk.post, self._standing, left, total, self._state, now)

    def _on_its_way(self) -> Load:
        assert self._load is not None  # noqa: S101  without one the only step is to look
        return self._load

    def _new_id(self) -> int:
        self._command_id = (self._command_id + 1) & 0xFFFF
        return self._command_id

    # ------------------------------------------------------------ what goes wrong

    def _failed_for_good(self) -> bool:
        self._failures += 1
        return self._failures >= PATIENCE

    def _unwilling(self, talk: Talk, verdict: int, what: str, now: float) -> None:
        """The mailbox did not do it."""
        if verdict == Verdict.DUPLICATE:
            self.due = now  # somebody used that id before; nobody used the next one
        elif verdict == Verdict.BUSY:
            self._go_on(self._look, now + BUSY_SECONDS)
        elif self._failed_for_good():
            self._rest(talk, now, f"the controller refuses to {what} the table: {REFUSALS.get(verdict, verdict)}")
        else:
            self._go_on(self._look, now)

    def _refused(self, talk: Talk, refusal: ExceptionReply, now: float) -> None:
        if refusal.code in _NO_TABLE_CODES:
            self._standing = None
            self._rest(talk, now, "the controller has no table of permits", LOOK_AGAIN_SECONDS)
        elif refusal.code in _BUSY_CODES:
            self._go_on(self._look, now + BUSY_SECONDS)
        elif self._failed_for_good():
            self._rest(talk, now, f"the controller refuses what is written: {refusal}")
        else:
            self._go_on(self._look, now)  # there may be no begun table any more
