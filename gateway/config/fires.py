"""What `check` says of the table of cause and effect: what holds no fire back, and sparks nowhere."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gateway.config.alarm_rules import shipped
from gateway.config.compound import RuleConfig
from gateway.config.effects import kind_of, releasing
from gateway.decide.fires.table import Kind
from gateway.decide.rules import FIRE_CONFIRMED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import CommandSpec, Device
    from drivers.findings import Finding, Written
    from gateway.config.compound import CompoundFile
    from gateway.config.effects import EffectConfig, SwitchConfig
    from gateway.config.plan import Plan

LONGEST_DOUBT_SECONDS = 60.0
"""For a temperature (domain rule); smoke and gas are shipped without any."""

_ALWAYS = {"fire_panel": "fire_input", "fire_confirmed": FIRE_CONFIRMED}
"""Rows that release whatever a site writes, each with the rule that it is about."""

Files = list[tuple["Written", "CompoundFile"]]


def check_effects(files: Files, plan: Plan) -> Iterable[Finding]:
    """Rules, devices and commands that are not there; fires that would be held back; sparks in gas; loops."""
    places = _Places(files)
    devices = {device.id: device for driver in plan.drivers.values() for device in driver.devices}
    sound = True
    for name, row in plan.effects.items():
        found = list(
            chain(_rules(name, row, places, plan), _never_less(name, row, places), _gas(name, row, places, plan))
        )
        for number, switch in enumerate(row.switch):
            found += _switch(switch, places.at("effects", name, "switch", number), devices)
        sound = sound and not found
        yield from found
    yield from _held_back(places, plan)
    yield from _blinded(places, plan)
    if sound:
        yield from _loops(places, plan, devices)


class _Places:
    """Where things stand: in the last file that wrote them."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def at(self, section: str, name: str, *way: str | int) -> Finding:
        """The place of a field of a row or rule; of the row where that field is not written, of the file where it is not."""
        return self.written(section, name, *way) or self._files[0][0].finding((), "")

    def written(self, section: str, name: str, *way: str | int) -> Finding | None:
        """The same, None where no file speaks of that row or rule."""
        for written, file in reversed(self._files):
            if name in getattr(file, section):
                return written.finding((section, name, *way), "")
        return None


def _rules(name: str, row: EffectConfig, places: _Places, plan: Plan) -> Iterator[Finding]:
    for rule in row.when:
        if rule not in plan.rules:
            yield places.at("effects", name, "when").saying(f"there is no rule {rule!r}")
        elif not plan.rules[rule].enabled and row.release == "building":
            yield places.at("effects", name, "when").saying(f"the rule {rule!r} is switched off")


def _never_less(name: str, row: EffectConfig, places: _Places) -> Iterator[Finding]:
    rule = _ALWAYS.get(name)
    if rule is None:
        return
    if row.release != "building":
        yield places.at("effects", name, "release").saying(
            "a fire releases the doors of its building: leave `building`"
        )
    if rule not in row.when:
        yield places.at("effects", name, "when").saying(f"this row is about {rule}: it cannot be taken out of it")


def _gas(name: str, row: EffectConfig, places: _Places, plan: Plan) -> Iterator[Finding]:
    gases = [rule for rule in row.when if rule in plan.rules and kind_of(rule, plan.rules[rule]) is Kind.GAS]
    if not gases:
        return
    if row.release != "none":
        yield places.at("effects", name, "release").saying(f"{gases[0]}: gas releases no door, a lock may spark")
    if row.stop_charging != "none":
        yield places.at("effects", name, "stop_charging").saying(
            f"{gases[0]}: gas switches no charger, a relay may spark"
        )
    for number, switch in enumerate(row.switch):
        placed = plan.placed.get(switch.device)
        if placed is not None and placed.flat:
            yield places.at("effects", name, "switch", number).saying(
                f"{switch.device} stands in flat {placed.flat}: nothing electrical is switched in a flat because of gas"
            )


def _switch(switch: SwitchConfig, at: Finding, devices: Mapping[str, Device]) -> Iterator[Finding]:
    device = devices.get(switch.device)
    if device is None:
        yield at.saying(f"there is no device {switch.device!r}", "device")
        return
    command = _command(device, switch.command)
    if command is None:
        there = ", ".join(sorted(each.name for each in device.commands)) or "none"
        yield at.saying(
            f"{device.id} ({device.product}) takes no command {switch.command!r}; it takes: {there}", "command"
        )
        return
    if command.acts_as:
        yield at.saying(
            f"{switch.command} is one for {_MOVES[command.acts_as]}: a row moves these by `release`, `stop_charging` and "
            "`freeze_lockers` alone, and never holds a door shut",
            "command",
        )
    for argument in sorted(switch.arguments.keys() ^ command.arguments.keys()):
        what = "is missing" if argument in command.arguments else "is not known"
        yield at.saying(f"the argument {argument!r} of {switch.command} {what}", "arguments")


_MOVES = {
    "unlock": "doors",
    "hold_free": "doors",
    "lockdown": "doors",
    "fire_reset": "doors",
    "relay_test": "doors",
    "open_compartment": "lockers",
    "start_charging": "chargers",
    "stop_charging": "chargers",
    "unlock_connector": "chargers",
}
"""What a command moves, by what it acts as."""


def _held_back(places: _Places, plan: Plan) -> Iterator[Finding]:
    """A rule that releases doors waits for nothing, and ends by a person alone."""
    for name in sorted(releasing(plan.effects) & plan.rules.keys()):
        rule = plan.rules[name]
        if rule.priority != 1:
            what = f"{name} releases doors, so its priority is 1 (found {rule.priority})"
            yield _of_rule(name, "priority", places, plan).saying(what)
        if not rule.latching:
            what = f"{name} releases doors, so it is latching: a person ends the release"
            yield _of_rule(name, "latching", places, plan).saying(what)
        if rule.on_delay_seconds > 0:
            what = f"{name} would hold a fire release back by {rule.on_delay_seconds:g} s: leave it at 0"
            yield _of_rule(name, "on_delay_seconds", places, plan).saying(what)


def _blinded(places: _Places, plan: Plan) -> Iterator[Finding]:
    """What is evidence of a fire or of gas is neither switched off nor waited for, and the panel's word stays the panel's."""
    for name, rule in plan.rules.items():
        if kind_of(name, rule) is None:
            continue
        if not rule.enabled:
            yield _of_rule(name, "enabled", places, plan).saying(f"{name} is evidence of fire or gas: it stays on")
        if rule.on_delay_seconds > LONGEST_DOUBT_SECONDS:
            what = f"{name} is evidence of fire or gas: {LONGEST_DOUBT_SECONDS:g} s are the longest that it may wait"
            yield _of_rule(name, "on_delay_seconds", places, plan).saying(what)
    for name in _ALWAYS.values():
        for key in ("meaning", "when"):
            if getattr(plan.rules[name], key) != shipped()[name].get(key, RuleConfig.model_fields[key].default):
                what = (
                    f"{name} is what releases doors: what it watches is not changed, a point more stands under `points`"
                )
                yield _of_rule(name, key, places, plan).saying(what)


def _of_rule(name: str, key: str, places: _Places, plan: Plan) -> Finding:
    """Where a field of a rule is written; for a shipped rule: where a row was told to release doors because of it."""
    if (at := places.written("rules", name, key)) is not None:
        return at
    rows = (row for row, said in plan.effects.items() if said.release == "building" and name in said.when)
    found = (places.written("effects", row, "release") for row in rows)
    return next((at for at in found if at is not None), places.at("rules", name))


def _loops(places: _Places, plan: Plan, devices: Mapping[str, Device]) -> Iterator[Finding]:
    """A row that switches what one of its own rules watches, by itself or around several rows."""
    causes: dict[str, set[str]] = {}
    for name, row in plan.effects.items():
        moved = {rule for switch in row.switch for rule in _watching(switch, plan, devices)}
        causes[name] = {other for other, also in plan.effects.items() if moved.intersection(also.when)}
    for name, row in plan.effects.items():
        if row.switch and name in _reached(name, causes):
            way = " -> ".join([name, *sorted(causes[name] - {name}), name])
            yield places.at("effects", name, "switch").saying(
                f"is a loop: what it switches is watched by rules that make it switch ({way})"
            )


def _watching(switch: SwitchConfig, plan: Plan, devices: Mapping[str, Device]) -> Iterator[str]:
    """The rules that watch what a command moves: its part of the device, or all of it for a command without a part."""
    device = devices[switch.device]
    command = _command(device, switch.command)
    part = command.place if command is not None else ""
    points = [point for group in device.groups for point in group.points if not part or point.place == part]
    meanings = {point.meaning for point in points}
    names = {f"{device.id}/{point.key}" for point in points}
    for name, rule in plan.rules.items():
        if (rule.meaning and rule.meaning in meanings) or names.intersection(rule.points):
            yield name


def _reached(name: str, causes: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = set(causes[name])
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.add(each)
            waiting |= causes[each]
    return reached


def _command(device: Device, name: str) -> CommandSpec | None:
    return next((command for command in device.commands if command.name == name), None)
