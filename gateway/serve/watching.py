"""The views that somebody watches: what changed in each since its last delta, and the delta itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from drivers.contract import Link
from gateway.serve.instants import boot_utc

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.keep.latest import HeldDevice
    from gateway.serve.listener import Listener
    from gateway.serve.views import Body, Scope, Views


def frame(event: str, body: Any, seq: int = 0) -> bytes:
    """One server-sent event; with a sequence in the log it carries it as its id. JSON holds no line break."""
    head = f"id: {seq}\nevent: {event}\ndata: " if seq else f"event: {event}\ndata: "
    return head.encode() + to_json(body, inf_nan_mode="null") + b"\n\n"


class OverviewWatch:
    """The overview as actors of one scope see it. Tiles are kept, so that a delta counts only the buildings that changed."""

    def __init__(self, views: Views, scope: Scope) -> None:
        self.name = "overview"
        self.scope = scope
        self.seq = 0
        self.listeners: set[Listener] = set()
        self.urgent = False
        self._views = views
        self._lines = False
        self._tended = views.tended(scope)
        self._tended_news: Body = {}
        """The lockers and the charging as they were said last."""
        self.adopt()

    def adopt(self) -> None:
        """Start over from the layout as it is now."""
        self._tiles = self._views.tiles(self.scope)
        self._changed: set[str] = set()

    def devices(self) -> Iterable[str]:
        """The devices that it counts."""
        return [device for place in self._tiles for device in self._views.devices_in(place)]

    def building_changed(self, building: str) -> None:
        """A building's numbers may differ."""
        if building in self._tiles:
            self._changed.add(building)

    def detectors_changed(self) -> bool:
        """Look for buildings whose detectors are other than their tiles say; whether there are any."""
        changed = {
            building for building, tile in self._tiles.items() if tile["detectors"] != self._views.supervised(building)
        }
        self._changed |= changed
        return bool(changed)

    def tended_changed(self) -> bool:
        """Look whether lockers or charging are other than was said last."""
        tended = self._views.tended(self.scope)
        self._tended_news = tended if tended != self._tended else {}
        return bool(self._tended_news)

    def lines_changed(self) -> None:
        """A line was lost or is back."""
        self._lines = True

    def snapshot(self) -> Body:
        """The whole view as it is now; its tiles are what the next delta starts from."""
        self.adopt()
        self._tended, self._tended_news = self._views.tended(self.scope), {}
        return self._views.overview(self.scope, self._tiles)

    def delta(self) -> Body:
        """What changed."""
        fresh = {building: self._views.tile(building) for building in self._changed}
        self._changed = set()
        self._tiles.update(fresh)
        body: Body = {
            "verdict": self._views.verdict(self.scope, self._tiles.values()),
            "detectors": self._views.supervised_in(self._tiles.values()),
        }
        if tiles := [tile for building, tile in fresh.items() if building]:
            body["tiles"] = tiles
        if self._lines:
            self._lines = False
            body["lines"] = self._views.links()
        if self._tended_news:
            self._tended, self._tended_news = self._tended_news, {}
            body |= self._tended
        return body


class DevicesWatch:
    """A building with its devices, or a single device."""

    def __init__(self, views: Views, scope: Scope, building: str, device: str) -> None:
        self.name = f"device:{device}" if device else f"building:{building}"
        self.scope = scope
        self.seq = 0
        self.listeners: set[Listener] = set()
        self.urgent = False
        self._views = views
        self._building = building
        self._device = device
        self._detectors: Body = {}
        """The detectors of the building as they were said last."""
        self.adopt()

    def adopt(self) -> None:
        """Start over from the layout as it is now."""
        self._values: dict[tuple[str, int], set[int]] = {}
        self._health: set[str] = set()
        self._tile = False

    def devices(self) -> Iterable[str]:
        """The devices that it shows."""
        if not self._device:
            return self._views.devices_in(self._building)
        return [self._device] if self._device in self._views.latest.devices else []

    def values_changed(self, device: str, group: int, changed: Iterable[int]) -> None:
        """Values of a device that it shows changed."""
        known = self._values.get((device, group))
        if known is None:
            self._values[device, group] = set(changed)
        else:
            known.update(changed)

    def health_changed(self, held: HeldDevice) -> None:
        """A device's link or freshness changed, and with it how far all of its values are to be believed."""
        self._health.add(held.device.id)
        for number, group in enumerate(held.groups):
            if group.values is not None:
                self._values[held.device.id, number] = set(range(len(group.points)))

    def building_changed(self, building: str) -> None:
        """A building's numbers may differ."""
        self._tile = self._tile or (building == self._building and not self._device)

    def detectors_changed(self) -> bool:
        """Whether the building's detectors are other than was said last."""
        self._tile = self._tile or (not self._device and self._detectors != self._views.supervised(self._building))
        return self._tile

    def snapshot(self) -> Body:
        """The whole view as it is now."""
        self.adopt()
        if not self._device:
            body = self._views.building(self._building)
            self._detectors = body["building"]["detectors"]
            return body
        if self._device not in self._views.latest.devices:
            return {"id": self._device, "link": Link.UNKNOWN.value, "why": "no longer configured", "points": {}}
        return self._views.device(self._device, boot_utc(self._views.now()))

    def delta(self) -> Body:
        """What changed."""
        devices: dict[str, Body] = {}
        boot = boot_utc(self._views.now())
        known = self._views.latest.devices
        for device in self._health & known.keys():
            devices[device] = self._views.health(known[device], boot)
        for (device, group), indices in self._values.items():
            if device in known:
                points = self._views.points_of(known[device], group, sorted(indices), boot)
                devices.setdefault(device, {}).setdefault("points", {}).update(points)
        body: Body = {"devices": devices} if devices else {}
        if self._tile:
            tile = self._views.tile(self._building)
            self._detectors = tile["detectors"]
            body["tiles"] = [tile]
        self.adopt()
        return body
