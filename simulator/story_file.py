"""Reading a story from YAML; what makes no sense is refused with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from simulator.acts import refuse_nonsense
from simulator.story import Step, Story, StoryRefused, Target, target_named
from simulator.verb import ActRefused, Argument

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STORY_KEYS = ("about", "target", "steps")
_STEP_KEYS = ("at", "do", "where", "times", "every")
_MOST_TIMES = 10_000


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
        told_steps = tuple(step for node in steps.value for step in self._steps(node, target))
        return Story(self._path.stem, self._text(entries["about"]), target, told_steps)

    def _steps(self, node: yaml.Node, target: Target) -> Iterator[Step]:
        """A step, and its repetitions."""
        entries = self._entries(node, ("at", "do"), "a step", closed=False)
        at = self._value(entries["at"])
        if isinstance(at, bool) or not isinstance(at, int | float) or at < 0:
            raise self._refusal(entries["at"], f"at is {at!r}; it must be seconds from the start, 0 or more")
        verb = self._text(entries["do"])
        arguments = {name: self._value(entry) for name, entry in entries.items() if name not in _STEP_KEYS}
        where = self._target(entries["where"]) if "where" in entries else None
        try:
            place = where or target
            refuse_nonsense(verb, place.door, arguments, place.part)
        except ActRefused as error:
            raise self._refusal(node, str(error)) from None
        times, every = (self._repeated(entries, name, at_least) for name, at_least in (("times", 1), ("every", 0)))
        if times > _MOST_TIMES or times % 1:
            raise self._refusal(entries["times"], f"times must be a whole number up to {_MOST_TIMES:,}")
        for time in range(int(times)):
            yield Step(at + time * every, verb, arguments, where)

    def _repeated(self, entries: dict[str, yaml.Node], name: str, at_least: int) -> float:
        value = self._value(entries[name]) if name in entries else 1.0
        if isinstance(value, bool) or not isinstance(value, int | float) or value < at_least:
            raise self._refusal(entries[name], f"{name} is {value!r}; it must be a number, {at_least} or more")
        return value

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
