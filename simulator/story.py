"""Stories: simulated happenings as data, read from YAML and refused with file and line where they make no sense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from simulator.acts import VERBS, ActRefused, Argument, Arguments, At, refuse_nonsense

STORIES = Path(__file__).parent / "stories"

_STORY_KEYS = ("about", "target", "steps")
_STEP_KEYS = ("at", "do", "where")


class StoryRefused(ValueError):
    """A story that cannot be told, as a sentence with file and line."""


@dataclass(frozen=True, slots=True)
class Target:
    """A door of a controller; door 0 is the controller as a whole. Written `b3u1/door1` or `b3u1`."""

    controller: str
    door: int = 0

    def __str__(self) -> str:
        return f"{self.controller}/door{self.door}" if self.door else self.controller


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
    path = STORIES / f"{name}.yaml"
    if name not in names():
        raise StoryRefused(f"there is no story {name!r}; there are: {', '.join(names())}")
    return read(path)


def names() -> tuple[str, ...]:
    """The shipped stories."""
    return tuple(sorted(path.stem for path in STORIES.glob("*.yaml")))


def read(path: Path) -> Story:
    """Read a story; raises `StoryRefused` for the first thing that is wrong."""
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeError) as error:
        raise StoryRefused(f"{path}: cannot be read ({error})") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise StoryRefused(f"{path}:{line}: {error.problem}") from None
    return _Reader(path).story(root)


def target_named(text: str) -> Target:
    """`b3u1/door1` or `b3u1`; raises `ValueError` with a sentence."""
    controller, slash, door = text.partition("/")
    if not slash:
        return Target(controller)
    number = door.removeprefix("door")
    if not controller or not door.startswith("door") or not number.isdecimal() or int(number) == 0:
        raise ValueError(f"{text!r} is no target; write b3u1/door1 for a door or b3u1 for a controller")
    return Target(controller, int(number))


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def story(self, root: yaml.Node | None) -> Story:
        if root is None:
            raise StoryRefused(f"{self._path}:1: the file is empty; a story has {', '.join(_STORY_KEYS)}")
        entries = self._entries(root, _STORY_KEYS, "a story")
        target = self._target(entries["target"])
        steps = entries["steps"]
        if not isinstance(steps, yaml.SequenceNode) or not steps.value:
            raise self._refusal(steps, "steps must be a list with at least one step")
        told_steps = tuple(self._step(node, target) for node in steps.value)
        return Story(self._path.stem, self._text(entries["about"]), target, told_steps)

    def _step(self, node: yaml.Node, target: Target) -> Step:
        entries = self._entries(node, ("at", "do"), "a step", closed=False)
        at = self._value(entries["at"])
        if isinstance(at, bool) or not isinstance(at, int | float) or at < 0:
            raise self._refusal(entries["at"], f"at is {at!r}; it must be seconds from the start, 0 or more")
        verb = self._text(entries["do"])
        arguments = {name: self._value(entry) for name, entry in entries.items() if name not in _STEP_KEYS}
        where = self._target(entries["where"]) if "where" in entries else None
        try:
            refuse_nonsense(verb, arguments)
        except ActRefused as error:
            raise self._refusal(node, str(error)) from None
        if VERBS[verb].at is At.DOOR and not (where or target).door:
            raise self._refusal(node, f"{verb!r} happens at a door, and {where or target} names none")
        return Step(float(at), verb, arguments, where)

    def _entries(
        self, node: yaml.Node, needed: tuple[str, ...], what: str, *, closed: bool = True
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._refusal(node, f"{what} must be keys and values")
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in entries:
                raise self._refusal(key, f"{name!r} is written twice")
            if closed and name not in needed:
                raise self._refusal(key, f"{what} has no key {name!r}; it has: {', '.join(needed)}")
            entries[name] = value
        for name in needed:
            if name not in entries:
                raise self._refusal(node, f"{what} needs {name!r}")
        return entries

    def _target(self, node: yaml.Node) -> Target:
        try:
            return target_named(self._text(node))
        except ValueError as error:
            raise self._refusal(node, str(error)) from None

    def _text(self, node: yaml.Node) -> str:
        value = self._value(node)
        if not isinstance(value, str) or not value:
            raise self._refusal(node, f"{value!r} must be text")
        return value

    def _value(self, node: yaml.Node) -> Argument:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refusal(node, "one value is expected here")
        value = yaml.safe_load(yaml.serialize(node))
        if value is None or isinstance(value, str | int | float):
            return value
        raise self._refusal(node, f"{node.value} is no text, number, true or false")

    def _refusal(self, node: yaml.Node, why: str) -> StoryRefused:
        return StoryRefused(f"{self._path}:{node.start_mark.line + 1}: {why}")
