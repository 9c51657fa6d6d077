"""What the outbox tells people: that the disk is nearly full, that telemetry was dropped, that a file was damaged.

Each is said when it begins and when it is over, and as it stands at the first turn: an alarm of an earlier run ends there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import DISK_SCARCE, STORE_DAMAGED, TELEMETRY_DROPPED
from gateway.keep.room import RoomState
from gateway.model import NANOSECONDS, HouseSaid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.keep.outbox_store import OutboxStore, Turned
    from gateway.model import Now

OVER_NS = 60 * NANOSECONDS
"""So long after the last drop, or after damage was mended, all is said to be well."""

FAILING_NS = 10 * NANOSECONDS
"""A disk that takes nothing for so long is told of."""

_DROPPED = {
    "full": "the outbox holds as much as it may. Bring the destination back, or raise outbox.max_megabytes",
    "age": "they waited longer than outbox.max_days. Bring the destination back",
    "room": "the disk of the data folder is nearly full. Delete files there, or lower outbox.keep_free_megabytes",
    "damaged": "they stood in a damaged part of the outbox. Look after the disk",
    "overrun": "they came quicker than the disk takes them. Look for what else is writing, or for a worn-out disk",
}


class Facts:
    """Remembers what was said last."""

    def __init__(self, lost: Mapping[str, int]) -> None:
        self._said: dict[str, object] = {}
        self._lost = dict(lost)
        self._dropping = ""
        self._dropped_ns = 0
        self._damage = ""
        self._damaged_ns = 0
        self._failing_ns = 0

    def damaged(self, sentence: str, now: Now) -> None:
        """Something was damaged; "" for nothing."""
        if sentence:
            self._damage = sentence
            self._damaged_ns = now.boottime_ns

    def tell(
        self,
        say: Callable[[HouseSaid], None],
        now: Now,
        store: OutboxStore,
        turned: Turned,
        lost: Mapping[str, int],
    ) -> None:
        """Say what changed with this turn."""
        self.damaged(turned.damage, now)
        self._say(say, DISK_SCARCE, "disk", store.room.state, _scarce(store))
        self._say(say, TELEMETRY_DROPPED, "outbox", *self._drops(now, lost))
        trouble = store.in_memory or self._failing(now, turned.failed) or self._damage_lately(now)
        self._say(say, STORE_DAMAGED, "outbox", trouble, trouble)

    def _say(self, say: Callable[[HouseSaid], None], rule: str, source: str, state: object, why: str) -> None:
        if self._said.get(rule) != state:
            self._said[rule] = state
            say(HouseSaid(rule, source, bool(why), why))

    def _drops(self, now: Now, lost: Mapping[str, int]) -> tuple[str, str]:
        """The reason for which points are being dropped, and a sentence about it."""
        more = {reason: points - self._lost.get(reason, 0) for reason, points in lost.items()}
        grown = [reason for reason, points in more.items() if points > 0]
        if grown:
            self._dropping, self._dropped_ns, self._lost = grown[-1], now.boottime_ns, dict(lost)
        elif now.boottime_ns - self._dropped_ns >= OVER_NS:
            self._dropping = ""
        if not self._dropping:
            return "", ""
        return self._dropping, f"Readings for the destinations are being dropped: {_DROPPED[self._dropping]}."

    def _failing(self, now: Now, failed: str) -> str:
        """Why the disk takes nothing, once that lasts."""
        if not failed:
            self._failing_ns = 0
            return ""
        self._failing_ns = self._failing_ns or now.boottime_ns
        return failed if now.boottime_ns - self._failing_ns >= FAILING_NS else ""

    def _damage_lately(self, now: Now) -> str:
        if self._damage and now.boottime_ns - self._damaged_ns >= OVER_NS:
            self._damage = ""
        return self._damage


def _scarce(store: OutboxStore) -> str:
    room = store.room
    if room.state is RoomState.AMPLE:
        return ""
    rest = (
        "What was held back is given to the journal, and the outbox writes nothing."
        if room.state is RoomState.FULL
        else "Telemetry is dropped until there is room; alarms are kept."
    )
    return (
        f"The disk of {store.folder} is nearly full: {room.free_bytes / 1e6:.1f} MB are free. {rest} "
        f"Delete files there or give it a larger disk."
    )
