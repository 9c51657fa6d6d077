"""The mains of a compound, what lives on them, and the power supply of the box."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from simulator import story as stories
from simulator.air import Air
from simulator.charging import Charging
from simulator.compound import grow
from simulator.control import ask
from simulator.fed import BOOT_SECONDS, WORN_SECONDS, FedControllers, FedGasDetectors, FedReceivers
from simulator.lockers import Lockers
from simulator.nut import NutServer
from simulator.power import Power
from simulator.proxy import Proxy
from simulator.proxy_radio import ProxyRadio
from simulator.receivers import receivers_of
from simulator.rhythm import midnight
from simulator.run import Options, serving
from simulator.story import Target
from simulator.system import MAINS_FAIL
from simulator.ups import Ups
from simulator.verb import ActRefused
from simulator.world import World

NIGHT = midnight(1_794_800_000.0) + 3.0 * 3600


@dataclass
class Compound:
    """Three buildings at three in the night, with all that lives on their mains."""

    now: float = NIGHT
    proxies: dict[str, Proxy] = field(default_factory=dict)

    def __post_init__(self) -> None:
        compound = grow(7, 3)
        self.proxies = {receiver.id: Proxy(receiver.id) for receiver in receivers_of(compound)}
        self.power = Power(compound, lambda: self.now)
        self.lockers = Lockers(compound, lambda: self.now, 0.0, lambda: None)
        self.charging = Charging(compound, lambda: self.now, 0.0, lambda: None)
        air = Air(compound, ProxyRadio(self.proxies), NIGHT)
        self.world = World(compound, NIGHT, 0.0, air, (self.power, self.lockers, self.charging))
        controllers = FedControllers(compound, self.world.stations, self.power.agenda)
        receivers = FedReceivers(receivers_of(compound), self.proxies)
        self.power.fed = [controllers, receivers, FedGasDetectors(air), self.lockers, self.charging]
        self.air = air

    def until(self, seconds: float) -> None:
        while self.now < NIGHT + seconds:
            self.now = min(NIGHT + seconds, self.now + 0.5)
            self.world.advance(self.now)

    def on_battery(self) -> list[str]:
        stations = self.world.stations.values()
        return [one.id for one in stations if one.controller.system_word() & MAINS_FAIL]

    def dead(self) -> list[str]:
        return [one.id for one in self.world.stations.values() if one.dead]


async def test_the_transformer_fails_and_the_night_goes_through_all_that_follows() -> None:
    told = Compound()
    told.world.start(stories.told("power-cut-3am"), None, NIGHT)

    told.until(7.5)
    first = told.on_battery()
    told.until(20)

    assert first == ["b1u1", "b1u2"]  # b2 follows at 8 s, b3 at 12
    assert told.on_battery() == list(told.world.stations)
    assert told.dead() == []
    assert {proxy.hung for proxy in told.proxies.values()} == {True}
    assert not any(cabinet.mains for cabinet in told.lockers.cabinets.values())
    assert not any(pile.state(told.now)["mains"] for pile in told.charging.ebikes.values())
    assert told.air.sensors["b1-1-201-gas"].muted
    assert not told.air.sensors["b1-1-201-smoke"].muted

    told.until(4 + 12 + WORN_SECONDS)
    assert told.dead() == ["b1u2", "b3u2"]
    assert [door.locked for door in told.world.stations["b1u2"].controller.doors] == [False, True]
    assert all(door.locked for door in told.world.stations["b1u1"].controller.doors)

    told.until(301)
    assert told.on_battery() == ["b2u1", "b2u2", "b3u1", "b3u2"]
    told.until(339)  # it stands in b3, the last to get its mains back
    assert told.power.ups.status(told.now) == "OB DISCHRG LB"
    assert 0 < told.power.ups.percent(told.now) < 10

    told.until(300 + 60 + BOOT_SECONDS + 1)
    assert told.on_battery() == told.dead() == []
    assert all(door.locked for station in told.world.stations.values() for door in station.controller.doors)
    assert {proxy.hung for proxy in told.proxies.values()} == {False}
    assert told.power.ups.status(told.now).startswith("OL CHRG")

    told.until(1_000)
    assert told.power.ups.status(told.now) == "OL"
    assert not told.world.running


async def test_mains_that_come_back_before_the_battery_is_empty_kill_nobody() -> None:
    told = Compound()

    told.world.perform(Target("mains-b1"), "outage", {}, NIGHT)
    told.until(WORN_SECONDS - 1)
    told.world.perform(Target("mains-b1"), "restore", {}, told.now)
    told.until(WORN_SECONDS * 2)

    assert told.on_battery() == told.dead() == []


async def test_a_dead_controller_logs_nothing_and_lets_everybody_through() -> None:
    told = Compound()
    told.world.perform(Target("mains-b1"), "outage", {}, NIGHT)
    told.until(WORN_SECONDS + 1)
    station = told.world.stations["b1u2"]
    logged = station.controller.ring.head

    with pytest.raises(ActRefused, match="does not let that happen"):
        told.world.perform(Target("b1u2", 1), "card", {"user": 1}, told.now)

    assert station.controller.ring.head == logged
    assert station.mute
    assert not station.controller.doors[0].locked


async def test_a_later_word_makes_an_earlier_one_void() -> None:
    told = Compound()

    told.world.perform(Target("mains"), "outage", {"over": 30}, NIGHT)
    told.until(5)
    told.world.perform(Target("mains"), "restore", {}, told.now)
    told.until(60)

    assert told.power.mains == {"b1": True, "b2": True, "b3": True}


@pytest.mark.parametrize(
    ("target", "verb", "arguments"),
    [
        ("mains", "wear", {}),
        ("box-ups", "outage", {}),
        ("mains-b9", "outage", {}),
        ("mains", "outage", {"over": -1}),
        ("box-ups", "drain", {}),
        ("box-ups", "wear", {"minutes": 0}),
        ("b1u1", "outage", {}),
    ],
)
async def test_what_makes_no_sense_is_refused(target: str, verb: str, arguments: dict[str, float]) -> None:
    with pytest.raises(ActRefused):
        Compound().world.perform(Target(target), verb, arguments, NIGHT)


def test_a_battery_runs_down_says_how_long_it_lasts_and_is_charged_again() -> None:
    ups = Ups(0.0)

    ups.feed(0.0, mains=False)
    after_an_hour = dict(ups.variables(3_600.0))
    ups.feed(3_600.0, mains=True)

    assert (after_an_hour["ups.status"], after_an_hour["battery.charge"]) == ("OB DISCHRG", "75")
    assert after_an_hour["battery.runtime"] == str(3 * 3_600)
    assert after_an_hour["input.voltage"] == "0.0"
    assert ups.status(3_600.0) == "OL CHRG"
    assert ups.percent(3_600.0 + 150) == 100


def test_the_server_answers_as_upsd_does() -> None:
    server = NutServer({"box": Ups(0.0)}, lambda: 0.0)

    assert server.answer(["LIST", "UPS"]) == 'BEGIN LIST UPS\nUPS box "simulated"\nEND LIST UPS\n'
    assert 'VAR box ups.status "OL"\n' in server.answer(["LIST", "VAR", "box"])
    assert server.answer(["LIST", "VAR", "attic"]) == "ERR UNKNOWN-UPS\n"
    assert server.answer(["FSD", "box"]) == "ERR UNKNOWN-COMMAND\n"
    server.supplies["box"].stale = True
    assert server.answer(["LIST", "VAR", "box"]) == "ERR DATA-STALE\n"


async def test_the_supply_of_a_running_simulator_is_served_and_worked_by_its_control_port() -> None:
    options = Options(buildings=1, base_port=0, control="127.0.0.1:0", sensors=False)
    async with serving(options) as simulated:
        port = int(simulated.config.partition("driver: nut")[2].partition("port: ")[2].split()[0])
        await ask(simulated.control, {"do": "power", "act": "outage"})
        await ask(simulated.control, {"do": "power", "device": "box-ups", "act": "drain", "percent": 9})
        state = await ask(simulated.control, {"do": "state"})
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"LIST VAR box\n")
        told = await reader.readuntil(b"END LIST VAR box\n")
        writer.close()

    assert b'ups.status "OB DISCHRG LB"' in told
    assert state["power"][0]["dark"] == ["b1"]
