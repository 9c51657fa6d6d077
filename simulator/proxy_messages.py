"""The messages of the ESPHome native API that a Bluetooth proxy says, as protocol buffers written by hand.

Source of numbers and fields: `api.proto` of ESPHome (message ids are its `option (id)`). Few enough to need no generated
code, and so nothing here comes from the client that is tested against it.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

MAXIMUM_VARINT_BYTES: Final = 10
"""Of 64 bits, seven in each byte (Protocol Buffers, "Encoding")."""

_BYTES: Final = 2  # the wire type of everything with a length
_MORE: Final = 0x80
_LOW: Final = 0x7F


class Kind(IntEnum):
    """Numbers of the messages that a proxy knows."""

    HELLO_REQUEST = 1
    HELLO_RESPONSE = 2
    AUTHENTICATION_REQUEST = 3
    AUTHENTICATION_RESPONSE = 4
    DISCONNECT_REQUEST = 5
    DISCONNECT_RESPONSE = 6
    PING_REQUEST = 7
    PING_RESPONSE = 8
    DEVICE_INFO_REQUEST = 9
    DEVICE_INFO_RESPONSE = 10
    LIST_ENTITIES_REQUEST = 11
    LIST_ENTITIES_DONE = 19
    SUBSCRIBE_ADVERTISEMENTS = 66
    SUBSCRIBE_CONNECTIONS_FREE = 80
    CONNECTIONS_FREE = 81
    UNSUBSCRIBE_ADVERTISEMENTS = 87
    RAW_ADVERTISEMENTS = 93
    SCANNER_STATE = 126


class Feature(IntFlag):
    """What a Bluetooth proxy says it can do, in its device information."""

    PASSIVE_SCAN = 1
    RAW_ADVERTISEMENTS = 32
    STATE_AND_MODE = 64


API_VERSION: Final = (1, 12)
FIRMWARE: Final = "2025.11.0"

SCANNER_RUNNING: Final = b"\x08\x02\x10\x01\x18\x01"
"""A scanner state: running (2), active (1), as configured (1)."""

SUBSCRIBE_RAW: Final = 1
"""The flag of a subscription that wants raw advertisements; without it parsed ones, which firmware no longer sends."""


def varint(value: int) -> bytes:
    """A number of 0 or more, seven bits in a byte, the lowest first."""
    if value <= _LOW:
        return bytes((value,))
    said = bytearray()
    while value > _LOW:
        said.append(value & _LOW | _MORE)
        value >>= 7
    said.append(value)
    return bytes(said)


def number(field: int, value: int) -> bytes:
    """A field that is a number; nothing for 0, as in proto3."""
    return varint(field << 3) + varint(value) if value else b""


def text(field: int, value: str) -> bytes:
    """A field that is text; nothing for none, as in proto3."""
    said = value.encode()
    return varint(field << 3 | _BYTES) + varint(len(said)) + said if said else b""


def read_number(message: bytes, field: int) -> int:
    """The number in a field of a message that holds numbers only; 0 when it is not there or the message is none."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if tag == field << 3:
            return value
    return 0


def hello(name: str) -> bytes:
    """Who answers, and which version of the API it speaks."""
    major, minor = API_VERSION
    return number(1, major) + number(2, minor) + text(3, f"{name} (esphome v{FIRMWARE})") + text(4, name)


def device_info(name: str, mac: str, features: int, *, encrypted: bool) -> bytes:
    """What kind of device it is; `features` of 0 for one that is no Bluetooth proxy."""
    return b"".join(
        (
            text(2, name),
            text(3, mac),
            text(4, FIRMWARE),
            text(6, "esp32-poe-iso"),
            text(12, "Espressif"),
            text(13, name),
            number(15, features),
            text(18, mac if features else ""),
            number(19, int(encrypted)),
        )
    )


def raw_advertisement(address: int, rssi: int, data: bytes) -> bytes:
    """One advertisement as a field of RAW_ADVERTISEMENTS; several after one another are the whole message."""
    # Written out, not put together by `number`: a proxy under load does little else.
    said = b"".join(
        (b"\x08", varint(address), b"\x10", varint(rssi << 1 ^ rssi >> 31), b"\x22", varint(len(data)), data)
    )
    return b"".join((b"\x0a", varint(len(said)), said))


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(message[at : at + MAXIMUM_VARINT_BYTES]):
        value |= (byte & _LOW) << 7 * place
        if byte < _MORE:
            return value, at + place + 1
    return value, len(message)
