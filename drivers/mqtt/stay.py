"""One stay at the broker: from before its welcome, when what waited for us begins to come, to its loss."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from drivers.contract import LineLost, Link, Misconfigured
from drivers.mqtt.bookmark import from_cursor
from drivers.mqtt.gaps import session_forgotten
from drivers.mqtt.handover import Handover
from drivers.mqtt.inbox import Inbox
from drivers.mqtt.listening import Listening
from drivers.mqtt.session import Session
from drivers.mqtt.ticking import boottime_ns

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from drivers.contract import Post
    from drivers.mqtt.memory import Memory
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.way import Way

STEP_SECONDS: Final = 0.5
NOTE_STEPS: Final = 20
"""Steps between two times at which bookmarks that telemetry moved are kept, all in one transaction."""

OWED_LIMIT: Final = 5_000
"""Messages that wait for the disk; above it nothing more is read, and the broker keeps what comes."""

DRAIN_SECONDS: Final = 5.0
"""How long a lost connection waits for the disk: what was heard last may come from a broker that has forgotten it."""


class Stay:
    """A connection and all that lives no longer than it. `welcomed` once the broker took us."""

    def __init__(self, way: Way, memory: Memory, post: Post, tasks: asyncio.TaskGroup) -> None:
        self.welcomed = False
        self.session = Session(way)
        self.handover = Handover(post, self.beside, memory.tally, self.session.ack)
        self._memory = memory
        self._post = post
        self._tasks = tasks
        self._beside: set[asyncio.Task[None]] = set()
        listening = Listening(memory, self.session, post, self.handover, self.beside)
        self.inbox = Inbox(listening.take, memory.tally)
        self.session.arrived = self.inbox.put
        self._loop = asyncio.get_running_loop()
        self._welcomed_at = 0.0

    @property
    def lived_seconds(self) -> float:
        """How long the broker has had us."""
        return self._loop.time() - self._welcomed_at if self.welcomed else 0.0

    def beside(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Do something beside the hearing; it ends with the stay."""
        task = self._tasks.create_task(work, name=name)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        return task

    async def until_lost(self) -> LineLost | Misconfigured:
        """Connect, hear, and return why it ended."""
        for peer in self._memory.peers.values():
            peer.connected(from_cursor(self._post.cursor(peer.id)), catching_up=True)
        try:
            await self.session.reach()
            self._welcomed_at = self._loop.time()
            self.welcomed = True
            self.beside(self._keep_house(), "keep house")
            await self._begin()
            ends: list[asyncio.Future[Any]] = [self.session.lost, self.inbox.failed]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if self.inbox.failed.done():
                self.inbox.failed.result()
            return self.session.lost.result()
        except (LineLost, Misconfigured) as why:
            lost = self.session.lost
            return lost.result() if lost.done() and not lost.cancelled() else why  # which of them came first

    async def drained(self) -> None:
        """Let what was heard reach the disk, where that writes."""
        self.inbox.close()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.handover.drained()
        except TimeoutError:
            pass  # a disk that stands still is told of by others

    def close(self) -> None:
        """Leave the broker; the session stays there."""
        self.welcomed = False
        self.inbox.close()
        self._memory.orders.lost()
        self.session.close()
        self._note()
        for task in self._beside:
            task.cancel()

    def adopt(self, gone: Iterable[Peer], come: Iterable[Peer]) -> Coroutine[Any, Any, None]:
        """Hear these devices in place of those; to be awaited. Raises `LineLost`."""
        self.handover.forget({peer.id for peer in gone})
        for peer in come:
            peer.connected(from_cursor(self._post.cursor(peer.id)), catching_up=False)
        return self._resubscribe(gone, come)

    # ------------------------------------------------------------ inside

    async def _begin(self) -> None:
        """Subscribe and say what is wanted: also to a broker that kept our session, for what lies there retained."""
        peers = tuple(self._memory.peers.values())
        if not self.session.present:
            for peer in peers:
                peer.catching_up = False
                session_forgotten(peer, self.handover)
        for peer in peers:
            self._memory.wanting.back(peer, self.session)
        await self._resubscribe((), peers)
        self.beside(self._post.keep((), {}), "line is up")  # whether or not a device says something

    async def _resubscribe(self, gone: Iterable[Peer], come: Iterable[Peer]) -> None:
        still = {name for peer in self._memory.peers.values() for name in (*peer.filters, *peer.order_topics)}
        ended = {name for peer in gone for name in (*peer.filters, *peer.order_topics)} - still
        await self.session.unsubscribe(ended)
        filters = {name: qos for peer in come for name, qos in peer.filters.items()}
        orders = {name for peer in come for name in peer.order_topics} - filters.keys()
        refused = await self.session.subscribe(filters, orders)
        for peer in come:
            name = next((name for name in peer.filters if name in refused), None)
            if name is not None:
                peer.refused = f"the broker does not let us hear {name}: {refused[name]}"
                said = peer.changed(Link.MISCONFIGURED, peer.refused, boottime_ns())
                if said is not None:
                    self._post.report(said)

    async def _keep_house(self) -> None:
        memory, steps = self._memory, 0
        while True:
            await asyncio.sleep(STEP_SECONDS)
            steps += 1
            memory.tally.steps += 1
            memory.wanting.look(memory.peers, self.session)
            memory.gaps.look(memory.peers.values(), self.handover, memory.tally, self._loop.time())
            if steps % NOTE_STEPS == 0:
                self._note()
            self._pace()

    def _pace(self) -> None:
        """Read no more than the disk can take."""
        owed = self.handover.owed + len(self.inbox)
        if owed > OWED_LIMIT and self.session.reading:
            self._memory.tally.pauses += 1
            self.session.read_on(on=False)
        elif owed < OWED_LIMIT // 2 and not self.session.reading:
            self.session.read_on(on=True)

    def _note(self) -> None:
        for peer in self._memory.peers.values():
            if peer.moved and self.handover.note(peer.id, peer.mark):
                peer.moved = False
