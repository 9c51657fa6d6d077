"""Frames of Feishu's long connection: the protobuf message `pbbp2.Frame` of the official SDKs.

    Frame   1 SeqID, 2 LogID, 3 service, 4 method (varints, required) · 5 headers · 6, 7, 9 texts · 8 payload
    header  1 key, 2 value

Written by hand: eight fields of two kinds are less than a protobuf library and its generated code. What is not of this shape is
refused with `ValueError`, and nothing else is ever raised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTROL, DATA = 0, 1
"""Methods."""

_SEQ, _LOG, _SERVICE, _METHOD, _HEADERS, _PAYLOAD = 1, 2, 3, 4, 5, 8
_KEY, _VALUE = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED: Final = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT: Final = 10
_MOST_HEADERS: Final = 64


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    method: int
    service: int
    headers: Mapping[str, str]
    payload: bytes = b""
    seq: int = 0
    log: int = field(default=0)

    def encoded(self) -> bytes:
        """The frame as it goes over the wire."""
        out = bytearray()
        for number, value in ((_SEQ, self.seq), (_LOG, self.log), (_SERVICE, self.service), (_METHOD, self.method)):
            out += _varint(number << 3 | _VARINT) + _varint(value)
        for key, text in self.headers.items():
            out += _field(_HEADERS, _field(_KEY, key.encode()) + _field(_VALUE, text.encode()))
        if self.payload:
            out += _field(_PAYLOAD, self.payload)
        return bytes(out)


def decoded(data: bytes) -> Frame:
    """The frame that these bytes are. Raises `ValueError`."""
    numbers: dict[int, int] = {}
    headers: dict[str, str] = {}
    payload = b""
    for number, value in _fields(data):
        match number, value:
            case ((1 | 2 | 3 | 4), int(figure)):
                numbers[number] = figure
            case 5, bytes(pair):
                key, text = _header(pair)
                headers[key] = text
                if len(headers) > _MOST_HEADERS:
                    raise ValueError("more headers than a frame has")
            case 8, bytes(content):
                payload = content
    try:
        method, service, seq, log = numbers[_METHOD], numbers[_SERVICE], numbers[_SEQ], numbers[_LOG]
    except KeyError:
        raise ValueError("a required field is missing") from None
    return Frame(method, service, headers, payload, seq, log)


def _header(pair: bytes) -> tuple[str, str]:
    texts = {number: value.decode() for number, value in _fields(pair) if isinstance(value, bytes)}
    if _KEY not in texts or _VALUE not in texts:
        raise ValueError("a header without key and value")
    return texts[_KEY], texts[_VALUE]


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        kind, size = tag & 7, 0
        if kind == _VARINT:
            value, at = _read_varint(data, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            size, at = _read_varint(data, at)
        elif kind in _FIXED:
            size = _FIXED[kind]
        else:
            raise ValueError(f"a field of kind {kind}")
        if size > len(data) - at:
            raise ValueError("a field that is longer than the frame")
        if kind == _BYTES:
            yield tag >> 3, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follows
            return value, at + place + 1
    raise ValueError("a number that does not end")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:  # noqa: PLR2004 - as above
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content
