"""Whether the doors that a fire releases do open: each is looked at, and those that do not are the first line of a P1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.contract import Link
from gateway.decide.fire import devices_in, zone_of
from gateway.decide.known import UNSEEN
from gateway.decide.rules import FIRE_DOORS_SHUT
from gateway.model import NANOSECONDS, Outcome, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.decide.fire import FireRelease
    from gateway.decide.known import Known, KnownDevice
    from gateway.decide.rules import DoorRules
    from gateway.decide.watches import Watches
    from gateway.model import Now

OUT_OF_REACH = "离线"
NOT_CONFIRMED = "未确认"
NOT_RELEASED = "未放行"
"""Why a door counts as shut, in the language in which its name is written."""

_PROOFS = ("door_fire_released", "door_unlocked")
"""What a released door shows: the controller's own word, and the bond of the lock."""


@dataclass(slots=True)
class _Looked:
    shut: str
    since_ns: int


class FireDoors:
    """The doors that should stand open and do not, by released zone."""

    def __init__(self, fire: FireRelease, known: Known, watches: Watches) -> None:
        self._fire = fire
        self._known = known
        self._watches = watches
        self._looked: dict[str, _Looked] = {}

    def look(self, device: KnownDevice, now: Now) -> list[Outcome]:
        """A controller said something new, or its link changed."""
        if device.id not in self._fire.levels:
            return []
        return self._look(zone_of(device.rules.place.building, device.id), now)

    def look_at_all(self, now: Now) -> list[Outcome]:
        """Once a second, and when a release begins or ends. A list that changed is told once it has stood for the delay."""
        out: list[Outcome] = []
        for zone in self._looked.keys() - set(self._fire.zones):
            del self._looked[zone]
            out += self._say(zone, "", now)
        delay_ns = int(self._known.rules.facts[FIRE_DOORS_SHUT].on_delay_seconds * NANOSECONDS)
        for zone in self._fire.zones:
            out += self._look(zone, now)
            looked = self._looked[zone]
            if looked.shut and now.boottime_ns - looked.since_ns >= delay_ns:
                out += self._watches.book.updated(f"{FIRE_DOORS_SHUT}@{zone}", looked.shut, now)
        return out

    def _look(self, zone: str, now: Now) -> list[Outcome]:
        shut = "、".join(self._shut(zone))
        looked = self._looked.get(zone)
        if looked is not None and looked.shut == shut:
            return []
        self._looked[zone] = _Looked(shut, now.boottime_ns)
        return self._say(zone, shut, now)

    def _say(self, zone: str, shut: str, now: Now) -> list[Outcome]:
        device = zone.removeprefix("device:") if zone.startswith("device:") else ""
        place = next((known.place for _, known in devices_in(zone, self._known.rules)), Place())
        if not device:
            place = Place(building=place.building, grid=place.grid)
        return self._watches.say(FIRE_DOORS_SHUT, zone, device, place, abnormal=bool(shut), why=shut, now=now)

    def _shut(self, zone: str) -> Iterator[str]:
        for device_id in self._fire.members(zone):
            device = self._known.devices[device_id]
            level = self._fire.levels[device_id]
            if level is True:  # nothing is known of its doors, so nothing can be confirmed
                yield f"{device.rules.place.name} ({OUT_OF_REACH if _lost(device) else NOT_CONFIRMED})"
                continue
            for door in (device.rules.doors[part] for part in level["doors"]):
                if why := _why_shut(device, door):
                    yield f"{_in_words(device.rules.place, door)} ({why})"


def _why_shut(device: KnownDevice, door: DoorRules) -> str:
    """Why a door does not count as open, "" when it does."""
    if _lost(device):
        return OUT_OF_REACH
    proofs = [device.seen(door.points, meaning) for meaning in _PROOFS if meaning in door.points] or [UNSEEN]
    if any(proof.sure and proof.value is not True for proof in proofs):
        return NOT_RELEASED
    return "" if all(proof.sure for proof in proofs) else NOT_CONFIRMED


def _lost(device: KnownDevice) -> bool:
    return Link.LOST in (device.link, device.line.link)


def _in_words(place: Place, door: DoorRules) -> str:
    """The controller's name, and the door's own where it has one: "2单元门禁 地下室门"."""
    own = door.place.name
    return f"{place.name} {own if own and own != place.name else door.part}"
