"""The ledger of erasures: whom the house was told to forget. A backup that is restored must not bring him back.

A file of signed lines in the data folder; a copy is in every backup and beside the backups at their places. It names nobody: a
person stands there as a mark, a hash under the site key that stands nowhere else, so that a file of an older time can be asked
whether it knows him. A line says that an erasure was begun, a second one that it is complete; what a power cut left between
the two is completed at the next start.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.keep.audit.signing import signed
from gateway.keep.permit_csv import person_hash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gateway.keep.audit.signing import Signer
    from gateway.permit import Permit

LEDGER: Final = "erasures.jsonl"
"""Its name in the data folder and in a backup."""

_MARK_BYTES = 16


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person who was forgotten: his mark, since when, who did it (a user's id), and whether it is complete."""

    mark: str
    utc: float
    by: str
    complete: bool


def ledger_beside(compound: str) -> str:
    """The name of the copy at a place of backups."""
    return f"gridpost-{compound}.erasures"


def person_of(permit: Permit, site_key: bytes) -> str:
    """Who is meant by a permit: his pseudonym, 16 hex digits; "" when that was erased."""
    if permit.person or not permit.name:
        return permit.person
    return person_hash(site_key, f"{permit.household}/{permit.name}")


def mark_of(person: str, site_key: bytes) -> str:
    """How the ledger calls a person, by his pseudonym."""
    return hmac.digest(site_key, f"erased:{person}".encode(), sha256)[:_MARK_BYTES].hex()


class Ledger:
    """The ledger of a data folder."""

    def __init__(self, data: Path, signer: Signer) -> None:
        self.path = data / LEDGER
        self._signer = signer

    def read(self) -> tuple[Erasure, ...]:
        """All erasures in the order in which they were begun; none where there is no ledger."""
        return read_ledger(self.path, self._signer.public)[0]

    def begin(self, mark: str, utc: float, by: str) -> None:
        """A person is going to be forgotten: on disk when this returns. Raises OSError."""
        self._append({"mark": mark, "utc": utc, "by": by, "complete": False})

    def complete(self, mark: str, utc: float, by: str) -> None:
        """Nothing names him any more. Raises OSError."""
        self._append({"mark": mark, "utc": utc, "by": by, "complete": True})

    def take(self, erasures: Iterable[Erasure]) -> None:
        """Enter what other ledgers of this compound know, as begun anew: this folder may still name them. Raises OSError."""
        known = {each.mark for each in self.read()}
        for each in erasures:
            if each.mark not in known:
                self.begin(each.mark, each.utc, each.by)

    def _append(self, line: dict[str, object]) -> None:
        signature = self._signer.sign(_canonical(line)).hex()
        text = json.dumps({**line, "signature": signature}) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            # behind a line that a power cut left without its end
            file.write(b"" if file.tell() == 0 or self.path.read_bytes().endswith(b"\n") else b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_ledger(path: Path, public: bytes) -> tuple[tuple[Erasure, ...], int]:
    """What a ledger says that was signed under this public key, and how many lines are nobody's or unreadable.

    No ledger says nothing. Raises OSError where it is there and cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return (), 0
    found: dict[str, Erasure] = {}
    strange = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            signature = bytes.fromhex(told.pop("signature"))
            each = Erasure(str(told["mark"]), float(told["utc"]), str(told["by"]), bool(told["complete"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            strange += 1
            continue
        if not signed(_canonical(told), signature, public):
            strange += 1
            continue
        first = found.get(each.mark, each)
        found[each.mark] = Erasure(first.mark, first.utc, first.by, each.complete)
    return tuple(found.values()), strange


def _canonical(line: dict[str, object]) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode()
