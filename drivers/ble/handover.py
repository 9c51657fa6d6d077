"""How what was heard reaches the gateway: in its order, and no alarm before the counter that keeps it from being replayed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from drivers.contract import KEEP_LIMIT, DeviceEvent, Sample

if TYPE_CHECKING:
    from collections.abc import Collection

    from drivers.contract import Json, Post

Record: TypeAlias = Sample | DeviceEvent


class Handover:
    """Hands samples and events to the post.

    A sample that nobody may miss, and every event, comes with its device's cursor. The cursors of all that came together are on
    their way to the disk before the samples are told, and are there no later than what follows from them. Nothing waits for a
    disk that is slow with what came before: what an alarm does then is for the road to decide.
    """

    def __init__(self, post: Post, tasks: asyncio.TaskGroup) -> None:
        self._post = post
        self._tasks = tasks
        self._waiting: list[tuple[Record, Json]] = []
        """With the cursor, None where it need not be kept."""
        self._next: list[tuple[Record, Json]] = []
        """Those of them that are handed over at present."""
        self._sending = False
        self._keeping: dict[str, int] = {}
        """How many cursors of a device are on their way to the disk."""

    def report(self, sample: Sample) -> None:
        """Tell a sample that another will soon replace."""
        if self._sending:
            self._waiting.append((sample, None))
        else:
            self._post.report(sample)

    def keep(self, record: Record, cursor: Json) -> None:
        """Tell what nobody may miss, and keep its device's cursor (None: there is none yet)."""
        self._waiting.append((record, cursor))
        if not self._sending:
            self._sending = True
            self._tasks.create_task(self._send(), name="hand over")

    def note(self, device: str, cursor: Json) -> bool:
        """Keep a cursor alone. False where an older one is still on its way, which would come after it."""
        if device in self._keeping or self._sending:
            return False
        self._post.note(device, cursor)
        return True

    def forget(self, devices: Collection[str]) -> None:
        """Nobody knows these devices any more: what waits of them is not told."""
        self._waiting = [waits for waits in self._waiting if waits[0].device not in devices]
        self._next = [waits for waits in self._next if waits[0].device not in devices]

    def close(self) -> None:
        """Tell the samples that still wait: the run ends."""
        self._tell()
        self._next, self._waiting = self._waiting, []
        self._tell()
        self._keeping = {}
        self._sending = False

    async def _send(self) -> None:
        while self._waiting:
            self._next, self._waiting = self._waiting[:KEEP_LIMIT], self._waiting[KEEP_LIMIT:]
            events = [record for record, _ in self._next if isinstance(record, DeviceEvent)]
            cursors = {record.device: cursor for record, cursor in self._next if cursor is not None}
            if events or cursors:
                self._tasks.create_task(self._keep(events, cursors), name="keep")
                await asyncio.sleep(0)  # it has begun: what is told from here on comes behind it
            self._tell()
        self._sending = False

    def _tell(self) -> None:
        for record, _ in self._next:
            if isinstance(record, Sample):
                self._post.report(record)
        self._next = []

    async def _keep(self, events: list[DeviceEvent], cursors: dict[str, Json]) -> None:
        for device in cursors:
            self._keeping[device] = self._keeping.get(device, 0) + 1
        await self._post.keep(events, cursors)
        for device in cursors:
            if self._keeping.get(device, 0) > 1:
                self._keeping[device] -= 1
            else:
                self._keeping.pop(device, None)
