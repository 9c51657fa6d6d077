"""What the state of a building forbids, whoever asks. Only commands are asked here, never a fire release."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gateway.decide.fire import devices_in, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.fire import FireRelease
    from gateway.decide.known import Known, KnownDevice

Forbidden: TypeAlias = tuple[str, str]
"""A code for the page's texts, and the sentence."""

SWITCH = "on"
"""The argument by which a lockdown or a free door is switched on and off."""


def forbidden(
    acts_as: str, arguments: Mapping[str, Json], device: KnownDevice, known: Known, fire: FireRelease
) -> Forbidden | None:
    """Why it may not be done now; None when nothing stands against it."""
    zone = _Zone(device, known, fire)
    off = arguments.get(SWITCH) is False
    match acts_as:
        case "fire_reset":
            return zone.not_normal()
        case "lockdown":
            return None if off else zone.fire()
        case "relay_test":
            return zone.fire() or zone.locked_down()
        case "hold_free":
            return (zone.fire() if off else None) or zone.locked_down()
        case "unlock":
            return zone.locked_down()
    return None


class _Zone:
    """A building as the interlocks see it: what its controllers say, and what stands released."""

    def __init__(self, device: KnownDevice, known: Known, fire: FireRelease) -> None:
        self._device = device
        self._building = device.rules.place.building
        self._known = known
        self._fire = fire

    def fire(self) -> Forbidden | None:
        """A fire: released by us, by a controller on its own, or seen at an input of the panel."""
        if self._fire.stands(self._building, self._device.id):
            return "fire_release", "the doors of this building stand released because of fire"
        for device in self._devices():
            if device.seen(device.rules.points, "fire_input").value is True:
                return "fire_input", f"the fire input of {device.id} is active"
            if device.seen(device.rules.points, "fire_release_latched").value is True:
                return "fire_latched", f"{device.id} holds a fire release that nobody has reset"
        return None

    def not_normal(self) -> Forbidden | None:
        """The release has not been ended by a person, or the panel is not known to be normal."""
        if self._fire.stands(self._building, self._device.id):
            return "fire_release", "reset the fire alarm first: the doors of this building stand released"
        for device in self._devices():
            if "fire_input" not in device.rules.points:
                continue
            active, sure = device.seen(device.rules.points, "fire_input")
            if active is True:
                return "fire_input", f"the fire input of {device.id} is active"
            if not sure:
                return "fire_unsure", f"whether the fire input of {device.id} is normal is not known"
        return None

    def locked_down(self) -> Forbidden | None:
        """Locked down, and no fire that would outrank it."""
        down = self._device.seen(self._device.rules.points, "lockdown").value is True
        if down and not self.fire():
            return "lockdown", f"{self._device.id} is locked down: end the lockdown first"
        return None

    def _devices(self) -> Iterator[KnownDevice]:
        zone = zone_of(self._building, self._device.id)
        return (self._known.devices[device] for device, _ in devices_in(zone, self._known.rules))
