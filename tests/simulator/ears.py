"""A radio that writes down what is transmitted, and the gateway's own decoder to read it with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import Verdict, counter_of, decode
from drivers.ble.kinds import GROUPS
from drivers.ble.product import load_air_product
from simulator.air import Air
from simulator.bthome import address_bytes
from simulator.compound import grow
from simulator.detectors import PRODUCTS
from simulator.rhythm import midnight

if TYPE_CHECKING:
    from simulator.detectors import Fitted

NIGHT = midnight(1_794_800_000.0) + 3.2 * 3600
"""Nobody cooks."""


class Transmitted(NamedTuple):
    receiver: str
    mac: str
    rssi: int
    data: bytes


@dataclass
class Ears:
    """A Radio; `heard` since it was last cleared."""

    heard: list[Transmitted] = field(default_factory=list)

    def transmit(self, receiver: str, mac: str, rssi: int, service_data: bytes, /) -> None:
        self.heard.append(Transmitted(receiver, mac, rssi, service_data))

    def packets(self, fitted: Fitted) -> list[bytes]:
        """Different packets under the address of a sensor, in their order."""
        return list(dict.fromkeys(each.data for each in self.heard if each.mac == fitted.address))

    def points(self, fitted: Fitted) -> list[dict[str, Any]]:
        """What the gateway would believe of each of them, by point; nothing of one that its decoder refuses."""
        return [points_of(fitted, data) for data in self.packets(fitted)]


def small_air(buildings: int = 3, started: float = NIGHT) -> tuple[Air, Ears]:
    ears = Ears()
    return Air(grow(7, buildings), ears, started), ears


def points_of(fitted: Fitted, data: bytes) -> dict[str, Any]:
    packet = decode(data, address_bytes(fitted.address), AESCCM(fitted.key, 4), keyed=True)
    if packet.verdict is not Verdict.OK:
        return {}
    keys = [[point.key for point in group.points] for group in GROUPS[fitted.kind]]
    taken = load_air_product(PRODUCTS[fitted.kind]).take(packet.values)
    return {keys[group][index]: value for (group, index), value in taken.items()}


def counters(packets: list[bytes]) -> list[int]:
    return [count for count in map(counter_of, packets) if count is not None]
