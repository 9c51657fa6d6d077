"""The air as sensors see it: what they transmit arrives at a receiver, however that receiver is made."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from simulator.bthome import address_bytes, advertisement
from simulator.proxy import Heard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.proxy import Proxy

_SENSORS: Final = 16_384  # above those of a compound, so that each address is read once


class Radio(Protocol):
    """Whom a simulated sensor talks to."""

    def transmit(self, receiver: str, mac: str, rssi: int, service_data: bytes, /) -> None:
        """Let a receiver hear BTHome service data from a sensor, with that strength in dBm."""


class ProxyRadio:
    """Receivers that are proxies, by their names."""

    __slots__ = ("proxies",)

    def __init__(self, proxies: Mapping[str, Proxy]) -> None:
        self.proxies = proxies

    def transmit(self, receiver: str, mac: str, rssi: int, service_data: bytes, /) -> None:
        """Let a proxy hear it. Raises `KeyError` for a receiver that is none of them, `ValueError` for over 31 bytes."""
        self.proxies[receiver].send((Heard(_number(mac), rssi, advertisement(service_data)),))


@lru_cache(maxsize=_SENSORS)
def _number(mac: str) -> int:
    return int.from_bytes(address_bytes(mac), "big")
