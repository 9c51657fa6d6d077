"""A permit that is nobody's any more, and a text in which somebody is not named any more."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.actor import Role
from gateway.model import Change
from gateway.permit import Standing

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.permit import Permit

NO_CREDENTIAL: Final = "0" * 16
"""No card and no code hashes to it (`gateway/decide/permits/rows.py` refuses it)."""

GONE: Final = "〔…〕"
"""What stands where a name stood."""


SHORTEST: Final = 2
"""A name of one character is half of the words of a language: it is a name where it stands alone, and nowhere within a text."""

_OF_THE_HOUSE: Final = frozenset(
    {each.value for vocabulary in (Role, Change, Standing) for each in vocabulary}
    | {
        "signed in", "signed out", "system", "house", "user", "person", "session", "token", "permit", "alarm", "incident",
    }
)  # fmt: skip
"""Words that the house itself writes: whoever enters them as a name does not mean a person."""

_SPELT = r"[^\W\u2e80-\U0010ffff]"
"""A letter or digit of a script that sets spaces between words; Chinese does not."""


def nobodys(permit: Permit) -> Permit:
    """The permit without a word of its person. Id, doors, times and whether it was a visitor's stay."""
    return replace(
        permit, person="", name="", household="", credential=NO_CREDENTIAL, note="", standing=Standing.REVOKED
    )


def telling(names: Collection[str]) -> frozenset[str]:
    """Those of the names that tell of somebody within a text too."""
    return frozenset(name for name in names if len(name) >= SHORTEST and not _is_of_the_house(name))


def without(text: str, names: Collection[str]) -> str:
    """A text that somebody typed, without these names. A longer name first: of 王小 and 王小明, 明 would be left.

    A name in Latin letters is meant where it stands as a whole word, one of a single character where it is the whole text, and
    one that the house itself writes, such as "administrator", nowhere.
    """
    if text in names:
        return text if _is_of_the_house(text) else GONE
    within = telling(names)
    return _pattern(within).sub(GONE, text) if within else text


def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    # what stands for a name already stays: 〔… may be one
    return re.compile("|".join([re.escape(GONE), *map(_whole, longest_first)]))


def _whole(name: str) -> str:
    begins, ends = (re.match(_SPELT, letter) is not None for letter in (name[0], name[-1]))
    return f"{f'(?<!{_SPELT})' if begins else ''}{re.escape(name)}{f'(?!{_SPELT})' if ends else ''}"


def _is_of_the_house(name: str) -> bool:
    return name.strip().casefold() in _OF_THE_HOUSE
