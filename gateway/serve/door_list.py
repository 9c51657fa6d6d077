"""The door list: what is known of every door, from the latest values. Built in 10 us a door, for a page that asks often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drivers.contract import PERMITS, Link, Quality
from gateway.model import NANOSECONDS
from gateway.serve.instants import boot_utc, iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Device
    from gateway.decide.permits.states import TableState
    from gateway.keep.latest import HeldDevice
    from gateway.serve.doorkeeper import Doorkeeper
    from gateway.serve.layout import DoorPlace, Layout
    from gateway.serve.views import Body, Scope, Views

At: TypeAlias = tuple[int, int]

_SAID: Final = {
    "door_open": "open",
    "door_unlocked": "unlocked",
    "door_forced": "forced",
    "door_held": "held",
    "door_fire_released": "fire_released",
    "door_mode": "mode",
}
_COMMANDS: Final = ("unlock", "hold_free", "lockdown", "fire_reset", "relay_test")
_MODES: Final = ("card", "free", "locked", "card_and_pin")
REACHED: Final = frozenset({Link.UP, Link.UNKNOWN})
"""Links of which nobody has said that they are down."""

_NO_TABLE: Final = {"state": "none", "left": None, "total": None}
_NO_NEWS: Final = {"state": "unknown", "left": None, "total": None}


class _Plan(NamedTuple):
    """What does not change of a door until a reload: its body so far, and where its values stand."""

    door: DoorPlace
    device: Device
    grid: str
    body: Body
    where: tuple[tuple[str, At], ...]
    groups: frozenset[int]


class DoorList:
    """Keeps what does not change between two reloads."""

    def __init__(self, views: Views, keeper: Doorkeeper) -> None:
        self._views = views
        self._keeper = keeper
        self._layout: Layout | None = None
        self._plans: dict[str, _Plan] = {}

    def bodies(self, scope: Scope) -> list[Body]:
        """Every door in these grids."""
        boot, tables = boot_utc(self._views.now()), self._keeper.permits.tables
        of_devices: dict[tuple[str, frozenset[int]], Body] = {}
        found = []
        for plan, held in self._seen(scope):
            key = plan.door.device, plan.groups
            of_device = of_devices.get(key)
            if of_device is None:
                of_device = of_devices[key] = self._of_device(plan, held, boot, tables)
            found.append({**plan.body, **of_device, **_values(plan, held)})
        return found

    def _seen(self, scope: Scope) -> Iterator[tuple[_Plan, HeldDevice]]:
        layout, devices = self._views.layout, self._views.latest.devices
        if layout is not self._layout:
            self._layout, self._plans = layout, {}
        for door in layout.doors.values():
            held = devices.get(door.device)
            if held is None:
                continue
            plan = self._plans.get(door.id)
            if plan is None or plan.device is not held.device:
                plan = self._plans[door.id] = _plan(door, held.device, layout)
            if not scope or plan.grid in scope:
                yield plan, held

    def _of_device(self, plan: _Plan, held: HeldDevice, boot: float, tables: Mapping[str, TableState]) -> Body:
        """What the doors of a device share."""
        groups = [held.groups[number] for number in plan.groups]
        heard = min((group.received_ns for group in groups), default=0)
        listened = bool(groups) and all(group.values is not None and not group.stale for group in groups)
        return {
            "link": held.link.value,
            "fresh": listened and held.link in REACHED,
            "heard": iso(boot + heard / NANOSECONDS) if heard else None,
            "table": _table(held, tables),
            "standing": standing(self._keeper, plan.door.device),
        }


def _values(plan: _Plan, held: HeldDevice) -> Body:
    """The values as last heard, None where one is bad."""
    body: Body = {}
    for name, (number, index) in plan.where:
        group = held.groups[number]
        if group.values is not None:
            fault = group.faults[index] if group.faults else None
            body[name] = None if fault is not None and fault.quality is Quality.BAD else group.values[index]
    if (mode := body.get("mode")) is not None:
        body["mode"] = _MODES[mode] if mode in range(len(_MODES)) else None
    return body


def table_word(table: TableState, *, reached: bool) -> str:
    """current, writing, behind or unknown. What cannot be reached is behind, whatever it was doing when it was lost."""
    if table.current:
        return "current"
    if not reached:
        return "behind"
    return table.state if table.state in {"writing", "unknown"} else "behind"


def standing(keeper: Doorkeeper, device: str) -> str:
    """Whether people may rely on a device's doors: "in_service", "replacing" or "not_commissioned".

    A replaced controller is in service again once it has the permits that are meant for it.
    """
    if keeper.serials.replacing(device):
        return "replacing"
    record = keeper.commissioning.records.get(device)
    return "in_service" if record is not None and record.signed_utc is not None else "not_commissioned"


def _table(held: HeldDevice, tables: Mapping[str, TableState]) -> Mapping[str, Any]:
    if PERMITS not in held.device.wants:
        return _NO_TABLE
    table = tables.get(held.device.id)
    if table is None:
        return _NO_NEWS
    if not table.wanted_version:  # nobody was ever permitted there
        return _NO_TABLE
    return {"state": table_word(table, reached=held.link in REACHED), "left": table.left, "total": table.total}


def _plan(door: DoorPlace, device: Device, layout: Layout) -> _Plan:
    stands = layout.devices[door.device].place
    building = layout.buildings.get(stands.building)
    where = []
    for number, group in enumerate(device.groups):
        for index, point in enumerate(group.points):
            if point.place == door.part and point.meaning in _SAID:
                where.append((_SAID[point.meaning], (number, index)))
            elif point.meaning == "lockdown":
                where.append(("lockdown", (number, index)))
    commands = {
        act: next(
            (spec.name for spec in device.commands if spec.acts_as == act and spec.place in {"", door.part}), None
        )
        for act in _COMMANDS
    }
    body: Body = {
        "id": door.id,
        "device": door.device,
        "part": door.part,
        "name": door.name,
        "building": stands.building,
        "building_name": building.name if building else "",
        "entrance": stands.unit,
        "grid": stands.grid,
        "escape": door.escape,
        "lock": door.lock,
        "owner": door.owner,
        "maintainer": door.maintainer,
        **dict.fromkeys((*_SAID.values(), "lockdown")),
        "commands": commands,
    }
    return _Plan(door, device, stands.grid, body, tuple(where), frozenset(group for _, (group, _) in where))
