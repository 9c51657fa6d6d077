"""A backup that is restored knows persons whom the house was told to forget since: they are forgotten again."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.keep.audit.signing import found_signer
from gateway.keep.erasing.applying import apply_erasures
from gateway.keep.erasing.ledger import LEDGER, Ledger, read_ledger
from gateway.keep.site_key import SIMULATED_KEY, SITE_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.keep.erasing.applying import Applied
    from gateway.keep.erasing.ledger import Erasure
    from gateway.model import Now


class LedgerWrong(Exception):
    """A ledger that was named cannot be used, or what it says cannot be done, as a sentence."""


@dataclass(frozen=True, slots=True)
class Reapplied:
    """What the ledgers said. `ledgers` are those that were found, `strange` lines that this gateway did not sign."""

    ledgers: tuple[str, ...]
    erasures: int
    strange: int
    applied: Applied | None

    @property
    def in_words(self) -> str:
        """For whoever restores."""
        if not self.ledgers:
            return (
                "Erasures: no ledger was found, neither in the backup nor beside it. If a person was erased since this backup "
                "was made, name the ledger (erasures.jsonl of the old data folder) with --erasures."
            )
        found = f"Erasures: {self.erasures} in {', '.join(self.ledgers)}"
        done = "; this backup knew none of them"
        if self.applied is not None and self.applied.permits:
            persons, permits, rows = self.applied.persons, self.applied.permits, self.applied.rows
            done = f"; forgotten again: persons {persons}, permits {permits}, rows of the log {rows}"
        strange = f" {self.strange} lines were not signed by this gateway and say nothing." if self.strange else ""
        return f"{found}{done}.{strange}"


def reapply(data: Path, beside: Path, named: Path | None, now: Now) -> Reapplied:
    """Forget in a restored folder whom any of the ledgers names: its own, that beside the backup, and the one that was named.

    Blocks. Raises `LedgerWrong` or OSError.
    """
    if named is not None and not named.is_file():
        raise LedgerWrong(f"{named} is not there: name the ledger of erasures, or leave --erasures out.")
    signer = found_signer(data)
    paths = {"the backup": data / LEDGER, beside.name: beside} | ({str(named): named} if named else {})
    several = {name: path for name, path in paths.items() if path.is_file()}
    if signer is None:  # a folder that has no key has signed nothing
        return Reapplied(tuple(several), 0, len(several), None)
    known: dict[str, Erasure] = {}
    strange = 0
    for path in several.values():
        found, wrong = read_ledger(path, signer.public)
        known |= {each.mark: each for each in found}
        strange += wrong
    if not known:
        return Reapplied(tuple(several), 0, strange, None)
    ledger = Ledger(data, signer)
    ledger.take(known.values())
    key = data / SITE_KEY
    try:
        applied = apply_erasures(data, key.read_bytes() if key.exists() else SIMULATED_KEY, known.keys(), now)
    except sqlite3.Error as wrong:
        raise LedgerWrong(f"whom the ledger of erasures names cannot be taken out: {wrong}.") from wrong
    for each in known.values():
        ledger.complete(each.mark, now.utc, each.by)
    return Reapplied(tuple(several), len(known), strange, applied)
