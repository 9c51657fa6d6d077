"""Stories: simulated happenings as data, shipped as `stories/*.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.verb import Arguments

STORIES = Path(__file__).parent / "stories"


class StoryRefused(ValueError):
    """A story that cannot be told, as a sentence with file and line."""


@dataclass(frozen=True, slots=True)
class Target:
    """A door of a controller; door 0 is the device as a whole: a controller, a sensor by its detector, a receiver.

    Written `b3u1/door1`, `b3u1`, `b3-2-501-smoke` or `rx-b3u2-1`.
    """

    device: str
    door: int = 0

    def __str__(self) -> str:
        return f"{self.device}/door{self.door}" if self.door else self.device


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
    """`b3u1/door1` or a device such as `b3u1`; raises `ValueError` with a sentence."""
    device, slash, door = text.partition("/")
    if not slash:
        return Target(device)
    number = door.removeprefix("door")
    if not device or not door.startswith("door") or not number.isdecimal() or int(number) == 0:
        raise ValueError(f"{text!r} is no target; write b3u1/door1 for a door or b3u1 for a controller")
    return Target(device, int(number))
