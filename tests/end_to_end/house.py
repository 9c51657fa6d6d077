"""The whole house for tests: the gateway in its test build under a supervisor, a door, a bell, and a page that watches."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from bench import compound
from bench.children import say
from bench.gateway import free_port
from tests.end_to_end.scripted import ScriptedBell, ScriptedDoor, scripted_bell, scripted_door
from tests.end_to_end.supervisor import Supervisor
from tests.end_to_end.test_service_file import ENVIRONMENT, rules
from tests.end_to_end.witness import Witness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

LIMIT_SECONDS = 40.0
"""The longest that anything may take, a restart on a busy machine included."""


@dataclass(frozen=True, slots=True)
class House:
    """A gateway that is started again whenever it dies, its devices, and a page that watches."""

    folder: Path
    door: ScriptedDoor
    bell: ScriptedBell
    supervisor: Supervisor
    witness: Witness
    page: httpx.AsyncClient

    def die_at(self, step: str) -> Callable[[], bool]:
        """Order the gateway to die at its next passing of this step; returns whether it came back from there."""
        (self.folder / "order.new").write_text(step)
        (self.folder / "order.new").rename(self.folder / "order")
        lives = len(self.supervisor.lives)
        return lambda: len(self.supervisor.lives) > lives and self.supervisor.life.ready

    def changes(self) -> list[str]:
        """What was told of the forced door, in order."""
        return [told.change for told in self.witness.told if told.alarm["rule"] == "door_forced"]

    def log(self, kind: str) -> list[tuple[int, str, Any]]:
        """Rows of the journal: seq, subject, body."""
        with closing(sqlite3.connect(f"file:{self.folder}/data/journal.db?mode=ro", uri=True)) as journal:
            rows = journal.execute("SELECT seq, subject, body FROM log WHERE kind = ? ORDER BY seq", (kind,))
            return [(seq, subject, json.loads(body)) for seq, subject, body in rows]

    async def force(self, *, forced: bool) -> None:
        """Move the door and wait until the page was told."""
        told = len(self.changes())
        self.door.force(forced=forced)
        await self.witness.until(lambda: len(self.changes()) > told, LIMIT_SECONDS)


@asynccontextmanager
async def house(folder: Path, within: Sequence[str] = (), watchdog_seconds: float = 30.0) -> AsyncIterator[House]:
    """Build the house in a folder. `within` is a command that the gateway's own is handed to, such as the sandbox."""
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(scripted_door())
        bell = await stack.enter_async_context(scripted_bell())
        written = compound.write(folder, [door.port], controllers=1, units=1)
        quicker = json.loads(written.read_text())
        quicker["lines"][0]["normal_seconds"] = 0.1
        quicker["rules"] = {"door_forced": {"off_delay_seconds": 0.2}}
        written.write_text(json.dumps(quicker))
        token = (
            await say("gateway", "users", "add", "witness", "--role", "staff", "--data", f"{folder}/data")
        ).split()[-1]
        port = free_port()
        arguments = (str(written), f"{folder}/data", f"127.0.0.1:{port}", f"{folder}/order", str(bell.port))
        command = (*within, sys.executable, "-m", "tests.end_to_end.fragile", *arguments)
        supervisor = await stack.enter_async_context(Supervisor(rules(watchdog_seconds), command, folder, ENVIRONMENT))
        await supervisor.until_ready(1)
        witness = await stack.enter_async_context(Witness(port, token))
        await witness.until(lambda: witness.connections > 0, LIMIT_SECONDS)
        page = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {token}", "Origin": f"http://127.0.0.1:{port}"},
            )
        )
        yield House(folder, door, bell, supervisor, witness, page)
