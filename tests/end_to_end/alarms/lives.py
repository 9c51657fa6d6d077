"""The lives of a gateway on one data folder: started, killed or out of room at some moment, started again; and who answers."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx

from bench.children import end
from bench.gateway import free_port
from gateway.actor import Role
from gateway.collect.clock import Clock
from gateway.keep.accounts.users import add_user, open_users

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Container
    from pathlib import Path
    from types import TracebackType

LIMIT_SECONDS = 30.0
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Lives:
    """See the module. `away_seconds` is the longest time from one life's end to the next one's first answer."""

    folder: Path
    config: Path
    port: int = field(default_factory=free_port)
    away_seconds: float = 0.0
    answered: dict[int, float] = field(default_factory=dict)
    """When somebody was told that he has an alarm, by its number."""
    page: httpx.AsyncClient = field(init=False)
    pid: int = field(init=False, default=0)
    ended: asyncio.Future[int] = field(init=False)
    _nursery: Process = field(init=False)
    _asking: set[asyncio.Task[None]] = field(default_factory=set)
    _died: float | None = None

    async def __aenter__(self) -> Self:
        headers = {
            "Authorization": f"Bearer {_somebody(self.folder / 'data')}",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        self.page = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=5)
        given = (str(self.config), f"{self.folder}/data", f"127.0.0.1:{self.port}", f"{self.folder}/gateway.log")
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.end_to_end.alarms.nursery", *given), stdin=PIPE, stdout=PIPE
        )
        await self._said()
        await self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        await self.kill()
        await end(self._nursery)
        await self.page.aclose()

    async def begin(self) -> None:
        """A new life; returns when the process is there, not when it serves."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(b"live\n")
        self.pid = int(await self._said())
        self.ended = asyncio.ensure_future(self._end())

    async def kill(self) -> None:
        """SIGKILL, wherever it stands."""
        if not self.ended.done():
            os.kill(self.pid, signal.SIGKILL)
        await self.ended

    async def fill_disk(self) -> int:
        """From now on no write to a file succeeds, whoever runs the test; returns the exit code that it comes to."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (0, 0))
        async with asyncio.timeout(LIMIT_SECONDS):
            return await self.ended

    async def _said(self) -> bytes:
        assert self._nursery.stdout is not None
        return await self._nursery.stdout.readline()

    async def _end(self) -> int:
        code = int(await self._said())
        if self._died is None:  # else it ended before it served
            self._died = asyncio.get_running_loop().time()
        return code

    async def serves(self) -> None:
        """Wait until it answers. Raises AssertionError with its last words when it ended."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                assert not self.ended.done(), (self.folder / "gateway.log").read_text("utf-8")[-4000:]
                try:
                    await self.page.get("/healthz")
                except httpx.TransportError:
                    await asyncio.sleep(_LOOK_SECONDS)
                else:
                    break
        if self._died is not None:
            self.away_seconds = max(self.away_seconds, asyncio.get_running_loop().time() - self._died)
            self._died = None

    def answer(self, number: int, after_seconds: float) -> None:
        """Somebody takes an alarm in a while, and asks again until he is told that he has it."""
        task = asyncio.create_task(self._answer(number, after_seconds), name=f"answer {number}")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def all_answered(self) -> None:
        """Wait until everybody who took an alarm knows it."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while self._asking:
                await asyncio.wait(self._asking)

    async def _answer(self, number: int, after_seconds: float) -> None:
        await asyncio.sleep(after_seconds)
        while True:
            try:
                said = await self.page.post(f"/api/v1/alarms/{number}/ack", json={})
            except httpx.TransportError:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            if said.status_code == httpx.codes.OK:
                self.answered[number] = asyncio.get_running_loop().time()
                return
            assert said.status_code in (404, 503, 504), said.text  # not known: told unrecorded, and its number was lost
            if said.status_code == httpx.codes.NOT_FOUND:
                return
            await asyncio.sleep(_LOOK_SECONDS)


def _somebody(data: Path) -> str:
    """The token of a manager."""
    with closing(open_users(data)) as connection:
        return add_user(connection, "tester", Role.MANAGER, (), Clock()(), "tester")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log."""

    seq: int
    utc: float
    kind: str
    subject: str
    body: Any


class Record:
    """What the journal says of the alarms of these rules: their steps, and what became of every notice."""

    def __init__(self, folder: Path, rules: Container[str]) -> None:
        with closing(sqlite3.connect(f"file:{folder / 'data' / 'journal.db'}?mode=ro", uri=True)) as journal:
            found = journal.execute("SELECT seq, utc, kind, subject, body FROM log ORDER BY seq").fetchall()
            self.fates: dict[int, str] = dict(journal.execute("SELECT number, fate FROM notices"))
        self.rows = [Row(seq, utc, kind, subject, json.loads(body)) for seq, utc, kind, subject, body in found]
        self.raised = {
            row.body["alarm"]["number"]: row
            for row in self.rows
            if row.kind == "alarm" and row.body["change"] == "raised" and row.body["alarm"]["rule"] in rules
        }
        self.acked = {
            row.body["alarm"]["number"]: row
            for row in self.rows
            if row.kind == "alarm" and row.body["change"] == "acked" and row.body["alarm"]["rule"] in rules
        }
        self.steps: dict[int, list[Row]] = defaultdict(list)
        self.notices: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            number = int(row.subject.removeprefix("alarm:")) if row.subject.startswith("alarm:") else 0
            if row.kind == "escalation" and "failed" not in row.body:
                self.steps[number].append(row)
            elif row.kind == "notice" and row.body["kind"] in ("raised", "escalated"):
                self.notices[number].append(row)

    def keys(self, rule: str) -> list[str]:
        """The keys of the alarms of a rule, once for each time that it was raised."""
        return [row.body["alarm"]["key"] for row in self.raised.values() if row.body["alarm"]["rule"] == rule]
