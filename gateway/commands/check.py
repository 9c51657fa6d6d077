"""`gridpost check` and `gridpost schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from drivers.catalogue import CATALOGUE
from gateway.commands import WRONG
from gateway.config.compound import CompoundFile, RuleConfig
from gateway.config.devices import Placed
from gateway.config.load import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.contract import Json


OF_THE_HOUSE = ("profile_folders", "credential_key")
"""Keys of a line that the gateway fills in itself."""


def check_config(path: Path) -> int:
    """Print what is wrong, or what was found right; returns the exit code."""
    try:
        plan = load(path)
    except ConfigError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        typer.echo(f"{len(wrong.findings)} thing(s) to correct.", err=True)
        return WRONG
    for warning in plan.warnings:
        typer.echo(f"{warning} (warning)", err=True)
    devices = [device for driver in plan.drivers.values() for device in driver.devices]
    points = sum(len(group.points) for device in devices for group in device.groups)
    typer.echo(
        f"{path} is right: {plan.compound.name}, {len(plan.buildings)} buildings, {len(plan.lines)} lines, "
        f"{len(plan.placed)} devices, {len(plan.detectors)} detectors, "
        f"{points} points, {sum(rule.enabled for rule in plan.rules.values())} rules."
    )
    return 0


def print_schema() -> None:
    """Print the JSON schema of a configuration file with everything that drivers add to it."""
    typer.echo(json.dumps(config_schema(), ensure_ascii=False, indent=2))


def config_schema() -> Json:
    """The schema: the file's own, a line of each driver with the keys of the house, and a rule."""
    whole = CompoundFile.model_json_schema()
    definitions = whole.setdefault("$defs", {})
    lines = []
    for driver, model in CATALOGUE.items():
        line = model.model_json_schema()
        definitions.update(line.pop("$defs", {}))
        item = definitions[line["properties"]["devices"]["items"]["$ref"].rpartition("/")[2]]
        placed = Placed.model_json_schema()
        definitions.update(placed.pop("$defs", {}))
        item["properties"].update(placed["properties"])
        for key in OF_THE_HOUSE:
            line["properties"].pop(key, None)
        definitions[f"line_{driver}"] = line
        lines.append({"$ref": f"#/$defs/line_{driver}"})
    whole["properties"]["lines"]["items"] = {"anyOf": lines}
    definitions["rule"] = RuleConfig.model_json_schema()
    whole["properties"]["rules"]["additionalProperties"] = {"$ref": "#/$defs/rule"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, "title": "compound.yaml"}
