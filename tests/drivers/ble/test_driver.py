"""A line of receivers: what it tells of its sensors, of its receivers and of what is not enrolled."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers import profile as profile_file
from drivers.ble import driver as driver_file
from drivers.ble.kinds import CONDITION, GROUPS, SAFETY
from drivers.ble.readings import NOT_SAID, WARMING_UP
from drivers.ble.source import Advert
from drivers.contract import SENSORS, Link, Misconfigured, Quality, WantedState
from tests.drivers.ble.air import (
    CLEAR,
    GAS_ALARM,
    GAS_CLEAR,
    PRESSED,
    SECOND,
    SMOKE,
    Air,
    Sensor,
    config_of,
    listening,
    plain,
    settled,
)
from tests.drivers.running import until

if TYPE_CHECKING:
    from tests.drivers.recording_post import RecordingPost

HALL, STOVE = "b1-1-101-smoke", "b1-1-101-gas"


@pytest.fixture
def hall(air: Air) -> Sensor:
    sensor = Sensor()
    air.build({HALL: "smoke", STOVE: "gas"})
    air.mount(b1_1_101_smoke=sensor)
    return sensor


def last(post: RecordingPost, device: str, group: int) -> dict[str, Any]:
    """The last sample by the keys of its points."""
    kind = device.rsplit("-", 1)[1]
    points = GROUPS[kind][group].points
    return dict(zip((point.key for point in points), post.samples(device, group)[-1].values, strict=True))


def test_devices_are_the_line_its_receivers_and_its_detectors(air: Air) -> None:
    devices = air.build({HALL: "smoke", STOVE: "gas"}).devices

    assert [(device.id, device.product) for device in devices] == [
        ("air", "bluetooth-line"),
        ("rx1", "bluetooth-adapter"),
        ("rx2", "bluetooth-adapter"),
        (HALL, "smoke-detector"),
        (STOVE, "gas-detector"),
    ]
    assert devices[0].wants == (SENSORS,)
    assert devices[3].groups is GROUPS["smoke"]


async def test_a_heartbeat_is_told_with_what_it_says(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))
        await settled()

    said = last(post, HALL, SAFETY)
    assert said == {
        "smoke": False, "heat": None, "temperature": 25.06, "tamper": False, "problem": False, "test": False,
    }  # fmt: skip
    faults = post.samples(HALL, SAFETY)[-1].faults
    assert faults == (None, NOT_SAID, None, None, None, None)
    assert last(post, HALL, CONDITION)["battery"] == 100
    assert (last(post, HALL, CONDITION)["signal"], last(post, HALL, CONDITION)["heard_by"]) == (-60, "rx1")


async def test_copies_by_several_receivers_are_one_packet(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        packet = hall.packet(CLEAR)
        for receiver in ("rx1", "rx2", "rx1"):
            air.hear(hall, packet, by=receiver, copies=2)
        await settled()

    assert len(post.samples(HALL, SAFETY)) == 1
    assert air.line.statistics()["repeat"] == 5


async def test_unchanged_values_are_the_same_tuple_and_a_sign_of_life(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    async with listening(air, post):
        for _ in range(3):
            air.hear(hall, hall.packet(CLEAR), after=60)
        await settled()

    first, *later = post.samples(HALL, SAFETY)
    assert len(later) == 2
    assert all(sample.values is first.values and sample.faults is first.faults for sample in later)
    assert later[-1].received_ns == air.now_ns


async def test_an_alarm_burst_is_told_at_once_and_then_once_a_second(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    async with listening(air, post):
        for _ in range(30):
            air.hear(hall, hall.packet(SMOKE), after=0.1)
        await settled()

    assert len(post.samples(HALL, SAFETY)) == 3
    assert air.line.statistics()["ok"] == 30


async def test_an_alarm_and_its_end_come_with_their_counter(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))
        await settled()
        before = dict(post.cursors)
        air.hear(hall, hall.packet(SMOKE), after=1)
        await settled()
        raised = dict(post.cursors)
        air.hear(hall, hall.packet(CLEAR), after=1)
        await settled()

    assert before == {}
    assert (raised[HALL]["address"], raised[HALL]["counter"]) == (hall.address, 102)
    assert post.cursors[HALL]["counter"] == 103
    assert [sample.values[0] for sample in post.samples(HALL, SAFETY)] == [False, True, False]


async def test_counters_of_heartbeats_are_kept_at_a_clean_stop(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))

    assert post.cursors[HALL]["counter"] == 101


async def test_counters_of_heartbeats_are_kept_once_a_minute(
    air: Air, post: RecordingPost, hall: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_file, "STEP_SECONDS", 0.001)
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))
        steps = air.line.statistics()["steps"]
        await until(lambda: HALL in post.cursors)

        assert air.line.statistics()["steps"] - steps <= 2 * driver_file.NOTE_STEPS


async def test_the_key_of_the_cursor_is_not_the_key(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))

    assert hall.key.hex() not in str(post.cursors)
    assert len(post.cursors[HALL]["key"]) == 8


async def test_a_cursor_of_another_sensor_or_key_is_no_base(air: Air, post: RecordingPost, hall: Sensor) -> None:
    for other in ({"address": "C0FFEE999999"}, {"key": "00000000"}):
        async with listening(air, post):
            air.hear(hall, hall.packet(CLEAR))
        post.cursors[HALL] = {**post.cursors[HALL], "counter": 10**6, **other}
        heard = len(post.samples(HALL))
        air.build({HALL: "smoke"})
        air.mount(b1_1_101_smoke=hall)
        async with listening(air, post):
            air.hear(hall, hall.packet(CLEAR), after=60)
            await settled()

        assert len(post.samples(HALL)) > heard


async def test_the_test_button_is_pressed_and_let_go(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        for objects in (CLEAR, PRESSED, CLEAR):
            air.hear(hall, hall.packet(objects), after=1)
        await settled()

    assert [sample.values[-1] for sample in post.samples(HALL, SAFETY)] == [False, True, False]
    assert last(post, HALL, SAFETY)["temperature"] == 25.06  # the press did not speak of it


async def test_what_cannot_be_true_has_no_value(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR.replace(b"\x01\x64", b"\x01\xff")))
        await settled()

    sample = post.samples(HALL, CONDITION)[-1]
    assert last(post, HALL, CONDITION)["battery"] is None
    assert sample.faults is not None
    assert sample.faults[1] is not None
    assert sample.faults[1].quality is Quality.BAD


async def test_a_gas_sensor_that_warms_up_may_raise_and_not_clear(air: Air, post: RecordingPost, hall: Sensor) -> None:
    stove = Sensor(2, "gridpost-gas")
    air.mount(b1_1_101_smoke=hall, b1_1_101_gas=stove)
    async with listening(air, post):
        for objects in (GAS_ALARM, GAS_CLEAR[:-1] + b"\x01", GAS_CLEAR):
            air.hear(stove, stove.packet(objects), after=60)
        await settled()

    samples = post.samples(STOVE, SAFETY)
    assert [sample.values[0] for sample in samples] == [True, False, False]
    assert [sample.faults[0] if sample.faults else None for sample in samples] == [None, WARMING_UP, None]


# ---------------------------------------------------------------- battery and signal


async def test_the_battery_is_told_at_once_and_the_signal_once_a_minute(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR), rssi=-60)
        for rssi in range(-60, -90, -1):
            air.hear(hall, hall.packet(CLEAR), rssi=rssi, after=1)
        told = len(post.samples(HALL, CONDITION))
        air.hear(hall, hall.packet(CLEAR.replace(b"\x01\x64", b"\x01\x63")), after=1)
        between = len(post.samples(HALL, CONDITION))
        air.hear(hall, hall.packet(CLEAR.replace(b"\x01\x64", b"\x01\x63")), after=60, rssi=-90)
        await settled()

    assert told == 1
    assert between == 2
    assert last(post, HALL, CONDITION)["signal"] < -70


async def test_a_sensor_is_heard_best_by_one_receiver_until_another_is_clearly_better(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    async with listening(air, post):
        for rssi in (-65, -55):
            for _ in range(40):
                packet = hall.packet(CLEAR)
                air.hear(hall, packet, by="rx1", rssi=-60, after=15)
                air.hear(hall, packet, by="rx2", rssi=rssi)
        await settled()
        near = [sample.values[-1] for sample in post.samples(HALL, CONDITION)]
        for _ in range(60):
            packet = hall.packet(CLEAR)
            air.hear(hall, packet, by="rx1", rssi=-60, after=15)
            air.hear(hall, packet, by="rx2", rssi=-50)
        await settled()
        better = last(post, HALL, CONDITION)["heard_by"]
        for _ in range(30):
            air.hear(hall, hall.packet(CLEAR), by="rx1", after=15)
        await settled()

    assert set(near) == {"rx1"}
    assert better == "rx2"
    assert last(post, HALL, CONDITION)["heard_by"] == "rx1"  # the other has not heard it for five minutes


# ---------------------------------------------------------------- receivers


async def test_receivers_are_found_lost_and_wrong_each_said_once(air: Air, post: RecordingPost, hall: Sensor) -> None:
    assert hall
    async with listening(air, post):
        for _ in range(2):
            air.line.lost("rx1", "no advertisement for 30 s")
        air.line.wrong("rx1", "its key is refused")
        air.line.found("rx1")
        air.line.lost("rx9", "nobody knows it")

    assert [(said.link, said.why) for said in post.links("rx1")] == [
        (Link.UP, ""),
        (Link.LOST, "no advertisement for 30 s"),
        (Link.MISCONFIGURED, "its key is refused"),
        (Link.UP, ""),
    ]
    assert post.links("rx9") == []


async def test_a_second_run_says_again_what_it_finds(air: Air, post: RecordingPost, hall: Sensor) -> None:
    assert hall
    for _ in range(2):
        async with listening(air, post):
            pass

    assert [said.link for said in post.links("rx1")] == [Link.UP, Link.UP]


async def test_receivers_tell_how_much_they_hear(
    air: Air, post: RecordingPost, hall: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver_file, "STEP_SECONDS", 0.03)
    async with listening(air, post):
        air.line.lost("rx2", "gone")
        air.hear(hall, hall.packet(CLEAR))
        air.line.heard("rx1", [], 5)
        await until(lambda: post.samples("rx1"))

    rate, sensors = post.samples("rx1")[0].values
    assert rate == 20  # six packets in ten steps of 30 ms
    assert sensors == 1
    assert post.samples("rx2") == []
    assert air.line.device_statistics()["rx1"] == {"restarts": 0, "heard": 6}


# ---------------------------------------------------------------- who is who


async def test_a_stranger_is_told_once_a_minute_and_never_judged(air: Air, post: RecordingPost, hall: Sensor) -> None:
    assert hall
    nobody = Sensor(77)
    async with listening(air, post):
        for _ in range(130):
            air.hear(nobody, plain(SMOKE), after=1)

    assert [(said.address, said.what, said.receiver, said.rssi) for said in post.strangers()] == [
        (nobody.address, "BTHome sensor", "rx1", -60)
    ] * 3
    assert air.line.statistics()["strangers"] == 130
    assert post.events() == []


async def test_made_up_strangers_fill_neither_memory_nor_journal(air: Air, post: RecordingPost, hall: Sensor) -> None:
    assert hall
    async with listening(air, post):
        for number in range(5000):
            air.hear(Sensor(10_000 + number), plain(SMOKE), after=0.001)

    assert len(post.strangers()) <= 6 * 20
    assert air.line.statistics()["strangers"] == 5000


async def test_the_button_of_a_sensor_in_stock_is_a_press_heard_best_by_one(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    assert hall
    new = Sensor(5)
    air.mount(stock={new.address: new.entry()})
    async with listening(air, post):
        air.hear(new, new.packet(CLEAR))
        press = new.packet(PRESSED)
        for receiver, rssi in (("rx1", -70), ("rx2", -50), ("rx1", -68)):
            air.hear(new, press, by=receiver, rssi=rssi, after=0.1)
        air.hear(new, new.packet(PRESSED), after=0.5)
        told_early = post.strangers()
        (said,) = await until(post.strangers)

    assert told_early == []
    assert (said.address, said.receiver, said.rssi, said.pressed) == (new.address, "rx2", -50, True)
    assert "smoke" in said.what
    assert len(post.strangers()) == 1


async def test_a_press_that_is_not_proved_enrols_nothing(air: Air, post: RecordingPost, hall: Sensor) -> None:
    assert hall
    new = Sensor(5)
    air.mount(stock={new.address: new.entry()})
    async with listening(air, post):
        old = new.packet(PRESSED)
        air.hear(new, new.packet(CLEAR))
        for data in (plain(PRESSED), old, new.sealed(PRESSED, 500)[:-1] + b"\x00"):
            air.hear(new, data, after=30)
        await asyncio.sleep(0)
        assert air.line._run is not None
        pressed = dict(air.line._run.listening.presses._pressed)

    assert pressed == {}
    assert post.strangers() == []
    assert post.events() == []


async def test_what_was_heard_in_stock_does_not_pass_again_when_mounted(
    air: Air, post: RecordingPost, hall: Sensor
) -> None:
    new = Sensor(5)
    entry = new.entry()
    air.mount(b1_1_101_smoke=hall, stock={new.address: entry})
    async with listening(air, post):
        recorded = new.packet(CLEAR)
        air.hear(new, recorded)
        air.hear(new, new.packet(PRESSED), after=20)
        air.mount(b1_1_101_smoke=entry)
        air.hear(new, recorded, after=20)
        air.hear(hall, hall.packet(SMOKE))
        await settled()
        before = post.samples(HALL)
        air.hear(new, new.packet(CLEAR), after=1)
        await settled()

    assert before == []
    assert len(post.samples(HALL, SAFETY)) == 1
    assert air.line.statistics()["strangers"] == 1  # what hung there before


async def test_a_sensor_in_another_place_speaks_there(air: Air, post: RecordingPost) -> None:
    air.build({HALL: "smoke", "b1-1-102-smoke": "smoke"})
    one, other = Sensor(1), Sensor(2)
    entries = one.entry(), other.entry()
    air.mount(b1_1_101_smoke=entries[0], b1_1_102_smoke=entries[1])
    async with listening(air, post):
        air.hear(one, one.packet(CLEAR))
        air.mount(b1_1_101_smoke=entries[1], b1_1_102_smoke=entries[0])  # they were mixed up
        air.hear(one, one.packet(SMOKE), after=1)
        await settled()

    assert last(post, "b1-1-102-smoke", SAFETY)["smoke"] is True
    assert post.cursors["b1-1-102-smoke"]["address"] == one.address


async def test_a_key_that_does_not_open_is_said_once_and_its_mending_too(air: Air, post: RecordingPost) -> None:
    sensor = Sensor()
    air.build({HALL: "smoke"})
    air.mount(b1_1_101_smoke={**sensor.entry(), "sealed_key": Sensor(9).entry()["sealed_key"]})
    async with listening(air, post):
        for _ in range(3):
            air.hear(sensor, sensor.packet(SMOKE), after=1)
        air.mount(b1_1_101_smoke=sensor)
        air.hear(sensor, sensor.packet(CLEAR), after=1)
        await settled()

    assert [said.link for said in post.links(HALL)] == [Link.MISCONFIGURED, Link.UP]
    assert sensor.address in post.links(HALL)[0].why
    assert air.line.statistics()["no_key"] == 3
    assert len(post.samples(HALL, SAFETY)) == 1


@pytest.mark.parametrize("product", ["gridpost-gas", "no-such-product"])
async def test_a_sensor_that_does_not_belong_there_has_no_value(air: Air, post: RecordingPost, product: str) -> None:
    sensor = Sensor(product=product)
    air.build({HALL: "smoke"})
    air.mount(b1_1_101_smoke=sensor)
    async with listening(air, post):
        air.hear(sensor, sensor.packet(SMOKE))
        air.hear(sensor, sensor.packet(SMOKE), after=1)
        air.mount()
        await settled()

    assert [said.link for said in post.links(HALL)] == [Link.MISCONFIGURED, Link.UNKNOWN]
    assert post.samples(HALL) == []
    assert air.line.statistics()["no_product"] == 2


async def test_a_sensor_without_a_key_may_raise_and_not_clear(air: Air, post: RecordingPost) -> None:
    sensor = Sensor()
    air.build({HALL: "smoke"})
    air.mount(b1_1_101_smoke={**sensor.entry(), "sealed_key": ""})
    async with listening(air, post):
        air.hear(sensor, plain(SMOKE))
        air.hear(sensor, plain(CLEAR), after=10)
        await settled()

    faults = [sample.faults for sample in post.samples(HALL, SAFETY)]
    assert all(said is not None and said[0] is not None and said[0].quality is Quality.UNCERTAIN for said in faults)
    assert [sample.values[0] for sample in post.samples(HALL, SAFETY)] == [True, False]


def test_wants_of_others_are_no_concern_of_it(air: Air) -> None:
    line = air.build({HALL: "smoke"})

    line.want(HALL, WantedState(SENSORS, {"mounted": {HALL: Sensor().entry()}, "stock": {}}))
    line.want("air", WantedState("permits", {}))
    line.want("air", WantedState(SENSORS, None))

    assert line.statistics()["mounted"] == 0


# ---------------------------------------------------------------- other configurations


async def test_receivers_and_detectors_come_and_go_while_the_others_go_on(air: Air, post: RecordingPost) -> None:
    air.build({HALL: "smoke"}, ("rx1", "rx2"))
    one, other = Sensor(1), Sensor(2)
    air.mount(b1_1_101_smoke=one, b1_1_102_smoke=other)
    async with listening(air, post):
        air.hear(one, one.packet(CLEAR))
        air.hear(other, other.packet(CLEAR))
        first, second = air.sources["rx1"], air.sources["rx2"]
        before = post.samples("b1-1-102-smoke")

        taken = await air.line.adopt(config_of({HALL: "smoke", "b1-1-102-smoke": "smoke"}, ("rx1", "rx3")))
        await until(lambda: post.links("rx3"))
        air.hear(one, one.packet(CLEAR), after=60, by="rx3")
        air.hear(other, other.packet(CLEAR), after=60, by="rx3")
        air.line.heard("rx2", [Advert(one.number, -1, one.packet(SMOKE), air.now_ns)], 0)
        await settled()

        assert taken
        assert (first.runs, first.ears is not None, second.ears) == (1, True, None)

        await air.line.adopt(config_of({"b1-1-102-smoke": "smoke"}, ("rx1", "rx3")))
        gone = len(post.samples(HALL))
        air.hear(one, one.packet(SMOKE), after=60)
        air.hear(other, other.packet(SMOKE), after=60)
        await settled()

    assert before == []
    assert [sample.values[0] for sample in post.samples(HALL, SAFETY)] == [False, False]
    assert len(post.samples(HALL)) == gone
    assert [sample.values[0] for sample in post.samples("b1-1-102-smoke", SAFETY)] == [False, True]
    assert post.samples(HALL, SAFETY)[0].values is post.samples(HALL, SAFETY)[1].values
    assert post.cursors[HALL]["counter"] == 102


async def test_nothing_is_told_of_a_detector_that_was_taken_out_in_that_moment(
    air: Air, post: RecordingPost, hall: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_the_last_moment(_: object) -> None:
        air.hear(hall, hall.packet(SMOKE))

    monkeypatch.setattr(driver_file, "_stopped", at_the_last_moment)
    async with listening(air, post):
        await air.line.adopt(config_of({STOVE: "gas"}))
        await settled()

    assert post.samples(HALL) == []


async def test_a_product_that_is_brought_in_later_is_heard_from_then_on(
    air: Air, post: RecordingPost, tmp_path: Path
) -> None:
    shipped = (Path(profile_file.__file__).parent / "profiles" / "gridpost-smoke.yaml").read_text(encoding="utf-8")
    (tmp_path / "our-smoke.yaml").write_text(shipped.replace("gridpost-smoke", "our-smoke"), encoding="utf-8")
    sensor = Sensor(product="our-smoke")
    air.build({HALL: "smoke"})
    air.mount(b1_1_101_smoke=sensor)
    async with listening(air, post):
        air.hear(sensor, sensor.packet(CLEAR))
        await air.line.adopt(config_of({HALL: "smoke"}).model_copy(update={"profile_folders": (tmp_path,)}))
        air.hear(sensor, sensor.packet(CLEAR), after=60)
        await settled()

    assert [said.link for said in post.links(HALL)] == [Link.MISCONFIGURED, Link.UP]
    assert len(post.samples(HALL, SAFETY)) == 1


async def test_the_counter_of_a_sensor_that_left_does_not_overwrite_that_of_its_successor(
    air: Air, post: RecordingPost
) -> None:
    places = [f"b1-1-{number}-smoke" for number in range(101, 120)]
    air.build(dict.fromkeys(places, "smoke"))
    old = [Sensor(number) for number in range(1, 20)]
    new = [Sensor(number) for number in range(21, 40)]
    async with listening(air, post):
        for sensors in (old, new):
            air.mount(**dict(zip(places, (sensor.entry() for sensor in sensors), strict=True)))
            for sensor in sensors:
                air.hear(sensor, sensor.packet(CLEAR))

    assert [post.cursors[place]["address"] for place in places] == [sensor.address for sensor in new]


async def test_another_site_key_needs_another_line(air: Air) -> None:
    line = air.build({HALL: "smoke"})
    other = config_of({HALL: "smoke"}).model_copy(update={"credential_key": None})

    assert await line.adopt(other) is False


async def test_a_profile_that_is_wrong_is_refused_and_changes_nothing(air: Air, tmp_path: Path) -> None:
    (tmp_path / "window.yaml").write_text("protocol: bthome\nproduct: window\n")
    line = air.build({HALL: "smoke"})
    wrong = config_of({STOVE: "gas"}).model_copy(update={"profile_folders": (tmp_path,)})

    with pytest.raises(Misconfigured, match="window"):
        wrong.build()
    with pytest.raises(Misconfigured, match="window"):
        await line.adopt(wrong)

    assert [device.id for device in line.devices] == ["air", "rx1", "rx2", HALL]


async def test_what_is_odd_at_a_detector_is_in_its_numbers(air: Air, post: RecordingPost, hall: Sensor) -> None:
    async with listening(air, post):
        air.hear(hall, hall.packet(CLEAR))
        quiet = air.line.device_statistics()
        air.hear(hall, hall.sealed(CLEAR, 3), after=60)
        odd = air.line.device_statistics()

    assert HALL not in quiet
    assert odd[HALL] == {"replay": 1, "counter": 101, "rssi": -60}
    assert SECOND == 10**9
