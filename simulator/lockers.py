"""The parcel lockers of a compound, each on MQTT, with those who come to them."""

from __future__ import annotations

import asyncio
from functools import partial
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any, Final

from simulator.agenda import Agenda
from simulator.cabinet import SIZES, Cabinet
from simulator.compound import BUILDINGS, GATE_BUILDING
from simulator.locker_verbs import COMPARTMENT_VERBS, LOCKER_VERBS
from simulator.mqtt_device import MqttDevice
from simulator.mqtt_verbs import MQTT_VERBS
from simulator.parcels import (
    PATIENCE_SECONDS,
    Errand,
    Hear,
    Moment,
    Wait,
    courier_comes,
    pick_up,
    resident_comes,
    trolley,
)
from simulator.story import Target
from simulator.verb import ActRefused, At

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from simulator.bus import Clock
    from simulator.compound import Compound
    from simulator.mqtt_device import Body, BrokerAddress
    from simulator.verb import Arguments

PRODUCT: Final = "gridpost-locker-60"
NAMES: Final = "locker"
_AT_GATES: Final = ("南门", "北门", "东门", "车库岗亭")
_EVERY_BLOCK: Final = 3  # a cabinet serves some 130 households

_DAY: Final = 86_400.0
_FILLED: Final = (0.35, 0.6)
_OVERDUE_OF_ALL: Final = 0.015
_BUSY_SECONDS: Final = 12.0


def lockers_of(compound: Compound) -> Iterator[tuple[str, str, str, str]]:
    """Id, building, entrance and name of each cabinet: before the first block and every third one, and at the gates."""
    blocks = [1, *range(_EVERY_BLOCK, BUILDINGS, _EVERY_BLOCK)]
    here = {building.id for building in compound.buildings}
    places = [(f"b{number}", "", "快递柜") for number in blocks]
    places += [(GATE_BUILDING, gate, f"{gate}快递柜") for gate in _AT_GATES]
    for number, (building, entrance, name) in enumerate(places, start=1):
        if building in here:
            yield f"{NAMES}{number}", building, entrance, name


class Lockers:
    """A realm. `stirred` is called when a cabinet heard something, which may have changed what is due."""

    name = "lockers"

    def __init__(self, compound: Compound, clock: Clock, shift_seconds: float, stirred: Callable[[], None]) -> None:
        now = clock()
        self.cabinets: dict[str, Cabinet] = {}
        self.devices: dict[str, MqttDevice] = {}
        self.dice = Random(f"parcels {compound.seed}")
        self._places = {id_: place for id_, *place in lockers_of(compound)}
        self._shift_seconds = shift_seconds
        self._agenda = Agenda()
        self._occupied: set[str] = set()
        """Cabinets before which somebody stands."""
        self._hearing: dict[str, tuple[str, Errand | None]] = {}
        """The errand, at its cabinet, that waits for the answer to this question."""
        self._kept_until: dict[Target, float] = {}
        for id_, (building, _, _) in self._places.items():
            cabinet = Cabinet(id_, compound.seed, self._agenda, now)
            device = MqttDevice(id_, f"v1/demo/{building}/locker/{id_}", cabinet, clock, stirred)
            cabinet.fit(device, self._heard)
            self._fill(cabinet, now)
            self.cabinets[id_], self.devices[id_] = cabinet, device
        if self.cabinets:
            self._agenda.plan(self._courier_after(now), self._courier)
            self._agenda.plan(self._resident_after(now), self._resident)

    # ------------------------------------------------------------ as a realm

    def __len__(self) -> int:
        """How many cabinets there are."""
        return len(self.cabinets)

    def __contains__(self, device: str) -> bool:
        """Whether a cabinet has this name."""
        return device in self.cabinets

    @property
    def next_at(self) -> float:
        """When `advance` has something to do."""
        return self._agenda.next_at

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        self._agenda.advance(now)

    def like(self, target: Target) -> Target | None:
        """This cabinet, or the first one where a locker is meant that is not there."""
        if target.device in self.cabinets:
            return target
        return target.on(next(iter(self.cabinets))) if self.cabinets and target.device.startswith(NAMES) else None

    def keep(self, target: Target, until: float) -> None:
        """Nobody comes to what somebody has taken in hand: a compartment, or the whole cabinet."""
        self._kept_until[target] = max(until, self._kept_until.get(target, -inf))

    def refuse(self, target: Target, verb: str) -> None:
        """Raise `ActRefused` for a compartment that is not there, and for a word that is not for lockers."""
        if target.door or (target.part and target.part not in self.cabinets[target.device].compartments):
            raise ActRefused(f"{target.device} has compartments c01 to c{len(SIZES)}, not {target}")
        stands = At.COMPARTMENT if target.part else At.LOCKER
        if verb not in (COMPARTMENT_VERBS if target.part else {**LOCKER_VERBS, **MQTT_VERBS}):
            raise ActRefused(f"{verb!r} does not happen to {stands.value}, and {target} is one")

    def perform(self, target: Target, verb: str, arguments: Arguments, now: float) -> bool:
        """Let it happen; returns whether it had an effect."""
        if verb in MQTT_VERBS:
            MQTT_VERBS[verb].do(self.devices[target.device], arguments, now)
            return True
        cabinet = self.cabinets[target.device]
        if target.part:
            return COMPARTMENT_VERBS[verb].do(cabinet, target.part, arguments, now)
        return LOCKER_VERBS[verb].do(self, cabinet, arguments, now)

    def feed(self, building: str, now: float, *, mains: bool) -> None:
        """The mains of a building come or go: its cabinets live on their batteries and open nothing."""
        for id_, (stands_in, _, _) in self._places.items():
            if stands_in == building:
                self.cabinets[id_].mains = mains
                self.cabinets[id_].changed(now)

    def state(self, now: float) -> list[Mapping[str, Any]]:
        """Each cabinet with its compartments and its network side."""
        self.advance(now)
        return [
            {"id": id_, "connected": device.connected, "boot": device.boot, **self.cabinets[id_].state()}
            for id_, device in self.devices.items()
        ]

    def before_lines(self) -> Iterator[str]:
        """Nothing."""
        return iter(())

    def mqtt_devices(self) -> Iterator[str]:
        """The cabinets on the line of the broker."""
        for id_, (building, entrance, name) in self._places.items():
            where = f', entrance: "{entrance}"' if entrance else ""
            yield f"      - {{id: {id_}, product: {PRODUCT}, topic: {self.devices[id_].topic},"
            yield f"         building: {building}{where}, name: {name}}}"

    def own_lines(self, host: str) -> Iterator[str]:  # noqa: ARG002 - as a realm
        """None."""
        return iter(())

    async def open(self, host: str, first_port: int) -> None:
        """Lockers dial out, and serve nothing."""

    async def close(self) -> None:
        """Nothing to close."""

    async def run(self, broker: BrokerAddress | None) -> None:
        """Be on the broker until cancelled."""
        if broker is None:
            return
        async with asyncio.TaskGroup() as tasks:
            for device in self.devices.values():
                tasks.create_task(device.run(broker), name=f"simulator: {device.id}")

    # ------------------------------------------------------------ people

    def send(self, cabinet: Cabinet, begin: Callable[[float], Errand], now: float) -> None:
        """Somebody goes to a cabinet, waits until nobody else stands there, and begins."""
        if cabinet.id in self._occupied:
            self._agenda.plan(now + _BUSY_SECONDS, partial(self.send, cabinet, begin))
            return
        self._occupied.add(cabinet.id)
        errand = begin(now)
        self._go_on(cabinet.id, errand, partial(next, errand), now)

    def waiting_in(self, cabinet: Cabinet, now: float) -> list[str]:
        """The compartments whose parcel somebody will come for: not those that wait for days, or are in somebody's hand."""
        return [
            part
            for part, one in cabinet.compartments.items()
            if one.code
            and not one.open
            and now - one.stored_at < _DAY
            and now >= self._kept_until.get(Target(cabinet.id, part=part), -inf)
        ]

    def _go_on(self, cabinet: str, errand: Errand, step_of: Callable[[], Wait | Hear], now: float) -> None:
        try:
            step = step_of()
        except StopIteration:
            self._occupied.discard(cabinet)
            return
        match step:
            case Wait(seconds):
                self._agenda.plan(now + seconds, partial(self._waited, cabinet, errand))
            case Hear(question):
                self._hearing[question] = (cabinet, errand)
                self._agenda.plan(now + PATIENCE_SECONDS, partial(self._gave_up, question))

    def _waited(self, cabinet: str, errand: Errand, now: float) -> None:
        self._go_on(cabinet, errand, partial(errand.send, Moment(now)), now)

    def _heard(self, question: str, answer: Body, now: float) -> None:
        cabinet, errand = self._hearing.pop(question, ("", None))
        if errand is not None:
            self._go_on(cabinet, errand, partial(errand.send, Moment(now, answer)), now)

    def _gave_up(self, question: str, now: float) -> None:
        cabinet, errand = self._hearing.pop(question, ("", None))
        if errand is not None:
            self.cabinets[cabinet].forget(question)
            self._go_on(cabinet, errand, partial(errand.send, Moment(now)), now)

    # ------------------------------------------------------------ daily life

    def _courier_after(self, now: float) -> float:
        return courier_comes(len(self.cabinets), now + self._shift_seconds, self.dice) - self._shift_seconds

    def _resident_after(self, now: float) -> float:
        return resident_comes(len(self.cabinets), now + self._shift_seconds, self.dice) - self._shift_seconds

    def _courier(self, now: float) -> None:
        cabinet = self.dice.choice(list(self.cabinets.values()))
        if now >= self._kept_until.get(Target(cabinet.id), -inf):
            self.send(cabinet, partial(trolley, cabinet, self.dice), now)
        self._agenda.plan(self._courier_after(now), self._courier)

    def _resident(self, now: float) -> None:
        cabinet = self.dice.choice(list(self.cabinets.values()))
        parts = self.waiting_in(cabinet, now)
        if parts and now >= self._kept_until.get(Target(cabinet.id), -inf):
            self.send(cabinet, partial(pick_up, cabinet, self.dice.choice(parts), self.dice), now)
        self._agenda.plan(self._resident_after(now), self._resident)

    def _fill(self, cabinet: Cabinet, now: float) -> None:
        """The parcels of before: most of today, a few that nobody comes for."""
        share = self.dice.uniform(*_FILLED)
        for part in cabinet.compartments:
            roll = self.dice.random()
            if roll < _OVERDUE_OF_ALL:
                cabinet.stock(part, now - self.dice.uniform(1.1, 3.4) * _DAY)
            elif roll < share:
                cabinet.stock(part, now - self.dice.uniform(0.01, 0.6) * _DAY)
