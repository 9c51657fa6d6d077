"""One sensor that is known by its radio address: who it is, and what is known of it."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import MIC_BYTES
from drivers.ble.gate import Gate
from drivers.ble.readings import Readings
from drivers.ble.signals import Signal
from drivers.sealed_key import KeyUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.ble.oddities import Oddities
    from drivers.ble.product import AirProduct
    from drivers.contract import Json
    from drivers.sealed_key import SensorKeys

KEY_BYTES: Final = 16
"""AES-128 (bthome.io/encryption)."""
_WRAPPING_BITS: Final = 16


class Peer:
    """A sensor that hangs at the detector `device`, or in stock where that is "".

    Made from an entry of the wanted level `drivers.contract.SENSORS`. Its key is opened when it is first heard (`prepare`):
    thousands at once would hold up everything else.
    """

    __slots__ = (
        "_before",
        "_product_name",
        "address",
        "cipher",
        "condition_told_ns",
        "device",
        "gate",
        "gone",
        "key_mark",
        "keyed",
        "mac",
        "odd",
        "prepared",
        "product",
        "readings",
        "safety_told_ns",
        "sealed_key",
        "signal",
        "swap_until_ns",
        "wrong",
    )

    def __init__(self, address: str, device: str, entry: Mapping[str, Json]) -> None:
        self.address = address
        self.mac = bytes.fromhex(address)
        self.device = device
        self._product_name: str = entry["product"]
        self.sealed_key: str = entry["sealed_key"]
        self.keyed = bool(self.sealed_key)
        self.gate = Gate()
        self.swap_until_ns = 0
        """As it was wanted last: a window that was used stays closed until another is opened."""
        self.open_swap(entry)
        self.signal = Signal()
        self.odd: Oddities | None = None
        self._before: Peer | None = None
        self.prepared = False
        self.product: AirProduct | None = None
        """None where there is no such product: `wrong` says so."""
        self.readings = NOTHING_READ
        self.cipher: AESCCM | None = None
        self.key_mark = ""
        """By which a key is known again, and not found out."""
        self.wrong = ""
        """Why nothing that it sends has a value, as a sentence; "" where it has."""
        self.gone = False
        """Nobody listens to it any more, whatever of it still waits."""
        self.safety_told_ns = 0
        self.condition_told_ns = 0

    def same_sensor(self, entry: Mapping[str, Json]) -> bool:
        """Whether an entry speaks of this sensor with this key and product: then all that is known of it still holds."""
        return (self.address, self._product_name, self.sealed_key) == (
            entry.get("address", self.address),
            entry["product"],
            entry["sealed_key"],
        )

    def follow(self, known: Peer) -> None:
        """The sensor of that address was known as `known`, in stock, at another detector, or with its key sealed otherwise.

        If it turns out to be the same key, what was heard of it then does not pass again.
        """
        self._before = known if known.gate.counter is not None else known._before

    def open_swap(self, entry: Mapping[str, Json]) -> None:
        """Take until when its counter may begin anew."""
        until_ns: int = entry.get("swap_until_ns", 0)
        if until_ns != self.swap_until_ns:
            self.swap_until_ns = self.gate.swap_until_ns = until_ns

    def prepare(self, products: Mapping[str, AirProduct], kind: str, keys: SensorKeys | None, cursor: Json) -> None:
        """Get ready for its packets: its product, its key, and the counter that was kept. `kind`: of its detector, "" in stock.

        What is known of it already stays.
        """
        self.prepared = True
        self.product = products.get(self._product_name)
        self.wrong = self._unusable(kind)
        if self.wrong or self.product is None:
            self.product = None
            return
        if self.readings is NOTHING_READ or self.readings.kind != self.product.kind:
            self.readings = Readings(self.product.kind, keyed=self.keyed)
        if self.keyed and self.cipher is None:
            try:
                self._take_key(_opened(keys, self.address, self.sealed_key))
            except KeyUnreadable as unreadable:
                self.wrong = str(unreadable)
                return
        if self._before is not None and self._before.key_mark == self.key_mark:
            self._take_over(self._before)
        self._before = None
        if self.gate.counter is None and isinstance(cursor, dict) and self._is_mine(cursor):
            self.gate.restore(cursor["counter"])
        self.gate.wraps = self.product.counter_bits == _WRAPPING_BITS

    def cursor(self) -> Json:
        """What a later run needs, so that nothing passes twice; None before the first accepted packet."""
        if self.gate.counter is None:
            return None
        return {"address": self.address, "key": self.key_mark, "counter": self.gate.counter}

    def _unusable(self, kind: str) -> str:
        if self.product is None:
            return f"Its sensor {self.address} is of the product {self._product_name!r}, which has no profile here."
        if kind and self.product.kind != kind:
            return f"Its sensor {self.address} is for {self.product.kind}, and this is a place for {kind}."
        return ""

    def _take_over(self, before: Peer) -> None:
        if before.swap_until_ns != self.swap_until_ns:
            before.gate.swap_until_ns = self.swap_until_ns
        self.gate, self.signal = before.gate, before.signal
        if before.device == self.device and before.readings.kind == self.readings.kind:
            self.readings = before.readings

    def _take_key(self, key: bytes) -> None:
        self.cipher = AESCCM(key, tag_length=MIC_BYTES)
        self.key_mark = sha256(b"gridpost sensor key" + self.mac + key).hexdigest()[:8]

    def _is_mine(self, cursor: Mapping[str, Json]) -> bool:
        return (
            cursor.get("address") == self.address
            and cursor.get("key") == self.key_mark
            and isinstance(cursor.get("counter"), int)
        )


NOTHING_READ: Final = Readings("smoke", keyed=True)
"""Stands for the readings of a sensor that was not heard yet: nothing is known, no alarm stands. Nothing is ever put in."""


def _opened(keys: SensorKeys | None, address: str, sealed_key: str) -> bytes:
    if keys is None:
        raise KeyUnreadable(f"The key of sensor {address} does not open: there is no site key.")
    key = keys.open(address, sealed_key)
    if len(key) != KEY_BYTES:
        raise KeyUnreadable(f"The key of sensor {address} has {len(key)} bytes and not {KEY_BYTES}. Import it again.")
    return key
