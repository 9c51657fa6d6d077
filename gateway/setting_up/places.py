"""Where a finding in compound.yaml belongs in the wizard: which step, which field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.setting_up.draft import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drivers.findings import Finding
    from gateway.setting_up.draft import Draft

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
        yield Misplaced(step if step in STEPS else "compound", path, finding.what)


def _of_channel(rest: list[str], draft: Draft) -> str:
    """`channels.0.settings.url`, `channels.0.secrets.key`."""
    channels = (draft.entered("channel") or {}).get("channels", ())
    if len(rest) < 2 or not rest[0].isdecimal() or int(rest[0]) >= len(channels):  # noqa: PLR2004 - index and key
        return ".".join(("channels", *rest))
    index, key, *below = rest
    if key in ("id", "kind"):
        return f"channels.{index}.{key}"
    part = "secrets" if key in channels[int(index)]["secrets"] else "settings"
    return ".".join(("channels", index, part, key, *below))
