"""Codes of grids and of the levels above them, as counties and streets number them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.config.people import Codes

USUAL = {"county": r"^\d{6}$", "street": r"^\d{9}$", "community": r"^\d{12}$", "grid": r"^\d{15}$"}
"""GB/T 2260 (6 digits), GB/T 10114 (3 more for the street), the statistical code of a community (3 more), and the deployed
practice of three more for the grid. Other schemes: 14 digits (CJ/T 213), 17, and 20 (CJ/T 349)."""

PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82)
)
"""The first two digits: provinces, regions and municipalities of GB/T 2260."""

STREETS = range(1, 600)
"""GB/T 10114: 001-099 streets, 100-199 towns, 200-399 townships, 400-599 units that are both."""

_CLASS_FIRST = 20
"""A code of so many digits (CJ/T 349) begins with six that say what it names; the county follows."""


def wrong_in_code(codes: Codes, level: str, code: str, parent: str) -> Iterator[str]:
    """What is wrong with the code of something of that level under a parent with that code; no code is no wrong one."""
    if not code:
        return
    pattern = codes.patterns.get(level, USUAL.get(level))
    if pattern is not None and re.search(pattern, code) is None:
        yield f"{code!r} is no code of a {level}: it does not fit {pattern} (codes.patterns)"
        return
    if not codes.check_numbers or not code.isascii() or not code.isdecimal():
        return
    yield from _wrong_numbers(_of_place(code))
    if parent and not _of_place(code).startswith(_of_place(parent)):
        yield f"{code!r} does not begin with {_of_place(parent)!r}, the code of its parent"


def _of_place(code: str) -> str:
    return code[6:] if len(code) == _CLASS_FIRST else code


def _wrong_numbers(digits: str) -> Iterator[str]:
    if len(digits) >= 6 and int(digits[:2]) not in PROVINCES:  # noqa: PLR2004 - a county has six digits
        yield f"{digits[:6]} is no county: there is no province {digits[:2]}"
    if len(digits) >= 9 and int(digits[6:9]) not in STREETS:  # noqa: PLR2004 - six and three digits
        yield f"{digits[6:9]} is no street: GB/T 10114 numbers them from 001 to 599"
    if len(digits) >= 12 and digits[9:12] == "000":  # noqa: PLR2004 - six, three and three digits
        yield "000 is no community: they are numbered from 001"
