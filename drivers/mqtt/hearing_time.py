"""When a message was sent, as far as it can be believed: the device's clock may be wrong, and so may ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.product import Said

APART_SECONDS: Final = 120.0
"""A clock that is further off is wrong."""

BEFORE_SECONDS: Final = 2.0
"""What was sent so long before we were connected waited for us at the broker."""

CATCH_UP_SECONDS: Final = 5.0
"""For so long after we were connected a message without a time may have waited there."""

WAITED_SECONDS: Final = 300.0
"""So long it may take the broker to hand over what waited; an old time that comes later is a wrong clock."""

OURS_IS_SET_UTC: Final = 1_790_000_000.0
"""2026-09-21, when this was written: a clock of ours that shows less was not set, and cannot tell that another one is wrong."""


class Moment(NamedTuple):
    """What a message's time is worth."""

    at_utc: float | None
    """When it was sent, by a clock that can be believed."""
    clock_wrong: bool | None
    """Whether the device's clock is wrong; None where nothing can be said of it."""
    from_before: bool
    """It was, or may have been, sent before we were connected."""
    vouched: bool = True
    """The device itself believes its clock."""

    def of(self, at_utc: float | None) -> float | None:
        """The time of something that the message tells of, where it can be believed."""
        return at_utc if self.vouched and not self.clock_wrong else None


def judge(said: Said, peer: Peer, connected_seconds: float, now_utc: float) -> Moment:
    """Judge a message that came now, so long after we were connected.

    The first one that was sent since then ends the device's catching up.
    """
    at_utc, vouched = said.at_utc, not said.estimated
    if at_utc is None or said.clock_wrong or now_utc < OURS_IS_SET_UTC:
        peer.catching_up = peer.catching_up and connected_seconds <= CATCH_UP_SECONDS
        return Moment(None, True if said.clock_wrong else None, peer.catching_up, vouched)
    if (
        peer.catching_up
        and at_utc < now_utc - connected_seconds - BEFORE_SECONDS
        and connected_seconds <= WAITED_SECONDS
    ):
        return Moment(at_utc if vouched else None, None, True, vouched)
    peer.catching_up = False
    wrong = abs(at_utc - now_utc) > APART_SECONDS
    return Moment(at_utc if vouched and not wrong else None, wrong, False, vouched)
