"""Who watches which device: looked up for every sample while anybody watches, and kept small for ten thousand devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from gateway.serve.watching import DevicesWatch, OverviewWatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.keep.latest import HeldDevice
    from gateway.serve.views import Doors, Views

Watch: TypeAlias = OverviewWatch | DevicesWatch


class ToldPoints(NamedTuple):
    """Points of a product, by group: those that a tile counts, and those that are told at once."""

    counted: tuple[frozenset[int], ...]
    urgent: tuple[frozenset[int], ...]


class Watched:
    """Who watches one device, and which of its points are told at once."""

    __slots__ = ("building", "counting", "points", "showing", "unheard")

    def __init__(self, held: HeldDevice, building: str, points: ToldPoints) -> None:
        self.building = building
        self.points = points
        self.unheard = frozenset(number for number, group in enumerate(held.groups) if group.values is None)
        """Groups that had no value yet when they were last looked at."""
        self.showing: tuple[DevicesWatch, ...] = ()
        self.counting: tuple[OverviewWatch, ...] = ()

    def add(self, watch: Watch) -> None:
        """Somebody began to watch it."""
        if isinstance(watch, OverviewWatch):
            self.counting = (*self.counting, watch)
        else:
            self.showing = (*self.showing, watch)

    def drop(self, watch: Watch) -> bool:
        """A watch ended; returns whether there is none left."""
        if isinstance(watch, OverviewWatch):
            self.counting = tuple(each for each in self.counting if each is not watch)
        else:
            self.showing = tuple(each for each in self.showing if each is not watch)
        return not (self.counting or self.showing)


class WatchedDevices:
    """The devices that somebody watches. Points are kept once for each product, of which there are few."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._devices: dict[str, Watched] = {}
        self._points: dict[ToldPoints, ToldPoints] = {}

    def __len__(self) -> int:
        """How many are watched."""
        return len(self._devices)

    def get(self, device: str) -> Watched | None:
        """Who watches a device; None for nobody."""
        return self._devices.get(device)

    def add(self, watch: Watch) -> None:
        """Note of each device of a watch that it is watched."""
        views = self._views
        for device in watch.devices():
            watched = self._devices.get(device)
            if watched is None:
                held, stands = views.latest.devices[device], views.layout.devices.get(device)
                points = _told_points(held, views.doors(held))
                points = self._points.setdefault(points, points)
                watched = self._devices[device] = Watched(held, stands.place.building if stands else "", points)
            watched.add(watch)

    def drop(self, watch: Watch) -> None:
        """A watch ended."""
        for device in watch.devices():
            watched = self._devices.get(device)
            if watched is not None and watched.drop(watch):
                del self._devices[device]

    def start_over(self, watches: Iterable[Watch]) -> None:
        """The layout is another: these are the watches."""
        self._devices.clear()
        self._points.clear()
        for watch in watches:
            self.add(watch)


def _told_points(held: HeldDevice, doors: Doors) -> ToldPoints:
    groups = range(len(held.groups))
    return ToldPoints(
        tuple(frozenset(index for group, index, _ in doors if group == number) for number in groups),
        tuple(
            frozenset(index for index, point in enumerate(group.points) if point.meaning.startswith("door_"))
            for group in held.groups
        ),
    )
