"""What people hear of stops: that one stands, and that something is not stopped, with the place where the switch is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.charging import Reach
from gateway.decide.chargers.grounds import named
from gateway.decide.rules import CHARGING_NOT_STOPPED, CHARGING_STOPPED

if TYPE_CHECKING:
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.port import PortView
    from gateway.decide.chargers.stop import Stop
    from gateway.decide.chargers.stops import Stops
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome, Place


class _Site(NamedTuple):
    """Whom an alarm is about: a room, a charger or a port."""

    source: str
    device: str
    place: Place


class StopAlarms:
    """The alarms about stops."""

    def __init__(self, stops: Stops, grounds: Grounds, watches: Watches) -> None:
        self._stops = stops
        self._grounds = grounds
        self._watches = watches
        self._stopped: dict[_Site, str] = {}
        self._not_stopped: dict[_Site, str] = {}

    def adopt(self) -> None:
        """What was said before is said again where it stands, and ends where it does not."""
        for site in self._sites():
            for rule, said in ((CHARGING_STOPPED, self._stopped), (CHARGING_NOT_STOPPED, self._not_stopped)):
                if self._watches.book.active(f"{rule}@{site.source}"):
                    said.setdefault(site, "")

    def look(self, now: Now) -> list[Outcome]:
        """What is so now, and was not said yet."""
        stopped = {site: why for stop in self._stops.standing.values() for site, why in self._marked(stop).items()}
        missing: dict[_Site, list[tuple[PortView, str]]] = {}
        for port, why in self._stops.not_stopped(self._grounds.ports.values()):
            missing.setdefault(self._site(port), []).append((port, why))
        not_stopped = {site: self._in_words(found) for site, found in missing.items()}
        out = self._say(CHARGING_NOT_STOPPED, self._not_stopped, not_stopped, now)
        out += self._say(CHARGING_STOPPED, self._stopped, stopped, now)
        self._stopped, self._not_stopped = stopped, not_stopped
        return out

    def _say(self, rule: str, before: dict[_Site, str], after: dict[_Site, str], now: Now) -> list[Outcome]:
        out: list[Outcome] = []
        for site, why in after.items():
            if before.get(site) == why:
                continue
            key = f"{rule}@{site.source}"
            stood = self._watches.book.active(key)
            out += self._watches.say(rule, site.source, site.device, site.place, abnormal=True, why=why, now=now)
            if stood and rule == CHARGING_NOT_STOPPED:
                out += self._watches.book.updated(key, why, now)
        for site in before.keys() - after.keys():
            out += self._watches.say(rule, site.source, site.device, site.place, abnormal=False, why="", now=now)
        return out

    def _marked(self, stop: Stop) -> dict[_Site, str]:
        why = f"{stop.id} by {stop.by}: {stop.reason}"
        ports = self._grounds.covered(stop.reach, stop.what)
        match stop.reach:
            case Reach.PORT:
                return {_Site(port.key, port.device, port.place): why for port in ports}
            case Reach.CHARGER:
                return {_Site(port.device, port.device, port.known.rules.place): why for port in ports[:1]}
            case _:
                return dict.fromkeys(map(self._site, ports), why)

    def _in_words(self, found: list[tuple[PortView, str]]) -> str:
        room = self._grounds.room_of(found[0][0])
        where = f"pull the switch {room.cabinet} of {room.place.name or room.id}" if room else "pull its switch on site"
        return f"not stopped, {where}: {named([port for port, _ in found])} ({found[0][1]})"

    def _site(self, port: PortView) -> _Site:
        room = self._grounds.room_of(port)
        return (
            _Site(port.device, port.device, port.known.rules.place) if room is None else _Site(room.id, "", room.place)
        )

    def _sites(self) -> list[_Site]:
        ports = self._grounds.ports.values()
        rooms = [_Site(room.id, "", room.place) for room in self._grounds.rooms.values()]
        return [
            *rooms,
            *{_Site(port.device, port.device, port.known.rules.place) for port in ports},
            *(_Site(port.key, port.device, port.place) for port in ports),
        ]
