"""What is wrong in a file that a person wrote: every finding at once, with file, line, key and what would be right.

YAML is read together with its line numbers, so that a complaint of pydantic's can point at the line that caused it.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeAlias, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Location: TypeAlias = tuple[int | str, ...]
"""Where a value stands in a file: the keys and list indices that lead to it."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong. `line` counts from 1; `key` is the dotted way to it; `what` says what would be right.

    `file` is "" for what stands in no single file.
    """

    file: str
    line: int
    key: str
    what: str

    def saying(self, what: str, key: str = "") -> Finding:
        """Another finding at the same place, or at a key below it."""
        return Finding(self.file, self.line, ".".join(filter(None, (self.key, key))), what)

    def __str__(self) -> str:
        """`file:line: key: what`, the form that editors can jump to."""
        where = (f"{self.file}:{self.line}" if self.file else "", self.key, self.what)
        return ": ".join(part for part in where if part)


@dataclass(frozen=True, slots=True)
class Written:
    """A YAML file as plain data, with the line of everything in it and the findings that reading it gave."""

    file: str
    data: Any
    lines: Mapping[Location, int]
    findings: tuple[Finding, ...]

    def finding(self, location: Location, what: str) -> Finding:
        """A finding at a location, or at the nearest thing around it that stands in the file."""
        known = location
        while known and known not in self.lines:
            known = known[:-1]
        return Finding(self.file, self.lines.get(known, 1), dotted(known), what)

    def below(self, location: Location) -> dict[Location, int]:
        """The lines of everything at and under a location, by the way from there."""
        return split(self.lines, location).get(None, {})


def split(lines: Mapping[Location, int], location: Location) -> dict[int | str | None, dict[Location, int]]:
    """The lines under each thing in a list or mapping, by its index or key, in one pass; None for the whole of it."""
    depth = len(location)
    found: dict[int | str | None, dict[Location, int]] = {None: {}}
    for way, line in lines.items():
        if way[:depth] == location:
            found[None][way[depth:]] = line
            if len(way) > depth:
                found.setdefault(way[depth], {})[way[depth + 1 :]] = line
    return found


def dotted(location: Location) -> str:
    """`points[3].address` for ("points", 3, "address")."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return text.removeprefix(".")


def read_yaml(path: Path) -> Written:
    """Read a YAML file. Never raises for its contents: what cannot be read is a finding and the data is then None.

    A file that cannot be opened, broken YAML and a key that is written twice (YAML would silently take the last) are
    findings.
    """
    file = str(path)
    try:
        loader = yaml.CSafeLoader(path.read_bytes())
    except OSError as error:
        return Written(file, None, {}, (Finding(file, 1, "", f"cannot be read: {error.strerror}"),))
    except yaml.YAMLError as error:
        return Written(file, None, {}, (_broken(file, error),))
    try:
        root = loader.get_single_node()
        if root is None:
            return Written(file, None, {}, (Finding(file, 1, "", "is empty"),))
        lines: dict[Location, int] = {}
        findings = tuple(Finding(file, line, dotted(at), "is written twice") for at, line in _walk(root, (), lines))
        return Written(file, loader.construct_document(root), lines, findings)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return Written(file, None, {}, (_broken(file, error),))
    finally:
        loader.dispose()


def _broken(file: str, error: Exception) -> Finding:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return Finding(file, mark.line + 1 if mark else 1, "", f"is not YAML: {problem}")


def _walk(node: yaml.Node, at: Location, lines: dict[Location, int]) -> Iterator[tuple[Location, int]]:
    """Note the line of every value under `node`; yield the keys that were there before, with their second line."""
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*at, str(key.value))
            if below in lines:
                yield below, key.start_mark.line + 1
            else:
                lines[below] = key.start_mark.line + 1
            yield from _walk(value, below, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*at, index), lines)


def explain(error: ValidationError, model: type[BaseModel], written: Written) -> tuple[Finding, ...]:
    """Turn pydantic's complaints about `written` into findings; an unknown key is told what it may have been."""
    found: dict[tuple[int, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        location: Location = detail["loc"]
        if detail["type"] == "extra_forbidden":
            what = _unknown_key(str(location[-1]), _model_at(model, location[:-1]))
        elif detail["type"] == "missing":
            what = f"the key {location[-1]!r} is missing"
        else:
            what = detail["msg"].removeprefix("Value error, ")
            if isinstance(detail["input"], str | int | float | bool):
                what += f" (found {detail['input']!r})"
        finding = written.finding(location, what)
        found.setdefault((finding.line, finding.key), []).append(what)
    return tuple(Finding(written.file, line, key, " or ".join(whats)) for (line, key), whats in found.items())


def _unknown_key(key: str, model: type[BaseModel] | None) -> str:
    if model is None:
        return "is not a known key"
    allowed = sorted(field.alias or name for name, field in model.model_fields.items())
    near = get_close_matches(key, allowed, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"is not a known key; {guess}known here: {', '.join(allowed)}"


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that checks the value at a location; None where no model stands there."""
    here: Any = model
    for step in location:
        if isinstance(here, type) and issubclass(here, BaseModel):
            named = here.model_fields.get(str(step))
            here = named.annotation if named else None
        else:
            here = get_args(here)[-1 if get_origin(here) is not tuple else 0] if get_args(here) else None
        if get_origin(here) in (Union, types.UnionType):
            here = next((choice for choice in get_args(here) if choice is not type(None)), None)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None
