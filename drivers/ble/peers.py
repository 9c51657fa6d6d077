"""Who is known by a radio address: the sensors that hang at the line's detectors, and those in stock that were heard."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from drivers.ble.peer import Peer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from drivers.contract import Json

_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})


class Peers:
    """The sensors of a line. What did not change in a new list keeps all that is known of it."""

    def __init__(self, detectors: Collection[str]) -> None:
        self.by_address: dict[int, Peer] = {}
        self.by_device: dict[str, Peer] = {}
        self._detectors = detectors
        self._wanted: Mapping[str, Json] = _NOTHING
        """The entries of mounted sensors as they were handed in, by detector, whether or not it is one of ours."""
        self._stock: Mapping[str, Json] = _NOTHING
        self._heard_stock: dict[str, tuple[Json, Peer]] = {}

    def want(self, level: Mapping[str, Json] | None) -> None:
        """Take which sensors hang where and which are in stock (`drivers.contract.SENSORS`)."""
        mounted: Mapping[str, Json] = _NOTHING if level is None else level["mounted"]
        self._stock = _NOTHING if level is None else level["stock"]
        before = self._wanted
        changed = [device for device, entry in mounted.items() if before.get(device) is not entry]
        if changed or len(before) != len(mounted):
            self._wanted = dict(mounted)
            self._mount(changed)
        for address, (entry, peer) in list(self._heard_stock.items()):
            if self._stock.get(address) is not entry:
                del self._heard_stock[address]
                if not peer.device:
                    self._forget(peer)

    def adopt(self, detectors: Collection[str]) -> None:
        """Take other detectors; every sensor is prepared anew when it is heard next."""
        self._detectors = detectors
        self._mount(list(self._wanted))
        for peer in self.by_address.values():
            peer.prepared = False

    def find(self, address: int) -> Peer | None:
        """The sensor at that address; None for a stranger."""
        known = self.by_address.get(address)
        return known if known is not None else self._from_stock(address)

    def _from_stock(self, address: int) -> Peer | None:
        name = f"{address:012X}"
        entry = self._stock.get(name)
        if entry is None:
            return None
        peer = Peer(name, "", entry)
        self._heard_stock[name] = entry, peer
        self.by_address[address] = peer
        return peer

    def _mount(self, changed: list[str]) -> None:
        ours = [device for device in changed if device in self._detectors]
        gone = [device for device in self.by_device if device not in self._wanted or device not in self._detectors]
        moved = [
            device for device in ours if device in self.by_device and not self._stays(self.by_device[device], device)
        ]
        known = dict(self.by_address) if moved or gone else self.by_address
        for device in (*gone, *moved):
            self._forget(self.by_device.pop(device))
        for device in ours:
            entry = self._wanted[device]
            if (peer := self.by_device.get(device)) is not None:
                peer.open_swap(entry)
            else:
                self._hang(device, entry, known.get(int(entry["address"], 16)))

    def _stays(self, peer: Peer, device: str) -> bool:
        return peer.same_sensor(self._wanted[device])

    def _hang(self, device: str, entry: Mapping[str, Json], known: Peer | None) -> None:
        peer = Peer(entry["address"], device, entry)
        if known is not None:
            peer.follow(known)
            known.gone = True
        self.by_device[device] = peer
        self.by_address[int(peer.address, 16)] = peer

    def _forget(self, peer: Peer) -> None:
        peer.gone = True
        if self.by_address.get(address := int(peer.address, 16)) is peer:
            del self.by_address[address]
