"""Which rows of the log are lost, told apart from those that were pruned: what a rescue names in its own row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.keep.audit.chain import NOISE, ranges
from gateway.keep.audit.checkpoints import checkpoints

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

Missing = list[tuple[int, int]]

_UNSEALED = f"""
    SELECT seq FROM log LEFT JOIN chain USING(seq)
    WHERE chain.digest IS NULL AND seq > (SELECT coalesce(min(seq), 0) FROM chain)
        AND kind NOT IN ({", ".join("?" * len(NOISE))}) ORDER BY seq"""  # noqa: S608 - only question marks


def missing(connection: sqlite3.Connection, watermark: int) -> Missing:
    """The holes in the log up to the watermark or its last row, without what was pruned or named by an earlier rescue."""
    (last,) = connection.execute("SELECT max(coalesce(max(seq), 0), ?) FROM log", (watermark,)).fetchone()
    named = _named(connection, "missing")
    floor = _pruned_below(connection)
    lost = connection.execute(
        "SELECT seq FROM chain WHERE seq <= ? AND salt IS NOT NULL AND seq NOT IN (SELECT seq FROM log) ORDER BY seq",
        (floor,),
    )
    holes: Missing = [hole for (seq,) in lost for hole in _without(seq, seq, named)]
    expected = floor + 1
    for (seq,) in [*connection.execute("SELECT seq FROM log WHERE seq > ? ORDER BY seq", (floor,)), (last + 1,)]:
        if seq > expected:
            holes += _without(expected, seq - 1, named)
        expected = seq + 1
    return holes


def unsealed(connection: sqlite3.Connection) -> list[list[int]]:
    """The rows that should be chained and whose digests are lost, as ranges, without those that an earlier rescue has named."""
    named = _named(connection, "unsealed")
    rows = (seq for (seq,) in connection.execute(_UNSEALED, tuple(sorted(NOISE))))
    return ranges(seq for seq in rows if not any(first <= seq <= last for first, last in named))


def _named(connection: sqlite3.Connection, what: str) -> Missing:
    """The ranges that earlier rescues named, in order."""
    bodies = connection.execute("SELECT body FROM log WHERE kind = 'rescued'")
    return sorted((int(first), int(last)) for (body,) in bodies for first, last in json.loads(body).get(what, ()))


def _pruned_below(connection: sqlite3.Connection) -> int:
    """Up to which row the log was pruned: holes up to there are no damage, unless their digests say so."""
    below = (checkpoint.body.get("below") for checkpoint in checkpoints(connection))
    return max(
        (seq for each in below if isinstance(each, dict) for seq in each.values() if isinstance(seq, int)), default=0
    )


def _without(first: int, last: int, named: Sequence[tuple[int, int]]) -> Missing:
    """The range first..last without the ranges that were named before."""
    left: Missing = []
    for low, high in named:
        if high < first or low > last:
            continue
        if low > first:
            left.append((first, low - 1))
        first = high + 1
    if first <= last:
        left.append((first, last))
    return left
