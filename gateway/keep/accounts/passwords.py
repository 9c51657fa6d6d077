"""Passwords and PINs: what may be one, and the slow hash that is kept of it (argon2id, RFC 9106).

The hash runs off the event loop, on two threads: one for whoever is not known yet, one for people whose device or session is,
so that guessing strangers never keep them waiting. Two at a time is also the bound of its memory.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable

_Found = TypeVar("_Found")

SHORTEST = 10
"""Characters of a password; a Chinese one counts two, for there are thousands of them."""

LONGEST = 200
PIN_SHORTEST, PIN_LONGEST = 4, 8

_WORST: Final = re.compile(
    "administrator|5201314|passw[o0]rd|gridpost|iloveyou|woaini|caonima|qazwsx|1q2w3e4r|1qaz2wsx|qwertyuiop|asdfghjkl|zxcvbnm|"
    "qwerty|asdf|zxcv|admin|welcome|letmein|monkey|dragon|root|user|test|abc|1314|520|147|258|369|"
    "0?123456789?0?|12345|1234|123|9876543210|987654321|87654321|654321|321"
)
"""What guessers try first: the commonest words of the lists that are traded, in English and Chinese."""

_OWN_PART = 5
"""So many characters of a password must be left once the worst words and digits in a row are taken out of it."""

_VARIED = 3
"""And so many different ones."""

_WORST_PINS: Final = frozenset({"1314", "520520", "5201314", "2580", "0852", "147258", "258369", "147258369", "110119"})
_NICENESS = 10
"""A flood of guesses takes what the rest of the house leaves of a processor."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs. Measured at 2.5 GHz: 3 passes over 32 MiB take 0.15 s."""

    passes: int = 3
    kib: int = 32 * 1024


def password_objection(password: str, name: str) -> str | None:
    """Why this cannot be the password of a user of that name; None when it can.

    "password_short", "password_long", "password_name" (it holds the name, or the other way round), "password_common".
    """
    said = unicodedata.normalize("NFKC", password).casefold()
    own_name = unicodedata.normalize("NFKC", name).casefold()
    if len(said) > LONGEST:
        return "password_long"
    if sum(2 if unicodedata.east_asian_width(each) == "W" else 1 for each in said) < SHORTEST:
        return "password_short"
    rest = said.replace(own_name, "") if len(own_name) > 1 else said
    if len(rest) < _OWN_PART:
        return "password_name"
    rest = _WORST.sub("", rest)
    return "password_common" if len(rest) < _OWN_PART or len(set(rest)) < _VARIED else None


def pin_objection(pin: str) -> str | None:
    """Why this cannot be a PIN; None when it can. "pin_shape": not 4 to 8 digits. "pin_common": a row such as 0000 or 1234."""
    if not (pin.isascii() and pin.isdecimal() and PIN_SHORTEST <= len(pin) <= PIN_LONGEST):
        return "pin_shape"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeated = any(pin == pin[:part] * (len(pin) // part) for part in (1, 2) if len(pin) % part == 0)
    return "pin_common" if len(steps) == 1 or repeated or pin in _WORST_PINS else None


class Hashing:
    """Makes and checks hashes, `strangers` on a thread of their own. The parameters stand in each hash, so they may change."""

    def __init__(self, cost: Cost = Cost()) -> None:
        self._hasher = PasswordHasher(cost.passes, cost.kib, parallelism=1, type=Type.ID)
        self._strangers = ThreadPoolExecutor(1, "hashing for strangers", initializer=_be_nice)
        self._known = ThreadPoolExecutor(1, "hashing", initializer=_be_nice)
        self._nobody: str | None = None

    def close(self) -> None:
        """Forget who waits; what is being hashed ends first."""
        self._strangers.shutdown(cancel_futures=True)
        self._known.shutdown(cancel_futures=True)

    def hash_now(self, secret: str) -> str:
        """What is kept of a password or PIN; takes a fraction of a second, in the caller's thread."""
        return self._hasher.hash(_normal(secret))

    async def hash(self, secret: str) -> str:
        """What is kept of a password or PIN."""
        return await self._on(self._known, lambda: self.hash_now(secret))

    async def fits(self, kept: str, secret: str, *, stranger: bool) -> bool:
        """Whether a secret is the one of which `kept` is kept. `kept` "" fits nothing, and takes as long as anything else."""
        return await self._on(self._strangers if stranger else self._known, lambda: self._fits(kept, secret))

    def outdated(self, kept: str) -> bool:
        """Whether a hash was made at another cost than is usual now."""
        return self._hasher.check_needs_rehash(kept)

    def _fits(self, kept: str, secret: str) -> bool:
        if not kept:
            if self._nobody is None:
                self._nobody = self._hasher.hash(secrets.token_urlsafe())
            kept, secret = self._nobody, ""
        try:
            return self._hasher.verify(kept, _normal(secret))
        except (VerificationError, InvalidHashError):
            return False

    async def _on(self, thread: ThreadPoolExecutor, work: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


def _normal(secret: str) -> bytes:
    """The same bytes for the same letters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "replace")


def _be_nice() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
