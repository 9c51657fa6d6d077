"""The stories of sensors, as a gateway would hear them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import Verdict, counter_of, decode
from simulator import story as stories
from simulator.bthome import address_bytes
from simulator.compound import grow
from simulator.story import Target, target_named
from simulator.verb import ActRefused
from simulator.world import World
from tests.simulator.ears import NIGHT, Ears, counters, small_air

if TYPE_CHECKING:
    from simulator.detectors import Fitted


class Told:
    """A story told in three buildings at night."""

    def __init__(self, name: str, target: str | None = None, buildings: int = 3) -> None:
        self.air, self.ears = small_air(buildings)
        self.world = World(grow(7, buildings), NIGHT, 0.0, self.air)
        self.at = NIGHT
        place = None if target is None else target_named(target)
        self.place = self.world.start(stories.told(name), place, NIGHT)

    def until(self, second: float) -> Ears:
        """Let it go on until so many seconds after its start; returns what was heard since the last time."""
        self.ears.heard.clear()
        self.world.advance(NIGHT + second)
        return self.ears

    def fitted(self, detector: str) -> Fitted:
        return self.air.sensors[detector].fitted

    def points(self, detector: str) -> list[dict[str, Any]]:
        return self.ears.points(self.fitted(detector))

    def verdicts(self, detector: str) -> list[Verdict]:
        one = self.fitted(detector)
        mac, cipher = address_bytes(one.address), AESCCM(one.key, 4)
        return [decode(data, mac, cipher, keyed=True).verdict for data in self.ears.packets(one)]


def test_kitchen_smoke_alarms_within_a_second_and_goes() -> None:
    told = Told("kitchen-smoke")

    told.until(2)
    assert {said["smoke"] for said in told.points("b2-1-301-smoke")} == {True}
    told.until(240)
    assert told.points("b2-1-301-smoke")[-1]["smoke"] is True
    told.until(242)
    assert told.points("b2-1-301-smoke")[-1]["smoke"] is False


def test_a_stairwell_fire_spreads_and_takes_the_sensors_of_its_floors() -> None:
    told = Told("stairwell-fire")
    alarming = []
    for second in range(1, 130):
        told.until(second)
        alarming.append([name for name, one in told.air.sensors.items() if one.alarm])

    order = list(dict.fromkeys(name for names in alarming for name in names))
    assert order == ["b2-1-301-smoke", "b2-1-302-smoke", "b2-1-f3-smoke", "b2-1-f4-smoke", "b2-1-401-smoke"]
    assert len(alarming[39]) == 1  # of a second flat after 40 s
    assert len(alarming[44]) == 3

    told.until(130)
    told.until(300)
    heard = {each.mac for each in told.ears.heard}
    lost = ("b2-1-301-smoke", "b2-1-301-gas", "b2-1-302-smoke", "b2-1-302-gas", "b2-1-f3-smoke", "b2-1-f4-smoke")
    assert not heard & {told.fitted(name).address for name in lost}
    assert told.fitted("b2-1-401-smoke").address in heard


def test_the_burning_flat_gets_hot_before_its_sensor_dies() -> None:
    told = Told("stairwell-fire")

    told.until(99)

    warm = [said["temperature"] for said in told.points("b2-1-301-smoke")]
    assert warm[-1] > 60
    assert (warm[-1] - warm[0]) / 98 * 60 > 8  # K a minute


def test_after_the_fire_all_is_as_before_so_that_it_can_be_told_again() -> None:
    told = Told("stairwell-fire")

    told.until(1000)
    told.until(1100)

    assert not told.world.running
    assert not any(one.alarm or one.muted for one in told.air.sensors.values())
    assert {said["smoke"] for said in told.points("b2-1-301-smoke")} == {False}


def test_a_gas_leak_rises_steadily_alarms_and_goes() -> None:
    told = Told("gas-leak")

    told.until(150)
    said = told.points("b3-1-502-gas")
    levels = [each["gas_level"] for each in said]
    assert levels == sorted(levels)
    assert max(after - before for before, after in pairwise(levels)) < 3
    first = next(each["gas_level"] for each in said if each["gas"])
    assert 10 < first < 16

    told.until(277)
    assert max(each["gas_level"] for each in told.points("b3-1-502-gas")) == 26
    told.until(470)
    last = told.points("b3-1-502-gas")[-1]
    assert (last["gas"], last["gas_level"]) == (False, 0)


def test_a_co_night_reaches_its_dose_within_the_minutes_of_the_standard() -> None:
    told = Told("co-night")

    told.until(120)
    assert not any(said["co"] for said in told.points("b1-1-201-co"))
    told.until(121 + 180)
    said = told.points("b1-1-201-co")
    assert said[-1]["co"]
    assert said[-1]["co_level"] == 320
    told.until(700)
    assert told.points("b1-1-201-co")[-1]["co"] is False


def test_a_deaf_receiver_misses_five_minutes() -> None:
    told = Told("radio-deaf")

    told.until(1)
    heard = {each.receiver for each in told.until(300).heard}
    assert "rx-b3u1-1" not in heard
    assert "rx-b3u2-1" in heard
    assert "rx-b3u1-1" in {each.receiver for each in told.until(400).heard}


def test_a_replay_attack_sends_true_packets_with_old_counters_that_say_all_is_well() -> None:
    told = Told("replay-attack")
    flat = "b3-1-201-smoke"
    told.until(14)
    newest = max(counters(told.ears.packets(told.fitted(flat))))

    told.until(60)

    old = [data for data in told.ears.packets(told.fitted(flat)) if (counter_of(data) or 0) < newest]
    assert {newest - (counter_of(data) or 0) > 40_000 for data in old} == {True, False}
    one = told.fitted(flat)
    mac, cipher = address_bytes(one.address), AESCCM(one.key, 4)
    packets = [decode(data, mac, cipher, keyed=True) for data in old]
    assert {packet.verdict for packet in packets} == {Verdict.OK}  # only the counter gives them away
    assert {dict(packet.values)[0x29] for packet in packets} == {0}
    assert told.air.sensors[flat].alarm


def test_a_replay_attack_forges_fires_elsewhere_that_are_none() -> None:
    told = Told("replay-attack")

    told.until(85)
    assert Verdict.DOWNGRADE in told.verdicts("b3-1-301-smoke")
    told.until(125)
    assert told.verdicts("b3-1-401-smoke").count(Verdict.BAD_MIC) > 5
    told.until(310)
    assert not any(one.alarm for one in told.air.sensors.values())


@pytest.mark.parametrize(
    ("name", "target"),
    [("kitchen-smoke", "b1-1-201-smoke"), ("gas-leak", "b1-1-201-gas"), ("radio-deaf", "rx-b1u1-1")],
)
def test_a_story_finds_a_sensor_in_a_compound_without_its_own(name: str, target: str) -> None:
    assert Told(name, buildings=1).place == Target(target)


def test_a_story_happens_where_it_is_told() -> None:
    told = Told("kitchen-smoke", "b3-2-101-smoke")

    told.until(2)

    assert told.air.sensors["b3-2-101-smoke"].alarm


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("b1u1", "'smoke' happens to a sensor, and b1u1 is a controller"),
        ("b1-1-201-gas", "'smoke' happens to a sensor for smoke, and b1-1-201-gas is one for gas"),
        ("rx-b1u1-1", "'smoke' happens to a sensor, and rx-b1u1-1 is a receiver"),
        ("b9-1-201-smoke", "there is no sensor 'b9-1-201-smoke'"),
    ],
)
def test_a_story_is_refused_where_it_cannot_happen(target: str, why: str) -> None:
    with pytest.raises(ActRefused) as refused:
        Told("kitchen-smoke", target)

    assert str(refused.value) == why


def test_a_story_of_sensors_is_refused_in_a_compound_without_any() -> None:
    world = World(grow(7, 3), NIGHT)

    with pytest.raises(ActRefused, match="runs without sensors"):
        world.start(stories.told("kitchen-smoke"), Target("b2-1-301-smoke"), NIGHT)
