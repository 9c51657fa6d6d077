"""Sensors that hang nowhere: those that nobody enrolled, and the test button of one in stock."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drivers.contract import Stranger

if TYPE_CHECKING:
    from drivers.ble.peer import Peer
    from drivers.ble.source import Advert
    from drivers.contract import Post

REMEMBERED: Final = 1000
"""So many strangers are told apart; the longest unheard is forgotten first."""
TOLD_EVERY_NS: Final = 60_000_000_000
TOLD_A_SECOND: Final = 20
"""More strangers in a second are counted and not told: somebody makes them up."""

BEST_WITHIN_SECONDS: Final = 1.0
"""So long a press waits for the receiver that heard it best: that one says in which building the installer is."""
PRESSED_EVERY_NS: Final = 3_000_000_000
"""A button that is held down is one press."""

_SECOND_NS: Final = 1_000_000_000


class Strangers:
    """Tells of each stranger once a minute."""

    def __init__(self) -> None:
        self._told_ns: OrderedDict[int, int] = OrderedDict()
        """When each was told of last, the longest unheard first."""
        self._second = 0
        self._told = 0

    def heard(self, receiver: str, advert: Advert, post: Post) -> None:
        """Take a packet from an address that nobody enrolled."""
        now_ns = advert.received_ns
        told_ns = self._told_ns.pop(advert.address, None)
        if told_ns is not None and now_ns - told_ns < TOLD_EVERY_NS:
            self._told_ns[advert.address] = told_ns
            return
        if now_ns // _SECOND_NS != self._second:
            self._second, self._told = now_ns // _SECOND_NS, 0
        if self._told >= TOLD_A_SECOND:
            return
        self._told += 1
        self._told_ns[advert.address] = now_ns
        if len(self._told_ns) > REMEMBERED:
            self._told_ns.popitem(last=False)
        what = "BTHome sensor, encrypted" if advert.data[:1] and advert.data[0] & 1 else "BTHome sensor"
        post.report(Stranger(f"{advert.address:012X}", what, now_ns, receiver, advert.rssi))


@dataclass(slots=True)
class _Press:
    """The test button of a sensor in stock was pressed."""

    what: str
    first_ns: int
    receiver: str
    rssi: int
    told: bool = False


class Presses:
    """Tells which sensor in stock had its test button pressed, and which receiver heard that best."""

    def __init__(self) -> None:
        self._pressed: dict[str, _Press] = {}

    def pressed(self, peer: Peer, what: str, receiver: str, advert: Advert, post: Post) -> None:
        """A proved packet says that the button is pressed."""
        known = self._pressed.get(peer.address)
        if known is not None and advert.received_ns - known.first_ns < PRESSED_EVERY_NS:
            self.copy(peer, receiver, advert)
            return
        press = _Press(what, advert.received_ns, receiver, advert.rssi)
        self._pressed[peer.address] = press
        asyncio.get_running_loop().call_later(BEST_WITHIN_SECONDS, self._tell, peer.address, press, post)

    def copy(self, peer: Peer, receiver: str, advert: Advert) -> None:
        """A packet of that sensor was heard by another receiver too."""
        press = self._pressed.get(peer.address)
        if press is not None and not press.told and (advert.rssi or -127) > (press.rssi or -127):
            press.receiver, press.rssi = receiver, advert.rssi

    def close(self) -> None:
        """Tell nothing more: the run ends."""
        self._pressed.clear()

    def _tell(self, address: str, press: _Press, post: Post) -> None:
        if self._pressed.get(address) is not press:
            return
        press.told = True
        post.report(Stranger(address, press.what, press.first_ns, press.receiver, press.rssi, pressed=True))
