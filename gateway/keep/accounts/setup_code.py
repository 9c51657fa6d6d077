"""The set-up code of a box: what its label says, by which the first administrator comes in. Only a hash of it is kept.

Twenty-four digits in groups of three, because digits look the same in every typeface and can be typed on every keyboard, a
Chinese one too: 79 bits, of which a fast hash gives nothing away.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import unicodedata
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from gateway.keep.folder import FolderError

if TYPE_CHECKING:
    from pathlib import Path

CODE_FILE: Final = "set-up.code"
"""Its name in the data folder."""

GROUPS, DIGITS = 8, 3


def make_setup_code(data: Path, utc: float) -> str:
    """A new code in the place of any old one. It is shown once and never again. Raises FolderError where none can be kept."""
    code = "".join(str(secrets.randbelow(10)) for _ in range(GROUPS * DIGITS))
    salt = secrets.token_hex(16)
    fresh = data / f".{CODE_FILE}.{os.getpid()}"
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"salt": salt, "hash": _hash(salt, code), "made_utc": utc}, file)
            file.flush()
            os.fsync(file.fileno())
        if os.geteuid() == 0:  # made by root: the gateway must be able to read it, and to void it
            owner = data.stat()
            os.chown(fresh, owner.st_uid, owner.st_gid)
        fresh.rename(data / CODE_FILE)
    except OSError as error:
        raise FolderError(f"The set-up code cannot be kept in {data}: {error.strerror}.") from error
    return code


def in_groups(code: str) -> str:
    """As it stands on the label: `402 918 ...`."""
    return " ".join(code[at : at + DIGITS] for at in range(0, len(code), DIGITS))


def is_waiting(data: Path) -> bool:
    """Whether there is a code that nobody has used."""
    return (data / CODE_FILE).exists()


def is_setup_code(data: Path, typed: str) -> bool:
    """Whether it is the code that waits; how it is grouped does not matter, nor with which width its digits were typed."""
    try:
        kept = json.loads((data / CODE_FILE).read_bytes())
        salt, right = str(kept["salt"]), str(kept["hash"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    digits = "".join(letter for letter in unicodedata.normalize("NFKC", typed) if letter in "0123456789")
    return compare_digest(_hash(salt, digits), right)


def void_setup_code(data: Path) -> bool:
    """Let the code be no more; False when somebody was quicker."""
    try:
        (data / CODE_FILE).unlink()
    except FileNotFoundError:
        return False
    return True


def _hash(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()
