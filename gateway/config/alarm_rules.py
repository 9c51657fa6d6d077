"""Alarm rules as written, and what decide makes of them for the devices that there are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from drivers.findings import Finding, Written, explain, read_yaml
from gateway.config.charging import compartments_of, locker_rules, ports_of, room_rules
from gateway.config.compound import RuleConfig
from gateway.config.effects import fire_rules, releasing
from gateway.config.escalation import escalation_rules
from gateway.config.incidents import incident_rules
from gateway.config.people import people_rules
from gateway.config.power import power_rules
from gateway.decide.rules import (
    AUDIT_HEAD_OVERDUE,
    BACKUP_OVERDUE,
    CHANNEL_FAILING,
    DISK_SCARCE,
    FACTS,
    HEARTBEAT_UNANSWERED,
    OUTLET_FAILING,
    OUTLET_REFUSED,
    STORE_DAMAGED,
    TELEMETRY_DROPPED,
    CommandRules,
    DetectorRules,
    DeviceRules,
    DoorRules,
    GroupRules,
    Rule,
    Rules,
    Watched,
)
from gateway.deliver.audit.config import SYSLOG
from gateway.model import Place, Priority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Device, Group
    from gateway.config.devices import Part
    from gateway.config.plan import Plan

SHIPPED = Path(__file__).with_name("alarm_rules.yaml")

SILENT_BEATS = 3
SILENT_FLOOR_SECONDS = 10.0
"""A group is stale after 3 missed beats, and not before 10 s: what a reconnect may take."""


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The rules that Gridpost ships, as written."""
    rules: dict[str, dict[str, Any]] = read_yaml(SHIPPED).data
    return rules


def merged(written: Iterable[Written], findings: list[Finding]) -> dict[str, RuleConfig]:
    """Shipped rules with what the installer wrote over them, field by field."""
    raw = {name: dict(rule) for name, rule in shipped().items()}
    at: dict[str, Written] = {}
    for file in written:
        for name, over in (file.data.get("rules") or {}).items():
            raw[name] = {**raw.get(name, {}), **over}
            at[name] = file
    rules = {}
    for name, rule in raw.items():
        try:
            rules[name] = RuleConfig.model_validate(rule)
        except ValidationError as error:
            file = at.get(name, Written(str(SHIPPED), raw, {}, ()))
            found = explain(error, RuleConfig, Written(file.file, rule, file.below(("rules", name)), ()))
            findings.extend(
                replace(each, key="").saying(each.what, f"rules.{name}.{each.key}".rstrip(".")) for each in found
            )
        else:
            if name not in FACTS and not (rules[name].meaning or rules[name].points):
                findings.append(at[name].finding(("rules", name), "a rule needs a `meaning` or `points` to watch"))
    return rules


def rules_of(plan: Plan, devices: Mapping[str, Iterable[Device]]) -> Rules:
    """What decide needs to know, for the devices of each line."""
    releases = releasing(plan.effects)
    judged = {name: _rule(name, rule, releases=name in releases) for name, rule in plan.rules.items()}
    switched_on = {name: rule for name, rule in plan.rules.items() if rule.enabled}
    by_meaning: dict[str, list[Rule]] = {}
    by_point: dict[str, list[Rule]] = {}
    for name, rule in switched_on.items():
        if rule.meaning:
            by_meaning.setdefault(rule.meaning, []).append(judged[name])
        for point in rule.points:
            by_point.setdefault(point, []).append(judged[name])
    of_devices = {}
    shared: dict[int, Mapping[str, tuple[int, int]]] = {}  # thousands of detectors have the same groups
    for line, of_line in devices.items():
        for device in of_line:
            place = plan.place(device.id)
            points = shared.get(id(device.groups))
            if points is None:
                points = shared[id(device.groups)] = _points(device, "")
            groups = tuple(
                GroupRules(
                    tuple(_watched(plan, device, place, group, by_meaning, by_point)),
                    silent_seconds(group.every_seconds),
                )
                for group in device.groups
            )
            of_devices[device.id] = DeviceRules(
                line,
                place,
                groups,
                {command.name: CommandRules(command.acts_as, command.place) for command in device.commands},
                frozenset(device.wants),
                {part: _door(plan, device, part, said) for part, said in plan.doors(device).items()},
                points,
                plan.serials.get(device.id, ""),
                _detector(plan, device),
                receiver=any(point.meaning == "heard_rate" for group in device.groups for point in group.points),
                compartments=compartments_of(plan, device) if device.id not in plan.detectors else {},
                ports=ports_of(plan, device) if device.id not in plan.detectors else {},
                room=plan.room_of(device.id),
                household=plan.household_of(device.id),
            )
    lines = {line: _place_of_line(plan, of_line) for line, of_line in devices.items()}
    facts = {name: judged[name] for name in FACTS}
    return Rules(
        facts,
        lines,
        of_devices,
        simulated=plan.compound.simulated,
        sensors=plan.sensors,
        timezone=plan.compound.timezone,
        house=tuple(_house(plan)),
        rooms=room_rules(plan, devices),
        lockers=locker_rules(plan.lockers),
        fires=fire_rules(plan, devices),
        power=power_rules(plan),
        people=people_rules(plan),
        escalation=escalation_rules(plan),
        incidents=incident_rules(plan),
    )


def _house(plan: Plan) -> Iterable[tuple[str, str]]:
    """Which parts of the house may speak of themselves."""
    yield DISK_SCARCE, "disk"
    yield TELEMETRY_DROPPED, "outbox"
    yield STORE_DAMAGED, "outbox"
    yield STORE_DAMAGED, "history"
    for outlet in plan.outlets:
        yield OUTLET_FAILING, outlet.id
        yield OUTLET_REFUSED, outlet.id
    for channel in plan.channels:
        yield CHANNEL_FAILING, channel.id
    for heartbeat in plan.heartbeats:
        yield HEARTBEAT_UNANSWERED, heartbeat.id
    if plan.backup is not None:
        yield BACKUP_OVERDUE, "backup"
    if plan.county is not None:
        yield OUTLET_FAILING, "county"
    if plan.audit.head is not None:
        yield AUDIT_HEAD_OVERDUE, "audit"
    if plan.audit.syslog is not None:
        yield OUTLET_FAILING, SYSLOG


def silent_seconds(every_seconds: float | None) -> float | None:
    """How long a group may be silent before its values count as stale."""
    return None if every_seconds is None else max(SILENT_FLOOR_SECONDS, SILENT_BEATS * every_seconds)


def _watched(
    plan: Plan,
    device: Device,
    of_device: Place,
    group: Group,
    by_meaning: Mapping[str, list[Rule]],
    by_point: Mapping[str, list[Rule]],
) -> Iterable[Watched]:
    detector = plan.detectors.get(device.id)
    common = detector is not None and not detector.household
    for index, point in enumerate(group.points):
        name = f"{device.id}/{point.key}"
        rules = (*by_meaning.get(point.meaning, ()), *by_point.get(name, ()))
        if rules:
            place = plan.place(device.id, point.place) if point.place else of_device
            yield Watched(index, name, place, tuple(rule.where(common=common) for rule in rules) if common else rules)


def _place_of_line(plan: Plan, devices: Iterable[Device]) -> Place:
    """A line stands where its devices do, as far as they agree."""
    places = [plan.place(device.id) for device in devices]
    if len(places) == 1:
        return places[0]
    shared = {(place.building, place.grid) for place in places}
    return Place(building=places[0].building, grid=places[0].grid) if len(shared) == 1 else Place()


def _door(plan: Plan, device: Device, part: str, said: Part) -> DoorRules:
    return DoorRules(
        part,
        plan.place(device.id, part),
        escape=bool(said.escape),
        fail_safe=said.lock == "fail_safe",
        points=_points(device, part),
    )


def _detector(plan: Plan, device: Device) -> DetectorRules | None:
    placed = plan.detectors.get(device.id)
    return None if placed is None else DetectorRules(placed.kind, placed.floor, placed.flat, placed.household)


def _points(device: Device, part: str) -> dict[str, tuple[int, int]]:
    """Where each meaning of a part stands: group and index; of the device as a whole for ""."""
    return {
        point.meaning: (number, index)
        for number, group in enumerate(device.groups)
        for index, point in enumerate(group.points)
        if point.place == part and point.meaning
    }


def _rule(name: str, rule: RuleConfig, *, releases: bool) -> Rule:
    return Rule(
        name, Priority(rule.priority), rule.on_delay_seconds, rule.off_delay_seconds, rule.latching, rule.when, rule.high,
        rule.low, rule.deadband, releases, None if rule.priority_common is None else Priority(rule.priority_common),
    )  # fmt: skip
