"""The past of a compound as readings: what a gateway would have kept had it watched.

The same people at the same doors as the live world, lived through in virtual time. Booleans and modes are told when they
change, and once at the start; what is measured, every 15 minutes. Controllers that never answer have no past.
"""

from __future__ import annotations

from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, TextIO, TypeAlias

from simulator.acts import acts_of, happen
from simulator.door import MODE_SHIFT, VALID
from simulator.rhythm import DAY_SECONDS, day_of, midnight
from simulator.verb import Arguments
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

_TEXTS = {False: "false", True: "true"}
_NOTHING_MORE: Arguments = {}

_Due: TypeAlias = tuple[float, int, str, Arguments]
"""When, at which door, what; measuring has no name."""


def past(compound: Compound, start: float, end: float, shift_seconds: float = 0.0) -> Iterator[Row]:
    """Everything from `start` until `end`, device by device, in order of time within a device.

    `shift_seconds` leads from these times to the hour that people live in, as for `World`.
    """
    for entrance in compound.entrances:
        station = station_of(compound, entrance, start, shift_seconds)
        if station.fault is None and not station.unreachable:
            yield from _past_of(compound, entrance, station, start, end, shift_seconds)


def write_csv(rows: Iterator[Row], out: TextIO) -> None:
    """Write rows as `device,point,utc,value` under that heading: utc in seconds since 1970, booleans true or false."""
    out.write("device,point,utc,value\n")
    out.writelines(
        f"{device},{point},{utc:.3f},{_TEXTS[value] if value is True or value is False else value}\n"
        for device, point, utc, value in rows
    )


def _past_of(
    compound: Compound, entrance: Entrance, station: Station, start: float, end: float, shift: float
) -> Iterator[Row]:
    controller, device = station.controller, entrance.id
    yield from _at_start(device, controller, start)
    due = _acts(compound, entrance, start, end, shift)
    due += [(at, 0, "", _NOTHING_MORE) for at in _quarters(start, end)]
    due.sort(key=itemgetter(0))
    before = controller.words()
    for at, door, verb, arguments in due:
        while controller.next_change <= at:
            timed = controller.next_change
            controller.advance(timed)
            after = controller.words()
            for point, value in _changes(before, after):
                yield device, point, timed, value
            before = after
        if not verb:
            yield from _measured(device, controller, at)
            continue
        happen(station, verb, door, arguments, at)
        after = controller.words()
        if after != before:
            for point, value in _changes(before, after):
                yield device, point, at, value
            before = after


def _acts(compound: Compound, entrance: Entrance, start: float, end: float, shift: float) -> list[_Due]:
    acts: list[_Due] = []
    day = midnight(start + shift)
    while day < end + shift:
        for passage in day_of(compound, entrance, day):
            if passage.at - shift < start:
                continue
            acts += [
                (at - shift, passage.door, verb, {"user": passage.user} if verb == "card" else _NOTHING_MORE)
                for at, verb in acts_of(passage)
                if at - shift < end
            ]
        day += DAY_SECONDS
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


@cache  # a few dozen transitions make up a whole day
def _changes(before: tuple[int, ...], after: tuple[int, ...]) -> tuple[tuple[str, bool], ...]:
    changes = []
    for number, (old, new) in enumerate(zip(before, after, strict=True), start=1):
        changes += [
            (f"door{number}.{point}", bool(new >> bit & 1))
            for bit, point in enumerate(DOOR_POINTS)
            if (old ^ new) >> bit & 1
        ]
    return tuple(changes)
