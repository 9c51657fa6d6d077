"""Charging rooms and parcel lockers as the installer writes them, and what decide makes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from drivers.contract import CHARGING_OFF
from gateway.config.written import Id, Written
from gateway.decide.rules import (
    CompartmentRules,
    Contactor,
    LockerRules,
    PortLimits,
    PortRules,
    RoomRules,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Device
    from drivers.findings import Finding
    from drivers.findings import Written as File
    from gateway.config.compound import CompoundFile
    from gateway.config.plan import Plan
    from gateway.model import Place

AMPERES = {"ebike": 10.0, "car": 32.0}
"""What a socket is made for, where neither the product nor the room says it: GB/T 1002 10 A; the usual 7 kW AC pile."""

Positive = Annotated[float, Field(gt=0, le=1e6)]


class Limits(Written):
    """What a port of the room may do. What is left out keeps the value for the room's kind (docs/charging.md)."""

    over_current: Positive | None = Field(default=None, description="Times the socket's rating: above it a port trips.")
    over_current_seconds: Positive | None = Field(default=None, description="For how long.")
    socket_warn_celsius: Positive | None = Field(default=None, description="A socket this hot is an alarm.")
    socket_trip_celsius: Positive | None = Field(default=None, description="A socket this hot stops the whole room.")
    rise_celsius_per_minute: Positive | None = Field(default=None, description="A socket that warms so fast,")
    rise_minutes: Positive | None = Field(default=None, description="for so long, stops the whole room.")
    residual_warn_milliamperes: Positive | None = Field(default=None, description="So much leakage is an alarm.")
    residual_trip_milliamperes: Positive | None = Field(default=None, description="So much leakage trips a port.")
    cap_watts: Positive | None = Field(default=None, description="A port that draws more trips.")
    step_watts: Positive | None = Field(
        default=None, description="A jump of so much within 5 s in mid-session is another load on the socket: it trips."
    )
    full_share: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        default=None, description="Below this share of the session's peak a battery counts as full,"
    )
    full_minutes: Positive | None = Field(default=None, description="after so long.")
    idle_amperes: Positive | None = Field(default=None, description="Less than this is no load,")
    idle_seconds: Positive | None = Field(default=None, description="and ends a session after so long.")
    session_hours: Positive | None = Field(default=None, description="The longest that a session may last.")


class ContactorAt(Written):
    """What cuts the whole room, should a stop not be proved."""

    device: Id = Field(description="A device that can hold charging off, such as a board of contactors.")
    part: str = Field(min_length=1, description="Which of its contactors.")
    after_seconds: float = Field(
        default=10.0, ge=0, le=60, description="How long a stop may take before the contactor is cut; 0 for at once."
    )


class Room(Written):
    """A charging room 车棚: where chargers stand together."""

    id: Id = Field(description="The room's name in this file.")
    name: str = Field(min_length=1, description="What people call it, such as 3号车棚.")
    building: Id | None = Field(default=None, description="The building that it belongs to.")
    cabinet: str = Field(
        min_length=1, description="Where its switch is, in words, such as 配电箱 A: for whoever has to pull it."
    )
    kind: Literal["ebike", "car"] = Field(default="ebike", description="What is charged here.")
    limits: Limits = Field(default=Limits(), description="What its ports may do, where it is not as usual.")
    limit_kilowatts: float | None = Field(default=None, gt=0, description="What all its ports together may draw.")
    contactor: ContactorAt | None = Field(default=None, description="What cuts the whole room.")
    smoke: tuple[Id, ...] = Field(
        default=(), description="Detectors whose smoke or heat stops the whole room, beside those inside its chargers."
    )
    stagger_seconds: float = Field(
        default=300.0, ge=0, le=3600, description="After a mains failure its ports come back one by one within so long."
    )
    anybody: bool = Field(
        default=False,
        description="Whoever plugs in may charge, as where an operator's app takes the money: only blocked tags are refused.",
    )


class Lockers(Written):
    """How the parcel lockers are run."""

    reserve_minutes: Positive = Field(default=10.0, description="How long a compartment is kept for a courier.")
    ajar_seconds: Positive = Field(default=120.0, description="How long a compartment may stand open.")
    overdue_hours: Positive = Field(default=24.0, description="After how long a parcel is overdue.")
    code_tries: int = Field(default=5, ge=1, le=20, description="How many wrong codes lock a keypad,")
    code_lock_minutes: Positive = Field(default=15.0, description="and for how long.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Lockers:
        if self.ajar_seconds < 10:  # noqa: PLR2004 - a courier with full hands
            raise ValueError("ajar_seconds under 10 would raise an alarm at every delivery")
        return self


OF_KIND = {"ebike": PortLimits(), "car": PortLimits(cap_watts=None, step_watts=None)}


def room_rules(plan: Plan, devices: Mapping[str, Iterable[Device]]) -> dict[str, RoomRules]:
    """What decide needs to know of the rooms, with the devices of each line."""
    cutting = {room.contactor.device for room in plan.rooms if room.contactor is not None}
    boards = {device.id: device for of_line in devices.values() for device in of_line if device.id in cutting}
    rooms = {}
    for room in plan.rooms:
        written = {key: value for key, value in room.limits.model_dump().items() if value is not None}
        limits = {key: getattr(OF_KIND[room.kind], key) for key in PortLimits.__slots__} | written
        contactor = room.contactor
        rooms[room.id] = RoomRules(
            room.id,
            plan.room_place(room),
            room.cabinet,
            room.kind,
            PortLimits(**limits),
            None if room.limit_kilowatts is None else room.limit_kilowatts * 1000,
            None if contactor is None else _contactor_rules(contactor, boards[contactor.device]),
            frozenset(room.smoke),
            room.stagger_seconds,
            room.anybody,
        )
    return rooms


def _contactor_rules(written: ContactorAt, board: Device) -> Contactor:
    closed = _parts_with("contactor_closed", board).get(written.part, {}).get("contactor_closed")
    return Contactor(written.device, written.part, written.after_seconds, closed)


def locker_rules(written: Lockers) -> LockerRules:
    """How decide runs the lockers."""
    return LockerRules(**written.model_dump())


def compartments_of(plan: Plan, device: Device) -> dict[str, CompartmentRules]:
    """The compartments of a parcel locker, by part: what tells whether its door is open."""
    return {
        part: CompartmentRules(
            part, _place(plan, device, part), str(device.parts.get(part, {}).get("size", "m")), points
        )
        for part, points in _parts_with("compartment_open", device).items()
    }


def is_locker(device: Device) -> bool:
    """Whether it has compartments."""
    return any(point.meaning == "compartment_open" for group in device.groups for point in group.points)


def ports_of(plan: Plan, device: Device) -> dict[str, PortRules]:
    """The ports of a charger, by part: what tells its state as a port."""
    ports = _parts_with("port_state", device)
    if not ports:
        return {}
    kinds = {room.id: room.kind for room in plan.rooms}
    rating = AMPERES[kinds.get(plan.room_of(device.id), "ebike")]
    return {
        part: PortRules(
            part, _place(plan, device, part), float(device.parts.get(part, {}).get("amperes", rating)), points
        )
        for part, points in ports.items()
    }


def _place(plan: Plan, device: Device, part: str) -> Place:
    """Where a part is: by its own name, or by that of its device and what the device calls it."""
    whole, place = plan.place(device.id), plan.place(device.id, part)
    return place if place.name != whole.name else replace(place, name=f"{whole.name} {part}")


def _parts_with(meaning: str, device: Device) -> dict[str, dict[str, tuple[int, int]]]:
    """The parts of a device that have a point of that meaning, each with where its meanings stand."""
    parts: dict[str, dict[str, tuple[int, int]]] = {}
    for number, group in enumerate(device.groups):
        for index, point in enumerate(group.points):
            if point.place and point.meaning:
                parts.setdefault(point.place, {})[point.meaning] = (number, index)
    return {part: points for part, points in parts.items() if meaning in points}


def check_rooms(
    files: list[tuple[File, CompoundFile]], devices: Mapping[str, Finding], plan: Plan
) -> Iterable[Finding]:
    """Whether what rooms name is there, and every charger stands in a room. `devices` says where each was written."""
    known = {device.id: device for driver in plan.drivers.values() for device in driver.devices}
    seen: dict[str, Finding] = {}
    for written, file in files:
        for index, room in enumerate(file.rooms):
            at = written.finding(("rooms", index), "")
            first = seen.setdefault(room.id, at)
            if first is not at:
                yield at.saying(f"room {room.id!r} is there twice (first: {first.file}:{first.line})", "id")
            yield from _named(room, at, known, plan)
    for name, at in devices.items():
        yield from _stands(known[name], at, plan.room_of(name), seen)
    yield from _shared(plan, seen)


def _named(room: Room, at: Finding, known: Mapping[str, Device], plan: Plan) -> Iterable[Finding]:
    if room.building is not None and all(room.building != building.id for building in plan.buildings):
        yield at.saying(f"there is no building {room.building!r}", "building")
    for detector in room.smoke:
        if detector not in known:
            yield at.saying(f"there is no detector {detector!r}", "smoke")
    if room.contactor is not None:
        yield from _contactor(room.contactor, known.get(room.contactor.device), at)


def _stands(device: Device, at: Finding, room: str, rooms: Mapping[str, Finding]) -> Iterable[Finding]:
    charger = bool(_parts_with("port_state", device))
    if charger and room not in rooms:
        yield at.saying(f"there is no room {room!r}" if room else "a charger says in which `room` it stands", "room")
    if room and not charger:
        yield at.saying("is no charger, and stands in no room", "room")


def _contactor(written: ContactorAt, device: Device | None, at: Finding) -> Iterable[Finding]:
    if device is None:
        yield at.saying(f"there is no device {written.device!r}", "contactor.device")
        return
    parts = {point.place for group in device.groups for point in group.points if point.place}
    if CHARGING_OFF not in device.wants:
        yield at.saying(f"{written.device} ({device.product}) cannot hold charging off", "contactor.device")
    elif written.part not in parts:
        yield at.saying(
            f"{written.part!r} is no part of {written.device}: {', '.join(sorted(parts))}", "contactor.part"
        )


def _shared(plan: Plan, at: Mapping[str, Finding]) -> Iterable[Finding]:
    """A contactor that two rooms name: a stop of one would darken the other."""
    first: dict[tuple[str, str], str] = {}
    for room in plan.rooms:
        if room.contactor is None:
            continue
        other = first.setdefault((room.contactor.device, room.contactor.part), room.id)
        if other != room.id:
            yield at[room.id].saying(
                f"{room.contactor.part} of {room.contactor.device} cuts {other!r} already", "contactor"
            )
