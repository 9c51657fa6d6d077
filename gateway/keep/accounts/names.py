"""Names of users: two that people cannot tell apart are one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from unicodedata import category, normalize

from gateway.keep.accounts.credentials import UserError

if TYPE_CHECKING:
    import sqlite3

NAME_LONGEST: Final = 80

_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, signs without a width, those that turn a line around, halves of signs, and ends of lines."""

_FILLERS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Letters by their category, of which nothing is to be seen."""


def check_name(connection: sqlite3.Connection, name: str) -> None:
    """Say nothing of a name that a new user may have.

    Raises `UserError` when it is empty, too long, has signs that nobody sees, or is somebody's: also in capitals, or in signs
    of another width (NFKC).
    """
    if not name:
        raise UserError("name_missing", "A user needs a name.")
    if len(name) > NAME_LONGEST:
        raise UserError("name_long", f"A name has at most {NAME_LONGEST} characters.")
    if any(sign in _FILLERS or category(sign) in _UNSEEN_CATEGORIES for sign in name):
        raise UserError("name_unseen", "A name has no signs that cannot be seen.")
    folded = _folded(name)
    for (taken,) in connection.execute("SELECT name FROM users"):
        if _folded(taken) == folded:
            why = f"There is a user {taken} already. Remove that one first or choose another name."
            raise UserError("name_taken", why)


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold())
