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
        self._stopped: tuple[_Site, ...] = ()
        self._not_stopped: dict[_Site, frozenset[str]] = {}
        """By site the ports that people were told of; empty for what they were told of before a start."""

    def adopt(self) -> None:
        """What was said before a start or a reload stands, or is taken back by the next look."""
        active = self._watches.book.active
        sites = self._sites()
        self._stopped = tuple(site for site in sites if active(f"{CHARGING_STOPPED}@{site.source}"))
        said = (site for site in sites if active(f"{CHARGING_NOT_STOPPED}@{site.source}"))
        self._not_stopped = {site: self._not_stopped.get(site, frozenset()) for site in said}

    def look(self, now: Now) -> list[Outcome]:
        """What is so now, and was not said yet: what is not stopped comes first."""
        return [*self._look_not_stopped(now), *self._look_stopped(now)]

    def _look_not_stopped(self, now: Now) -> list[Outcome]:
        missing: dict[_Site, list[tuple[PortView, str]]] = {}
        for port, why in self._stops.not_stopped():
            missing.setdefault(self._site(port), []).append((port, why))
        out: list[Outcome] = []
        before, self._not_stopped = self._not_stopped, {}
        for site, found in missing.items():
            ports = self._not_stopped[site] = frozenset(port.key for port, _ in found)
            known = before.get(site)
            if known is None:
                out += self._say(CHARGING_NOT_STOPPED, site, self._in_words(found), now)
            elif known and not ports <= known:  # more of them: whoever was told of fewer must hear it
                key = f"{CHARGING_NOT_STOPPED}@{site.source}"
                out += self._watches.book.updated(key, self._in_words(found), now)
        for site in before:
            if site not in missing:
                out += self._say(CHARGING_NOT_STOPPED, site, "", now)
        return out

    def _look_stopped(self, now: Now) -> list[Outcome]:
        stopped = {site: why for stop in self._stops.standing.values() for site, why in self._marked(stop).items()}
        out: list[Outcome] = []
        for site, why in stopped.items():
            if site not in self._stopped:
                out += self._say(CHARGING_STOPPED, site, why, now)
        for site in self._stopped:
            if site not in stopped:
                out += self._say(CHARGING_STOPPED, site, "", now)
        self._stopped = tuple(stopped)
        return out

    def _say(self, rule: str, site: _Site, why: str, now: Now) -> list[Outcome]:
        source, device, place = site
        return self._watches.say(rule, source, device, place, abnormal=bool(why), why=why, now=now)

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
            *dict.fromkeys(_Site(port.device, port.device, port.known.rules.place) for port in ports),
            *(_Site(port.key, port.device, port.place) for port in ports),
        ]
