"""An alarm's own sentence in the language of people, from the catalogue that the page uses; never with a name in it."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import NamedTuple

from dashboards.texts import LANGUAGES, catalogue
from gateway.decide.rules import FIRE_DOORS_SHUT, POWER_CUT

SPOKEN = frozenset({FIRE_DOORS_SHUT, POWER_CUT})
"""Rules whose sentences are written for people in the language of the compound already: lists of doors and places."""

_NAMES = frozenset({"who", "name"})
_KEY = "why."


class _Sentence(NamedTuple):
    pattern: re.Pattern[str]
    text: str


@cache
def _sentences(language: str) -> tuple[_Sentence, ...]:
    """The sentences with something to fill in, the longest first; those that name somebody are not among them."""
    found = []
    for key, text in catalogue(language).items():
        if key.startswith(_KEY) and "{" in key:
            parts = list(Formatter().parse(key.removeprefix(_KEY)))
            names = [name for _, name, _, _ in parts if name is not None]
            if not _NAMES.intersection(names) and len(set(names)) == len(names):
                pattern = "".join(
                    re.escape(said) + ("" if name is None else f"(?P<{name}>.+?)") for said, name, _, _ in parts
                )
                found.append(_Sentence(re.compile(pattern, re.DOTALL), text))
    return tuple(sorted(found, key=lambda each: -len(each.pattern.pattern)))


def reason(language: str, rule: str, why: str) -> str:
    """The sentence for people, "" where there is none that may be said."""
    if not why or rule in SPOKEN:
        return why
    if (text := catalogue(language).get(f"{_KEY}{why}")) is not None:
        return text
    for sentence in _sentences(language):
        if (found := sentence.pattern.fullmatch(why)) is not None:
            said = {name: _inner(language, name, value) for name, value in found.groupdict().items()}
            return "" if None in said.values() else sentence.text.format(**said)
    return ""


def _inner(language: str, name: str, value: str) -> str | None:
    """A reason within a reason is translated too; one that cannot be is not said."""
    if name != "why" or language != LANGUAGES[0]:
        return value
    return reason(language, "", value) or None
