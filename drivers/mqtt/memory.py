"""What a line knows that outlives its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.mqtt.gaps import Gaps
from drivers.mqtt.orders import Orders
from drivers.mqtt.rejects import Rejects
from drivers.mqtt.routes import Routes
from drivers.mqtt.tally import Tally
from drivers.mqtt.wanting import Wanting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.mqtt.peer import Peer


class Memory:
    """The devices, what is wanted of them, and what was odd."""

    __slots__ = ("gaps", "orders", "peers", "rejects", "retained_orders", "routes", "tally", "wanting")

    def __init__(self, peers: Mapping[str, Peer]) -> None:
        self.peers = peers
        self.routes = Routes(peers)
        self.orders = Orders()
        self.wanting = Wanting()
        self.rejects = Rejects()
        self.gaps = Gaps()
        self.retained_orders: set[str] = set()
        """The topics of retained orders that were told of: once, however often we connect."""
        self.tally = Tally()

    def put(self, peers: Mapping[str, Peer]) -> None:
        """Take these devices in place of those before."""
        for device in self.peers.keys() - peers.keys():
            self.wanting.forget(device)
        self.peers = peers
        self.routes = Routes(peers)
