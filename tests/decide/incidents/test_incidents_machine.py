"""Acts, alarms, time and restarts in any order: what must never happen to an incident, and what always holds."""

from __future__ import annotations

import json
import os
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.actor import Actor  # noqa: TC001 - hypothesis reads annotations at run time
from gateway.decide.deadline import CHECKPOINT_NS
from gateway.decide.incidents.incident import Incident
from gateway.decide.incidents.limits import PREFIX, STAGES
from gateway.incident import (
    AcceptIncident,
    ArriveAtIncident,
    CallFalseIncident,
    CloseIncident,
    ExtendIncident,
    FeedBackIncident,
    GoToIncident,
    HandleIncident,
    MergeIncident,
    ReturnIncident,
    VerifyIncident,
    Whistle,
)
from gateway.model import NANOSECONDS, Priority, Recorded, Remember
from tests.decide.incidents.office import BOSS, HOME, LI, SUN, WANG, ZHANG, Office, report

EXAMPLES = 500 if os.environ.get("GRIDPOST_SOAK") else 20
people = st.sampled_from((ZHANG, SUN, LI, WANG, BOSS))
numbers = st.integers(1, 4)
IDS = {"u-zhang": "zhang", "u-sun": "sun", "u-li": "li", "u-wang": "wang", "u-boss": "u-boss"}


class Machine(RuleBasedStateMachine):
    """What was seen of each incident is held against what is there now."""

    @initialize()
    def begin(self) -> None:
        self.office = Office()
        self.read = 0
        self.worked: dict[int, set[str]] = {}
        self.revisions: dict[int, int] = {}
        self.ids: dict[int, str] = {}
        self.latest_due_ns: dict[str, int] = {}
        self.restarted = False

    # ------------------------------------------------------------ what happens

    @rule(seconds=st.sampled_from((1.0, 50.0, 200.0, 700.0)))
    def time_passes(self, seconds: float) -> None:
        self.office.wait(seconds)

    @rule(hours=st.sampled_from((1.0, 9.0, 30.0)))
    def much_time_passes(self, hours: float) -> None:
        self.office.now = self.office.now._replace(
            boottime_ns=self.office.now.boottime_ns + int(hours * 3_600 * NANOSECONDS),
            utc=self.office.now.utc + hours * 3_600,
        )
        self.office.wait(1)

    @rule(
        name=st.sampled_from(("smoke", "heat", "gas", "device_lost")),
        source=st.sampled_from(("a", "b")),
        priority=st.sampled_from((Priority.P1, Priority.P2, Priority.P3)),
    )
    def an_alarm_is_raised(self, name: str, source: str, priority: Priority) -> None:
        if not self.office.book.active(f"{name}@{source}"):
            self.office.alarm(name, source, HOME, priority=priority)

    @rule(name=st.sampled_from(("smoke", "heat", "gas", "device_lost")), source=st.sampled_from(("a", "b")))
    def one_is_over(self, name: str, source: str) -> None:
        self.office.clear(name, source)

    @rule(category=st.sampled_from(("fire", "environment")), priority=st.integers(1, 4))
    def somebody_reports(self, category: str, priority: int) -> None:
        self.office.act(report(ZHANG, category, priority))

    @rule(who=people, number=numbers)
    def somebody_goes(self, who: Actor, number: int) -> None:
        self.office.act(GoToIncident(who, number))

    @rule(who=people, number=numbers)
    def somebody_arrives(self, who: Actor, number: int) -> None:
        self._worked(who, number, self.office.act(ArriveAtIncident(who, number)), "arrived")

    @rule(who=people, number=numbers)
    def somebody_handles(self, who: Actor, number: int) -> None:
        self._worked(who, number, self.office.act(HandleIncident(who, number, "好了", ("a" * 64,))), "handled")

    @rule(who=people, number=numbers)
    def somebody_feeds_back(self, who: Actor, number: int) -> None:
        self._worked(who, number, self.office.act(FeedBackIncident(who, number, "unknown", "")), "fed_back")

    @rule(who=people, number=numbers, good=st.booleans())
    def somebody_verifies(self, who: Actor, number: int, good: bool) -> None:  # noqa: FBT001 - a rule
        incident = self.office.incidents.known.get(number)
        code = self.office.act(VerifyIncident(who, number, good, "看过了"))
        if code == "" and good:
            assert incident is not None
            assert IDS[who.id] not in self.worked.get(number, set())
            assert not any(self.office.book.active(key) for _, key in incident.alarms)

    @rule(who=people, number=numbers, person=st.sampled_from(("", "sun", "zhang")))
    def the_desk_accepts(self, who: Actor, number: int, person: str) -> None:
        self.office.act(AcceptIncident(who, number, person))

    @rule(who=people, number=numbers)
    def somebody_closes(self, who: Actor, number: int) -> None:
        self.office.act(CloseIncident(who, number))

    @rule(who=people, number=numbers)
    def somebody_calls_it_false(self, who: Actor, number: int) -> None:
        self.office.act(CallFalseIncident(who, number, "cooking"))

    @rule(who=people, number=numbers)
    def it_goes_back(self, who: Actor, number: int) -> None:
        self.office.act(ReturnIncident(who, number, "不行"))

    @rule(who=people, number=numbers)
    def it_gets_more_time(self, who: Actor, number: int) -> None:
        before = self.office.incidents.known.get(number)
        if self.office.act(ExtendIncident(who, number, 5.0, "等")) == "":
            assert before is not None
            assert not before.extended
            for name in [name for name in self.latest_due_ns if name.startswith(f"{PREFIX}{number}:handle:")]:
                del self.latest_due_ns[name]

    @rule(who=people, number=numbers, into=numbers)
    def two_become_one(self, who: Actor, number: int, into: int) -> None:
        self.office.act(MergeIncident(who, number, into))

    @rule(who=people, number=numbers)
    def a_department_is_called(self, who: Actor, number: int) -> None:
        self.office.act(Whistle(who, number, "gas", "来"))

    @rule(off=st.sampled_from((0.0, 20.0, 4_000.0)), reboot=st.booleans(), trusted=st.booleans())
    def it_is_killed(self, off: float, reboot: bool, trusted: bool) -> None:  # noqa: FBT001 - a rule
        before, left = dict(self.office.incidents.known), self._left()
        self.office.restart(off, reboot=reboot, trusted=trusted)
        assert dict(self.office.incidents.known) == before
        now = self._left()
        assert now.keys() == left.keys()
        assert all(now[name] <= left[name] + CHECKPOINT_NS for name in now), (
            "a restart lengthens a limit by a minute at most"
        )
        self.latest_due_ns = {}
        self._look()
        self.office.now = self.office.now._replace(trusted=True)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def at_most_one_gathers_under_a_key(self) -> None:
        book = self.office.incidents._book
        for key in {incident.key for incident in self.office.all if incident.key}:
            gathering = [
                each for each in self.office.all if each.key == key and book.gathering(key) is each and each.open
            ]
            assert len(gathering) <= 1
        members = [key for each in self.office.all if each.open for _, key in each.alarms]
        assert len(members) == len(set(members)), "an alarm belongs to one open incident"

    @invariant()
    def its_past_only_grows_and_tells_all_of_it(self) -> None:
        for each in self.office.said[self.read :]:
            if isinstance(each, Recorded) and each.kind == "incident":
                number, revision = int(each.subject), each.body["incident"]["revision"]
                assert revision == self.revisions.get(number, 0) + 1
                self.revisions[number] = revision
                assert (
                    self.ids.setdefault(number, each.body["incident"]["external_id"])
                    == each.body["incident"]["external_id"]
                )
        self.read = len(self.office.said)
        assert {each.number: each.revision for each in self.office.all} == self.revisions

    @invariant()
    def the_disk_has_it_as_it_is(self) -> None:
        on_disk = {key: body for key, body in self.office.disk.items() if key.startswith("incident:")}
        again = {key: Incident.from_json(json.loads(json.dumps(body))) for key, body in on_disk.items()}
        assert again == {f"incident:{number}": each for number, each in self.office.incidents.known.items()}

    @invariant()
    def the_limits_that_run_are_those_of_its_state(self) -> None:
        for each in self.office.all:
            assert {running.stage for running in each.running} <= set(STAGES.get(each.state, ()))
            if not each.open:
                assert not [key for key in self.office.disk if key.startswith(f"{PREFIX}{each.number}:")]

    @invariant()
    def no_limit_is_ever_put_off_but_by_a_leader(self) -> None:
        self._look()

    def _left(self) -> dict[str, int]:
        """How much is left of each limit."""
        timers = self.office.incidents._book.limits._timers
        return {name: timers._running[name].left(self.office.now) for name in timers}

    def _look(self) -> None:
        """The latest moment at which each limit may end, by the boot's own clock."""
        due = {name: self.office.now.boottime_ns + left for name, left in self._left().items()}
        for name, at_ns in due.items():
            if ":gathers:" not in name and name in self.latest_due_ns and self._same_run(name):
                assert at_ns <= self.latest_due_ns[name]
        self.latest_due_ns = due
        self.runs = {each.number: each.running for each in self.office.all}

    def _same_run(self, name: str) -> bool:
        """Whether the limit is the one that was looked at before, and was not begun again since by another state."""
        number, stage, _ = name.removeprefix(PREFIX).split(":")
        incident = self.office.incidents.known[int(number)]
        before = {each.stage.value: each.began_utc for each in self.runs.get(int(number), ())}
        now = {each.stage.value: each.began_utc for each in incident.running}
        return stage in before and before[stage] == now.get(stage)

    def _worked(self, who: Actor, number: int, code: str, what: str) -> None:
        if code == "" and self.office.rows(number)[-1:] == [what]:
            self.worked.setdefault(number, set()).add(IDS[who.id])


TestIncidents = Machine.TestCase
TestIncidents.settings = settings(max_examples=EXAMPLES, stateful_step_count=40, deadline=None)


def test_to_tell_the_same_again_after_a_kill_at_any_moment_loses_and_doubles_nothing() -> None:
    """All that follows from one step is one transaction: what is on disk is one step or the other."""
    office = Office()
    office.alarm()
    steps = (GoToIncident(ZHANG, 1), ArriveAtIncident(ZHANG, 1), HandleIncident(ZHANG, 1, "好"))

    for step in steps:
        lost = replace(office, disk=dict(office.disk), said=[], team=office.team)
        lost.now = office.now
        lost.restart()
        assert lost.one() == office.one()
        office.act(step)
        lost.act(step)
        written = [each for each in office.said if isinstance(each, Remember)]
        assert lost.one() == office.one()
        assert written
