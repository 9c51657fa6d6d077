"""How what was heard reaches the gateway: each device's words in order, no message acknowledged before it is on disk."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from drivers.contract import KEEP_LIMIT, DeviceEvent, Sample
from drivers.mqtt.bookmark import to_cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from drivers.contract import Json, Post
    from drivers.mqtt.bookmark import Bookmark
    from drivers.mqtt.tally import Tally

GATHER_SECONDS: Final = 0.02
"""So long the first event waits for others that go to the disk with it."""


Beside: TypeAlias = "Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]"
"""Does something, by a name, as a task that ends with the connection."""


class Receipt:
    """A message at QoS 1 that the broker wants acknowledged, once nothing of it waits any more."""

    __slots__ = ("mid", "waits")

    def __init__(self, mid: int) -> None:
        self.mid = mid
        self.waits = 1


class _Entry(NamedTuple):
    device: str
    record: Sample | DeviceEvent | None
    """None where a bookmark alone has to be on disk."""
    mark: Bookmark | None
    """None with a sample: it is told, not kept."""
    receipt: Receipt | None


class Handover:
    """Hands samples and events to the post, and acknowledges in the order of arrival.

    Events wait a moment for each other; samples do not wait, but for earlier events of their own device.
    """

    def __init__(self, post: Post, beside: Beside, tally: Tally, ack: Callable[[int], None]) -> None:
        self._post = post
        self._beside = beside
        self._tally = tally
        self._ack = ack
        self._receipts: deque[Receipt] = deque()
        self._waiting: list[_Entry] = []
        self._waiting_of: dict[str, int] = {}
        """How many entries of a device wait."""
        self._sending: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        """Set, and replaced, whenever some that waited have been handed over."""

    @property
    def owed(self) -> int:
        """How many messages were not acknowledged yet."""
        return len(self._receipts)

    def receive(self, mid: int) -> Receipt:
        """A message at QoS 1 came; `settle` what is returned once it is dealt with."""
        receipt = Receipt(mid)
        self._receipts.append(receipt)
        return receipt

    def settle(self, receipt: Receipt) -> None:
        """One thing less that the message waits for. What is done from the oldest on is acknowledged."""
        receipt.waits -= 1
        receipts = self._receipts
        while receipts and receipts[0].waits == 0:
            self._ack(receipts.popleft().mid)

    def report(self, sample: Sample) -> None:
        """Tell a sample that another will soon replace."""
        if sample.device in self._waiting_of:
            self._wait(_Entry(sample.device, sample, None, None))
        else:
            self._post.report(sample)

    def keep(self, device: str, event: DeviceEvent | None, mark: Bookmark, receipt: Receipt | None) -> None:
        """Keep an event, or the bookmark alone, before the message is acknowledged."""
        if receipt is not None:
            receipt.waits += 1
        self._wait(_Entry(device, event, mark, receipt))
        if self._sending is None:
            self._sending = self._beside(self._send(), "hand over")

    def note(self, device: str, mark: Bookmark) -> bool:
        """Keep a bookmark alone. False where events of the device are still to be kept: it would run ahead of them."""
        if device in self._waiting_of:
            return False
        self._post.note(device, to_cursor(mark))
        return True

    async def behind(self, device: str) -> None:
        """Wait until the gateway has heard of all earlier events of the device."""
        while device in self._waiting_of:
            await self._begun.wait()

    async def drained(self) -> None:
        """Wait until all that waits is on disk."""
        if self._sending is not None:
            await asyncio.shield(self._sending)

    def forget(self, devices: Collection[str]) -> None:
        """Nobody knows these devices any more: what waits of them is not told."""
        gone = [entry for entry in self._waiting if entry.device in devices]
        self._waiting = [entry for entry in self._waiting if entry.device not in devices]
        for device in devices:
            self._waiting_of.pop(device, None)
        for entry in gone:
            if entry.receipt is not None:
                self.settle(entry.receipt)

    def _wait(self, entry: _Entry) -> None:
        self._waiting.append(entry)
        self._waiting_of[entry.device] = self._waiting_of.get(entry.device, 0) + 1

    async def _send(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) < KEEP_LIMIT:
                    await asyncio.sleep(GATHER_SECONDS)
                batch, self._waiting = self._waiting[:KEEP_LIMIT], self._waiting[KEEP_LIMIT:]
                await self._hand_over(batch)
        finally:
            self._sending = None

    async def _hand_over(self, batch: list[_Entry]) -> None:
        self._tally.batches += 1
        keeping: list[asyncio.Task[None]] = []
        events: list[DeviceEvent] = []
        cursors: dict[str, Json] = {}
        receipts: list[Receipt] = []
        for entry in batch:
            if isinstance(entry.record, Sample):
                if entry.device in cursors:
                    keeping.append(await self._begin(events, cursors))
                    events, cursors = [], {}
                self._post.report(entry.record)
            else:
                if entry.record is not None:
                    events.append(entry.record)
                if entry.mark is not None:
                    cursors[entry.device] = to_cursor(entry.mark)
                if entry.receipt is not None:
                    receipts.append(entry.receipt)
        if cursors:
            keeping.append(await self._begin(events, cursors))
        for entry in batch:
            self._counted_off(entry.device)
        begun, self._begun = self._begun, asyncio.Event()
        begun.set()
        await asyncio.gather(*keeping)
        for receipt in receipts:
            self.settle(receipt)

    async def _begin(self, events: list[DeviceEvent], cursors: dict[str, Json]) -> asyncio.Task[None]:
        task = self._beside(self._post.keep(events, cursors), "keep")
        await asyncio.sleep(0)  # it has begun: what is told from here on comes behind it
        return task

    def _counted_off(self, device: str) -> None:
        left = self._waiting_of.get(device, 0) - 1
        if left > 0:
            self._waiting_of[device] = left
        else:
            self._waiting_of.pop(device, None)
