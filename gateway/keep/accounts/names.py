"""Names of users: two that people cannot tell apart are one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from gateway.keep.accounts.credentials import UserError

if TYPE_CHECKING:
    import sqlite3

NAME_LONGEST: Final = 80

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
"""Control characters, signs without a width, and those that turn a line around."""


def check_name(connection: sqlite3.Connection, name: str) -> None:
    """Whether a new user may have this name. Raises `UserError` when it is empty, too long, has signs that nobody sees, or is
    somebody's: also in other letters of the same look (`Ｗａｎｇ` and `wang`)."""
    if not name:
        raise UserError("name_missing", "A user needs a name.")
    if len(name) > NAME_LONGEST:
        raise UserError("name_long", f"A name has at most {NAME_LONGEST} characters.")
    if _UNSEEN.search(name):
        raise UserError("name_unseen", "A name has no signs that cannot be seen.")
    folded = _folded(name)
    for (taken,) in connection.execute("SELECT name FROM users"):
        if _folded(taken) == folded:
            why = f"There is a user {taken} already. Remove that one first or choose another name."
            raise UserError("name_taken", why)


def _folded(name: str) -> str:
    return normalize("NFKC", normalize("NFKC", name).casefold())
