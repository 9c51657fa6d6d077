"""What lives on the mains of a building, and what it does without them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from simulator.compound import leads_out
from simulator.detectors import GAS
from simulator.sensor import PREHEAT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from simulator.agenda import Agenda
    from simulator.air import Air
    from simulator.compound import Compound, Entrance
    from simulator.faults import Station
    from simulator.proxy import Proxy
    from simulator.receivers import Receiver

WORN_EVERY: Final = 4
"""Of so many controllers one, the second, has a battery that should have been changed years ago."""

WORN_SECONDS: Final = 40.0
"""For so long it lasts; the others outlive any story."""

BOOT_SECONDS: Final = 4.0
_POWER = 1


class Fed(Protocol):
    """What is fed from the mains of buildings."""

    def feed(self, building: str, now: float, *, mains: bool) -> None:
        """The mains of a building come or go. Called once for each change."""
        ...


class FedControllers:
    """Door controllers live on a battery of their own; when that is empty, their magnetic locks let go."""

    def __init__(self, compound: Compound, stations: Mapping[str, Station], agenda: Agenda) -> None:
        self._entrances = compound.entrances
        self._stations = stations
        self._agenda = agenda
        self._outages: dict[str, int] = {}
        """How often the mains of each entrance have changed: an empty battery that is charged again kills nothing."""

    def feed(self, building: str, now: float, *, mains: bool) -> None:
        """Run on the battery, or start again."""
        for number, entrance in enumerate(self._entrances):
            if entrance.building != building:
                continue
            station = self._stations[entrance.id]
            change = self._outages[entrance.id] = self._outages.get(entrance.id, 0) + 1
            if mains:
                self._revive(station, entrance, now)
                continue
            station.controller.set_input("mains_fail", True, now)
            if number % WORN_EVERY == 1:
                self._agenda.plan(now + WORN_SECONDS, partial(self._die, entrance, change))

    def _die(self, entrance: Entrance, change: int, now: float) -> None:
        station = self._stations[entrance.id]
        if self._outages[entrance.id] != change:
            return
        station.dead = True
        for door in station.controller.doors[: 2 if leads_out(entrance) else 1]:
            door.powerless = True
            door.settle(now)
        station.controller.touched()

    def _revive(self, station: Station, entrance: Entrance, now: float) -> None:
        controller = station.controller
        controller.set_input("mains_fail", False, now)
        if not station.dead:
            return
        station.dead = False
        for door in controller.doors[: 2 if leads_out(entrance) else 1]:
            door.powerless = False
            door.settle(now)
        controller.reboot(now, BOOT_SECONDS, _POWER)


class FedReceivers:
    """Bluetooth receivers have no battery."""

    def __init__(self, receivers: Iterable[Receiver], proxies: Mapping[str, Proxy]) -> None:
        self._receivers = tuple(receivers)
        self._proxies = proxies

    def feed(self, building: str, now: float, *, mains: bool) -> None:  # noqa: ARG002 - it needs no time
        """Be gone without a word, or be there again."""
        for receiver in self._receivers:
            if receiver.building == building:
                proxy = self._proxies[receiver.id]
                proxy.hung = not mains
                proxy.drop()


class FedGasDetectors:
    """Detectors of gas are fed from a socket, and warm up when they get it back."""

    def __init__(self, air: Air) -> None:
        self._air = air

    def feed(self, building: str, now: float, *, mains: bool) -> None:
        """Say nothing, or begin anew. One that never said a word does not begin now."""
        for sensor in self._air.sensors.values():
            fitted = sensor.fitted
            if fitted.kind == GAS and fitted.building == building and not fitted.spare and not fitted.dumb:
                sensor.muted = not mains
                if mains:
                    sensor.preheated_at = now + PREHEAT_SECONDS
