"""What one place of the configuration says of another: names that must fit, and what only the products can tell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from drivers.contract import Misconfigured
from drivers.secret import Secret, SecretMissing
from gateway.config.plan import doors_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Device, Driver, LineConfig
    from drivers.findings import Finding, Written
    from gateway.config.compound import Building, CompoundFile, Grid
    from gateway.config.devices import DeviceDraft, LineDraft
    from gateway.config.plan import Plan


def check_names(files: list[tuple[Written, CompoundFile]], lines: Iterable[LineDraft], plan: Plan) -> Iterable[Finding]:
    """Ids that stand twice, and references to what is not there."""
    yield from _listed(files, plan)
    yield from _devices(lines, {building.id for building in plan.buildings})
    yield from _addresses(lines)
    yield from _outlets(files, plan)
    if plan.simulator is not None and not plan.compound.simulated:
        yield files[0][0].finding(("simulator",), "belongs to a compound with `simulated: true` only")


def build_drivers(configs: Iterable[tuple[LineDraft, LineConfig]], findings: list[Finding]) -> dict[str, Driver]:
    """Build the driver of each line; whether each product is known and sound, and has the parts that were named."""
    drivers: dict[str, Driver] = {}
    for draft, config in configs:
        try:
            driver = drivers[config.id] = config.build()
        except Misconfigured as wrong:
            findings += getattr(wrong.__cause__, "findings", None) or [draft.at.saying(str(wrong))]
            continue
        known = {device.id: device for device in driver.devices}
        for device in draft.devices:
            findings += _parts(device, known[device.raw["id"]])
    return drivers


def check_backup(files: list[tuple[Written, CompoundFile]], data: Path) -> Iterable[Finding]:
    """Whether backups lie apart from what they are made of."""
    for written, file in files:
        for index, place in enumerate(file.backup.to if file.backup is not None else ()):
            if why := place.wrong_beside(data):
                yield written.finding(("backup", "to", index, "folder"), why)


def check_points(files: list[tuple[Written, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Whether the points that rules name are there."""
    named = [(w, rule, point) for w, file in files for rule in file.rules for point in plan.rules[rule].points]
    if not named:
        return
    devices = [device for driver in plan.drivers.values() for device in driver.devices]
    known = {f"{device.id}/{point.key}" for device in devices for group in device.groups for point in group.points}
    for written, rule, point in named:
        if point not in known:
            yield written.finding(("rules", rule, "points"), f"there is no point {point!r}")


def _listed(files: list[tuple[Written, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    grids = {grid.id for grid in plan.grids}
    seen: dict[tuple[str, str], Finding] = {}
    for written, file in files:
        sections: Mapping[str, Sequence[Grid | Building]] = {"grids": file.grids, "buildings": file.buildings}
        for section, items in sections.items():
            for index, item in enumerate(items):
                at = written.finding((section, index, "id"), "")
                first = seen.setdefault((section, item.id), at)
                if first is not at:
                    yield at.saying(f"{item.id!r} is there twice (first: {first.file}:{first.line})")
        for index, building in enumerate(file.buildings):
            if building.grid is not None and building.grid not in grids:
                yield written.finding(("buildings", index, "grid"), f"there is no grid {building.grid!r}")


def _outlets(files: list[tuple[Written, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Ids that stand twice, secrets that are not there, and simulated readings on their way into the real world."""
    seen: dict[str, Finding] = {}
    for written, file in files:
        for index, outlet in enumerate(file.outlets):
            at = written.finding(("outlets", index), "")
            first = seen.setdefault(outlet.id, at)
            if first is not at:
                yield at.saying(f"outlet {outlet.id!r} is there twice (first: {first.file}:{first.line})")
            if plan.compound.simulated and not (outlet.loopback or outlet.allow_simulated):
                yield at.saying(
                    f"{outlet.target} is not on this machine, and the compound is simulated: simulated readings leave the "
                    "machine only with allow_simulated: true",
                    "allow_simulated",
                )
            for key in type(outlet).model_fields:
                if isinstance(secret := getattr(outlet, key), Secret):
                    try:
                        secret.read()
                    except SecretMissing as missing:
                        yield at.saying(str(missing), key)


def _devices(lines: Iterable[LineDraft], buildings: set[str]) -> Iterable[Finding]:
    seen: dict[str, Finding] = {}
    for device in (device for line in lines for device in line.devices):
        if device.placed.building is not None and device.placed.building not in buildings:
            yield device.at.saying(f"there is no building {device.placed.building!r}", "building")
        name = device.raw.get("id") if isinstance(device.raw, dict) else None
        if isinstance(name, str):
            first = seen.setdefault(name, device.at)
            if first is not device.at:
                yield device.at.saying(f"device {name!r} is there twice (first: {first.file}:{first.line})")


def _addresses(lines: Iterable[LineDraft]) -> Iterable[Finding]:
    reached: dict[tuple[str, ...], Finding] = {}
    for line in lines:
        raw: Mapping[str, object] = {"driver": "modbus", "port": 502, **line.raw}
        port = raw.get("serial")
        if isinstance(port, dict) and "path" in port:
            where = str(port["path"])
            key: tuple[str, ...] = ("serial", os.path.realpath(where))
        elif "host" in raw:
            where, key = f"{raw['host']}:{raw['port']}", tuple(str(raw[key]) for key in ("driver", "host", "port"))
        else:
            continue
        first = reached.setdefault(key, line.at)
        if first is not line.at:
            there = f"{first.file}:{first.line}"
            yield line.at.saying(
                f"{where} is reached by another line already ({there}): one line a host or serial port"
            )


def check_escape(lines: Iterable[LineDraft], plan: Plan) -> Iterable[Finding]:
    """Whether every building that has doors has one that lets people out in a fire."""
    drafts = {str(device.raw["id"]): device for line in lines for device in line.devices}
    shut: dict[str, DeviceDraft] = {}
    ways_out: set[str] = set()
    for device in (device for driver in plan.drivers.values() for device in driver.devices):
        draft = drafts.get(device.id)
        if draft is None:  # a line of receivers, or a detector: nothing with doors
            continue
        building = draft.placed.building or ""
        for door in plan.doors(device).values():
            if door.escape:
                ways_out.add(building)
            else:
                shut.setdefault(building, draft)
    for building_id, draft in shut.items():
        if building_id and building_id not in ways_out:
            yield draft.at.saying(
                f"no door of building {building_id} has `escape: true`: a fire release would open none", "parts"
            )


def check_detectors(
    files: list[tuple[Written, CompoundFile]], lines: Mapping[str, LineDraft], plan: Plan
) -> Iterable[Finding]:
    """Whether the lines and buildings of detectors are there, and their names are nobody else's."""
    buildings = {building.id for building in plan.buildings}
    named = {
        str(device.raw.get("id")) for line in lines.values() for device in line.devices if isinstance(device.raw, dict)
    }
    for written, file in files:
        for index, pattern in enumerate(file.detectors):
            at = written.finding(("detectors", index), "")
            line = lines.get(pattern.line)
            if line is None or line.raw.get("driver") != "ble":
                yield at.saying(f"there is no line {pattern.line!r} with `driver: ble`", "line")
            for building in (*pattern.buildings, *filter(None, [pattern.building])):
                if building not in buildings:
                    yield at.saying(f"there is no building {building!r}", "building")
            if pattern.where is not None and not any(place.line == pattern.line for place in plan.detectors.values()):
                yield at.saying("fits no flat: buildings say their units, floors and flats_per_floor", "where")
            if pattern.id in named:
                yield at.saying(f"device {pattern.id!r} is there already", "id")
    for line in lines.values():
        if line.raw.get("driver") == "ble" and line.raw.get("id") in named:
            yield line.at.saying(f"a line of receivers is a device too, and there is a device {line.raw['id']!r}", "id")


def _parts(draft: DeviceDraft, device: Device) -> Iterable[Finding]:
    parts = {point.place for group in device.groups for point in group.points if point.place}
    for part in draft.placed.parts.keys() - parts:
        there = f"its parts are {', '.join(sorted(parts))}" if parts else "it has no parts"
        yield draft.at.saying(f"{part!r} is no part of {device.product}: {there}", "parts")
    doors = doors_of(device)
    for door in doors:
        said = draft.placed.part(door, door=True)
        missing = [key for key in ("escape", "lock") if getattr(said, key) is None]
        if said.used and missing:
            yield draft.at.saying(
                f"{door} is a door and does not say {' and '.join(missing)}: write `escape: true` or `false` and `lock: "
                "fail_safe` or `fail_secure`, or `used: false` for a door that is not connected",
                f"parts.{door}",
            )
    for part in sorted(draft.placed.parts.keys() & parts - set(doors)):
        if {"escape", "lock", "owner", "maintainer"} & draft.placed.parts[part].model_fields_set:
            yield draft.at.saying(
                f"{part} is no door: escape, lock, owner and maintainer belong to doors", f"parts.{part}"
            )
