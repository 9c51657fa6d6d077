"""Messages that a device counted and that never came: named once, after they had the time to come late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent
from drivers.mqtt.ticking import boottime_ns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.mqtt.bookmark import Gap
    from drivers.mqtt.handover import Handover
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.tally import Tally

GRACE_SECONDS: Final = 5.0
"""So long a message may be late: what the broker hands over anew after a reconnect is there by then."""


class Gaps:
    """When each gap is to be named."""

    def __init__(self) -> None:
        self._due: dict[tuple[str, Gap], float] = {}

    def look(self, peers: Iterable[Peer], handover: Handover, tally: Tally, now_seconds: float) -> None:
        """Name the gaps whose time is over. Called about twice a second."""
        waiting: dict[tuple[str, Gap], float] = {}
        for peer in peers:
            for gap in peer.mark.gaps:
                due = self._due.get((peer.id, gap), now_seconds + GRACE_SECONDS)
                if now_seconds < due:
                    waiting[peer.id, gap] = due
                else:
                    _name(peer, gap, handover, tally)
        self._due = waiting


def _name(peer: Peer, gap: Gap, handover: Handover, tally: Tally) -> None:
    missing = peer.mark.lacks(gap)
    peer.mark = peer.mark.closed(gap)
    event = None
    if missing is not None:
        tally.lost += missing.last - missing.first + 1
        body = {"from": missing.first, "to": missing.last, "why": _why(peer, gap)}
        event = DeviceEvent(peer.id, f"{gap.boot} lost", missing.first, "messages_lost", body, boottime_ns())
    handover.keep(peer.id, event, peer.mark, None)


def _why(peer: Peer, gap: Gap) -> str:
    if peer.away_since == (gap.boot, gap.first - 1):
        return "they came while we were not connected"
    if gap.first == 1:
        return "the device had restarted before we heard it"
    return "they did not come through"


def session_forgotten(peer: Peer, handover: Handover) -> None:
    """The broker did not keep what came while we were away. Of a device that counts its gap will say so."""
    if peer.product.sequenced or not peer.mark.ours:
        return
    body = {"from": None, "to": None, "why": "the broker did not keep what came while we were not connected"}
    now_utc = time.time()
    event = DeviceEvent(peer.id, "session lost", int(now_utc), "messages_lost", body, boottime_ns(), now_utc)
    handover.keep(peer.id, event, peer.mark, None)
