"""How the qualities of points stand in a line's `faults`: `temperature bad: out of range;door1.open good`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Fault, Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

UNHEARD = Fault(Quality.BAD, "unheard")
"""What every point of a group has from the moment at which the group fell silent until it speaks again."""

_WORDS = {Quality.GOOD: "good", Quality.UNCERTAIN: "uncertain", Quality.BAD: "bad"}
_QUALITIES = {word: quality for quality, word in _WORDS.items()}


def in_words(key: str, fault: Fault | None) -> str:
    """One point's quality: `key quality` or `key quality: why`. Joined by `;`, so that a reason has none of its own."""
    if fault is None:
        return f"{key} good"
    if fault == UNHEARD:
        return f"{key} unheard"
    why = fault.why.replace(";", ",")
    return f"{key} {_WORDS[fault.quality]}: {why}" if why else f"{key} {_WORDS[fault.quality]}"


def from_words(faults: str) -> Iterator[tuple[str, Fault | None]]:
    """The points that a line's `faults` speaks of, each with its fault, None for good ones.

    A quality that nobody knows counts as bad: a newer Gridpost may have written it.
    """
    for part in filter(None, faults.split(";")):
        said, _, why = part.partition(": ")
        key, _, word = said.rpartition(" ")
        if word == "unheard":
            yield key, UNHEARD
        elif word == "good":
            yield key, None
        else:
            yield key, Fault(_QUALITIES.get(word, Quality.BAD), why)
