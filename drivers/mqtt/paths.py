"""Paths into JSON, as a profile writes them: `p.p01.a`, `list[0].v`, and "" for the whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator

from drivers.mqtt.reading_json import Odd

if TYPE_CHECKING:
    from drivers.contract import Json

Steps: TypeAlias = tuple[str | int, ...]
"""A path, ready to be followed: a text leads into an object, a number into a list."""

MISSING: Final[Any] = object()
"""What stands at a path that leads nowhere."""

_STEP = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d{1,4}|\{[a-z]+\})\]")
_PLACES = re.compile(r"\{([a-z_]+)\}")

MARKS: Final = frozenset({"number", "index"})
"""What else than the group's own name may stand in braces: a part's number, and its position in the group from 0."""


def steps(path: str) -> Steps:
    """The steps of a path without braces. Raises ValueError with a sentence when it is none."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError("is no path: write it as a.b[0].c, names and list positions from 0")
        found.append(int(match[2]) if match[2] is not None and match[2].isdecimal() else match[1] or match[2])
        at = match.end()
    return tuple(found)


def marks(path: str) -> frozenset[str]:
    """What stands in braces in a path."""
    return frozenset(_PLACES.findall(path))


def _is_path(path: str) -> str:
    steps(path)
    return path


Path: TypeAlias = Annotated[str, AfterValidator(_is_path)]
"""A path as a profile writes it."""


def follow(data: Json, way: Steps) -> Json:
    """What stands there, None for null, or MISSING. Raises Odd where the way leads through something of another shape."""
    for step in way:
        if type(data) is dict and type(step) is str:
            data = data.get(step, MISSING)
        elif type(data) is list and isinstance(step, int):
            data = data[step] if step < len(data) else MISSING
        elif data is None or data is MISSING:
            return MISSING
        else:
            what = "object" if isinstance(step, str) else "list"
            raise Odd(f"{written(way)}: where {written((step,))} should be is no {what}")
    return data


def written(way: Steps) -> str:
    """The path as a profile writes it."""
    text = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in way)
    return text.removeprefix(".") or "the whole"
