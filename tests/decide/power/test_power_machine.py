"""Any night that a village can have: whatever fails, and whenever the process is killed, nothing stays hidden."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Link
from gateway.decide.power.children import EXPLAINED
from gateway.decide.rules import POWER
from gateway.model import Suppression
from tests.decide.power.village import CONTROLLERS, Village

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"

SOME = st.lists(st.sampled_from(CONTROLLERS), min_size=1, max_size=8, unique=True)
EVENTS = st.one_of(
    st.tuples(st.just("fail"), SOME),
    st.tuples(st.just("fail"), st.just(list(CONTROLLERS))),
    st.tuples(st.just("back"), SOME),
    st.tuples(st.just("lose"), SOME),
    st.tuples(st.just("find"), SOME),
    st.tuples(st.just("ups"), st.sampled_from([100.0, 18.0, 9.0])),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 7.0, 30.0, 150.0])),
    st.tuples(st.just("kill"), st.booleans()),
)


class Night(Village):
    """A village to which such things happen. What a lost controller would say is heard when it is found."""

    def __post_init__(self) -> None:
        self.failing: set[str] = set()
        self.lost: set[str] = set()
        super().__post_init__()

    def happen(self, what: str, of: object) -> None:
        """Let one thing happen."""
        some = [str(one) for one in of] if isinstance(of, list) else []
        match what:
            case "fail":
                self.failing.update(some)
            case "back":
                self.failing.difference_update(some)
            case "lose":
                self.lost.update(some)
            case "find":
                self.lost.difference_update(some)
            case "ups":
                self.ups(fail=of != 100.0, percent=float(str(of)))
            case "wait":
                self.wait(float(str(of)))
            case "kill":
                self.restart(off_seconds=2, reboot=bool(of))
                some = list(CONTROLLERS)
        for device in some:
            self._answer(device)

    def _answer(self, device: str) -> None:
        self.line_of(device, Link.LOST if device in self.lost else Link.UP)
        if device not in self.lost:
            self.mains(device, fail=device in self.failing)

    def end(self) -> None:
        """The morning: everything is as it should be."""
        self.happen("find", list(CONTROLLERS))
        self.happen("back", list(CONTROLLERS))
        self.ups()
        self.wait(500)

    def look(self) -> None:
        """What holds at every moment."""
        for alarm in self.alarms.values():
            if alarm.suppression is Suppression.BY_DESIGN and alarm.spared_by:
                assert alarm.rule in EXPLAINED
        areas = self.judge.power.areas
        assert len({building for buildings in areas.values() for building in buildings}) == sum(
            map(len, areas.values())
        )


@settings(max_examples=1_000 if SOAK else 5, deadline=None)
@given(st.lists(EVENTS, max_size=14))
def test_whatever_happens_nothing_is_spared_for_ever_and_no_cut_outlives_the_night(
    events: list[tuple[str, object]],
) -> None:
    night = Night()

    for what, of in events:
        night.happen(what, of)
        night.look()
    night.end()

    assert night.judge.power.areas == {}
    assert [alarm.key for alarm in night.alarms.values() if alarm.active and alarm.rule in {*EXPLAINED, *POWER}] == []
    assert [alarm.key for alarm in night.alarms.values() if alarm.suppression is not Suppression.NONE] == []
    assert not night.judge.power.box.stores_closed


@settings(max_examples=500 if SOAK else 3, deadline=None)
@given(st.lists(EVENTS, max_size=8))
def test_whoever_stays_dark_is_told_of_by_a_cut_or_by_an_alarm_of_his_own(events: list[tuple[str, object]]) -> None:
    night = Night()
    for what, of in events:
        night.happen(what, of)

    night.happen("fail", list(CONTROLLERS))
    night.wait(600)

    told = {alarm.source.partition("/")[0] for alarm in night.alarms.values() if alarm.active and not alarm.spared_by}
    dark = {building for buildings in night.judge.power.areas.values() for building in buildings}
    assert all(f"b{device[1]}" in dark or device in told for device in CONTROLLERS)
