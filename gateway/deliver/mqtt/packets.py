"""MQTT packets as a publisher needs them: bytes to the broker, and what the broker says. No input or output.

Sources: OASIS MQTT Version 5.0 (7 March 2019) and MQTT Version 3.1.1 (29 October 2014); sections are those of 5.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNACK, PUBACK, PINGRESP, DISCONNECT = 0x20, 0x40, 0xD0, 0xE0
PINGREQ = b"\xc0\x00"
GOODBYE = b"\xe0\x00"
"""DISCONNECT with reason 0: the broker drops the will."""

LONGEST = 64 * 1024
"""The longest packet that we take from a broker, in bytes: what it tells a publisher is a few words."""

IN_FLIGHT_LIMIT = 65_535
"""Packet identifiers are 16 bits and never 0 (2.2.1); also the Receive Maximum where a broker names none (3.2.2.3.3)."""

FIELD_LIMIT = 0xFFFF
"""The longest string or binary field, in bytes (1.5.4)."""

REFUSALS = 0x80
"""Reason codes from here on are refusals (2.4)."""

NOBODY = 0x10
"""A confirmation that says: it arrived, and no subscription matched it (3.4.2.1). Brokers of MQTT 3.1.1 never say so."""

_TEXTS = {
    NOBODY: "nobody is subscribed to it",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "it does not speak this version of MQTT",
    0x85: "it does not take this client id",
    0x86: "wrong user name or password",
    0x87: "not authorized",
    0x88: "it is not available",
    0x89: "it is busy",
    0x8A: "this client is banned",
    0x8B: "it is shutting down",
    0x8C: "bad authentication method",
    0x8D: "it heard nothing from us for too long",
    0x8E: "another client came with our client id",
    0x90: "topic name invalid",
    0x91: "packet identifier in use",
    0x93: "more messages in flight than it takes",
    0x95: "packet too large",
    0x96: "too many messages in too short a time",
    0x97: "quota exceeded",
    0x98: "an administrator ended the connection",
    0x99: "payload format invalid",
    0x9A: "it keeps no retained messages",
    0x9B: "it does not take QoS 1",
    0x9C: "another server is to be used",
    0x9D: "the server has moved",
    0x9F: "too many connections in too short a time",
}
_SAID_BEFORE_5 = {1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
"""The return codes of MQTT 3.1.1 (table 3.1 there) as reason codes of MQTT 5."""

_SIZES = {0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x19: 1, 0x21: 2, 0x22: 2, 0x23: 2} | dict.fromkeys(
    (0x24, 0x25, 0x28, 0x29, 0x2A), 1
)
_SIZES[0x27] = 4
_PAIR = 0x26
_SESSION_KEEPALIVE, _WORDS, _IN_FLIGHT, _QOS, _RETAIN, _PACKET = 0x13, 0x1F, 0x21, 0x24, 0x25, 0x27
"""Properties by their identifiers (2.2.2.2): fixed sizes in bytes; all others are a string or, for 0x26, a pair of them."""

_WORDS_LIMIT = 200
_MORE = 0x80


class BrokenRules(Exception):
    """The other side does not speak MQTT as it is written."""


def field(data: bytes) -> bytes:
    """A string or binary field with its length before it (1.5.4). Raises ValueError above 65,535 bytes."""
    if len(data) > FIELD_LIMIT:
        raise ValueError(f"a field of MQTT has at most {FIELD_LIMIT} bytes")
    return len(data).to_bytes(2, "big") + data


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a client says first. The will is published, retained, by a broker that loses us."""

    client_id: str
    keepalive_seconds: int
    will_topic: str
    will: bytes
    username: str = ""
    password: str = ""

    def packet(self, *, v5: bool) -> bytes:
        """The CONNECT packet (3.1): a clean start, because the outbox is our session."""
        none = b"\0" if v5 else b""
        flags = 0x02 | 0x04 | 0x08 | 0x20  # clean start; will, at QoS 1, retained
        fields = [field(self.client_id.encode()), none, field(self.will_topic.encode()), field(self.will)]
        if self.username:
            flags |= 0x80
            fields.append(field(self.username.encode()))
        if self.password:
            flags |= 0x40
            fields.append(field(self.password.encode()))
        head = field(b"MQTT") + bytes((5 if v5 else 4, flags)) + self.keepalive_seconds.to_bytes(2, "big") + none
        body = head + b"".join(fields)
        return b"\x10" + _length(len(body)) + body


def publish(topic: bytes, mid: int, payload: bytes, *, v5: bool, retain: bool = False) -> bytes:
    """A PUBLISH packet at QoS 1 (3.3). `topic` comes with its length before it, as `field` makes it."""
    middle = mid.to_bytes(2, "big") + b"\0" if v5 else mid.to_bytes(2, "big")
    length = _length(len(topic) + len(middle) + len(payload))
    return b"".join((b"\x33" if retain else b"\x32", length, topic, middle, payload))


def _length(size: int) -> bytes:
    """A variable byte integer (1.5.5)."""
    if size < _MORE:
        return bytes((size,))
    parts = bytearray()
    while size >= _MORE:
        parts.append(size & 0x7F | _MORE)
        size >>= 7
    parts.append(size)
    return bytes(parts)


class Packets:
    """Cuts what comes from the broker into packets. Raises `BrokenRules`."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The packets that are whole now: type (the first byte) and body. To be read to its end before the next call."""
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while end - at > 1:
            size = data[at + 1]
            begin = at + 2
            if size >= _MORE:
                found = _long(data, at + 1)
                if found is None:
                    break
                size, begin = found
            if begin + size > end:
                break
            yield data[at], data[begin : begin + size]
            at = begin + size
        self._rest = data[at:]


def _long(data: bytes, at: int) -> tuple[int, int] | None:
    """A length of more than one byte and where the body begins; None while it is not whole."""
    size = shift = 0
    for i in range(at, len(data)):
        size |= (data[i] & 0x7F) << shift
        shift += 7
        if size > LONGEST or shift > 3 * 7:
            raise BrokenRules(f"it sent a packet of more than {LONGEST} bytes")
        if data[i] < _MORE:
            return size, i + 1
    return None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a broker said what it said; `words` are its own, cleaned."""

    code: int
    words: str = ""

    @property
    def refused(self) -> bool:
        """Whether it is a refusal."""
        return self.code >= REFUSALS

    def __str__(self) -> str:
        text = _TEXTS.get(self.code, f"reason code 0x{self.code:02x}")
        return f"{text} ({self.words})" if self.words else text


@dataclass(frozen=True, slots=True)
class Welcome:
    """A broker's answer to the greeting, and what it allows (3.2.2.3)."""

    reason: Reason
    in_flight: int = IN_FLIGHT_LIMIT
    longest_packet: int = 0xFFFF_FFFF
    takes_qos_1: bool = True
    retains: bool = True
    keepalive_seconds: int | None = None


def welcome(body: bytes, *, v5: bool) -> Welcome:
    """A CONNACK packet's body. Raises `BrokenRules`."""
    if len(body) < 2:  # noqa: PLR2004 - flags and reason
        raise BrokenRules("its CONNACK is cut short")
    if not v5:
        return Welcome(Reason(_SAID_BEFORE_5.get(body[1], 0x80) if body[1] else 0))
    said, words = _properties(body, 2)
    return Welcome(
        Reason(body[1], words),
        said.get(_IN_FLIGHT, IN_FLIGHT_LIMIT) or 1,
        said.get(_PACKET, 0xFFFF_FFFF),
        said.get(_QOS, 1) >= 1,
        bool(said.get(_RETAIN, 1)),
        said.get(_SESSION_KEEPALIVE),
    )


def confirmation(body: bytes) -> tuple[int, Reason | None]:
    """A PUBACK packet's body: which message it is about, and why it reached nobody. Raises `BrokenRules`."""
    if len(body) < 2:  # noqa: PLR2004 - a packet identifier
        raise BrokenRules("its PUBACK is cut short")
    mid = body[0] << 8 | body[1]
    if len(body) == 2 or (body[2] < REFUSALS and body[2] != NOBODY):  # noqa: PLR2004 - no reason means success (3.4.2.1)
        return mid, None
    return mid, Reason(body[2], _properties(body, 3)[1])


def farewell(body: bytes) -> Reason:
    """A DISCONNECT packet's body. Raises `BrokenRules`."""
    return Reason(body[0], _properties(body, 1)[1]) if body else Reason(0)


def _properties(body: bytes, at: int) -> tuple[dict[int, int], str]:
    """The properties at a place of a packet: the numbers among them, and the broker's words (reason string)."""
    numbers: dict[int, int] = {}
    words = ""
    if at >= len(body):
        return numbers, words
    try:
        length, at = _long(body, at) or (0, len(body))
        end = at + length
        while at < end:
            name = body[at]
            at += 1
            if name in _SIZES:
                numbers[name] = int.from_bytes(body[at : at + _SIZES[name]], "big")
                at += _SIZES[name]
                continue
            for _ in range(2 if name == _PAIR else 1):
                size = body[at] << 8 | body[at + 1]
                text, at = body[at + 2 : at + 2 + size], at + 2 + size
            if name == _WORDS:
                words = _clean(text)
    except IndexError:
        raise BrokenRules("its packet is cut short") from None
    return numbers, words


def _clean(text: bytes) -> str:
    """A stranger's words, fit for a log line and a page."""
    said = text.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in said[:_WORDS_LIMIT]).strip()
