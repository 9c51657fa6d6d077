from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Device, Fault, Group, Kind, Point, Quality, Sample
from gateway.keep.latest import Latest
from gateway.keep.lines import parse
from gateway.keep.qualities import UNHEARD, from_words
from gateway.keep.telemetry import Telemetry
from gateway.model import NANOSECONDS, Now, Place
from gateway.numbers import Numbers
from tests.keep.facts import T0

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.contract import Value
    from gateway.keep.lines import ParsedLine, Said

HEARTBEAT = 60.0
BAD = Fault(Quality.BAD, "out of range")
DOUBTFUL = Fault(Quality.UNCERTAIN, "old")

OPEN = Point("door1.open", Kind.BOOLEAN)
VOLTAGE = Point("supply_voltage", Kind.REAL, deadband=0.2)
COUNT = Point("ring_head", Kind.INTEGER)
NAME = Point("door1.name", Kind.TEXT)
CARD = Point("card", Kind.TEXT, personal=True)

GROUP = Group((OPEN, VOLTAGE, COUNT, NAME), 1.0, HEARTBEAT)
USUAL: tuple[Value, ...] = (False, 13.6, 7, "main")


def device(*groups: Group, name: str = "b3u1") -> Device:
    return Device(name, "acp1-2door", groups or (GROUP,))


def moment(seconds: float) -> Now:
    return Now("boot-1", int(seconds * NANOSECONDS), T0 + seconds, trusted=True)


@dataclass(slots=True)
class Outbox:
    """What the filter hands over, in order."""

    lines: list[ParsedLine] = field(default_factory=list)
    points: int = 0

    def append(self, line: bytes, points: int, utc_ns: int) -> None:
        parsed = parse(line)
        assert parsed.utc_ns == utc_ns
        assert points == len(parsed.fields.keys() - {"faults"})
        self.points += points
        self.lines.append(parsed)


class Road:
    """The filter behind the latest values, as the flow has it."""

    def __init__(self, *devices: Device, every_reading: bool = False, simulated: bool = False) -> None:
        self.outbox = Outbox()
        self.numbers = Numbers()
        self.latest = Latest()
        self.telemetry = Telemetry(
            self.outbox, self.numbers, compound="xingfuli", simulated=simulated, every_reading=every_reading
        )
        self.adopt(*(devices or (device(),)))

    def adopt(self, *devices: Device, place: Place | None = None) -> None:
        self.latest.adopt("line", devices)
        self.telemetry.adopt(devices, lambda _: place or Place("b3", "1", "door", "g1"))

    def sample(
        self,
        seconds: float,
        values: tuple[Value, ...],
        faults: tuple[Fault | None, ...] | None = None,
        *,
        group: int = 0,
        name: str = "b3u1",
    ) -> bool:
        now = moment(seconds)
        sample = Sample(name, group, values, faults, now.boottime_ns)
        return self.telemetry.take(sample, self.latest.take(sample), now)

    def told(self) -> list[dict[str, Said]]:
        """The fields of the lines since the last time, in order."""
        lines, self.outbox.lines = self.outbox.lines, []
        return [line.fields for line in lines]


def started(*, every_reading: bool = False) -> Road:
    """A road past its first sample, and its next heartbeat far away."""
    road = Road(every_reading=every_reading)
    road.sample(0, USUAL)
    road.sample(beat(road), USUAL)
    road.told()
    return road


def beat(road: Road, group: int = 0, name: str = "b3u1") -> float:
    """When the group beats next, in seconds."""
    return road.telemetry._groups[name, group].due_ns / NANOSECONDS


def changed(**what: Value) -> tuple[Value, ...]:
    return tuple(
        what.get(short, usual) for short, usual in zip(("open", "voltage", "count", "name"), USUAL, strict=True)
    )


def test_the_first_sample_is_told_whole_with_every_quality() -> None:
    road = Road()

    new = road.sample(0, USUAL)

    assert new
    assert road.told() == [
        {
            "door1.open": False,
            "supply_voltage": 13.6,
            "ring_head": 7,
            "door1.name": "main",
            "faults": "door1.open good;supply_voltage good;ring_head good;door1.name good",
        }
    ]


def test_a_line_says_where_the_device_stands_and_when_the_sample_came() -> None:
    road = Road(simulated=True)

    road.sample(5.25, USUAL)

    (line,) = road.outbox.lines
    assert line.measurement == "acp1-2door"
    assert line.tags == {
        "building": "b3",
        "compound": "xingfuli",
        "device": "b3u1",
        "grid": "g1",
        "simulated": "true",
    }
    assert line.utc_ns == int((T0 + 5.25) * NANOSECONDS)


def test_a_device_without_a_place_is_nowhere() -> None:
    road = Road()
    road.adopt(device(), place=Place())

    road.sample(0, USUAL)

    assert (road.outbox.lines[0].tags["building"], road.outbox.lines[0].tags["grid"]) == ("-", "-")


def test_an_unchanged_sample_tells_nothing() -> None:
    road = started()

    new = road.sample(beat(road) - 0.1, USUAL)

    assert not new
    assert road.told() == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (changed(open=True), {"door1.open": True}),
        (changed(count=8), {"ring_head": 8}),
        (changed(name="side"), {"door1.name": "side"}),
        (changed(voltage=13.8), {"supply_voltage": 13.8}),
        (changed(voltage=13.4), {"supply_voltage": 13.4}),
        (changed(open=True, voltage=13.7), {"door1.open": True}),
    ],
)
def test_what_changed_by_its_deadband_is_told_at_once_and_nothing_else(
    values: tuple[Value, ...], told: dict[str, Value]
) -> None:
    road = started()

    new = road.sample(beat(road) - 0.1, values)

    assert new
    assert road.told() == [told]


def test_a_number_that_creeps_is_told_when_it_is_a_deadband_from_what_was_told() -> None:
    road = started()
    at = beat(road) - 10

    news = [
        road.sample(at + n / 10, changed(voltage=volts)) for n, volts in enumerate((13.65, 13.7, 13.79, 13.8, 13.9))
    ]

    assert news == [False, False, False, True, False]
    assert road.told() == [{"supply_voltage": 13.8}]


@pytest.mark.parametrize("start", [20.1, 0.1, -7.3, 1e5])
def test_rounding_never_hides_a_change_of_exactly_one_deadband(start: float) -> None:
    road = Road(device(Group((VOLTAGE,), 1.0, 1e6)))
    road.sample(0, (start,))

    news = [road.sample(n, (round(start + n * 0.2, 6),)) for n in range(1, 50)]

    assert all(news)


def test_a_quality_is_told_whatever_the_deadband_and_a_bad_point_has_no_field() -> None:
    road = started()
    at = beat(road) - 10

    news = [
        road.sample(at, changed(voltage=None), (None, BAD, None, None)),
        road.sample(at + 1, changed(voltage=None), (None, BAD, None, None)),
        road.sample(at + 2, changed(voltage=13.6)),
    ]

    assert news == [True, False, True]
    assert road.told() == [
        {"faults": "supply_voltage bad: out of range"},
        {"supply_voltage": 13.6, "faults": "supply_voltage good"},
    ]


def test_a_bad_point_has_no_field_even_where_its_device_gives_a_value() -> None:
    road = started()

    road.sample(beat(road) - 1, changed(voltage=99.0), (None, BAD, None, None))

    assert road.told() == [{"faults": "supply_voltage bad: out of range"}]


def test_a_doubtful_value_is_told_with_its_doubt_each_time() -> None:
    road = started()
    at = beat(road) - 10
    doubt = (None, None, DOUBTFUL, None)

    road.sample(at, changed(count=8), doubt)
    road.sample(at + 1, changed(count=9), doubt)

    assert road.told() == [
        {"ring_head": 8, "faults": "ring_head uncertain: old"},
        {"ring_head": 9, "faults": "ring_head uncertain: old"},
    ]


def test_a_heartbeat_tells_the_whole_group_and_what_is_not_good_in_it() -> None:
    road = started()
    faults = (None, BAD, None, None)
    due = beat(road)
    road.sample(due - 1, changed(voltage=None), faults)
    road.told()

    new = road.sample(due, changed(voltage=None), faults)

    assert not new
    assert road.told() == [
        {"door1.open": False, "ring_head": 7, "door1.name": "main", "faults": "supply_voltage bad: out of range"}
    ]
    assert beat(road) == due + HEARTBEAT


def test_a_heartbeat_measures_later_changes_anew() -> None:
    road = started()
    due = beat(road)
    road.sample(due, changed(voltage=13.7))
    road.told()

    news = [road.sample(due + 1, changed(voltage=13.8)), road.sample(due + 2, changed(voltage=13.9))]

    assert news == [False, True]


def test_heartbeats_of_a_whole_compound_are_spread_and_every_start_agrees_on_them() -> None:
    devices = [device(name=f"b{n}u1") for n in range(400)]
    roads = Road(*devices), Road(*devices)
    for road in roads:
        for one in devices:
            road.sample(1000, USUAL, name=one.id)

    beats = [[beat(road, name=one.id) for one in devices] for road in roads]

    assert beats[0] == beats[1]
    assert all(1000 < due <= 1000 + HEARTBEAT for due in beats[0])
    assert max(Counter(int(due) for due in beats[0]).values()) < 25


def test_a_silence_is_told_once_and_ends_with_the_whole_group() -> None:
    road = started()
    at = beat(road) - 10

    road.telemetry.quiet("b3u1", 0, moment(at))
    road.telemetry.quiet("b3u1", 0, moment(at + 1))
    new = road.sample(at + 2, USUAL)
    road.telemetry.quiet("b3u1", 0, moment(at + 3))

    assert new
    keys = [point.key for point in GROUP.points]
    unheard = {"faults": ";".join(f"{key} unheard" for key in keys)}
    good = ";".join(f"{key} good" for key in keys)
    assert road.told() == [unheard, dict(zip(keys, USUAL, strict=True)) | {"faults": good}, unheard]


def test_a_group_that_was_never_heard_is_told_as_unheard() -> None:
    road = Road(device(Group((OPEN,), 1.0)))

    road.telemetry.quiet("b3u1", 0, moment(5))

    assert road.told() == [{"faults": "door1.open unheard"}]


def test_a_personal_point_is_never_told() -> None:
    road = Road(device(Group((CARD, OPEN), 1.0, HEARTBEAT), Group((CARD,), 1.0)))

    news = [
        road.sample(0, ("hash-1", True)),
        road.sample(1, ("hash-2", True)),
        road.sample(2, (None, False), (BAD, None)),
        road.sample(beat(road), (None, False), (BAD, None)),
        road.sample(80, ("hash-3",), group=1),
    ]
    road.telemetry.quiet("b3u1", 0, moment(90))
    road.telemetry.quiet("b3u1", 1, moment(90))

    assert news == [True, False, True, False, False]
    assert road.told() == [
        {"door1.open": True, "faults": "door1.open good"},
        {"door1.open": False},
        {"door1.open": False},
        {"faults": "door1.open unheard"},
    ]


def test_with_everything_told_each_sample_is_a_whole_line_and_history_keeps_to_the_filter() -> None:
    road = started(every_reading=True)
    at = beat(road) - 10

    news = [road.sample(at, USUAL), road.sample(at + 1, changed(voltage=13.7)), road.sample(at + 2, changed(count=8))]

    assert news == [False, False, True]
    assert [line["supply_voltage"] for line in road.told()] == [13.6, 13.7, 13.6]


def test_a_number_that_nobody_can_hold_is_counted_and_the_next_one_is_told() -> None:
    road = started()
    at = beat(road) - 10

    road.sample(at, changed(voltage=math.nan))
    road.sample(at + 1, changed(voltage=13.6))

    assert road.numbers.unwritable == 1
    assert road.told() == [{"supply_voltage": 13.6}]


def test_two_samples_of_one_moment_do_not_overwrite_each_other() -> None:
    door, level = Group((OPEN,), 1.0), Group((VOLTAGE,), 1.0)
    road = Road(device(door, level))

    road.sample(1, (True,))
    road.sample(1, (False,))
    road.sample(1, (13.6,), group=1)
    road.telemetry.quiet("b3u1", 0, moment(1))
    road.telemetry.quiet("b3u1", 1, moment(1))

    times = [line.utc_ns for line in road.outbox.lines]
    assert times == [times[0] + n for n in range(5)]


def test_a_clock_that_is_set_back_is_followed() -> None:
    road = started()
    before = road.numbers.told
    now = Now("boot-1", 0, T0 - 3600, trusted=True)
    sample = Sample("b3u1", 0, changed(open=True), None, 0)

    road.telemetry.take(sample, (0,), now)

    assert road.outbox.lines[-1].utc_ns == int((T0 - 3600) * NANOSECONDS)
    assert road.numbers.told == before + 1


def test_live_listeners_get_exactly_what_the_outbox_got_and_after_it() -> None:
    road = started()
    heard: list[tuple[object, ...]] = []

    class Listener:
        def reading(
            self,
            device: str,
            group: int,
            indices: Sequence[int],
            values: tuple[Value, ...],
            faults: tuple[Fault | None, ...] | None,
            utc_ns: int,
        ) -> None:
            assert road.outbox.lines[-1].utc_ns == utc_ns
            heard.append((device, group, tuple(indices), values, faults))

    road.telemetry.live.append(Listener())
    at = beat(road) - 10

    road.sample(at, USUAL)
    road.sample(at + 1, changed(open=True, voltage=13.65))
    road.sample(at + 2, changed(voltage=math.nan, open=True))
    road.telemetry.quiet("b3u1", 0, moment(at + 3))

    assert heard == [
        ("b3u1", 0, (0,), changed(open=True, voltage=13.65), None),
        ("b3u1", 0, (0, 1, 2, 3), (None,) * 4, (UNHEARD,) * 4),
    ]
    assert len(road.told()) == 2


def test_the_gateways_own_numbers_are_one_line() -> None:
    road = Road(simulated=True)

    road.telemetry.house({"samples": 12, "load": 0.5, "recording": True, "odd": math.inf}, moment(3))
    road.telemetry.house({"odd": math.nan}, moment(4))

    (line,) = road.outbox.lines
    assert (line.measurement, line.tags) == ("gridpost", {"compound": "xingfuli", "simulated": "true"})
    assert line.fields == {"samples": 12, "load": 0.5, "recording": True}
    assert road.numbers.unwritable == 2


def test_counters_say_what_was_told() -> None:
    road = started()

    road.sample(beat(road) - 1, changed(open=True))
    road.sample(beat(road), changed(open=True))

    assert road.numbers.told == road.outbox.points == 4 + 4 + 1 + 4
    assert road.numbers.heartbeats == 2


def test_a_device_that_stays_as_it_was_keeps_what_it_told() -> None:
    road = started()

    road.adopt(device())
    road.sample(beat(road) - 1, USUAL)

    assert road.told() == []


@pytest.mark.parametrize("what", ["points", "place"])
def test_a_device_that_changed_is_told_anew(what: str) -> None:
    road = started()
    other = device(replace(GROUP, heartbeat_seconds=30.0)) if what == "points" else device()

    road.adopt(other, place=Place("b4") if what == "place" else None)
    new = road.sample(beat(road) + 1, USUAL)

    assert new
    assert [len(fields) for fields in road.told()] == [5]


def test_a_forgotten_device_is_not_told_any_more() -> None:
    road = started()

    road.telemetry.forget(["b3u1", "never there"])
    new = road.sample(9, changed(open=True))
    road.telemetry.quiet("b3u1", 0, moment(10))

    assert not new
    assert road.told() == []


def test_devices_of_one_product_share_what_they_have_in_common() -> None:
    road = Road(device(name="b1u1"), device(name="b2u1"))

    shapes = {id(group.shape) for group in road.telemetry._groups.values()}
    road.telemetry.forget(["b1u1", "b2u1"])

    assert len(shapes) == 1
    assert not road.telemetry._shapes


STEPS = st.tuples(
    st.floats(0.05, 20.0),
    st.booleans(),
    st.integers(-30, 30).map(lambda tenths: tenths / 10),
    st.integers(0, 3),
    st.sampled_from([None, None, None, BAD, DOUBTFUL]),
    st.sampled_from(["sample"] * 8 + ["quiet"]),
)


@given(st.lists(STEPS, min_size=1, max_size=60))
@settings(deadline=None)
def test_the_told_is_never_a_deadband_from_the_truth_and_never_older_than_a_heartbeat(
    steps: list[tuple[float, bool, float, int, Fault | None, str]],
) -> None:
    road = Road()
    seconds, volts = 100.0, 13.6
    told: dict[str, object] = {}
    qualities: dict[str, Fault | None] = {}
    told_at: dict[str, float] = defaultdict(lambda: math.inf)
    longest_poll = max(pause for pause, *_ in steps)
    for pause, is_open, rise, count, fault, what in steps:
        seconds += pause
        volts += rise
        if what == "quiet":
            road.telemetry.quiet("b3u1", 0, moment(seconds))
            truth: tuple[Value, ...] = (None,) * 4
            faults: tuple[Fault | None, ...] = (UNHEARD,) * 4
        else:
            truth = changed(open=is_open, voltage=None if fault is BAD else volts, count=count)
            faults = (None, fault, None, None)
            road.sample(seconds, truth, faults if fault else None)

        for line in road.outbox.lines:
            named = dict(from_words(str(line.fields.pop("faults", ""))))
            qualities.update({key: named.get(key) for key in line.fields.keys() | named.keys()})
            told |= line.fields
            told_at |= dict.fromkeys(line.fields.keys() | named.keys(), seconds)
        road.outbox.lines.clear()

        for point, value, quality in zip(GROUP.points, truth, faults, strict=True):
            assert qualities[point.key] == quality
            if value is not None:
                last = told[point.key]
                assert abs(value - last) < VOLTAGE.deadband if point is VOLTAGE else value == last  # type: ignore[operator]
        assert what == "quiet" or seconds - min(told_at.values()) < HEARTBEAT + longest_poll
