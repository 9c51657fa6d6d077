"""Where a finding in compound.yaml belongs in the wizard: which step, which field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.setting_up.document import buildings
from gateway.setting_up.draft import STEPS
from gateway.setting_up.steps import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.findings import Finding
    from gateway.setting_up.draft import Draft, Entered

_CLOCK = ("timezone", "language")
_STEP_OF = {
    "compound": "compound",
    "buildings": "buildings",
    "grids": "grids",
    "people": "people",
    "roster": "people",
    "escalation": "people",
    "channels": "channel",
    "backup": "backup",
}
_FIRST = re.compile(r" \(first: .*:\d+\)$")
"""Where the first of two stands: a file that is there for the check alone."""
LEADER = "everybody is told by somebody: without a leader an alarm that nobody answers would end nowhere"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Something that is wrong with what was entered: `path` is the field of the step, "" for all of it."""

    step: str
    path: str
    why: str


def wrong_among_steps(draft: Draft) -> Iterator[Misplaced]:
    """What is wrong between steps that the written file could not show any more."""
    pattern = draft.entered("buildings") or {}
    yield from _wrong_buildings(pattern)
    left_out = {each["number"] for each in pattern.get("exceptions", ()) if each["left_out"]}
    taken: dict[int, str] = {}
    for index, grid in enumerate((draft.entered("grids") or {}).get("grids", ())):
        for at, number in enumerate(grid["buildings"]):
            path = f"grids.{index}.buildings.{at}"
            if number > pattern.get("count", 0) or number in left_out:
                yield Misplaced("grids", path, f"there is no building {number}")
            elif (other := taken.setdefault(number, grid["id"])) != grid["id"]:
                yield Misplaced("grids", path, f"building {number} belongs to {other} already")
    people = draft.entered("people") or {}
    if people.get("people") and not people["leader"]:
        yield Misplaced("people", "leader", LEADER)


def _wrong_buildings(pattern: Entered) -> Iterator[Misplaced]:
    """Exceptions that say nothing or twice, and buildings that people could not tell apart."""
    count, exceptions = pattern.get("count", 0), pattern.get("exceptions", ())
    at: dict[int, int] = {}  # of two exceptions of one building the last one counts
    for index, each in enumerate(exceptions):
        number = each["number"]
        if number > count:
            yield Misplaced("buildings", f"exceptions.{index}.number", f"there is no building {number}")
        elif number in at:
            yield Misplaced("buildings", f"exceptions.{index}.number", f"building {number} is an exception already")
        at[number] = index
    built = list(buildings(pattern, {}))
    if count and not built:
        yield Misplaced("buildings", f"exceptions.{len(exceptions) - 1}.number", "no building is left")
    named: dict[str, int] = {}
    for building in built:
        number = int(building["id"].removeprefix("b"))
        if (other := named.setdefault(building["name"], number)) != number:
            # the pattern alone names no two alike: one of them is an exception with a name
            index = next(at[each] for each in (number, other) if each in at and exceptions[at[each]]["name"])
            yield Misplaced("buildings", f"exceptions.{index}.name", f"{building['name']} is another building already")


def placed(findings: Iterable[Finding], draft: Draft) -> Iterator[Misplaced]:
    """Findings of `gridpost check` by step and field."""
    for finding in findings:
        section, *rest = re.sub(r"\[(\d+)\]", r".\1", finding.key).split(".")
        step = _STEP_OF.get(section, "compound")
        path = ".".join(rest)
        if section == "compound" and rest[:1] and rest[0] in _CLOCK:
            step = "clock"
        elif section == "grids" and (len(rest) == 1 or "team" in rest):
            if not (draft.entered("people") or {}).get("leader"):
                continue  # said once, at the field where a leader is chosen
            step, path = "people", "leader"
        elif section in ("grids", "people", "roster"):
            path = f"{section}.{path}"
        elif section == "channels":
            path = _of_channel(rest, draft)
        elif section in ("escalation", "buildings"):
            path = ""
        elif section == "backup":
            path = path.removeprefix("to.0.")
        yield Misplaced(step if step in STEPS else "compound", path, _FIRST.sub("", finding.what))


def _of_channel(rest: list[str], draft: Draft) -> str:
    """`channels.0.settings.url`, `channels.0.secrets.key`."""
    channels = (draft.entered("channel") or {}).get("channels", ())
    if len(rest) < 2 or not rest[0].isdecimal() or int(rest[0]) >= len(channels):  # noqa: PLR2004 - index and key
        return ".".join(("channels", *rest))
    index, key, *below = rest
    if key in ("id", "kind"):
        return f"channels.{index}.{key}"
    return ".".join(("channels", index, *part_of((key, *below), channels[int(index)]["secrets"]), key, *below))
