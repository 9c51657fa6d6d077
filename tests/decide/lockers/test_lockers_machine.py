"""Whatever comes in whatever order, with restarts in between: what must never happen at a locker, and what always holds."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drivers.contract import Question
from gateway.actor import Actor  # noqa: TC001 - hypothesis reads annotations at run time
from gateway.decide.lockers.compartment import Compartment
from gateway.model import Answered, Send
from gateway.parcels import CompartmentState as State
from tests.decide.lockers.hall import CODE, LI, OTHER_CODE, SIZES, WANG, Hall

CABINETS = ("locker1", "locker2")
KEYS = tuple(f"{name}/{part}" for name in CABINETS for part in SIZES)
BUSY = (*KEYS[:3], KEYS[6])
"""Most happens at a few compartments, so that something does."""
keys = st.sampled_from(BUSY) | st.sampled_from(KEYS)
cabinets = st.sampled_from(CABINETS)
codes = st.sampled_from((CODE, OTHER_CODE, "0" * 16))
PEOPLE = (WANG, LI)


class Machine(RuleBasedStateMachine):
    """Opens are what went out: commands, and allowed answers."""

    @initialize()
    def begin(self) -> None:
        self.h = Hall()
        self.told = 0
        self.opens: list[tuple[float, str]] = []
        self.down: set[str] = set()
        self.fire = False
        self.asked_by: set[str] = set()
        self.forced: set[str] = set()
        self.looked: set[str] = set()

    # ------------------------------------------------------------ what happens

    @rule(seconds=st.sampled_from((0.5, 1.0, 2.0, 3.0, 4.0, 10.0)))
    def some_time_passes(self, seconds: float) -> None:
        self.h.wait(seconds)

    @rule(hours=st.sampled_from((0.2, 7.0, 25.0)))
    def much_time_passes(self, hours: float) -> None:
        self.h.live(hours * 3600, every=hours * 3600)

    @rule(key=keys, door=st.booleans() | st.none(), full=st.booleans() | st.none(), unsure=st.booleans())
    def a_compartment_shows(self, key: str, door: bool | None, full: bool | None, unsure: bool) -> None:  # noqa: FBT001 - a rule
        self.h.show(key, door=door, full=full, unsure=[1] if unsure else [])

    @rule(key=keys, fault=st.booleans())
    def a_lock_fails_or_works(self, key: str, fault: bool) -> None:  # noqa: FBT001 - a rule
        self.h.show(key, fault=fault)

    @rule(key=keys, by=st.sampled_from(("code", "delivery", "command", "key", "force", "")))
    def a_cabinet_reports_an_opening(self, key: str, by: str) -> None:
        self.h.opened(key, by)

    @rule(key=keys, code=codes)
    def a_cabinet_reports_a_parcel(self, key: str, code: str) -> None:
        self.h.stored(key, code)

    @rule(key=keys)
    def a_cabinet_reports_one_taken(self, key: str) -> None:
        self.h.event(key, "parcel_taken")

    @rule(name=cabinets, code=codes)
    def somebody_types_a_code(self, name: str, code: str) -> None:
        self.h.pick_up(code, name)

    @rule(name=cabinets, size=st.sampled_from("sml"), order=st.sampled_from(("", "SF1", "SF2")))
    def a_courier_comes(self, name: str, size: str, order: str) -> None:
        self.h.deliver(size, order, name)

    @rule(order=st.sampled_from(("SF1", "SF2")))
    def a_courier_reserves(self, order: str) -> None:
        self.h.reserve(order=order)

    @rule(key=keys)
    def a_person_opens(self, key: str) -> None:
        self.h.open(key)

    @rule(person=st.sampled_from(PEOPLE))
    def a_person_wants_all_open(self, person: Actor) -> None:
        if self.h.open_all(person) == "":
            self.asked_by = {person.id}

    @rule(person=st.sampled_from(PEOPLE))
    def a_person_confirms(self, person: Actor) -> None:
        if self.h.confirm(person) == "":
            assert person.id not in self.asked_by

    @rule(part=st.sampled_from(tuple(SIZES)))
    def somebody_looked(self, part: str) -> None:
        if self.h.reset(part) == "":
            self.looked.add(f"locker1/{part}")

    @rule(part=st.sampled_from(tuple(SIZES)), out=st.booleans())
    def somebody_repairs(self, part: str, out: bool) -> None:  # noqa: FBT001 - a rule
        self.h.service(part, out=out)

    @rule()
    def it_burns(self) -> None:
        self.h.fire()
        self.fire = True

    @rule(name=cabinets)
    def a_link_is_lost(self, name: str) -> None:
        self.h.down(name)
        self.down.add(name)

    @rule(name=cabinets)
    def a_link_is_back(self, name: str) -> None:
        self.h.up(name)
        self.down.discard(name)

    @rule(off_seconds=st.sampled_from((6.0, 700.0)), reboot=st.booleans())
    def it_starts_anew(self, off_seconds: float, reboot: bool) -> None:  # noqa: FBT001 - a rule
        before = {key: replace(c, stored=None, reserved=None) for key, c in self.h.lockers.compartments.items()}

        self.h.restart(off_seconds=off_seconds, reboot=reboot)
        self.h.wait(0)

        self.down = set()
        for key, c in self.h.lockers.compartments.items():
            was = before[key]
            lapsed = was.state is State.RESERVED and c.state is State.EMPTY
            grew_old = was.state is State.OCCUPIED and c.state is State.OVERDUE
            assert lapsed or grew_old or (was.state, was.code, was.open) == (c.state, c.code, c.open), key

    # ------------------------------------------------------------ what must hold

    @invariant()
    def no_lock_and_no_supply_gets_too_much(self) -> None:
        new, self.told = self.h.said[self.told :], len(self.h.said)
        for outcome in new:
            match outcome:
                case Send(command):
                    name, part = command.device, command.name.removesuffix(".open")
                case Answered(Question(device=name), answer) if answer.allowed:
                    part = answer.body["part"]
                case _:
                    continue
            at = self._when(outcome)
            self.opens.append((at, f"{name}/{part}"))
            assert not (self.fire and name == "locker1"), "opened in a fire"
            assert name not in self.down, "opened through a dead link"
        last = self.opens[-12:]
        for at, key in last:
            near = [other for other_at, other in last if at <= other_at < at + 3 - 1e-6]
            assert near.count(key) <= 1, "twice in three seconds"
            name = key.partition("/")[0]
            assert sum(other.startswith(name) for other in near) <= 2, "three solenoids at once"

    @invariant()
    def every_compartment_makes_sense(self) -> None:
        for key, c in self.h.lockers.compartments.items():
            assert (c.stored is not None) or (not c.code and not c.overdue_steps), key
            assert (c.reserved is not None) == (c.state is State.RESERVED), key
            assert not c.order or c.state in (State.RESERVED, State.OPEN_DELIVERY), key
            assert c.tries < 3 or c.state in (State.JAMMED, State.FORCED, State.FAULT, State.OUT_OF_SERVICE), key
            if c.state in (State.EMPTY, State.RESERVED):
                assert c.stored is None, key
            if c.state in (State.OCCUPIED, State.OVERDUE):
                assert c.stored is not None, key
                assert (c.state is State.OVERDUE) == bool(c.overdue_steps), key
            body = json.loads(json.dumps(c.to_json()))
            assert Compartment.from_json(key, body, self.h.now) == c.counted_from(self.h.now), key

    @invariant()
    def what_was_forced_stays_so_until_somebody_looked(self) -> None:
        now = {key for key, c in self.h.lockers.compartments.items() if c.state is State.FORCED}
        assert self.forced - now <= self.looked
        self.forced, self.looked = now, set()

    @invariant()
    def alarms_are_those_of_the_states(self) -> None:
        active = {alarm.key for alarm in self.h.judge.alarms if alarm.active}
        for key, c in self.h.lockers.compartments.items():
            assert (f"compartment_forced@{key}" in active) == (c.state is State.FORCED), key
            assert (f"compartment_jammed@{key}" in active) == (c.state is State.JAMMED), key
            assert (f"compartment_ajar@{key}" in active) == c.ajar, key
            assert (f"parcel_overdue@{key}" in active) == bool(c.overdue_steps), key

    @invariant()
    def nothing_is_left_undone(self) -> None:
        due = self.h.lockers.next_ns
        assert due is None or due >= self.h.now.boottime_ns - 1

    def _when(self, outcome: Send | Answered) -> float:
        """When it was decided, by UTC: a command lives five seconds from then on."""
        boottime_ns = (
            outcome.command.expires_ns - 5_000_000_000 if isinstance(outcome, Send) else outcome.question.received_ns
        )
        return self.h.now.utc - (self.h.now.boottime_ns - boottime_ns) / 1e9


Machine.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestWhateverComes = Machine.TestCase
