"""The frames of Feishu's long connection: the protobuf message `pbbp2.Frame` as the official SDKs define it, written by hand.

Frame:  1 SeqID, 2 LogID, 3 service, 4 method (varints) · 5 headers (messages of 1 key, 2 value) · 8 payload
"""

from __future__ import annotations

from dataclasses import dataclass, field

CONTROL, DATA = 0, 1
_VARINT, _BYTES = 0, 2
_MORE = 0x80
_HEADERS, _PAYLOAD = 5, 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    method: int
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""
    service: int = 1

    def bytes(self) -> bytes:
        """As it goes over the wire."""
        out = bytearray()
        for number, figure in ((1, 0), (2, 0), (3, self.service), (4, self.method)):
            out += _varint(number << 3 | _VARINT) + _varint(figure)
        for key, text in self.headers.items():
            out += _piece(_HEADERS, _piece(1, key.encode()) + _piece(2, text.encode()))
        return bytes(out + _piece(_PAYLOAD, self.payload))


def frame_of(data: bytes) -> Frame:
    """What a client sent; it is the client's fault if this fails."""
    numbers: dict[int, int] = {}
    headers: dict[str, str] = {}
    payload = b""
    for number, value in _fields(data):
        if isinstance(value, int):
            numbers[number] = value
        elif number == _HEADERS:
            pair = dict(_fields(value))
            headers[bytes(pair[1]).decode()] = bytes(pair[2]).decode()
        elif number == _PAYLOAD:
            payload = value
    if not {1, 2, 3, 4} <= numbers.keys():
        raise ValueError("a required field is missing")
    return Frame(numbers[4], headers, payload, numbers[3])


def _fields(data: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(data):
        tag, at = _read(data, at)
        value, at = _read(data, at)
        if tag & 7 == _VARINT:
            found.append((tag >> 3, value))
        elif tag & 7 == _BYTES:
            found.append((tag >> 3, data[at : at + value]))
            at += value
        else:
            raise ValueError(f"a field of kind {tag & 7}")
    return found


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & (_MORE - 1)) << shift
        at, shift = at + 1, shift + 7
        if not byte & _MORE:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= _MORE:
        out.append(value & (_MORE - 1) | _MORE)
        value >>= 7
    return bytes([*out, value])


def _piece(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content
