"""All chargers of a compound, their rooms and contactors, without a network."""

from __future__ import annotations

import io
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import yaml

from gateway.keep.tag_csv import read_tags
from simulator import story as stories
from simulator.charging import Charging
from simulator.charging_habits import Visit, visits
from simulator.charging_layout import PASSWORD_VARIABLE
from simulator.charging_past import charging_past
from simulator.charging_rooms import write_tags
from simulator.compound import grow
from simulator.contactor_board import OPENS_SECONDS
from simulator.mqtt_device import Stream
from simulator.story import Target
from simulator.verb import ActRefused
from simulator.world import World
from tests.simulator.sheds import EVENING, Told

if TYPE_CHECKING:
    from simulator.mqtt_device import Body
    from simulator.verb import Arguments

PORT = Target("shed1-pile", part="p03")
PILE = Target("pile2", part="connector1")
HOUR = 3_600.0


class Yard:
    """The chargers of the first building, at a time that a test moves."""

    def __init__(self, buildings: int = 1, hour: float = 19.0) -> None:
        self.now = EVENING + (hour - 19.0) * HOUR
        self.realm = Charging(grow(7, buildings), lambda: self.now, 0.0, lambda: None)
        self.net = Told()
        for ebike in self.realm.ebikes.values():
            ebike.telling.network = self.net
        for pile in self.realm.piles.values():
            pile.wire = Wire()
            pile.station.opened(lambda _text: None, self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.realm.advance(self.now)

    def do(self, target: Target, verb: str, **arguments: str | float) -> bool:
        self.realm.refuse(target, verb)
        return self.realm.perform(target, verb, arguments, self.now)

    def amperes(self, target: Target) -> float:
        return self.realm.chargers[target.device].socket(target.part).measure(self.now).amperes

    def charge(self, target: Target) -> None:
        """Somebody charges there, whoever was there before."""
        self.do(target, "pull")
        assert self.do(target, "plug")
        self.wait(1)
        if target.device in self.realm.ebikes:
            self.realm.ebikes[target.device].answered({"re": f"q{len(self.net.said)}", "ok": True}, self.now)
        else:
            self.realm.piles[target.device].begin("04A1B2C3", self.now)
        assert self.amperes(target) > 0.3


class Wire:
    def drop(self, seconds: float) -> None: ...

    def restore(self, seconds: float) -> None: ...


def test_a_whole_compound_has_480_ports_in_40_sheds_and_30_piles_in_5_places_for_cars() -> None:
    realm = Yard(59).realm

    kinds = Counter(room.kind for room in realm.rooms.values())
    assert kinds == {"ebike": 40, "car": 5}
    assert sum(len(ebike.ports) for ebike in realm.ebikes.values()) == 480
    assert (len(realm.piles), sorted(realm.boards)) == (30, ["cut1", "cut2", "cut3", "cut4", "cut5", "cut6"])
    contactors = [room.contactor for room in realm.rooms.values() if room.contactor is not None]
    assert len(set(contactors)) == len(contactors) == 44


def test_a_smaller_compound_has_the_first_of_them() -> None:
    whole, small = Yard(59).realm, Yard(4).realm

    assert {id_: whole.rooms[id_] for id_ in small.rooms} == small.rooms
    assert {id_: whole.tags[id_] for id_ in small.rooms} == small.tags
    assert 0 < len(small) < len(whole)


def test_the_sheds_are_full_at_night_and_empty_at_noon() -> None:
    def taken(hour: float) -> float:
        realm = Yard(59, hour).realm
        ports = [port for ebike in realm.ebikes.values() for port in ebike.ports.values()]
        return sum(port.socket.taken for port in ports) / len(ports)

    assert taken(23.5) > 0.65
    assert taken(11.0) < 0.3


def test_the_same_seed_brings_the_same_people_at_the_same_time() -> None:
    def some() -> list[Visit]:
        people = visits(7, "shed1-pile/p01", "ebike", ["04A1B2C3"], EVENING)
        return [next(people) for _ in range(20)]

    assert some() == some()
    coming = some()
    assert all(one.pull_at <= other.plug_at for one, other in pairwise(coming))


class Gatekeeper(Told):
    """A network with somebody behind it who lets everybody charge."""

    def __init__(self, yard: Yard) -> None:
        super().__init__()
        self._yard = yard

    def say(self, stream: Stream, data: Body, now: float) -> str:
        question = super().say(stream, data, now)
        if stream is Stream.ASK:
            ebike = self._yard.realm.ebikes["shed1-pile"]
            self._yard.realm.agenda.plan(now + 1, lambda at: ebike.answered({"re": question, "ok": True}, at))
        return question


def test_people_come_home_and_charge() -> None:
    yard = Yard(hour=16.9)
    yard.net = yard.realm.ebikes["shed1-pile"].telling.network = Gatekeeper(yard)

    yard.wait(4 * HOUR)

    kinds = Counter(str(event["e"]) for event in yard.net.events())
    assert 4 <= kinds["begin"] <= 12
    assert kinds["end"] <= 2


def test_in_the_morning_they_take_their_bikes() -> None:
    yard = Yard(hour=5.9)
    ports = yard.realm.ebikes["shed1-pile"].ports.values()
    assert sum(port.socket.taken for port in ports) > 5

    yard.wait(3.6 * HOUR)

    assert not any(port.socket.taken for port in ports)


@pytest.mark.parametrize("target", [PORT, PILE])
def test_a_contactor_cuts_every_socket_of_its_room_and_no_other(target: Target) -> None:
    yard = Yard()
    yard.charge(PORT)
    yard.charge(PILE)
    board, number = yard.realm.room_of[target.device].contactor or ("", 0)

    yard.realm.boards[board].trip(number, yard.now, on=True)
    yard.wait(OPENS_SECONDS)

    assert yard.amperes(target) == 0
    assert yard.amperes(PILE if target is PORT else PORT) > 0.3


def test_a_contactor_that_is_stuck_cuts_nothing() -> None:
    yard = Yard()
    yard.charge(PORT)
    yard.do(Target("cut1", part="contactor1"), "stick")

    yard.realm.boards["cut1"].trip(0, yard.now, on=True)
    yard.wait(1)

    assert yard.amperes(PORT) > 0.3


def test_mains_that_are_gone_stay_gone_when_a_contactor_closes() -> None:
    yard = Yard()
    yard.charge(PORT)

    yard.do(PORT, "mains", on=False)
    yard.realm.boards["cut1"].trip(0, yard.now, on=True)
    yard.wait(1)
    yard.realm.boards["cut1"].trip(0, yard.now, on=False)
    yard.wait(1)

    assert not yard.realm.ebikes["shed1-pile"].telling.mains
    yard.do(PORT, "mains", on=True)
    assert yard.realm.ebikes["shed1-pile"].telling.mains


@pytest.mark.parametrize("target", [PORT, PILE])
@pytest.mark.parametrize(
    "verb", ["overheat", "weld", "never_fill", "leak", "cabinet_smoke", "accepted_only", "offline"]
)
def test_what_goes_wrong_can_happen_to_every_sort(target: Target, verb: str) -> None:
    yard = Yard()
    yard.charge(target)

    assert yard.do(target, verb)


def test_what_is_no_such_thing_is_refused() -> None:
    yard = Yard()

    for target, verb in (
        (Target("shed1-pile", part="p13"), "plug"),
        (Target("pile2", part="connector2"), "plug"),
        (PILE, "second_battery"),
        (PORT, "old_session"),
        (PILE, "garble"),
        (Target("cut1", part="contactor1"), "plug"),
        (PORT, "stick"),
    ):
        with pytest.raises(ActRefused):
            yard.do(target, verb)


def test_nobody_comes_to_a_socket_that_is_taken_in_hand() -> None:
    yard = Yard(hour=17.5)
    for part in yard.realm.chargers["shed1-pile"].parts:
        yard.do(Target("shed1-pile", part=part), "pull")
        yard.realm.keep(Target("shed1-pile", part=part), yard.now + 9 * HOUR)

    yard.wait(3 * HOUR)

    assert not any(port.socket.taken for port in yard.realm.ebikes["shed1-pile"].ports.values())


@pytest.mark.parametrize("password", ["", "s3cret"])
def test_its_part_of_the_configuration_reaches_it(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, password)
    realm = Yard().realm
    lines = ["lines:", *realm.own_lines("127.0.0.1"), "  - id: field", "    devices:", *realm.mqtt_devices()]

    written = yaml.safe_load("\n".join([*realm.before_lines(), *lines]))

    assert password not in "\n".join(lines) or not password
    shed, cars = written["rooms"]
    assert shed["contactor"] == {"device": "cut1", "part": "contactor1"}
    assert (cars["kind"], len(cars["cabinet"]) > 8) == ("car", True)
    piles, field = written["lines"]
    assert piles["security"] == ("basic" if password else "none")
    assert [device["identity"] for device in piles["devices"]] == [f"pile{number}" for number in range(1, 7)]
    assert all(("password" in device) is bool(password) for device in piles["devices"])
    assert field["devices"][0]["topic"] == "v1/demo/b1/charger/shed1-pile"


def test_the_list_of_tags_is_one_that_the_gateway_takes() -> None:
    file = io.StringIO()
    write_tags(grow(7, 2), file)

    taken = read_tags(file.getvalue().encode(), bytes(32), "Asia/Shanghai")

    assert taken.findings == ()
    assert len(taken.tags) == 30 * 2 + 18


@pytest.mark.parametrize("name", [name for name in stories.names() if "runaway" in name or name == "evening-charging"])
def test_a_story_of_charging_begins_at_once_and_does_not_fail(name: str) -> None:
    yard = Yard()
    world = World(grow(7, 1), yard.now, realms=(yard.realm,))
    told = stories.told(name)

    place = world.start(told, None, yard.now)
    said = len(yard.net.said)
    for _ in range(1_000):
        yard.now += 1
        world.advance(yard.now)
        if yard.now - EVENING == 2 and place.device in yard.realm.ebikes:
            assert len(yard.net.said) > said

    assert place == told.target
    assert world.running == {}


def test_a_battery_in_runaway_warms_by_more_than_five_kelvin_a_minute() -> None:
    yard = Yard()
    yard.charge(PORT)
    socket = yard.realm.chargers["shed1-pile"].socket("p03")
    arguments: Arguments = {"kelvin_per_minute": 9, "over": 600}
    before = socket.celsius(yard.now)

    yard.realm.perform(PORT, "overheat", arguments, yard.now)
    spark = socket.celsius(yard.now)
    yard.wait(120)

    assert spark - before > 3
    assert socket.celsius(yard.now) - spark > 2 * 5


def test_the_past_of_a_shed_leads_into_its_present() -> None:
    yard = Yard(hour=22.0)
    start = yard.now - 24 * HOUR

    rows = list(charging_past(grow(7, 1), start, yard.now))

    last = {(device, point): watts for device, point, _, watts in rows}
    assert len(last) == 12 + 6
    for part, port in yard.realm.ebikes["shed1-pile"].ports.items():
        assert (last["shed1-pile", f"{part}.power"] > 0) is bool(port.session)
        assert last["shed1-pile", f"{part}.power"] == pytest.approx(port.socket.watts, abs=12)
    assert all(start <= at < yard.now for _, _, at, _ in rows)
    assert len(rows) < 1_500
