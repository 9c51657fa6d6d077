"""Which sensor a person means, and whether it may hang there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.detectors.rights import place_for_sensor
from gateway.decide.detectors.sensor import TAIL_DIGITS
from gateway.model import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.decide.detectors.sensor import Sensor
    from gateway.decide.rules import Rules
    from gateway.detecting import MountSensor, TakeInRound


def fitting(
    act: MountSensor | TakeInRound, detector: str, sensors: Mapping[str, Sensor], rules: Rules
) -> Sensor | Refused:
    """The sensor that the act names, when it may hang at that detector."""
    found = _named(act.sensor.strip(), sensors)
    if not found:
        return Refused(act, "sensor_unknown", f"there is no sensor {act.sensor.strip()[:40]!r}")
    place = place_for_sensor(detector, rules)
    wanted = place.kind if place is not None else ""
    fit = [one for one in found if one.in_stock and kind_of(one, rules) == wanted]
    if len(fit) == 1:
        return fit[0]
    if fit:
        several = tuple(f"{one.address} {one.product} {one.label}".rstrip() for one in fit)
        return Refused(act, "sensor_ambiguous", f"{len(fit)} sensors are called so: name one in full", several)
    best = next((one for one in found if one.in_stock), found[0])
    return Refused(act, *_stands_against(best, detector, wanted, rules))


def kind_of(sensor: Sensor, rules: Rules) -> str:
    """What the sensor's product detects, "" where no profile describes the product."""
    product = rules.sensors.get(sensor.product)
    return product.kind if product is not None else ""


def _named(said: str, sensors: Mapping[str, Sensor]) -> list[Sensor]:
    """By address, else by label, else by the last digits of an address."""
    digits = said.replace(":", "").replace("-", "").upper()
    if exact := sensors.get(digits):
        return [exact]
    label = said.casefold()
    if labelled := [one for one in sensors.values() if one.label and one.label.casefold() == label]:
        return labelled
    if len(digits) < TAIL_DIGITS:
        return []
    return [one for address, one in sensors.items() if address.endswith(digits)]


def _stands_against(sensor: Sensor, detector: str, wanted: str, rules: Rules) -> tuple[str, str]:
    """Why this sensor may not hang there: a code and a sentence."""
    if sensor.detector == detector:
        return "sensor_here", f"{sensor.address} hangs at {detector} already"
    if sensor.detector:
        return "sensor_mounted", f"{sensor.address} hangs at {sensor.detector}: take it down there first"
    if sensor.retired:
        return "sensor_retired", f"{sensor.address} is out of service: drop and import it if it is to hang again"
    kind = kind_of(sensor, rules)
    if not kind:
        return "product_unknown", f"no profile describes the product {sensor.product} of {sensor.address}"
    return "wrong_kind", f"{sensor.address} is a {kind} sensor, {detector} is for {wanted}"
