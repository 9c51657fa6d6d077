"""What a BTHome v2 sensor sends: objects, the service data around them, plain or encrypted, and the advertisement.

Source of the format: https://bthome.io/format and https://bthome.io/encryption.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PACKET_ID: Final = 0x00
BATTERY: Final = 0x01
TEMPERATURE: Final = 0x02
HUMIDITY: Final = 0x03
VOLTAGE: Final = 0x0C
LOW_BATTERY: Final = 0x15
CARBON_MONOXIDE: Final = 0x17
GAS: Final = 0x1C
HEAT: Final = 0x1D
PROBLEM: Final = 0x26
SMOKE: Final = 0x29
TAMPER: Final = 0x2B
BUTTON: Final = 0x3A
TEXT: Final = 0x53
RAW: Final = 0x54

PRESSED: Final = 0x01
"""A single press, as the value of BUTTON."""

MAXIMUM_COUNTER: Final = 0xFFFF_FFFF
MAXIMUM_ADVERTISEMENT_BYTES: Final = 31
"""Of a legacy advertisement (Bluetooth Core 5.4, vol. 6 part B, 2.3.1.1): flags and head of the service data are 7 of them."""

_UUID: Final = b"\xd2\xfc"
_PLAIN: Final = 0x40
_ENCRYPTED: Final = 0x41
_ON_EVENT: Final = 0x04
_MIC_BYTES: Final = 4
_FLAGS: Final = b"\x02\x01\x06"  # BlueZ shows no device that does not say that it can be found
_SERVICE_DATA: Final = 0x16
_LONGEST: Final = 0xFF

Value = bool | int | float | str | bytes
Object = tuple[int, Value]


class _Form(NamedTuple):
    width: int
    signed: bool = False
    factor: float = 1


_IDS_OF: Final[dict[_Form, Sequence[int]]] = {
    _Form(1): (0x00, 0x01, 0x09, *range(0x0F, 0x12), *range(0x15, 0x30), 0x3A, 0x60, 0x64, 0x65),
    _Form(1, factor=0.1): (0x46,),
    _Form(1, signed=True): (0x57, 0x59),
    _Form(1, signed=True, factor=0.35): (0x58,),
    _Form(2): (0x0D, 0x0E, 0x12, 0x13, 0x3C, 0x3D, 0x40, 0x48, 0x56, 0x61, 0xF0),
    _Form(2, factor=0.1): (0x41, 0x47, 0x4A, 0x5F),
    _Form(2, factor=0.01): (0x03, 0x06, 0x07, 0x14, 0x44, 0x5E),
    _Form(2, factor=0.001): (0x0C, 0x43, 0x49, 0x51, 0x52),
    _Form(2, signed=True): (0x5A,),
    _Form(2, signed=True, factor=0.1): (0x3F, 0x45),
    _Form(2, signed=True, factor=0.01): (0x02, 0x08),
    _Form(2, signed=True, factor=0.001): (0x5D,),
    _Form(3): (0xF2,),
    _Form(3, factor=0.01): (0x04, 0x05, 0x0B),
    _Form(3, factor=0.001): (0x0A, 0x42, 0x4B),
    _Form(4): (0x3E, 0x50, 0xF1),
    _Form(4, factor=0.001): (0x4C, 0x4D, 0x4E, 0x4F, 0x55),
    _Form(4, signed=True): (0x5B,),
    _Form(4, signed=True, factor=0.01): (0x5C,),
    _Form(4, signed=True, factor=0.000001): (0x62, 0x63),
}
_FORMS: Final = {number: form for form, numbers in _IDS_OF.items() for number in numbers}


def body(objects: Iterable[Object]) -> bytes:
    """Objects as bytes, put into ascending order of their ids as the standard wants it.

    A value is in the unit of its object (25.06 for a TEMPERATURE), text or bytes for TEXT and RAW. Raises `ValueError` for
    an id that the standard does not name and for a value that its form cannot hold. Wrong packets are written by hand.
    """
    return b"".join(_object(number, value) for number, value in sorted(objects, key=lambda each: each[0]))


def plain(objects: bytes, *, on_event: bool = False) -> bytes:
    """Service data without encryption. `on_event`: the sensor says that it sends at events only, not regularly."""
    return bytes((_PLAIN | (_ON_EVENT if on_event else 0),)) + objects


def sealed(objects: bytes, address: bytes, key: AESCCM, counter: int, *, on_event: bool = False) -> bytes:
    """Service data encrypted with AES-128-CCM under a counter of 32 bits; `address` as it is written, 6 bytes."""
    info = bytes((_ENCRYPTED | (_ON_EVENT if on_event else 0),))
    count = counter.to_bytes(4, "little")
    secret = key.encrypt(address + _UUID + info + count, objects, None)
    return b"".join((info, secret[:-_MIC_BYTES], count, secret[-_MIC_BYTES:]))


def advertisement(service_data: bytes) -> bytes:
    """The advertising data around BTHome service data: flags, then the service data. Raises `ValueError` above 31 bytes."""
    structures = _FLAGS + bytes((3 + len(service_data), _SERVICE_DATA)) + _UUID + service_data
    if len(structures) > MAXIMUM_ADVERTISEMENT_BYTES:
        raise ValueError(f"{len(structures)} bytes do not fit into an advertisement of {MAXIMUM_ADVERTISEMENT_BYTES}")
    return structures


def address_bytes(address: str) -> bytes:
    """`54:48:E6:8F:80:A5` as six bytes in the order in which they are written."""
    return bytes.fromhex(address.replace(":", ""))


class Beacon:
    """One sensor's sending side: its address, its key if it has one, and the counter of the packet that comes next."""

    __slots__ = ("_cipher", "address", "counter", "mac")

    def __init__(self, address: str, key: bytes | None = None, counter: int = 0) -> None:
        self.address = address
        self.mac = address_bytes(address)
        self.counter = counter
        """Of the next packet. A new battery sets it back, as in real sensors."""
        self._cipher = None if key is None else AESCCM(key, _MIC_BYTES)

    def packet(self, objects: Iterable[Object], *, on_event: bool = False) -> bytes:
        """Service data of the next packet: encrypted under the next counter, or plain without a key.

        Copies of a packet in a burst are these very bytes again.
        """
        if self._cipher is None:
            return plain(body(objects), on_event=on_event)
        count = self.counter
        self.counter = count + 1 & MAXIMUM_COUNTER
        return sealed(body(objects), self.mac, self._cipher, count, on_event=on_event)


def _object(number: int, value: Value) -> bytes:
    if number in (TEXT, RAW):
        return _text(number, value)
    form = _FORMS.get(number)
    if form is None:
        raise ValueError(f"BTHome has no object 0x{number:02x}")
    if isinstance(value, str | bytes):
        raise ValueError(f"object 0x{number:02x} is a number")  # noqa: TRY004 - as every other value that does not fit
    steps = int(value) if form.factor == 1 else round(value / form.factor)
    try:
        return bytes((number,)) + steps.to_bytes(form.width, "little", signed=form.signed)
    except OverflowError:
        raise ValueError(f"object 0x{number:02x} cannot be {value}") from None


def _text(number: int, value: Value) -> bytes:
    if not isinstance(value, str | bytes):
        raise ValueError(f"object 0x{number:02x} is text or bytes")  # noqa: TRY004 - as every other value that does not fit
    content = value.encode() if isinstance(value, str) else value
    if len(content) > _LONGEST:
        raise ValueError(f"object 0x{number:02x} holds up to {_LONGEST} bytes")
    return bytes((number, len(content))) + content
