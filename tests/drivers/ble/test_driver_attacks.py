"""What no attacker on the air may reach: a cleared alarm, a made-up value, a sign of life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from drivers.ble.kinds import SAFETY
from tests.drivers.ble.air import CLEAR, SECOND, SMOKE, Air, Sensor, listening, plain, settled

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent
    from tests.drivers.recording_post import RecordingPost

HALL = "b1-1-101-smoke"
DETECTORS = {HALL: "smoke"}


@pytest.fixture
def sensor(air: Air) -> Sensor:
    sensor = Sensor()
    air.build(DETECTORS)
    air.mount(b1_1_101_smoke=sensor)
    return sensor


def smoke(post: RecordingPost) -> list[Any]:
    """What the detector was said to be, in order."""
    return [sample.values[0] for sample in post.samples(HALL, SAFETY)]


def told(post: RecordingPost, kind: str) -> list[DeviceEvent]:
    return [event for event in post.events() if event.kind == kind]


async def test_recorded_clear_packets_do_not_clear_an_alarm(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = [sensor.packet(CLEAR) for _ in range(3)]
        for packet in recorded:
            air.hear(sensor, packet, after=60)
        air.hear(sensor, sensor.packet(SMOKE), after=60)
        await settled()
        for packet in recorded:
            air.hear(sensor, packet, after=0.5, by="rx2", rssi=-30)
        await settled()

    assert smoke(post)[-1] is True
    assert air.line.statistics()["replay"] == 3
    (attack,) = told(post, "radio_attack")
    assert attack.body == {"why": "replay", "count": 1, "receiver": "rx2", "rssi": -30}


async def test_nor_after_fifty_thousand_packets(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = sensor.packet(CLEAR)
        air.hear(sensor, recorded)
        air.hear(sensor, sensor.packet(SMOKE, sensor.counter + 50_000), after=60)
        await settled()
        air.hear(sensor, recorded, after=1)
        await settled()

    assert smoke(post)[-1] is True
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["replay"]


async def test_nor_after_a_restart(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = [sensor.packet(CLEAR) for _ in range(40)]
        for packet in recorded:
            air.hear(sensor, packet, after=60)
        air.hear(sensor, sensor.packet(SMOKE), after=60)
        await settled()
    air.build(DETECTORS)
    air.mount(b1_1_101_smoke=sensor)
    heard = len(post.samples(HALL))
    async with listening(air, post):
        for packet in recorded:
            air.hear(sensor, packet, after=0.1)
        await settled()

    assert len(post.samples(HALL)) == heard
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["replay"]


async def test_nor_after_a_crash_right_after_the_alarm(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = sensor.packet(CLEAR)
        air.hear(sensor, recorded)
        air.hear(sensor, sensor.packet(SMOKE), after=1)
        await settled()
        kept = dict(post.cursors)  # all that a crash leaves

    after = type(post)(kept)
    air.build(DETECTORS)
    air.mount(b1_1_101_smoke=sensor)
    async with listening(air, after):
        air.hear(sensor, recorded, after=1)
        await settled()

    assert after.samples(HALL) == []


async def test_a_replay_is_no_sign_of_life(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = [sensor.packet(CLEAR) for _ in range(2)]
        for packet in recorded:
            air.hear(sensor, packet, after=60)
        heard = len(post.samples(HALL))
        for packet in recorded * 5:
            air.hear(sensor, packet, after=60)
        await settled()

    assert len(post.samples(HALL)) == heard


async def test_attacks_are_told_at_once_and_then_once_a_minute_with_their_number(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        recorded = sensor.packet(CLEAR)
        air.hear(sensor, recorded)
        air.hear(sensor, sensor.packet(CLEAR), after=60)
        for _ in range(130):
            air.hear(sensor, recorded, after=1)
        await settled()

    assert [event.body["count"] for event in told(post, "radio_attack")] == [1, 60, 60]
    assert [event.sequence for event in post.events()] == [1, 2, 3]


async def test_a_plain_alarm_of_a_sensor_with_a_key_is_unverified_and_no_value(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        air.hear(sensor, sensor.packet(CLEAR))
        air.hear(sensor, plain(SMOKE), after=1, rssi=-42)
        air.hear(sensor, plain(SMOKE), after=1)
        await settled()

    assert smoke(post) == [False]
    (unverified,) = told(post, "unverified_alarm")
    assert unverified.body == {"what": "smoke", "why": "plain", "receiver": "rx1", "rssi": -42}
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["downgrade"]
    assert air.line.statistics()["unverified"] == 2


async def test_two_forged_alarms_give_no_value_even_before_the_sensor_was_heard(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        for _ in range(2):
            air.hear(sensor, plain(SMOKE), after=1)
        await settled()

    assert post.samples(HALL) == []
    assert len(told(post, "unverified_alarm")) == 1


async def test_a_plain_clear_says_nothing_but_that_somebody_tries(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        air.hear(sensor, sensor.packet(SMOKE))
        air.hear(sensor, plain(CLEAR), after=1)
        await settled()

    assert smoke(post) == [True]
    assert told(post, "unverified_alarm") == []
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["downgrade"]


async def test_an_old_alarm_that_is_played_back_is_unverified(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        recorded = sensor.packet(SMOKE)
        air.hear(sensor, recorded)
        air.hear(sensor, sensor.packet(CLEAR), after=60)
        await settled()
        air.hear(sensor, recorded, after=3600)
        await settled()

    assert smoke(post) == [True, False]
    assert [event.body["why"] for event in told(post, "unverified_alarm")] == ["old counter"]
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["replay"]


async def test_what_stands_already_is_not_told_as_unverified(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        air.hear(sensor, sensor.packet(SMOKE))
        air.hear(sensor, plain(SMOKE), after=1)
        await settled()

    assert told(post, "unverified_alarm") == []


async def test_an_overtaken_alarm_is_told_as_unverified(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        overtaken = sensor.packet(SMOKE)
        air.hear(sensor, sensor.packet(CLEAR))
        air.hear(sensor, overtaken, after=0.2, by="rx2")
        await settled()

    assert smoke(post) == [False]
    assert [event.body["why"] for event in told(post, "unverified_alarm")] == ["old counter"]
    assert told(post, "radio_attack") == []


async def test_one_packet_that_does_not_decrypt_is_chance_and_six_in_a_minute_are_none(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        for counter in range(5):
            air.hear(sensor, sensor.sealed(CLEAR, 10**6 + counter)[:-1] + b"\x00", after=1)
        await settled()
        before = told(post, "radio_attack")
        air.hear(sensor, sensor.sealed(CLEAR, 10**6 + 9)[:-1] + b"\x00", after=1)
        await settled()

    assert before == []
    assert [event.body["why"] for event in told(post, "radio_attack")] == ["spoof"]
    assert post.samples(HALL) == []
    assert air.line.statistics()["bad_mic"] == 6


async def test_few_packets_that_do_not_decrypt_stay_chance_for_ever(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        for counter in range(50):
            air.hear(sensor, sensor.sealed(CLEAR, counter)[:-1] + b"\x00", after=13)
        await settled()

    assert post.events() == []


async def test_a_battery_change_begins_the_counter_anew_once(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    async with listening(air, post):
        air.hear(sensor, sensor.packet(CLEAR, 9_000))
        entry = sensor.entry()
        air.mount(b1_1_101_smoke=entry)
        air.mount(b1_1_101_smoke={**entry, "swap_until_ns": air.now_ns + 1800 * SECOND})
        air.hear(sensor, sensor.packet(SMOKE, 1), after=600)
        air.hear(sensor, sensor.packet(SMOKE), after=1)
        air.mount(b1_1_101_smoke={**entry, "swap_until_ns": air.now_ns + 1199 * SECOND})
        await settled()

    assert smoke(post) == [False, True, True]
    (changed,) = told(post, "battery_changed")
    assert changed.body == {"receiver": "rx1", "rssi": -60}
    assert post.cursors[HALL]["counter"] == 2


async def test_the_used_window_does_not_open_again_when_the_list_is_told_anew(
    air: Air, post: RecordingPost, sensor: Sensor
) -> None:
    async with listening(air, post):
        entry = {**sensor.entry(), "swap_until_ns": air.now_ns + 1800 * SECOND}
        air.hear(sensor, sensor.packet(CLEAR, 9_000))
        air.mount(b1_1_101_smoke=entry)
        air.hear(sensor, sensor.packet(CLEAR, 1), after=60)
        air.mount(b1_1_101_smoke=dict(entry))
        air.hear(sensor, sensor.sealed(SMOKE, 0), after=60)
        await settled()

    assert len(told(post, "battery_changed")) == 1
    assert True not in smoke(post)


async def test_any_bytes_are_survived_and_counted(air: Air, post: RecordingPost, sensor: Sensor) -> None:
    hostile = [b"", b"\x41", b"\x40", bytes(400), b"\xff" * 31, b"\x45" + bytes(9), sensor.sealed(b"", 5)]
    async with listening(air, post):
        for data in hostile:
            air.hear(sensor, data, after=1)
        await settled()

    numbers = air.line.statistics()
    assert post.samples(HALL) == []
    assert sum(numbers[name] for name in ("malformed", "bad_mic", "downgrade")) == len(hostile)
    assert numbers["packets"] == len(hostile)
