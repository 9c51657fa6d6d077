from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from simulator import story as stories
from simulator.compound import grow
from simulator.control import Control
from simulator.lockers import Lockers, lockers_of
from simulator.story import Target, target_named
from simulator.verb import ActRefused
from simulator.world import World
from tests.simulator.lockers import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.mqtt_device import Stream

HOUR = 3600.0


class Town:
    """A compound with lockers, and somebody in charge who knows every code and answers at once, as long as he is there."""

    def __init__(self, buildings: int = 59, shift_hours: float = 0.0) -> None:
        self.now = NOW
        self.there = True
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.asked: list[Mapping[str, Any]] = []
        compound = grow(7, buildings)
        self.lockers = Lockers(compound, lambda: self.now, shift_hours * HOUR, lambda: None)
        self.world = World(compound, NOW, shift_hours * HOUR, None, (self.lockers,))
        self._questions: list[tuple[str, str, Mapping[str, Any]]] = []
        for id_, device in self.lockers.devices.items():
            device.connected = True
            device.say = self._hears(id_)  # type: ignore[method-assign]

    def until(self, end: float) -> None:
        while self.lockers.next_at <= end:
            self.now = max(self.now, self.lockers.next_at)
            self.lockers.advance(self.now)
            self.answer()
        self.now = end

    def answer(self) -> None:
        questions, self._questions = self._questions, []
        for cabinet, id_, question in questions if self.there else ():
            self.lockers.cabinets[cabinet].answered({"re": id_, **self._judged(cabinet, question)}, self.now)

    def count(self) -> Counter[str]:
        return Counter(f"{event['e']} {event.get('by', '')}".strip() for _, event in self.events)

    def _hears(self, cabinet: str) -> Any:
        def say(stream: Stream, data: Mapping[str, Any], _now: float) -> str:
            id_ = f"{cabinet}-{len(self.asked)}-{len(self.events)}"
            if stream.value == "event":
                self.events.append((cabinet, data))
            if stream.value == "ask":
                self.asked.append(data)
                self._questions.append((cabinet, id_, data))
            return id_

        return say

    def _judged(self, cabinet: str, question: Mapping[str, Any]) -> Mapping[str, Any]:
        parts = self.lockers.cabinets[cabinet].compartments.items()
        if question["ask"] == "pickup":
            found = [part for part, one in parts if one.told and one.code == question["code"]]
        else:
            found = [part for part, one in parts if not one.occupied and one.size >= question["size"]]
        return {"ok": True, "c": found[0], "why": ""} if found else {"ok": False, "c": "", "why": "none"}


async def test_the_compound_has_24_cabinets_at_its_blocks_and_gates() -> None:
    places = list(lockers_of(grow(7)))

    assert [id_ for id_, *_ in places] == [f"locker{number}" for number in range(1, 25)]
    assert ("locker2", "b3", "", "快递柜") in places
    assert places[-4:][0] == ("locker21", "b59", "南门", "南门快递柜")
    assert len(list(lockers_of(grow(7, 3)))) == 2


async def test_couriers_bring_and_residents_fetch_as_many_in_a_day() -> None:
    town = Town(buildings=6)

    town.until(NOW + 24 * HOUR)

    count = town.count()
    brought = 45 * len(town.lockers)
    assert 0.5 * brought < count["opened delivery"] < 1.6 * brought
    assert 0.5 * brought < count["taken"] <= count["opened code"] < 1.6 * brought


async def test_evenings_are_busier_than_mornings_and_nights_are_quiet() -> None:
    fetched = {}
    for name, shift in (("evening", 0.0), ("morning", -9.0), ("night", -16.0)):
        town = Town(shift_hours=shift)
        town.until(NOW + HOUR)
        fetched[name] = town.count()["opened code"]

    assert fetched["evening"] > 3 * fetched["morning"] > 0
    assert fetched["night"] <= 3


async def test_a_few_parcels_are_overdue_from_the_start() -> None:
    town = Town()

    stored = [one.stored_at for cabinet in town.lockers.cabinets.values() for one in cabinet.compartments.values()]
    overdue = sum(0 < at < NOW - 24 * HOUR for at in stored)

    assert 5 < overdue < 60
    assert 400 < sum(at > 0 for at in stored) < 900


async def test_people_who_get_no_answer_go_away_and_others_come_later() -> None:
    town = Town(buildings=3)
    town.there = False

    town.until(NOW + 6 * HOUR)
    opened = town.count()
    town.there = True
    town.until(NOW + 30 * HOUR)

    assert not opened
    assert town.count()["stored"] > 10


async def test_the_story_of_a_forced_compartment_shows_within_two_seconds() -> None:
    town = Town(buildings=3)

    place = town.world.start(stories.told("locker-forced"), None, NOW)
    for tenth in range(21):
        town.world.advance(NOW + tenth / 10)

    assert place == Target("locker2", part="c07")
    assert ("locker2", {"e": "opened", "c": "c07", "by": "force"}) in town.events


async def test_the_story_of_a_parcel_day_brings_and_fetches_and_tries_codes() -> None:
    town = Town(buildings=3)

    town.world.start(stories.told("parcel-day"), None, NOW)
    for second in range(700):
        town.now = NOW + second
        town.world.advance(town.now)
        town.answer()

    count = Counter(event["e"] for cabinet, event in town.events if cabinet == "locker2")
    assert count["taken"] >= 1
    assert sum(one["ask"] == "deliver" for one in town.asked) >= 3
    assert sum(one["ask"] == "pickup" for one in town.asked) >= 8
    assert ("locker2", {"e": "opened", "c": "c59", "by": "key"}) in town.events
    assert not town.lockers.cabinets["locker2"].compartments["c59"].open


async def test_a_story_finds_a_locker_where_its_own_is_missing() -> None:
    town = Town(buildings=1)

    assert town.world.start(stories.told("locker-forced"), None, NOW) == Target("locker1", part="c07")


async def test_hands_are_refused_where_they_make_no_sense() -> None:
    world = Town(buildings=3).world

    for target, verb, why in (
        ("locker1", "pry", "locker1 is one"),
        ("locker1/c61", "pry", "c01 to c60"),
        ("locker1/c01", "lose_network", "does not happen to a compartment"),
        ("locker9/c01", "pry", "there is no compartment 'locker9'"),
        ("b1u1", "pry", "happens to a compartment"),
        ("locker1", "reboot", "does not happen to a parcel locker"),
    ):
        with pytest.raises(ActRefused, match=why):
            world.perform(target_named(target), verb, {}, NOW)


async def test_the_control_port_works_compartments_and_tells_of_cabinets() -> None:
    town = Town(buildings=3)
    control = Control(town.world, lambda: town.now, lambda: None)

    pried = json.loads(control.answer(b'{"do":"locker","locker":"locker2","compartment":"c07","act":"pry"}'))
    again = json.loads(control.answer(b'{"do":"locker","locker":"locker2","compartment":"c07","act":"pry"}'))
    state = json.loads(control.answer(b'{"do":"state"}'))

    assert pried == {"ok": True}
    assert again["ok"] is False
    assert [(one["id"], one["open"]) for one in state["lockers"]] == [("locker1", []), ("locker2", ["c07"])]
