"""The table of cause and effect as it is written, and what decide makes of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from drivers.findings import Finding, explain, read_yaml
from drivers.findings import Written as File
from gateway.config.written import Id, Written
from gateway.decide.fires.table import SHIPPED_KINDS, STANDING_SECONDS, FireRules, HowFar, Kind, Row, Switch
from gateway.decide.rules import FACTS
from gateway.deliver.channels.siren_config import Switching

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Device
    from gateway.config.compound import RuleConfig
    from gateway.config.plan import Plan

SHIPPED = Path(__file__).with_name("effects.yaml")

_OF_MEANING = {
    "smoke_alarm": Kind.SMOKE,
    "charging_smoke": Kind.SMOKE,
    "heat_alarm": Kind.HEAT,
    "detector_temperature": Kind.HEAT,
    "co_alarm": Kind.CO,
    "gas_alarm": Kind.GAS,
    "gas_level": Kind.GAS,
    "fire_input": Kind.PANEL,
}
"""What a point of that meaning is evidence of."""


class SwitchConfig(Switching):
    """A command that a row gives to a device. Never one for doors, lockers or chargers."""

    device: Id = Field(description="The device.")


class EffectConfig(Written):
    """A row of the table of cause and effect. A field that is left out keeps what the shipped row of that name has."""

    when: tuple[Id, ...] = Field(min_length=1, description="The rules whose alarms are the cause.")
    release: Literal["building", "none"] = Field(
        default="none",
        description="`building`: the escape doors of the building are released until a person resets the alarm. Only for rules "
        "that are P1, latching and without an on-delay.",
    )
    stop_charging: Literal["building", "room", "none"] = Field(
        default="none",
        description="Where charging is stopped: in the charging room of the alarm, or in its whole building.",
    )
    freeze_lockers: bool = Field(default=False, description="No parcel locker of the building opens.")
    switch: tuple[SwitchConfig, ...] = Field(default=(), description="Commands to devices: lifts, barriers, sounders.")
    note: str = Field(default="", description="What people should know of it.")


class Fires(Written):
    """What confirms a fire, as far as a site may choose."""

    standing_seconds: float | None = Field(
        default=STANDING_SECONDS,
        ge=60,
        le=900,
        description="After how long the same verified detector of a flat, which still shows fire, confirms it; `null`: never "
        "alone.",
    )


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The rows that Gridpost ships, as written."""
    rows: dict[str, dict[str, Any]] = read_yaml(SHIPPED).data
    return rows


def merged_effects(written: Iterable[File], findings: list[Finding]) -> dict[str, EffectConfig]:
    """Shipped rows with what the installer wrote over them, field by field."""
    raw = {name: dict(row) for name, row in shipped().items()}
    at: dict[str, File] = {}
    for file in written:
        for name, over in (file.data.get("effects") or {}).items():
            raw[name] = {**raw.get(name, {}), **over}
            at[name] = file
    rows = {}
    for name, row in raw.items():
        try:
            rows[name] = EffectConfig.model_validate(row)
        except ValidationError as error:
            file = at[name]
            found = explain(error, EffectConfig, File(file.file, row, file.below(("effects", name)), ()))
            findings.extend(
                replace(each, key="").saying(each.what, f"effects.{name}.{each.key}".rstrip(".")) for each in found
            )
    return rows


def releasing(rows: Mapping[str, EffectConfig]) -> frozenset[str]:
    """The rules whose alarms release doors."""
    return frozenset(rule for row in rows.values() if row.release == "building" for rule in row.when)


def kind_of(name: str, rule: RuleConfig) -> Kind | None:
    """What an alarm of that rule is evidence of; a temperature that is too low is none."""
    if name in FACTS:
        return SHIPPED_KINDS.get(name)
    if rule.low is not None and rule.high is None:
        return None
    return _OF_MEANING.get(rule.meaning)


def fire_rules(plan: Plan, devices: Mapping[str, Iterable[Device]]) -> FireRules:
    """What decide needs to know of fires, with the devices of each line."""
    known = {device.id: device for of_line in devices.values() for device in of_line}
    kinds = {name: kind for name, rule in plan.rules.items() if (kind := kind_of(name, rule)) is not None}
    rows = tuple(rows_of(plan.effects, known))
    return FireRules(rows, kinds, plan.fires.standing_seconds)


def rows_of(effects: Mapping[str, EffectConfig], devices: Mapping[str, Device]) -> Iterable[Row]:
    """The rows as decide has them. Switches of devices that are not there are left out."""
    for name, row in effects.items():
        switches = tuple(
            Switch(each.device, each.command, each.arguments, command.idempotent)
            for each in row.switch
            for command in (devices[each.device].commands if each.device in devices else ())
            if command.name == each.command
        )
        yield Row(
            name, row.when, row.release == "building", HowFar(row.stop_charging), row.freeze_lockers, switches, row.note
        )  # fmt: skip
