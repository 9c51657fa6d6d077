"""Where a story is played: the judgement of a configuration, a clock that waits for nobody, and devices that obey.

Only the building of the story is there, and whatever rows of the table switch. Doors that are released open, ports that are
told to stop do, contactors that are cut open: what follows when they do not is told by their own alarms.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from drivers.contract import CHARGING_OFF, FIRE_RELEASE, Fault, Kind, Link, LinkChanged, Quality, Sample
from gateway.actor import Actor, Role
from gateway.config.alarm_rules import rules_of
from gateway.decide.judge import Judge
from gateway.detecting import ImportSensors, StockSensor
from gateway.model import NANOSECONDS, Now, Want

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.contract import Group, Json, Point, Value
    from gateway.config.plan import Plan
    from gateway.decide.rules import DeviceRules, Rules
    from gateway.model import Outcome

WARM_UP_SECONDS = 120.0
"""Before a story begins everything has been up for so long: delays of a start are over."""

_UNKNOWN = Fault(Quality.BAD, "not told")
_USUAL: Mapping[str, Value] = {
    "contactor_closed": True,
    "port_state": "free",
    "port_error": "",
    "port_session": "",
    "current": 0.0,
    "active_power": 0.0,
    "gas_level": 0.0,
    "heard_rate": 5.0,
}
"""What a point of that meaning shows while nothing happens; booleans are false, and of all others nothing is known."""

_INSTALLER = Actor("explain", "explain", Role.INSTALLER)


class Stage:
    """One play. `take` and `wait` give what followed, each with the seconds since the story began."""

    def __init__(self, plan: Plan, players: Sequence[str], hour: int) -> None:
        devices = {line: driver.devices for line, driver in plan.drivers.items()}
        everything = rules_of(plan, devices)
        self.rules = _on_stage(everything, players)
        self._groups: dict[tuple[str, int], Group] = {
            (device.id, number): group
            for of_line in devices.values()
            for device in of_line
            if device.id in self.rules.devices
            for number, group in enumerate(device.groups)
        }
        zone = ZoneInfo(plan.compound.timezone)
        begins = datetime.now(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
        utc = begins.timestamp() - WARM_UP_SECONDS
        self._now = Now("explained", NANOSECONDS, utc, trusted=True)
        self._zero_ns = self._now.boottime_ns + int(WARM_UP_SECONDS * NANOSECONDS)
        self._samples: dict[tuple[str, int], Sample] = {}
        self.judge = Judge(self.rules, {}, self._now)
        self._warm_up()

    # ------------------------------------------------------------ playing

    def shows(self, device: str, meanings: Mapping[str, Value]) -> Iterator[tuple[float, Sequence[Outcome]]]:
        """A device shows something new of itself."""
        points = self.rules.devices[device].points
        return self._show(device, {points[meaning]: value for meaning, value in meanings.items() if meaning in points})

    def until(self, seconds: float) -> Iterator[tuple[float, Sequence[Outcome]]]:
        """Let time pass until so many seconds after the beginning; devices say again what they said."""
        end_ns = self._zero_ns + int(seconds * NANOSECONDS)
        while (due_ns := self.judge.next_deadline) <= end_ns:
            self._move(max(due_ns, self._now.boottime_ns))
            self._beat()
            yield from self._followed(self.judge.wake(self._now))
        self._move(end_ns)

    # ------------------------------------------------------------ parts of it

    def _warm_up(self) -> None:
        self.judge.adopt(self.rules, self._now)
        for device, known in self.rules.devices.items():
            if known.detector is None:
                self.judge.take(LinkChanged(device, Link.UP, "", self._now.boottime_ns), self._now)
        self.judge.take(ImportSensors(_INSTALLER, tuple(self._sensors())), self._now)
        for (device, number), group in self._groups.items():
            values = tuple(_usual(point) for point in group.points)
            faults = tuple(_UNKNOWN if value is None else None for value in values)
            said = Sample(device, number, values, faults if any(faults) else None, self._now.boottime_ns)
            self._samples[device, number] = said
            self.judge.take(said, self._now)
        for _ in self.until(0):
            pass

    def _sensors(self) -> Iterator[StockSensor]:
        products = {known.kind: name for name, known in self.rules.sensors.items()}
        for number, (device, known) in enumerate(self.rules.devices.items()):
            if known.detector is not None and known.detector.kind in products:
                yield StockSensor(f"A4C138{number:06X}", products[known.detector.kind], "sealed", "", device)

    def _show(self, device: str, changes: Mapping[tuple[int, int], Value]) -> Iterator[tuple[float, Sequence[Outcome]]]:
        for number in sorted({group for group, _ in changes}):
            before = self._samples[device, number]
            values = tuple(changes.get((number, index), old) for index, old in enumerate(before.values))
            faults = tuple(_UNKNOWN if value is None else None for value in values)
            said = Sample(device, number, values, faults if any(faults) else None, self._now.boottime_ns)
            self._samples[device, number] = said
            yield from self._followed(self.judge.take(said, self._now))

    def _followed(self, outcomes: Sequence[Outcome]) -> Iterator[tuple[float, Sequence[Outcome]]]:
        if not outcomes:
            return
        yield (self._now.boottime_ns - self._zero_ns) / NANOSECONDS, outcomes
        for outcome in outcomes:
            if isinstance(outcome, Want) and outcome.device in self.rules.devices:
                known = self.rules.devices[outcome.device]
                if outcome.state.name == FIRE_RELEASE:
                    yield from self._show(outcome.device, _released(known, outcome.state.level))
                elif outcome.state.name == CHARGING_OFF and outcome.state.level:
                    yield from self._show(outcome.device, self._stopped(outcome.device, known))

    def _stopped(self, device: str, known: DeviceRules) -> dict[tuple[int, int], Value]:
        off: dict[tuple[int, int], Value] = {}
        for port in known.ports.values():
            off |= {where: False for meaning, where in port.points.items() if meaning in ("port_on", "port_live")}
        for room in self.rules.rooms.values():
            contactor = room.contactor
            if contactor is not None and contactor.device == device and contactor.closed is not None:
                off[contactor.closed] = False
        return off

    def _beat(self) -> None:
        for key, sample in self._samples.items():
            again = replace(sample, received_ns=self._now.boottime_ns)
            self._samples[key] = again
            self.judge.take(again, self._now)

    def _move(self, boottime_ns: int) -> None:
        passed = (boottime_ns - self._now.boottime_ns) / NANOSECONDS
        self._now = self._now._replace(boottime_ns=boottime_ns, utc=self._now.utc + passed)


def _on_stage(rules: Rules, players: Sequence[str]) -> Rules:
    """The rules of the players' buildings alone: a whole compound would only make it slow."""
    buildings = {rules.devices[device].place.building for device in players}
    switched = {switch.device for row in rules.fires.rows for switch in row.switch}
    rooms = {name: room for name, room in rules.rooms.items() if room.place.building in buildings}
    cutting = {room.contactor.device for room in rooms.values() if room.contactor is not None}
    devices = {
        device: known
        for device, known in rules.devices.items()
        if known.place.building in buildings or known.receiver or device in switched | cutting | rules.lines.keys()
    }
    return replace(rules, devices=devices, rooms=rooms)


def _usual(point: Point) -> Value:
    if point.meaning in _USUAL:
        return _USUAL[point.meaning]
    return False if point.kind is Kind.BOOLEAN else None


def _released(known: DeviceRules, level: Json) -> dict[tuple[int, int], Value]:
    """What a controller shows whose doors open, or are let go of again."""
    parts = () if not level else known.doors if level is True else level["doors"]
    return {
        known.doors[part].points[meaning]: True
        for part in parts
        for meaning in ("door_unlocked", "door_fire_released")
        if meaning in known.doors[part].points
    }
