"""What was heard since the gateway started and nobody enrolled; decide says each of them once."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from gateway.serve.instants import iso

if TYPE_CHECKING:
    from collections.abc import Container

    from gateway.model import StrangerSaid
    from gateway.serve.views import Body

STRANGERS = 200
"""How many strangers are listed; the longest unheard is forgotten first."""


class Strangers:
    """Strangers by address, the latest last."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, Body] = OrderedDict()

    def take(self, said: StrangerSaid, utc: float) -> None:
        """Take one that was heard at a moment (seconds since 1970)."""
        self._heard[said.address] = {
            "address": said.address,
            "what": said.what,
            "at": iso(utc),
            "receiver": said.receiver,
            "rssi": said.rssi,
        }
        self._heard.move_to_end(said.address)
        if len(self._heard) > STRANGERS:
            self._heard.popitem(last=False)

    def newest_first(self, known: Container[str]) -> list[Body]:
        """All of them but those that are `known` by now."""
        return [body for address, body in reversed(self._heard.items()) if address not in known]
