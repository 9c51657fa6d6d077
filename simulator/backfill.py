"""The past of a compound as readings: what a gateway would have kept had it watched.

The same people at the same doors as the live world, lived through in virtual time. Booleans and modes are told when they
change, and once at the start; what is measured, every 15 minutes. Controllers that never answer have no past.
"""

from __future__ import annotations

from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, TextIO, TypeAlias

from simulator.acts import Arguments, acts_of, perform
from simulator.door import MODE_SHIFT, VALID
from simulator.rhythm import DAY_SECONDS, day_of, midnight
from simulator.world import station_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.compound import Compound, Entrance
    from simulator.controller import Controller
    from simulator.faults import Station

MEASURED_EVERY_SECONDS = 900

Row: TypeAlias = tuple[str, str, float, bool | int | float]
"""Device, point, seconds since 1970, value in the point's unit."""

DOOR_POINTS = (
    "relay_on",
    "unlocked",
    "open",
    "exit_request",
    "forced",
    "held",
    "reader_tamper",
    "supervision_fault",
    "lock_fault",
    "fire_released",
    "break_glass",
    "antipassback",
    "interlock_wait",
)
"""The points of a door in the order of their bits, as the product profile of ACP-1 calls them."""

SYSTEM_POINTS = (
    "mains_fail",
    "battery_low",
    "enclosure_tamper",
    "fire_input",
    "fire_release_latched",
    "lockdown",
    "clock_invalid",
    "flash_error",
    "host_lost",
    "offline_mode",
    "reader_bus_fault",
    "config_changed",
    "user_table_bad",
    "ring_overrun",
)
"""The points of SYS in the order of their bits."""

MEASURED_POINTS = (("supply_voltage", 1000), ("battery_voltage", 1000), ("temperature", 10))
"""Points and what divides their registers: mV to V, 0.1 degrees to degrees."""

_Due: TypeAlias = tuple[float, int, int, str, Arguments]


def past(compound: Compound, start: float, end: float, shift_seconds: float = 0.0) -> Iterator[Row]:
    """Everything from `start` until `end`, device by device, in order of time within a device.

    `shift_seconds` leads from these times to the hour that people live in, as for `World`.
    """
    for entrance in compound.entrances:
        station = station_of(compound, entrance, start, shift_seconds)
        if station.fault is None and not station.unreachable:
            yield from _past_of(compound, entrance, station, start, end, shift_seconds)


def write_csv(rows: Iterator[Row], out: TextIO) -> int:
    """Write rows as `device,point,utc,value` under that heading (utc in seconds since 1970); returns how many."""
    out.write("device,point,utc,value\n")
    written = 0
    for device, point, utc, value in rows:
        text = ("false", "true")[value] if isinstance(value, bool) else value
        out.write(f"{device},{point},{utc:.3f},{text}\n")
        written += 1
    return written


def _past_of(
    compound: Compound, entrance: Entrance, station: Station, start: float, end: float, shift: float
) -> Iterator[Row]:
    controller, device = station.controller, entrance.id
    yield from _at_start(device, controller, start)
    acts = _acts(compound, entrance, start, end, shift)
    measuring: Iterator[_Due] = ((at, 0, 0, "", {}) for at in _quarters(start, end))
    before = controller.words()
    for at, _, door, verb, arguments in merge(acts, measuring, key=itemgetter(0)):
        while controller.next_change <= at:
            due = controller.next_change
            controller.advance(due)
            after = controller.words()
            yield from _changes(device, before, after, due)
            before = after
        if not verb:
            yield from _measured(device, controller, at)
            continue
        perform(station, verb, door, arguments, at)
        after = controller.words()
        yield from _changes(device, before, after, at)
        before = after


def _acts(compound: Compound, entrance: Entrance, start: float, end: float, shift: float) -> list[_Due]:
    acts: list[_Due] = []
    day = midnight(start + shift)
    while day < end + shift:
        for passage in day_of(compound, entrance, day):
            if passage.at - shift < start:
                continue
            arguments: Arguments = {"user": passage.user} if passage.user else {}
            acts += [
                (at - shift, len(acts), passage.door, verb, arguments if verb == "card" else {})
                for at, verb in acts_of(passage)
                if at - shift < end
            ]
        day += DAY_SECONDS
    acts.sort(key=itemgetter(0))
    return acts


def _quarters(start: float, end: float) -> Iterator[float]:
    at = start - start % MEASURED_EVERY_SECONDS + MEASURED_EVERY_SECONDS
    while at < end:
        yield at
        at += MEASURED_EVERY_SECONDS


def _at_start(device: str, controller: Controller, at: float) -> Iterator[Row]:
    for number, word in enumerate(controller.words()[: controller.model], start=1):
        for bit, point in enumerate(DOOR_POINTS):
            yield device, f"door{number}.{point}", at, bool(word >> bit & 1)
        yield device, f"door{number}.mode", at, word >> MODE_SHIFT & 3
        yield device, f"door{number}.fitted", at, bool(word & VALID)
    system = controller.system_word()
    for bit, point in enumerate(SYSTEM_POINTS):
        yield device, point, at, bool(system >> bit & 1)
    yield from _measured(device, controller, at)


def _measured(device: str, controller: Controller, at: float) -> Iterator[Row]:
    for (point, divisor), raw in zip(MEASURED_POINTS, controller.measured(at), strict=True):
        yield device, point, at, raw / divisor


def _changes(device: str, before: tuple[int, ...], after: tuple[int, ...], at: float) -> Iterator[Row]:
    if before == after:
        return
    for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        changed = old ^ new
        while changed:
            lowest = changed & -changed
            yield device, f"door{number}.{DOOR_POINTS[lowest.bit_length() - 1]}", at, bool(new & lowest)
            changed ^= lowest
