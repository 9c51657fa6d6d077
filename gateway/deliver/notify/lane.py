"""One channel's way out: sends what its queues give, waits when the channel is down, and says what became of each notice."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Sounding
from gateway.deliver.notify.bucket import Bucket
from gateway.deliver.notify.queues import Form, Queues
from gateway.deliver.outlet import BackOff, State
from gateway.logs import log_of
from gateway.model import Priority
from gateway.notice import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from gateway.deliver.channels.contract import Channel, Message, Receipt
    from gateway.deliver.notify.queues import Parcel
    from gateway.notice import Notice

PARALLEL = 4
"""So many messages are on their way at once: a server that answers slowly must not hold up the next P1."""

PATIENCE_SECONDS = {Priority.P1: 10.0, Priority.P2: 60.0}
LONG_PATIENCE_SECONDS = 600.0
"""So long a notice waits for a channel that is down before the next way of its person is taken."""

FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
URGENT_SECONDS = 2.0
"""A P1 that just came tries a channel that is down again so soon."""

URGENT_MOST_SECONDS = 10.0
"""While a P1 waits, a channel that is down is tried at least so often."""

LOOK_SECONDS = 1.0
FAILURES = 3
"""After so many in a row people are told that the channel fails; sooner where a notice was given up."""

log = log_of("notifier")


@dataclass(slots=True)
class ChannelStanding:
    """How a channel is doing, for the page. Numbers count since the process started. No secret is in `target`."""

    id: str
    kind: str
    target: str
    way: str
    state: State = State.STARTING
    why: str = ""
    since_utc: float = 0.0
    sent: int = 0
    """Messages that its server took."""
    failed: int = 0
    """Notices that were given up."""
    last_sent_utc: float | None = None
    waiting: int = 0
    tokens_left: int = 0


class Lane:
    """See the module. Belongs to one event loop; `push` and the like never wait.

    `compose` makes the message, None where nobody is left to whom it could go. `told` hears what became of notices, `failing`
    whether the channel works, `refer` under which reference more may be said of them.
    """

    def __init__(
        self,
        channel: Channel,
        standing: ChannelStanding,
        *,
        compose: Callable[[Parcel], Message | None],
        told: Callable[[Collection[int], Fate, str], None],
        failing: Callable[[str], None],
        refer: Callable[[str, tuple[int, ...]], None],
        utc: Callable[[], float],
    ) -> None:
        self.channel = channel
        self.queues = Queues(group=channel.group)
        self._standing = standing
        self._bucket = Bucket(channel.limits)
        self._compose = compose
        self._told = told
        self._failing = failing
        self._refer = refer
        self._utc = utc
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._flying: dict[asyncio.Task[None], Parcel] = {}
        self._back_off = BackOff(FIRST_SECONDS, MOST_SECONDS)
        self._failures = 0
        self._not_before = self._asked_until = self._tried_at = float("-inf")
        self._hushing: set[asyncio.Task[None]] = set()
        self._given_up: set[int] = set()
        """P1s of which it was said that they failed, and which are tried on: nothing else may come through."""

    # ------------------------------------------------------------ in

    @property
    def standing(self) -> ChannelStanding:
        """How it is doing now."""
        self._standing.waiting = len(self.queues) + sum(len(parcel.notices) for parcel in self._flying.values())
        self._standing.tokens_left = self._bucket.left(self._loop.time(), urgent=True)
        return self._standing

    def push(self, notice: Notice) -> None:
        """A notice is to go out."""
        self.queues.push(notice, self._loop.time())
        if notice.priority is Priority.P1:
            self._not_before = max(self._asked_until, min(self._not_before, self._tried_at + URGENT_SECONDS))
        self._news.set()

    def miss(self, notice: Notice) -> None:
        """A notice of long ago is to go out with the summary."""
        self.queues.miss([notice], self._loop.time())
        self._news.set()

    def withdraw(self, gone: Callable[[Notice], bool]) -> None:
        """These need not go out any more; what is on its way is."""
        self.queues.withdraw(gone)

    def withdraw_numbers(self, numbers: Iterable[int]) -> None:
        """The same by their numbers."""
        self.queues.withdraw_numbers(numbers)

    def hush(self, subject: str) -> None:
        """Somebody answered: what sounds for it falls silent."""
        if isinstance(self.channel, Sounding):
            task = self._loop.create_task(self.channel.hush(subject), name=f"hush {self.channel.id}")
            self._hushing.add(task)
            task.add_done_callback(self._hushing.discard)

    # ------------------------------------------------------------ along

    async def run(self) -> None:
        """Send what there is and what comes, until cancelled. A failure of the channel never leaves it."""
        try:
            while True:
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._start(self._loop.time())):
                        await self._news.wait()
        finally:
            for task in self._flying:
                task.cancel()
            if self._flying:
                await asyncio.wait(self._flying)

    def _start(self, now: float) -> float | None:
        """Let go what may; returns after how many seconds to look again, None for when something comes."""
        if self._failures:
            self._give_up(now)
        while len(self._flying) < (1 if self._failures else PARALLEL):
            if now < self._not_before:
                return min(self._not_before - now, LOOK_SECONDS)
            parcel = self.queues.next(self._bucket, now)
            if parcel is None:
                break
            self._bucket.take(now)
            self._tried_at = now
            task = self._loop.create_task(self._send(parcel), name=f"message by {self.channel.id}")
            self._flying[task] = parcel
            task.add_done_callback(self._landed)
        next_at = None if self._flying and self._failures else self.queues.next_at(self._bucket, now)
        if self._failures and len(self.queues):
            return LOOK_SECONDS
        return None if next_at is None or len(self._flying) >= PARALLEL else max(0.0, next_at - now)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.pop(task, None)
        self._news.set()

    async def _send(self, parcel: Parcel) -> None:
        try:
            message = self._compose(parcel)
            if message is None:
                self._gave_up(parcel.numbers, "nobody is reached by it any more")
                return
            receipt = await self.channel.send(message)
        except asyncio.CancelledError:  # it may have arrived or not; on disk it waits, and so it does here
            self.queues.back(parcel)
            raise
        except ChannelDown as down:
            self._down(parcel, str(down) or "no answer", down.after_seconds)
        except ChannelRefused as refused:
            self._refused(parcel, refused)
        except Exception as bug:
            log.exception("a channel broke its promise", channel=self.channel.id)
            self._down(parcel, repr(bug), None)
        else:
            self._arrived(parcel, receipt)

    # ------------------------------------------------------------ what became of it

    def _arrived(self, parcel: Parcel, receipt: Receipt) -> None:
        self._failures = 0
        self._back_off.succeeded()
        self._not_before = self._asked_until = float("-inf")
        self._given_up.difference_update(parcel.numbers)
        self._standing.sent += 1
        self._standing.last_sent_utc = self._utc()
        self._stands(State.UP, "")
        self._failing("")
        if receipt.reference:
            self._refer(receipt.reference, parcel.numbers)
        if parcel.form is not Form.ONE:
            self._told(parcel.numbers, Fate.FOLDED, "")
        else:
            self._told(parcel.numbers, Fate.DELIVERED if receipt.delivered else Fate.SENT, "")

    def _down(self, parcel: Parcel, why: str, after_seconds: float | None) -> None:
        """Time may cure it: everything waits where it did."""
        now = self._loop.time()
        self._failures += 1
        wait = self._back_off.seconds()
        wait = min(wait, URGENT_MOST_SECONDS) if parcel.urgent else wait
        self._not_before = now + (wait if after_seconds is None else after_seconds)
        if after_seconds is not None:
            self._asked_until = self._not_before
        self.queues.back(parcel)
        self._stands(State.FAILING, why)
        if self._failures >= FAILURES:
            self._failing(why)
        self._give_up(now)

    def _refused(self, parcel: Parcel, refused: ChannelRefused) -> None:
        """Trying it again is of no use; where only a person can cure it, the rest need not hurry either."""
        if refused.misconfigured:
            self._failures += 1
            self._not_before = self._loop.time() + self._back_off.seconds()
            self._stands(State.REFUSED, str(refused))
            self._failing(str(refused))
        self._gave_up(parcel.numbers, str(refused))

    def _give_up(self, now: float) -> None:
        """What has waited too long goes another way: P1s are tried on here as well, all else is told of later."""
        until = max(now, self._asked_until)
        late = [notice for notice in self.queues.overdue(_patience, until) if notice.number not in self._given_up]
        if not late:
            return
        others = [notice for notice in late if notice.priority is not Priority.P1]
        numbers = {notice.number for notice in others}
        self.queues.withdraw_numbers(numbers)
        if self.channel.kind is not Kind.RING:  # nobody is woken by a summary of what went another way
            self.queues.miss(others, now)
        self._given_up.update(notice.number for notice in late if notice.priority is Priority.P1)
        self._failing(self._standing.why)
        self._gave_up([notice.number for notice in late], self._standing.why)

    def _gave_up(self, numbers: Collection[int], why: str) -> None:
        self._standing.failed += len(numbers)
        self._told(numbers, Fate.FAILED, why)

    def _stands(self, state: State, why: str) -> None:
        if self._standing.state is not state:
            self._standing.since_utc = self._utc()
        self._standing.state, self._standing.why = state, why


def _patience(notice: Notice) -> float:
    return PATIENCE_SECONDS.get(notice.priority, LONG_PATIENCE_SECONDS)
