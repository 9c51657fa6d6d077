"""Stories: simulated happenings as data, shipped as `stories/*.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.verb import Arguments

STORIES = Path(__file__).parent / "stories"
_OTHER_PART = re.compile(r"[cp]\d\d|(connector|contactor)\d+")


class StoryRefused(ValueError):
    """A story that cannot be told, as a sentence with file and line."""


@dataclass(frozen=True, slots=True)
class Target:
    """A door of a controller, a compartment of a locker, a port of a charger; or, with neither, the device as a whole.

    Written `b3u1/door1`, `locker2/c07`, `shed3-pile/p05`, `pile4/connector1`, or `b3u1`, `b3-2-501-smoke`, `locker2`, `cut1`.
    """

    device: str
    door: int = 0
    part: str = ""
    """What is no door: a compartment or a port."""

    def __str__(self) -> str:
        part = f"door{self.door}" if self.door else self.part
        return f"{self.device}/{part}" if part else self.device

    def on(self, device: str) -> Target:
        """The same part of another device."""
        return Target(device, self.door, self.part)


@dataclass(frozen=True, slots=True)
class Step:
    """So many seconds after the start something happens, at the story's target unless `where` says otherwise."""

    at_seconds: float
    verb: str
    arguments: Arguments
    where: Target | None


@dataclass(frozen=True, slots=True)
class Story:
    """A story, named by its file."""

    name: str
    about: str
    target: Target
    steps: tuple[Step, ...]


def told(name: str) -> Story:
    """The shipped story of this name; raises `StoryRefused`, with the names that there are, when there is none."""
    if name not in names():
        raise StoryRefused(f"there is no story {name!r}; there are: {', '.join(names())}")
    from simulator.story_file import read  # YAML takes its time to load, and only who tells a story needs it

    return read(STORIES / f"{name}.yaml")


def names() -> tuple[str, ...]:
    """The shipped stories."""
    return tuple(sorted(path.stem for path in STORIES.glob("*.yaml")))


def target_named(text: str) -> Target:
    """`b3u1/door1`, `locker2/c07` or a device such as `b3u1`; raises `ValueError` with a sentence."""
    device, slash, part = text.partition("/")
    if not slash:
        return Target(device)
    number = part.removeprefix("door")
    if device and part.startswith("door") and number.isdecimal() and int(number):
        return Target(device, int(number))
    if device and _OTHER_PART.fullmatch(part):
        return Target(device, part=part)
    raise ValueError(
        f"{text!r} is no target; write b3u1/door1 for a door, locker2/c07 for a compartment, b3u1 for a device"
    )
