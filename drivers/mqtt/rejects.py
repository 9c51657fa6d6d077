"""Messages that could not be taken as data, kept for a person to look at: bounded, newest first, without what may be a code."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from drivers.contract import Rejected

KEPT: Final = 50
EXCERPT_CHARACTERS: Final = 1_000

_MAY_BE_A_CODE: Final = re.compile(r"[0-9A-Fa-f]*[0-9][0-9A-Fa-f]*")
_SHORTEST_CODE: Final = 4
"""Shorter runs of digits are measured values and port numbers."""


class Rejects:
    """The last messages that were rejected; the same reason on the same topic again only counts."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Rejected] = OrderedDict()

    def add(self, topic: str, why: str, payload: bytes, now_utc: float) -> None:
        """Remember one: its beginning where it is the first, the time and the count where it is not."""
        topic = printable(topic[:EXCERPT_CHARACTERS])
        before = self._kept.pop((topic, why), None)
        if before is not None:
            self._kept[topic, why] = replace(before, received_utc=now_utc, times=before.times + 1)
            return
        self._kept[topic, why] = Rejected(topic, why, len(payload), excerpt(payload), now_utc)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def newest_first(self) -> tuple[Rejected, ...]:
        """All that is kept."""
        return tuple(reversed(self._kept.values()))


def excerpt(payload: bytes) -> str:
    """The beginning of a payload in characters that can be shown, with all that may be a code or a card masked."""
    return _MAY_BE_A_CODE.sub(_masked, printable(payload[:EXCERPT_CHARACTERS].decode("utf-8", "replace")))


def printable(text: str) -> str:
    """Without characters that do something to a terminal or a page."""
    return "".join(c if c.isprintable() else "\N{MIDDLE DOT}" for c in text)


def _masked(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) < _SHORTEST_CODE else "****"
