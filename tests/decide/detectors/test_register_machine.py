"""Whatever people do and however often the house restarts: what hangs where stays true, everywhere the same."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.detecting import (
    BeginBatteryChange,
    BeginRound,
    BeginWalkTest,
    DropSensors,
    EndRound,
    EndWalkTest,
    ImportSensors,
    MountSensor,
    SkipInRound,
    TakeDownSensor,
    TakeInRound,
    UndoInRound,
)
from gateway.model import Refused
from tests.decide.detectors.stairwell import FLATS, INSTALLER, OF_G1, PEOPLE, PLACES, RULES, Stairwell, address, sensor

if TYPE_CHECKING:
    from gateway.actor import Actor
    from gateway.detecting import DetectorAct, StockSensor

SOAK = bool(os.environ.get("GRIDPOST_SOAK"))
NUMBERS = range(1, 9)

actors = st.sampled_from([*PEOPLE.values(), *[INSTALLER] * 12, OF_G1])  # most of those who act may
kinds = st.sampled_from(["smoke", "gas"])
places = st.sampled_from([*[*PLACES] * 3, "b9-1-101-smoke", "door"])
numbers = st.sampled_from(NUMBERS)
addresses = st.one_of(numbers.map(address), numbers.map(lambda number: f"00{number:02X}"), st.just("SN 1"))
reasons = st.sampled_from(["because", ""])
rounds = st.integers(0, 2)
rows = st.lists(
    st.builds(
        sensor,
        numbers,
        kind=kinds,
        detector=st.one_of(st.just(""), places),
        label=st.sampled_from(["", "SN 1"]),
        key=st.sampled_from(["sealed", "new", ""]),
    ),
    max_size=3,
)


likely_rows = st.lists(
    st.builds(
        lambda number, flat: sensor(number, detector=f"b1-1-{flat}-smoke" if flat else ""),
        st.integers(1, 4),
        st.sampled_from(["101", "102", "103", ""]),
    ),
    max_size=4,
)


@settings(max_examples=5000 if SOAK else 150, deadline=None)
@given(lists=st.lists(likely_rows, max_size=4), gone=st.booleans())
def test_however_lists_contradict_each_other_a_sensor_hangs_once_and_a_place_has_one(
    lists: list[list[StockSensor]], *, gone: bool
) -> None:
    house = Stairwell()
    house.stock(sensor(1, detector=FLATS[0]))
    house.act(TakeDownSensor(INSTALLER, FLATS[0], "painting", gone))

    for rows in lists:
        before = house.hanging()
        done = house.ask(ImportSensors(INSTALLER, tuple(rows))) == ""

        named = {row.detector: row.address for row in rows if row.detector}
        assert house.hanging() == (before | named if done else before)
        house.check()


class Machine(RuleBasedStateMachine):
    """Many hands, one stairwell."""

    def __init__(self) -> None:
        super().__init__()
        self.house = Stairwell()
        self.house.stock(*(sensor(number, "smoke" if number < 6 else "gas") for number in NUMBERS))
        self.house.mount(FLATS[0], 1)
        self.house.walk(*FLATS)

    @rule(actor=actors, several=rows)
    def a_list_comes(self, actor: Actor, several: list[StockSensor]) -> None:
        self._whole_or_not_at_all(ImportSensors(actor, tuple(several)))

    @rule(actor=actors, several=st.lists(addresses, max_size=2), reason=reasons)
    def some_are_dropped(self, actor: Actor, several: list[str], reason: str) -> None:
        self._whole_or_not_at_all(DropSensors(actor, tuple(several), reason))

    @rule(actor=actors, place=places, said=addresses, reason=reasons)
    def one_is_hung(self, actor: Actor, place: str, said: str, reason: str) -> None:
        self._whole_or_not_at_all(MountSensor(actor, place, said, reason))

    @rule(actor=actors, place=places, gone=st.booleans())
    def one_is_taken_down(self, actor: Actor, place: str, *, gone: bool) -> None:
        self._whole_or_not_at_all(TakeDownSensor(actor, place, "painting", gone))

    @rule(actor=actors, place=places)
    def a_battery_is_changed(self, actor: Actor, place: str) -> None:
        self._whole_or_not_at_all(BeginBatteryChange(actor, place, 10))

    @rule(place=st.sampled_from([*PLACES]))
    def a_counter_begins_anew(self, place: str) -> None:
        self.house.swapped(place)

        assert self.house.register.battery_change_until_ns(place) == 0

    @rule(actor=actors, several=st.lists(places, max_size=5))
    def a_round_begins(self, actor: Actor, several: list[str]) -> None:
        self._whole_or_not_at_all(BeginRound(actor, tuple(several)))

    @rule(actor=actors, which=rounds, said=addresses)
    def a_round_takes_one(self, actor: Actor, which: int, said: str) -> None:
        self._whole_or_not_at_all(TakeInRound(actor, self._round(which), said))

    @rule(actor=actors, which=rounds)
    def a_round_skips(self, actor: Actor, which: int) -> None:
        self._whole_or_not_at_all(SkipInRound(actor, self._round(which)))

    @rule(actor=actors, which=rounds)
    def a_round_goes_back(self, actor: Actor, which: int) -> None:
        self._whole_or_not_at_all(UndoInRound(actor, self._round(which)))

    @rule(actor=actors, which=rounds)
    def a_round_ends(self, actor: Actor, which: int) -> None:
        self._whole_or_not_at_all(EndRound(actor, self._round(which)))

    @rule(number=numbers, receiver=st.sampled_from(["rx1", "rx2", "rx0", ""]))
    def a_button_is_pressed(self, number: int, receiver: str) -> None:
        before = self.house.hanging()

        self.house.press(number, receiver)

        fresh = self.house.hanging().items() - before.items()
        assert before.items() <= self.house.hanging().items(), "a press takes nothing down"
        assert [one for _, one in fresh] in ([], [address(number)])

    @rule(number=numbers, which=rounds)
    def a_press_and_its_undo_change_nothing(self, number: int, which: int) -> None:
        one = self._round(which)
        state = self.house.rounds.rounds.get(one)
        before = dict(self.house.register.sensors), self.house.wanted.copy()

        if self.house.ask(TakeInRound(INSTALLER, one, address(number))) == "":
            self.house.act(UndoInRound(INSTALLER, one))

            assert state is not None
            after = self.house.rounds.rounds[one]
            assert (after.at, after.next, after.done) == (state.at, state.next, state.done)
        assert (self.house.register.sensors, self.house.wanted) == before

    @rule(actor=actors, several=st.lists(places, max_size=3))
    def a_walk_begins(self, actor: Actor, several: list[str]) -> None:
        self.house.ask(BeginWalkTest(actor, tuple(several), 30))

    @rule(actor=actors, walk=st.sampled_from(["w1", "w2"]))
    def a_walk_ends(self, actor: Actor, walk: str) -> None:
        self.house.ask(EndWalkTest(actor, walk))

    @rule(place=places, what=st.sampled_from(["smoke", "test"]))
    def a_detector_speaks(self, place: str, what: str) -> None:
        self.house.keep(self.house.walks.said(place, what, self.house.now.utc, "rx1", -60))

    @rule(seconds=st.sampled_from([1, 150, 700, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.house.wait(seconds)

    @rule(gone=st.lists(places, max_size=3))
    def the_configuration_changes(self, gone: list[str]) -> None:
        self.house.adopt({name: rules for name, rules in RULES.devices.items() if name not in gone})

    @rule(off_seconds=st.sampled_from([0, 90, 5000]), reboot=st.booleans(), trusted=st.booleans())
    def the_house_restarts(self, off_seconds: int, *, reboot: bool, trusted: bool) -> None:
        sensors, over = dict(self.house.register.sensors), self._until()

        self.house.restart(off_seconds=off_seconds, reboot=reboot, trusted=trusted)

        assert self.house.register.sensors == sensors
        assert self._until() <= over, "a restart opens nothing"

    @invariant()
    def what_hangs_where_is_true_everywhere(self) -> None:
        self.house.check()

    @invariant()
    def a_restart_now_would_change_nothing(self) -> None:
        other = Stairwell(self.house.rules, self.house.now, dict(self.house.disk))
        mine = self.house

        assert other.register.sensors == mine.register.sensors
        assert other.register.mounted == mine.register.mounted
        assert other.wanted == mine.wanted
        assert other.walks.walks == mine.walks.walks
        assert other.walks.devices == mine.walks.devices
        assert {one: (state.at, state.done) for one, state in other.rounds.rounds.items()} == {
            one: (state.at, state.done) for one, state in mine.rounds.rounds.items()
        }

    @invariant()
    def every_round_waits_at_a_free_place(self) -> None:
        for state in self.house.rounds.rounds.values():
            assert state.next not in self.house.register.mounted
            assert all(self.house.register.sensors[each.address].in_stock for each in state.candidates)

    def _whole_or_not_at_all(self, act: DetectorAct) -> None:
        before, disk = dict(self.house.register.sensors), dict(self.house.disk)

        out = self.house.act(act)

        if any(isinstance(outcome, Refused) for outcome in out):
            assert len(out) == 1
            assert (self.house.register.sensors, self.house.disk) == (before, disk)

    def _round(self, which: int) -> str:
        """One that is walked, where there are so many."""
        walked = list(self.house.rounds.rounds)
        return walked[which] if which < len(walked) else "r99"

    def _until(self) -> set[str]:
        return {place for place in PLACES if self.house.register.battery_change_until_ns(place)}


Machine.TestCase.settings = settings(
    max_examples=400 if SOAK else 20,
    stateful_step_count=80 if SOAK else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRegisterMachine = Machine.TestCase
