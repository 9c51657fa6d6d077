"""What is given up when more comes than can be judged, and what never is."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.ble import turn as turn_file
from drivers.ble.inbox import WAITING_OF_ONE, Heard, Inbox
from drivers.ble.kinds import SAFETY
from drivers.ble.peer import Peer
from drivers.ble.readings import Readings
from drivers.ble.source import Advert
from tests.drivers.ble.air import CLEAR, SMOKE, Air, Sensor, listening, plain, settled
from tests.drivers.recording_post import RecordingPost

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


def peer(number: int = 1, *, alarming: bool = False) -> Peer:
    one = Peer(f"{number:012X}", f"d{number}", {"product": "gridpost-smoke", "sealed_key": "k"})
    one.readings = Readings("smoke", keyed=True)
    one.readings.alarming = alarming
    return one


def heard(of: Peer, number: int) -> Heard:
    return Heard(of, "rx1", Advert(1, -60, number.to_bytes(2, "big"), number))


def taken(inbox: Inbox) -> list[int]:
    """Everything that waits, in its order, by number."""
    out = []
    while (each := inbox.take()) is not None:
        out.append(each.advert.received_ns)
    return out


def test_packets_are_taken_in_the_order_in_which_they_came() -> None:
    inbox, one, other = Inbox(), peer(1), peer(2)
    for number in range(1, 7):
        inbox.put(heard(one if number % 2 else other, number))

    assert len(inbox) == 6
    assert taken(inbox) == [1, 2, 3, 4, 5, 6]
    assert len(inbox) == 0


def test_copies_are_given_up_first() -> None:
    inbox, one = Inbox(), peer()

    for number in (7, 7, 8, 7, 8):
        inbox.put(heard(one, number))

    assert taken(inbox) == [7, 8]
    assert inbox.shed_repeats == 3


def test_of_a_sensor_whose_alarm_stands_only_the_newest_waits() -> None:
    inbox, one, other = Inbox(), peer(1, alarming=True), peer(2)
    for number in (1, 2, 3):
        inbox.put(heard(one, number))
    inbox.put(heard(other, 4))

    assert taken(inbox) == [4, 3]  # what could be a first alarm goes before
    assert inbox.shed_heartbeats == 2


def test_of_a_quiet_sensor_none_is_given_up() -> None:
    inbox, one = Inbox(), peer()

    back = [inbox.put(heard(one, number)) for number in range(10)]

    assert [each and each.advert.received_ns for each in back] == [None] * WAITING_OF_ONE + [0, 1, 2, 3, 4, 5]
    assert taken(inbox) == [6, 7, 8, 9]
    assert (inbox.shed_heartbeats, inbox.shed_repeats) == (0, 0)


def test_an_alarm_that_ends_while_packets_wait_keeps_their_order() -> None:
    inbox, one = Inbox(), peer(alarming=True)
    inbox.put(heard(one, 1))
    one.readings.alarming = False

    inbox.put(heard(one, 2))

    assert taken(inbox) == [1, 2]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400), st.booleans()), max_size=200))
def test_never_more_than_five_packets_of_a_sensor_wait(said: list[tuple[int, int, bool]]) -> None:
    inbox, peers = Inbox(), [peer(number) for number in range(6)]
    for which, number, alarming in said:
        peers[which].readings.alarming = alarming
        inbox.put(heard(peers[which], number))

        assert len(inbox) <= 5 * len(peers)

    assert inbox.waiting_most <= 5 * len(peers)


# ---------------------------------------------------------------- a whole line under overload


@given(st.data())
@settings(max_examples=2000 if SOAK else 8, deadline=None)
async def test_whatever_is_given_up_no_first_alarm_is_lost(data: st.DataObject) -> None:
    monkeypatch = pytest.MonkeyPatch()
    try:
        await _storm(data, monkeypatch)
    finally:
        monkeypatch.undo()


async def _storm(data: st.DataObject, monkeypatch: pytest.MonkeyPatch) -> None:
    air, post = Air(monkeypatch), RecordingPost()
    monkeypatch.setattr(turn_file, "TURN_SECONDS", 0.0)  # nothing is judged at once, one packet in a turn
    names = [f"d{number}" for number in range(4)]
    sensors = {name: Sensor(number) for number, name in enumerate(names, 1)}
    air.build(dict.fromkeys(names, "smoke"))
    air.mount(**{name: sensor.entry() for name, sensor in sensors.items()})
    alarmed = set()
    async with listening(air, post):
        for _ in range(data.draw(st.integers(1, 12), "bursts")):
            for _ in range(data.draw(st.integers(1, 40), "packets")):
                name = data.draw(st.sampled_from(names))
                on = data.draw(st.booleans()) if name in alarmed else data.draw(st.integers(0, 5)) == 0
                alarmed |= {name} if on else set()
                packet = sensors[name].packet(SMOKE if on else CLEAR)
                air.hear(sensors[name], packet, copies=data.draw(st.integers(1, 3)), after=0.01)
                air.hear(Sensor(99), plain(CLEAR))
            for _ in range(data.draw(st.integers(0, 3), "turns")):
                await settled()
        while air.line.statistics()["waiting"]:
            await settled()
        await settled()

    numbers = air.line.statistics()
    raised = {sample.device for sample in post.reports if getattr(sample, "group", None) == SAFETY and sample.values[0]}  # type: ignore[union-attr]  # samples alone have a group
    assert raised == alarmed
    judged = sum(numbers[name] for name in ("ok", "repeat", "late", "replay"))
    assert judged + numbers["shed_repeats"] + numbers["shed_heartbeats"] == numbers["packets"]
    assert numbers["waiting_most"] <= 5 * len(names)
    assert [event for event in post.events() if event.kind == "radio_attack"] == []


async def test_under_overload_the_loop_is_not_held(
    air: Air, post: RecordingPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn_file, "TURN_SECONDS", 0.0)
    sensor = Sensor()
    air.build({"d1": "smoke"})
    air.mount(d1=sensor)
    async with listening(air, post):
        for _ in range(3):
            air.hear(sensor, sensor.packet(CLEAR))
            air.hear(Sensor(9), plain(CLEAR))
        at_once = len(post.samples("d1"))
        await settled()

    assert at_once == 0
    assert air.line.statistics()["ok"] == 3
    assert air.line.statistics()["shed_strangers"] == 3
