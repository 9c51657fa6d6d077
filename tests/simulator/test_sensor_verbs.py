"""What can be done to a sensor by hand, as a gateway hears it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import Verdict, counter_of, decode
from simulator.acts import perform_in_air
from simulator.bthome import address_bytes
from tests.simulator.ears import NIGHT, counters, small_air

SMOKE, GAS = "b1-1-501-smoke", "b1-1-501-gas"


class Hands:
    """Somebody who works sensors, and what was heard since."""

    def __init__(self) -> None:
        self.air, self.ears = small_air(1)
        self.at = NIGHT + 60
        self.air.advance(self.at)

    def do(self, verb: str, device: str = SMOKE, **arguments: Any) -> bool:
        self.ears.heard.clear()
        return perform_in_air(self.air, device, verb, arguments, self.at)

    def later(self, seconds: float) -> None:
        self.at += seconds
        self.air.advance(self.at)

    def said(self, device: str = SMOKE) -> list[dict[str, Any]]:
        return self.ears.points(self.air.sensors[device].fitted)

    def heard(self, device: str = SMOKE) -> list[bytes]:
        return self.ears.packets(self.air.sensors[device].fitted)

    def verdict(self, data: bytes, device: str = SMOKE) -> Verdict:
        one = self.air.sensors[device].fitted
        return decode(data, address_bytes(one.address), AESCCM(one.key, 4), keyed=True).verdict


@pytest.mark.parametrize(
    ("verb", "arguments", "point", "value"),
    [
        ("smoke", {}, "smoke", True),
        ("tamper", {}, "tamper", True),
        ("problem", {}, "problem", True),
        ("battery", {"percent": 8}, "battery_low", True),
        ("battery", {"percent": 55}, "battery", 55),
    ],
)
def test_what_changes_is_said_at_once(verb: str, arguments: dict[str, Any], point: str, value: object) -> None:
    hands = Hands()

    assert hands.do(verb, **arguments)
    hands.later(0.5)

    assert hands.said()[0][point] == value


def test_a_pressed_button_is_a_packet_of_its_own() -> None:
    hands = Hands()

    assert hands.do("press")
    hands.later(0.5)

    assert hands.said() == [{"test": True}]


def test_a_muted_sensor_says_nothing_until_it_is_let() -> None:
    hands = Hands()
    hands.do("mute")

    assert not hands.do("press")
    hands.do("smoke")
    hands.later(120)
    assert not hands.heard()

    hands.do("mute", on=False)
    hands.later(1.5)
    assert hands.said()[-1]["smoke"]


def test_after_a_battery_swap_the_counter_begins_where_it_is_told() -> None:
    hands = Hands()

    hands.do("swap_battery", counter=41)
    hands.later(0.5)

    assert counters(hands.heard()) == [41]


def test_a_carried_sensor_is_heard_where_it_is_carried_to() -> None:
    hands = Hands()

    hands.do("carry", "spare-1", to="b1-2-1201-smoke")
    hands.do("press", "spare-1")
    hands.later(0.5)

    assert hands.heard("spare-1")
    assert {each.receiver for each in hands.ears.heard if each.mac == hands.air.sensors["spare-1"].fitted.address} <= {
        way.receiver for way in hands.air.sensors["b1-2-1201-smoke"].ways
    }


def test_what_is_replayed_is_a_true_packet_of_before_and_does_not_move_the_sensors_own_counter() -> None:
    hands = Hands()
    counter = hands.air.sensors[SMOKE].beacon.counter

    for _ in range(5):  # each with its luck in the air
        hands.do("replay", back=7, alarm=True)
        if hands.heard():
            break

    (recorded,) = hands.heard()
    assert counter_of(recorded) == counter - 7
    assert hands.verdict(recorded) is Verdict.OK
    assert hands.said()[0]["smoke"]
    assert hands.air.sensors[SMOKE].beacon.counter == counter


@pytest.mark.parametrize(("how", "verdict"), [("plain", Verdict.DOWNGRADE), ("garbled", Verdict.BAD_MIC)])
def test_a_forgery_is_not_the_sensors(how: str, verdict: Verdict) -> None:
    hands = Hands()

    for _ in range(5):
        hands.do("forge", how=how)
        if hands.heard():
            break

    assert [hands.verdict(data) for data in hands.heard()] == [verdict]
    assert not hands.air.sensors[SMOKE].alarm


def test_a_replay_from_before_the_first_packet_does_not_happen() -> None:
    assert not Hands().do("replay", back=2**32)


def test_a_gas_detector_whose_power_comes_back_warms_up() -> None:
    hands = Hands()

    hands.do("warm_up", GAS)
    hands.later(0.5)
    assert hands.said(GAS)[0]["preheat"]

    hands.later(260)
    assert hands.said(GAS)[-1]["preheat"] is False
