"""Reading the journal beside its writer: each reader has connections of its own that cannot write and never wait."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from gateway.decide.alarm_json import alarm_from_json
from gateway.keep.alarm_figures import alarm_figures
from gateway.keep.notices import about, waiting
from gateway.keep.schema import connect_to_read
from gateway.model import LogRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Mapping

    from drivers.contract import Json
    from gateway.keep.alarm_figures import Figures
    from gateway.keep.notices import KeptNotice
    from gateway.model import Alarm
    from gateway.notice import Notice

THREADS = 2
LOG_LIMIT = 1_000
"""The most rows that one call returns: an answer stays under a few hundred kilobytes."""

LOOKED_AT = 20_000
"""As many rows of a kind are looked at for those that fit: a month of charging sessions of a large compound, 0.1 s."""

ALARM_LIMIT = 1_000
"""The most alarms of any state that one call returns. Of those that are not normal it returns all: people work from them."""

REMOTE_UNLOCK = "remote_unlock"
"""The event by which a controller says that a command opened a door; its `ref` is the command's number in 16 bits."""

_Found = TypeVar("_Found")
_ALARMS = "SELECT body FROM alarms ORDER BY number DESC LIMIT ?"
_OPEN_ALARMS = "SELECT body FROM alarms WHERE NOT normal ORDER BY number DESC"
_PART = "coalesce(json_extract(body, '$.part'), '')"
_EVENTS = f"""
    WITH found AS (
        SELECT seq FROM events WHERE device = :device AND {_PART} = :part AND seq < :before
        UNION ALL
        SELECT seq FROM events WHERE device = :device AND {_PART} = '' AND :part <> '' AND seq < :before
            AND kind IN ('gap', 'card_shown')
        ORDER BY seq DESC LIMIT :limit)
    SELECT seq, log.utc, events.utc, events.kind, events.body FROM found JOIN events USING(seq) JOIN log USING(seq)
    ORDER BY seq DESC"""  # noqa: S608 - words of ours
"""Two walks down an index, merged: with IN or OR all events of the device would be sorted."""

_UNLOCK = """
    SELECT id, name, actor, reason FROM commands JOIN log USING(seq)
    WHERE device = :device AND id & 65535 = :ref
        AND (abs(log.utc - :utc) <= :near OR abs(log.utc - :measured) <= :near)
    ORDER BY id DESC LIMIT 1"""
ECHO_SECONDS = 300.0
"""A controller's report belongs to a command that was sent this near to it, by its clock or by ours: 16 bits come again."""

_ROW = "SELECT seq, boot, boottime, utc, trusted, kind, subject, body FROM log"
_NEWEST = f"{_ROW} WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
_AMONG = " AND json_extract(body, ?) IN (SELECT value FROM json_each(?))"
_LAST_LOOKED_AT = "SELECT seq FROM log WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?"


class Sent(NamedTuple):
    """A command that was sent: its number, its name, who asked for it and why."""

    id: int
    name: str
    actor: str
    reason: str


class KeptEvent(NamedTuple):
    """A device's event as readers see it. `command` is the one that a remote unlock answered to, if it was ours.

    `utc` is when it was received, `measured_utc` the device's own time, or None where its clock is not to be had.
    """

    seq: int
    utc: float
    measured_utc: float | None
    kind: str
    body: Json
    command: Sent | None


class Reader:
    """The journal as it stood at the last commit. Two calls may run at once; more wait their turn."""

    def __init__(self, source: str) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="journal-reader")
        self._connections: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        for _ in range(THREADS):
            self._connections.put(connect_to_read(source))

    def close(self) -> None:
        """Close the connections; calls under way end first."""
        self._threads.shutdown()
        while not self._connections.empty():
            self._connections.get().close()

    async def log(self, after: int, limit: int, kind: str = "") -> list[LogRow]:
        """At most `limit` (and `LOG_LIMIT`) rows with a seq above `after`, oldest first; of one kind if it is given."""
        where, arguments = (" WHERE seq > ?", [after]) if not kind else (" WHERE kind = ? AND seq > ?", [kind, after])
        query = f"{_ROW}{where} ORDER BY seq LIMIT ?"
        arguments.append(max(0, min(limit, LOG_LIMIT)))
        return await self.ask(lambda connection: [_row(*found) for found in connection.execute(query, arguments)])

    async def about(self, kind: str, subject: str, limit: int) -> list[LogRow]:
        """At most `limit` (and `LOG_LIMIT`) rows of a kind about one subject, newest first."""
        query = f"{_ROW} WHERE kind = ? AND subject = ? ORDER BY seq DESC LIMIT ?"
        arguments = (kind, subject, max(0, min(limit, LOG_LIMIT)))
        return await self.ask(lambda connection: [_row(*found) for found in connection.execute(query, arguments)])

    async def newest(
        self, kind: str, limit: int, before: int, among: Mapping[str, Collection[str]]
    ) -> tuple[list[LogRow], int | None]:
        """At most `limit` (and `LOG_LIMIT`) rows of a kind below the seq `before`, newest first.

        Only those whose body has, under each name of `among`, one of its values. Also below which seq there may be more, None
        where there are none: one call looks at `LOOKED_AT` rows of the kind at most.
        """
        limit = max(0, min(limit, LOG_LIMIT))
        query = f"SELECT * FROM ({_NEWEST}) WHERE true{_AMONG * len(among)} LIMIT ?"  # noqa: S608 - words of ours
        said = [text for name, values in among.items() for text in (f"$.{name}", json.dumps([*values]))]

        def find(connection: sqlite3.Connection) -> tuple[list[LogRow], int | None]:
            found = connection.execute(query, (kind, before, LOOKED_AT, *said, limit))
            rows = [_row(*each) for each in found]
            if limit and len(rows) == limit:
                return rows, rows[-1].seq
            last = connection.execute(_LAST_LOOKED_AT, (kind, before, LOOKED_AT - 1)).fetchone()
            return rows, before if not limit else last[0] if last else None

        return await self.ask(find)

    async def events_of(self, device: str, part: str, limit: int, before: int) -> list[KeptEvent]:
        """At most `limit` (and `LOG_LIMIT`) events of one part of a device below the seq `before`, newest first.

        Gaps, and cards at a reader that is the device, are told of the device as a whole and are among them.
        """
        asked = {"device": device, "part": part, "limit": max(0, min(limit, LOG_LIMIT)), "before": before}

        def find(connection: sqlite3.Connection) -> list[KeptEvent]:
            found = []
            for seq, utc, measured_utc, kind, text in connection.execute(_EVENTS, asked):
                body = json.loads(text)
                sent = None
                if kind == REMOTE_UNLOCK and isinstance(ref := body.get("ref"), int):
                    near = {"utc": utc, "measured": measured_utc, "near": ECHO_SECONDS}
                    sent = connection.execute(_UNLOCK, {"device": device, "ref": ref & 0xFFFF, **near}).fetchone()
                found.append(KeptEvent(seq, utc, measured_utc, kind, body, sent and Sent(*sent)))
            return found

        return await self.ask(find)

    async def last_seq(self) -> int:
        """The seq of the newest log row, 0 for an empty log."""
        query = "SELECT coalesce(max(seq), 0) FROM log"
        return await self.ask(lambda connection: int(connection.execute(query).fetchone()[0]))

    async def alarms(self, *, open_only: bool) -> list[Alarm]:
        """Alarms as they stand, newest first: the latest `ALARM_LIMIT` of any state, or all those that are not normal."""
        query, arguments = (_OPEN_ALARMS, ()) if open_only else (_ALARMS, (ALARM_LIMIT,))
        return await self.ask(
            lambda connection: [alarm_from_json(json.loads(body)) for (body,) in connection.execute(query, arguments)]
        )

    async def alarm(self, number: int) -> Alarm | None:
        """An alarm of any age, None when there was none of that number."""

        def find(connection: sqlite3.Connection) -> Alarm | None:
            found = connection.execute("SELECT body FROM alarms WHERE number = ?", (number,)).fetchone()
            return found and alarm_from_json(json.loads(found[0]))

        return await self.ask(find)

    async def alarm_history(self, number: int) -> list[LogRow]:
        """What happened to one alarm, oldest first: log rows of kind "alarm"."""

        def find(connection: sqlite3.Connection) -> list[LogRow]:
            key = connection.execute("SELECT key FROM alarms WHERE number = ?", (number,)).fetchone()
            rows = connection.execute(f"{_ROW} WHERE kind = 'alarm' AND subject = ? ORDER BY seq", key or ("",))
            return [row for found in rows if (row := _row(*found)).body["alarm"]["number"] == number]

        return await self.ask(find)

    async def notices_waiting(self) -> list[Notice]:
        """What is on disk and was neither sent nor given up, oldest first."""
        return await self.ask(waiting)

    async def notices_about(self, subject: str) -> list[KeptNotice]:
        """The notices about one subject such as "alarm:12" with what became of each, oldest first."""
        return await self.ask(lambda connection: about(connection, subject))

    async def alarm_figures(self, start_utc: float, end_utc: float, grids: Collection[str]) -> Figures:
        """How many alarms there were between two moments and how they were answered; of some grids if any are given."""
        return await self.ask(lambda connection: alarm_figures(connection, start_utc, end_utc, grids))

    async def ask(self, question: Callable[[sqlite3.Connection], _Found]) -> _Found:
        """Ask something of a connection that cannot write, in a thread."""

        def answer() -> _Found:
            connection = self._connections.get()
            try:
                return question(connection)
            finally:
                self._connections.put(connection)

        return await asyncio.get_running_loop().run_in_executor(self._threads, answer)


def _row(seq: int, boot: str, boottime: int, utc: float, trusted: int, kind: str, subject: str, body: str) -> LogRow:
    return LogRow(seq, boot, boottime, utc, bool(trusted), kind, subject, json.loads(body))
