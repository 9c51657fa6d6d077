from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from simulator import door as bits
from simulator import story as stories
from simulator.compound import grow
from simulator.residents import residents
from simulator.rhythm import day_of, midnight
from simulator.story import StoryRefused, Target, target_named
from simulator.story_file import read
from simulator.verb import ActRefused
from simulator.world import World

if TYPE_CHECKING:
    from pathlib import Path

NIGHT = midnight(1_794_800_000.0) + 3.2 * 3600


AT_DOORS = (
    "bus-unit-dies",
    "card-burst",
    "controller-reboots",
    "controller-swapped",
    "fire-in-the-stairwell",
    "forced-door",
    "lost-card",
    "ordinary-day",
)
OVER_THE_AIR = ("co-night", "gas-leak", "kitchen-smoke", "radio-deaf", "replay-attack", "stairwell-fire")
AT_LOCKERS = ("locker-forced", "parcel-day")
AT_THE_MAINS = ("power-cut-3am",)
AT_CHARGERS = ("evening-charging", "thermal-runaway", "thermal-runaway-deaf", "thermal-runaway-offline")


def test_these_stories_are_shipped() -> None:
    assert stories.names() == tuple(sorted((*AT_DOORS, *OVER_THE_AIR, *AT_LOCKERS, *AT_THE_MAINS, *AT_CHARGERS)))


@pytest.mark.parametrize("name", AT_DOORS)
def test_a_shipped_story_shows_within_ten_seconds(name: str) -> None:
    world = World(grow(7), NIGHT)
    target = stories.told(name).target.device
    station = world.stations[target]
    before = station.controller.status(NIGHT)[2:]  # all but the heartbeat

    world.start(stories.told(name), None, NIGHT)
    seen = []
    for tenth in range(100):
        now = NIGHT + tenth / 10
        world.advance(now)
        station.controller.advance(now)
        seen.append(station.mute or station.controller.status(now)[2:] != before)

    assert any(seen)


def test_a_forced_door_is_forced_for_some_minutes_and_then_closed() -> None:
    world = World(grow(7, 5), NIGHT)

    place = world.start(stories.told("forced-door"), None, NIGHT)

    assert str(place) == "b3u1/door1"
    door = world.stations["b3u1"].controller.doors[0]
    world.advance(NIGHT + 5)
    assert door.word & (bits.FORCED | bits.OPEN) == bits.FORCED | bits.OPEN
    world.advance(NIGHT + 180)
    assert door.word & bits.FORCED
    world.advance(NIGHT + 182)
    assert door.word == bits.VALID
    assert not world.running


def test_daily_life_stays_away_from_a_door_that_somebody_has_taken_in_hand() -> None:
    compound = grow(7)
    busy = max(compound.entrances, key=lambda entrance: entrance.households)
    rush = midnight(NIGHT) + 7.5 * 3600
    in_between = [p for p in day_of(compound, busy, midnight(NIGHT)) if p.door == 1 and rush < p.at < rush + 170]
    assert in_between
    world = World(compound, rush)

    world.start(stories.told("forced-door"), Target(busy.id, 1), rush)

    for second in range(2, 181):
        world.advance(rush + second)
        assert world.stations[busy.id].controller.doors[0].word & bits.FORCED


def test_a_controller_that_reboots_is_silent_for_four_seconds_and_counts_up() -> None:
    world = World(grow(7, 5), NIGHT)
    controller = world.stations["b5u1"].controller
    boot_id = controller.boot_id

    world.start(stories.told("controller-reboots"), None, NIGHT)
    world.advance(NIGHT + 1)

    assert controller.boot_id == boot_id + 1
    assert controller.answers_from == NIGHT + 5


def test_a_card_burst_shows_a_card_twenty_times_a_second() -> None:
    world = World(grow(7, 5), NIGHT)
    ring = world.stations["b2u1"].controller.ring
    world.start(stories.told("card-burst"), None, NIGHT)

    world.advance(NIGHT + 7.99)
    before = ring.head
    world.advance(NIGHT + 17.98)

    assert ring.head - before == 200


def test_a_swapped_controller_is_another_one_with_nothing_in_it() -> None:
    world = World(grow(7, 5), NIGHT)
    station = world.stations["b4u1"]
    old = station.controller

    world.start(stories.told("controller-swapped"), None, NIGHT)
    world.advance(NIGHT + 1)

    new = station.controller
    assert (new.serial, new.ring.head, new.table.version) == (old.serial + 50_000, 2, 0)
    assert new.answers_from == NIGHT + 5


def test_the_lost_card_of_the_story_is_the_first_one_of_its_flat() -> None:
    (first, *_) = [one for one in residents(grow(7)) if (one.device, one.flat) == ("b2u1", "501")]

    shown = {step.arguments["number"] for step in stories.told("lost-card").steps}

    assert shown == {first.card}


def test_a_story_started_again_begins_again() -> None:
    world = World(grow(7, 5), NIGHT)
    door = world.stations["b3u1"].controller.doors[0]
    world.start(stories.told("forced-door"), None, NIGHT)
    world.advance(NIGHT + 100)

    world.start(stories.told("forced-door"), None, NIGHT + 100)
    world.advance(NIGHT + 200)

    assert door.word & bits.FORCED
    world.advance(NIGHT + 282)
    assert not door.word & bits.FORCED


@pytest.mark.parametrize(("asked", "got"), [("b2u2/door2", "b2u2/door2"), ("b2u2", "b2u2/door1")])
def test_a_story_happens_where_it_is_told(asked: str, got: str) -> None:
    world = World(grow(7, 5), NIGHT)

    assert str(world.start(stories.told("forced-door"), target_named(asked), NIGHT)) == got


def test_a_story_finds_a_door_in_a_compound_without_its_own() -> None:
    world = World(grow(7, 1), NIGHT)

    assert world.start(stories.told("forced-door"), None, NIGHT) == Target("b1u1", 1)


@pytest.mark.parametrize("target", ["b99u1", "b1u1/door3"])
def test_a_place_that_does_not_exist_is_refused(target: str) -> None:
    world = World(grow(7, 5), NIGHT)

    with pytest.raises(ActRefused):
        world.start(stories.told("forced-door"), target_named(target), NIGHT)


def test_an_unknown_story_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(StoryRefused, match="controller-reboots, controller-swapped"):
        stories.told("../acts")


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "the file is empty"),
        ("about: x\ntarget: b1u1\n", 1, "needs 'steps'"),
        ("about: x\ntarget: b1u1\nsteps: []\n", 3, "at least one step"),
        ("about: x\ntarget: b1u1\nsteps: [{at: 1, do: reboot}]\nspeed: 2\n", 4, "no key 'speed'"),
        ("about: x\ntarget: b1u1\ntarget: b2u1\nsteps: []\n", 3, "written twice"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: dance}\n", 4, "nothing is called 'dance'"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: reboot, loud: 1}\n", 4, "no argument 'loud'"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: reboot, silent_seconds: long}\n", 4, "must be int or float"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: soon, do: reboot}\n", 4, "seconds from the start"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: -1, do: reboot}\n", 4, "seconds from the start"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: force}\n", 4, "happens at a door"),
        ("about: x\ntarget: b1u1/front\nsteps:\n  - {at: 1, do: force}\n", 2, "is no target"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: input, name: rain}\n", 4, "has no input 'rain'"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: fault, fault: sleepy}\n", 4, "no fault 'sleepy'"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: reboot, times: 0}\n", 4, "must be a number, 1 or more"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: reboot, times: 1.5}\n", 4, "must be a whole number"),
        ("about: x\ntarget: b1u1\nsteps:\n  - {at: 1, do: reboot, every: -1}\n", 4, "must be a number, 0 or more"),
        ("about: x\ntarget: b1u1\nsteps:\n  - at: 1\n    do: reboot\n   oops\n", 6, ""),
    ],
)
def test_a_story_that_makes_no_sense_is_refused_with_file_and_line(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    path = tmp_path / "night.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(StoryRefused) as refused:
        read(path)

    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert why in str(refused.value)
