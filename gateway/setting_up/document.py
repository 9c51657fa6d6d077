"""From what was entered to compound.yaml: a file that its owner can read and change for ten years."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from gateway.setting_up.draft import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gateway.setting_up.draft import Draft, Entered

_HEAD = """\
# Written by the set-up wizard of Gridpost. From now on this file is yours: change it, `gridpost check` it, then reload.
# Lines, devices and detectors are not in it yet: docs/run-it.md. Every key: docs/reference/configuration.md
"""
_ABOVE = {
    "http": "Where the page is served. Phones: docs/tls.md",
    "grids": "Grids 网格 with their teams (docs/duty.md). Teams, people and rosters seed an empty store; later they are\n"
    "# changed on the page.",
    "people": "The staff, the best way to each person first.",
    "channels": "Ways to people (docs/channels.md). A P1 needs two that do not depend on each other, and one that rings.",
    "backup": "A copy of everything, every night (docs/backup.md). Keep its key off the box too.",
}
UNNAMED = {"zh-CN": "新小区", "en": "New compound"}


def document(draft: Draft, http: Mapping[str, Any] | None = None) -> str:
    """The whole of it as text. `http` is the section of that name, None for none."""
    entered = {step: draft.entered(step) or {} for step in STEPS}
    sections: dict[str, Any] = {"compound": compound(draft)}
    if http:
        sections["http"] = dict(http)
    leader = entered["people"].get("leader", "")
    grids = [_grid(grid, leader) for grid in entered["grids"].get("grids", ())]
    sections |= {
        "grids": grids,
        "people": [_person(person) for person in entered["people"].get("people", ())],
        "roster": [dict(roster) for roster in entered["people"].get("roster", ())],
        "buildings": list(buildings(entered["buildings"], entered["grids"])),
        "channels": [channel(each, draft) for each in entered["channel"].get("channels", ())],
    }
    if entered["backup"]:
        sections["backup"] = backup(entered["backup"], draft)
    return _HEAD + "".join(_section(name, value) for name, value in sections.items() if value)


def provisional(draft: Draft) -> str:
    """The configuration of the gateway that serves the wizard: who it is, and nothing else."""
    return _section("compound", compound(draft)).lstrip()


def compound(draft: Draft) -> dict[str, Any]:
    """The section `compound`."""
    clock = draft.entered("clock") or {}
    unnamed = {"id": "compound", "name": UNNAMED[clock.get("language", "zh-CN")]}
    return {**unnamed, **(draft.entered("compound") or {}), **clock}


def buildings(pattern: Entered, grids: Entered) -> Iterator[dict[str, Any]]:
    """The section `buildings`: a pattern and its exceptions, one after the other."""
    grid_of = {number: grid["id"] for grid in grids.get("grids", ()) for number in grid["buildings"]}
    otherwise = {each["number"]: each for each in pattern.get("exceptions", ())}
    for number in range(1, pattern.get("count", 0) + 1):
        said = otherwise.get(number, {})
        if said.get("left_out"):
            continue
        counts = {key: _first(said.get(key), pattern[key]) for key in ("units", "floors", "flats_per_floor")}
        name = said.get("name") or pattern["name"].replace("{n}", str(number))
        grid = {"grid": grid_of[number]} if number in grid_of else {}
        yield {"id": f"b{number}", "name": name, **grid, **counts}


def channel(entered: Entered, draft: Draft) -> dict[str, Any]:
    """One of the section `channels`: its secrets by the files in which they are. `answers.app_id` stands in its `answers`."""
    secrets = {key: {"file": str(draft.secret(secret_name(entered["id"], key)))} for key in entered["secrets"]}
    whole: dict[str, Any] = {"id": entered["id"], "kind": entered["kind"]}
    for key, value in {**entered["settings"], **secrets}.items():
        group, dot, below = key.partition(".")
        if not dot:
            whole[key] = dict(value) if isinstance(value, dict) else value
        elif isinstance(inner := whole.setdefault(group, {}), dict):  # what it is else, the channel's own model refuses
            inner[below] = value
    return whole


def backup(entered: Entered, draft: Draft) -> dict[str, Any]:
    """The section `backup`."""
    place = {key: entered[key] for key in ("folder", "same_disk_allowed", "url", "username") if entered[key]}
    if entered["username"]:
        place["password"] = {"file": str(draft.secret(BACKUP_PASSWORD))}
    return {
        "key": {"file": str(draft.secret(BACKUP_KEY))},
        "at": entered["at"],
        "keep": entered["keep"],
        "to": [place],
    }


BACKUP = "backup"
BACKUP_KEY, BACKUP_PASSWORD = f"{BACKUP}.key", f"{BACKUP}.password"
"""What the files of its secrets are called. No channel has that name: theirs are called so too."""


def secret_name(channel_id: str, key: str) -> str:
    """What the file of a channel's secret is called."""
    return f"{channel_id}.{key}"


def _grid(entered: Entered, leader: str) -> dict[str, Any]:
    code = {"code": entered["code"]} if entered["code"] else {}
    team = {"team": {"leader": [leader]}} if leader else {}
    return {"id": entered["id"], "name": entered["name"], **code, **team}


def _person(entered: Entered) -> dict[str, Any]:
    account = {"account": entered["account"]} if entered["account"] else {}
    return {"id": entered["id"], "name": entered["name"], **account, "reach": entered["reach"]}


def _first(said: int | None, otherwise: int) -> int:
    return otherwise if said is None else said


def _section(name: str, value: object) -> str:
    """A section with its comment; what is a list has an entry a line."""
    above = f"# {_ABOVE[name]}\n" if name in _ABOVE else ""
    if isinstance(value, list):
        return f"\n{above}{name}:\n" + "".join(_entry(name, each) for each in value)
    return f"\n{above}{name}:\n" + "".join(f"  {key}: {_flow(each)}\n" for key, each in _items(value))


def _entry(section: str, entry: Mapping[str, Any]) -> str:
    if section != "roster":
        return f"  - {_flow(entry)}\n"
    shifts = "".join(f"      - {_flow(_shift(shift))}\n" for shift in entry["shifts"])
    return f"  - grid: {_flow(entry['grid'])}\n    shifts:\n{shifts}"


def _shift(shift: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: every day, and nobody as deputy."""
    whole_week = len(shift["days"]) == 7  # noqa: PLR2004 - days of a week
    return {key: value for key, value in shift.items() if not (key == "days" and whole_week) and value != ""}


def _items(section: object) -> Iterable[tuple[str, object]]:
    assert isinstance(section, dict)  # noqa: S101 - what is no list
    return section.items()


def _flow(value: object) -> str:
    """A value on one line, quoted wherever YAML would take it for something else."""
    said = yaml.dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10_000)
    return said.removesuffix("\n").removesuffix("\n...")
