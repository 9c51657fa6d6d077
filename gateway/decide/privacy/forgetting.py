"""A permit that is nobody's any more, and a text in which somebody is not named any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gateway.permit import Standing

if TYPE_CHECKING:
    from collections.abc import Collection

    from gateway.permit import Permit

NO_CREDENTIAL: Final = "0" * 16
"""No card and no code hashes to it (`gateway/decide/permits/rows.py` refuses it)."""

GONE: Final = "〔…〕"
"""What stands where a name stood."""


def nobodys(permit: Permit) -> Permit:
    """The permit without a word of its person. Id, doors, times and whether it was a visitor's stay."""
    return replace(
        permit, person="", name="", household="", credential=NO_CREDENTIAL, note="", standing=Standing.REVOKED
    )


def without(text: str, names: Collection[str]) -> str:
    """A text that somebody typed, without these names. A longer name first: of 王小 and 王小明, 明 would be left."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, GONE)
    return text
