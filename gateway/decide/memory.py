"""What is remembered may be damaged: one row that cannot be read must not keep the judgement from starting, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json

T = TypeVar("T")

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError)
"""What a body that is JSON, and not the JSON that was written, makes its reader raise: a flipped bit in a key or a number."""


def with_sound_memory(build: Callable[[Mapping[str, Json]], T], remembered: Mapping[str, Json]) -> tuple[T, list[str]]:
    """Build with all that can be read; the keys of what could not are returned with it.

    Raises what `build` raises where no memory is to blame.
    """
    left_out: list[str] = []
    while True:
        try:
            return build(remembered), left_out
        except UNREADABLE:
            if _fails(build, {}):
                raise
            culprit = _culprit(build, remembered)
            left_out.append(culprit)
            remembered = {key: body for key, body in remembered.items() if key != culprit}


def _culprit(build: Callable[[Mapping[str, Json]], T], remembered: Mapping[str, Json]) -> str:
    """The key with which building begins to fail, found by halving: each try takes as long as a start."""
    keys = list(remembered)
    sound, unsound = 0, len(keys)
    while unsound - sound > 1:
        middle = (sound + unsound) // 2
        if _fails(build, {key: remembered[key] for key in keys[:middle]}):
            unsound = middle
        else:
            sound = middle
    return keys[unsound - 1]


def _fails(build: Callable[[Mapping[str, Json]], T], remembered: Mapping[str, Json]) -> bool:
    try:
        build(remembered)
    except UNREADABLE:
        return True
    return False
