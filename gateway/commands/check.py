"""`gridpost check` and `gridpost schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from drivers.catalogue import CATALOGUE
from drivers.secret import SecretMissing
from gateway.commands import WRONG
from gateway.config.compound import CompoundFile, RuleConfig
from gateway.config.devices import Placed
from gateway.config.load import ConfigError, load
from gateway.config.tls import tls_of
from gateway.keep.folder import FolderError
from gateway.serve.certificate import CertificateWrong
from gateway.serve.listen import ListenError, check_bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drivers.contract import Json
    from gateway.config.plan import Plan


OF_THE_HOUSE = ("profile_folders", "credential_key")
"""Keys of a line that the gateway fills in itself."""


def check_config(path: Path, data: Path | None = None) -> int:
    """Print what is wrong, or what was found right; returns the exit code.

    With a data folder, what is in it is judged too, as a run would: nothing is written to it.
    """
    try:
        plan = load(path, data, make_key=False)
        warnings = [str(each) for each in plan.warnings]
        if data is not None:
            warnings += _wrong_beside(plan, data)
    except ConfigError as wrong:
        for finding in wrong.findings:
            typer.echo(str(finding), err=True)
        typer.echo(f"{len(wrong.findings)} thing(s) to correct.", err=True)
        return WRONG
    except (ListenError, FolderError, CertificateWrong) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except OSError as error:
        typer.echo(
            f"{error.filename} cannot be read: {error.strerror}. Check as the user that runs the gateway.", err=True
        )
        return WRONG
    for warning in warnings:
        typer.echo(f"{warning} (warning)", err=True)
    devices = [device for driver in plan.drivers.values() for device in driver.devices]
    points = sum(len(group.points) for device in devices for group in device.groups)
    typer.echo(
        f"{path} is right: {plan.compound.name}, {len(plan.buildings)} buildings, {len(plan.lines)} lines, "
        f"{len(plan.placed)} devices, {len(plan.detectors)} detectors, "
        f"{points} points, {sum(rule.enabled for rule in plan.rules.values())} rules."
    )
    return 0


def _wrong_beside(plan: Plan, data: Path) -> Iterator[str]:
    """What a gateway on that data folder does without, as sentences. Raises what would keep it from starting."""
    if not data.is_dir():
        if data.exists() or not data.parent.is_dir():
            raise FolderError(f"There is no data folder {data}, and none can be made there: name another.")
        yield f"there is no data folder {data} yet: the gateway makes it"
    tls = tls_of(plan, data, plan.http.bind)
    check_bind(plan.http.bind, plain_http_allowed=plan.http.plain_http_allowed, encrypted=tls is not None)
    if plan.backup is not None:
        named = {"backup.key": plan.backup.key}
        named |= {f"backup.to[{at}].password": to.password for at, to in enumerate(plan.backup.to) if to.password}
        for where, secret in named.items():
            try:
                secret.read()
            except SecretMissing as missing:
                yield f"{where}: {missing}; backups fail until it is there"


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
