"""Verification of the audit's chain: reads every row anew and says of each that does not hold what is wrong with it.

Told apart: rows that were changed, removed, added or moved; rows whose body was erased and rows that were pruned, each with the
signed or chained word about it; rows lost to a damaged disk, as the rescue named them.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.keep.audit.chain import ERASED, GENESIS, NOISE, digest_of, head_of
from gateway.keep.audit.checkpoints import PRUNED, checkpoints

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from drivers.contract import Json
    from gateway.keep.audit.chain import Row

MOST_BROKEN = 100
"""So many broken rows are named; the rest is counted."""

TELL_EVERY = 20_000
"""Rows between two words about how far it is."""

LAST = 2**63 - 1
OVERLAPS = 8
"""Ranges that several erasures named may overlap; no more of them do."""

MOVED_WITHIN = 50
"""A changed row is looked for among so many numbers on either side, to say where it was written."""

_CHAINED = """
    SELECT chain.seq, salt, digest, head, log.seq, boot, boottime, utc, trusted, kind, subject, body
    FROM chain LEFT JOIN log ON log.seq = chain.seq ORDER BY chain.seq"""
_UNCHAINED = f"""
    SELECT log.seq FROM log LEFT JOIN chain ON chain.seq = log.seq
    WHERE chain.seq IS NULL AND kind NOT IN ({", ".join(f"'{kind}'" for kind in sorted(NOISE))}) ORDER BY log.seq"""  # noqa: S608


class Broken(NamedTuple):
    """One row that does not hold."""

    seq: int
    why: str


@dataclass(slots=True)
class Verdict:
    """What verification found. `ok` where nothing is broken."""

    rows: int = 0
    """Chained rows that are there whole."""
    from_seq: int = 0
    to_seq: int = 0
    head: str = ""
    erased: int = 0
    """Rows whose body was erased."""
    pruned: int = 0
    """Rows that are gone because their time was over, with those whose digests are gone too."""
    before: int = 0
    """Rows of an older Gridpost, from before the chain."""
    lost: list[list[int]] = field(default_factory=list)
    """Ranges of rows lost to damage, as a rescue named them."""
    checkpoints: int = 0
    signatures: bool = False
    """Whether signatures were checked: the public key was known."""
    broken: list[Broken] = field(default_factory=list)
    more_broken: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.broken

    def breaks(self, seq: int, why: str) -> None:
        """Name a broken row."""
        if len(self.broken) < MOST_BROKEN:
            self.broken.append(Broken(seq, why))
        else:
            self.more_broken += 1


def verify(
    connection: sqlite3.Connection,
    public: bytes | None,
    known: Mapping[int, str] | None = None,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verdict:
    """Verify the whole chain in one view of the journal. Reads alone; 17 us of CPU a row.

    `public` is the key that signed its checkpoints, None where it is not known; `known` are heads that left the box, in hex by
    their row; `tell` hears how far it is.
    """
    connection.execute("BEGIN")
    try:
        return _Verifying(connection, public, dict(known or {}), tell).verdict()
    finally:
        connection.execute("COMMIT")


class _Verifying:
    def __init__(
        self,
        connection: sqlite3.Connection,
        public: bytes | None,
        known: dict[int, str],
        tell: Callable[[int, int], None],
    ) -> None:
        self._connection = connection
        self._public = public
        self._known = known
        self._tell = tell
        self._said = Verdict(signatures=public is not None)
        self._heads: dict[int, str] = {}
        """What signed checkpoints say that stood at a row."""
        self._below = 0
        """Rows up to here may be pruned, by the signed word of some night."""
        self._pruned = self._digests = 0
        self._removed = (0, "")

    def verdict(self) -> Verdict:
        said = self._said
        for checkpoint in checkpoints(self._connection):
            if self._public is not None and not checkpoint.signed_by(self._public):
                said.breaks(checkpoint.seq, "the signature of the checkpoint here is not of this box's key")
                continue
            said.checkpoints += 1
            self._believe(checkpoint.seq, checkpoint.body)
        gone = self._walk()
        said.pruned = len(gone) + self._digests
        self._account_for(gone)
        self._after_the_end()
        for seq, head in self._known.items():
            why = (
                "its time was over and it is pruned"
                if seq <= self._removed[0]
                else "there is no chained row of that number"
            )
            said.breaks(seq, f"the head {head[:16]}... that left the box cannot be compared: {why}")
        said.broken.sort()
        return said

    def _believe(self, seq: int, body: Mapping[str, Json]) -> None:
        if body.get("what") != PRUNED:
            self._heads[seq] = str(body.get("head", ""))
            return
        self._below = max([self._below, *body["below"].values()])
        self._pruned += body["chained"]
        self._digests += body["digests"]
        self._removed = max(self._removed, (body["removed"]["seq"], body["removed"]["head"]))

    def _walk(self) -> list[int]:
        """Walk the chain. Returns the rows of which the digest alone is left."""
        said = self._said
        (total,) = self._connection.execute("SELECT count(*) FROM chain").fetchone()
        named = _Named(self._connection)
        left = _left_of_erased(self._connection)
        removed_seq, removed_head = self._removed
        before = bytes.fromhex(removed_head) if removed_seq else GENESIS
        last = removed_seq
        gone: list[int] = []
        for number, (seq, salt, digest, head, there, *row) in enumerate(self._connection.execute(_CHAINED)):
            if number % TELL_EVERY == 0:
                self._tell(number, total)
            said.from_seq = said.from_seq or seq
            if head_of(before, seq, digest) != head and not named.lost_between(last, seq):
                said.breaks(seq, _why_no_link(last))
            if there is None:
                if salt is None:
                    gone.append(seq)
                elif not named.lost(seq):
                    said.breaks(seq, "the row is missing: its digest is there, and nobody pruned it")
            elif seq in left:
                said.erased += 1
                if salt is None or digest_of(salt, seq, tuple(row)) != left[seq]:
                    said.breaks(seq, "the row was changed after its body was erased")
            else:
                said.rows += 1
                if salt is None or digest_of(salt, seq, tuple(row)) != digest:
                    said.breaks(seq, _why_changed(salt, digest, seq, tuple(row)))
            self._compare(seq, head)
            before, last = head, seq
        said.to_seq, said.head = last, before.hex() if last else ""
        said.lost = named.ranges
        self._tell(total, total)
        return gone

    def _compare(self, seq: int, head: bytes) -> None:
        """Hold a head against what a checkpoint or somebody off the box says that stood there."""
        for heads, whose in ((self._heads, "a signed checkpoint"), (self._known, "the head that left the box")):
            if (expected := heads.pop(seq, None)) is not None and expected.lower() != head.hex():
                self._said.breaks(seq, f"another head stands here than {whose} says")

    def _account_for(self, gone: Sequence[int]) -> None:
        """Whether somebody said of each row that is pruned that it is."""
        said = self._said
        for seq in gone:
            if seq > self._below:
                said.breaks(
                    seq, "the row is missing: its salt is gone too, and no signed checkpoint says that it was pruned"
                )
        if len(gone) + self._digests > self._pruned:
            missing = len(gone) + self._digests - self._pruned
            said.breaks(gone[-1] if gone else said.from_seq, f"{missing} more row(s) are gone than were pruned")
        first = said.from_seq or self._removed[0]
        unsealed = _Ranges(_unsealed(self._connection))
        for (seq,) in self._connection.execute(_UNCHAINED):
            if seq < first and not self._removed[0]:
                said.before += 1
            elif seq not in unsealed:
                said.breaks(seq, "the row is not in the chain: it was added, or its digest was removed")

    def _after_the_end(self) -> None:
        """Whether rows were cut off the end. The journal's own counter and signed heads remember them."""
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        (last,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM log").fetchone()
        if found is not None and found[0] > last:
            self._said.breaks(found[0], f"rows {last + 1} to {found[0]} were cut off the end")
        for seq in [seq for seq in self._heads if seq > self._said.to_seq]:
            self._said.breaks(seq, "a signed checkpoint stands here, and the chain ends before it")


class _Ranges:
    """Numbers in ranges, asked for one by one. A range may be as long as it likes."""

    def __init__(self, several: Iterable[Sequence[int]]) -> None:
        self._ranges = sorted((low, high) for low, high in several)

    def __contains__(self, seq: int) -> bool:
        at = bisect_right(self._ranges, (seq, LAST)) - 1
        return any(low <= seq <= high for low, high in self._ranges[max(0, at - OVERLAPS) : at + 1])


class _Named:
    """What rescues named as lost."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.ranges = [list(each) for each in _said_by(connection, "rescued", "missing")]
        self._seals = [*self.ranges, *_said_by(connection, "rescued", "unsealed")]

    def lost(self, seq: int) -> bool:
        """Whether a row was lost to damage."""
        return any(low <= seq <= high for low, high in self.ranges)

    def lost_between(self, last: int, seq: int) -> bool:
        """Whether damage took a link between two rows."""
        return any(low < seq and high > last for low, high in self._seals)


def _left_of_erased(connection: sqlite3.Connection) -> dict[int, bytes]:
    """The digests of what is left of erased rows, by row; of one that was erased more than once, the last."""
    left: dict[int, bytes] = {}
    for (text,) in connection.execute("SELECT body FROM log WHERE kind = ? ORDER BY seq", (ERASED,)):
        try:
            left |= {int(seq): bytes.fromhex(digest) for seq, digest in json.loads(text)["digests"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # an edited row: the chain shows it
    return left


def _unsealed(connection: sqlite3.Connection) -> Iterator[Sequence[int]]:
    return _said_by(connection, "rescued", "unsealed")


def _said_by(connection: sqlite3.Connection, kind: str, name: str) -> Iterator[Sequence[int]]:
    """The ranges that rows of a kind name in their bodies."""
    for (text,) in connection.execute("SELECT body FROM log WHERE kind = ? ORDER BY seq", (kind,)).fetchall():
        try:
            yield from json.loads(text).get(name, ())
        except (ValueError, AttributeError):
            continue


def _why_no_link(last: int) -> str:
    if not last:
        return "the chain does not begin here: rows before it are missing, without the signed word of a pruning"
    return f"the head does not follow from that of row {last}: a row between them is missing, added or moved"


def _why_changed(salt: bytes | None, digest: bytes, seq: int, row: Row) -> str:
    if salt is None or f'"{ERASED}":true' in row[-1]:
        return "its body was erased, and no row of the log says by whom and why"
    for other in range(max(1, seq - MOVED_WITHIN), seq + MOVED_WITHIN + 1):
        if digest_of(salt, other, row) == digest:
            return f"the row was moved here: it was written as row {other}"
    return "the row was changed after it was written"
