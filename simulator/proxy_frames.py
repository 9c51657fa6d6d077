"""How the messages of the ESPHome native API are put on the wire: plain, or encrypted with Noise.

Source: the frame helpers of ESPHome's firmware and the protocol page of its developers' documentation. A plain frame is a
zero byte, the length and the kind of the message as varints, the message. A frame of a Noise session is the byte 0x01, a
length of 16 bits, and what is encrypted: kind and length of the message with 16 bits each, the message.
"""

from __future__ import annotations

import binascii
from importlib.util import find_spec
from struct import Struct
from typing import TYPE_CHECKING, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from simulator.proxy_messages import varint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Message = tuple[int, bytes]
    Write = Callable[[bytes], None]

KEY_BYTES: Final = 32

_PLAIN: Final = 0x00
_NOISE: Final = 0x01
_LONGEST: Final = 0xFFFF
_LONGEST_LENGTH_BYTES: Final = 3
_MORE: Final = 0x80
_LOW: Final = 0x7F

_HEAD: Final = Struct(">BH")
_KIND: Final = Struct(">HH")
_NONCE: Final = Struct("<LQ")
_PATTERN: Final = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"
_PROLOGUE: Final = b"NoiseAPIInit"
_CHOSEN: Final = b"\x01"  # the only protocol there is
_ACCEPTED: Final = b"\x00"
_REJECTED: Final = b"\x01"


class Refused(Exception):
    """The other side cannot be talked to; `last_words` are what the firmware still says before it hangs up."""

    def __init__(self, last_words: bytes) -> None:
        super().__init__(last_words)
        self.last_words = last_words


class Frames(Protocol):
    """One connection's way of framing."""

    def messages(self, data: bytes, /) -> Iterator[Message]:
        """The whole messages in what arrived so far. Raises `Refused`."""

    def frame(self, kind: int, message: bytes, /) -> bytes:
        """A message as it goes out."""


class PlainFrames:
    """Without encryption."""

    __slots__ = ("_heard",)

    def __init__(self) -> None:
        self._heard = b""

    def messages(self, data: bytes) -> Iterator[Message]:
        """The whole messages in what arrived so far. Raises `Refused`, at a client that wants encryption too."""
        heard = self._heard + data if self._heard else data
        at = 0
        while at < len(heard):
            if heard[at] != _PLAIN:
                raise Refused(b"\x00Bad indicator byte")
            head = _read_head(heard, at + 1)
            if head is None:
                break
            length, kind, begin = head
            if len(heard) < begin + length:
                break
            at = begin + length
            yield kind, heard[begin:at]
        self._heard = heard[at:]

    def frame(self, kind: int, message: bytes) -> bytes:
        """A message as it goes out."""
        return b"".join((b"\x00", varint(len(message)), varint(kind), message))


class NoiseFrames:
    """Encrypted with Noise_NNpsk0: the key of 32 bytes is known to both sides, nothing else is proved."""

    def __init__(self, name: str, mac: str, key: bytes, write: Write) -> None:
        self._key = key
        self._write = write
        self._about = _CHOSEN + name.encode() + b"\0" + mac.replace(":", "").lower().encode() + b"\0"
        self._heard = b""
        self._prologue: bytes | None = None
        self._out: ChaCha20Poly1305 | None = None
        self._in: ChaCha20Poly1305 | None = None
        self._sent = 0
        self._received = 0

    def messages(self, data: bytes) -> Iterator[Message]:
        """The whole messages in what arrived so far; answers the handshake by itself. Raises `Refused`."""
        self._heard += data
        while self._heard:
            if self._heard[0] != _NOISE:
                raise Refused(_rejection(b"Bad indicator byte"))
            if len(self._heard) < _HEAD.size:
                return
            end = _HEAD.size + _HEAD.unpack_from(self._heard)[1]
            if len(self._heard) < end:
                return
            content, self._heard = self._heard[_HEAD.size : end], self._heard[end:]
            if self._in is not None:
                yield self._opened(self._in, content)
            elif self._prologue is None:
                self._prologue = _PROLOGUE + len(content).to_bytes(2, "big") + content
                self._write(_framed(self._about))
            else:
                self._shake_hands(self._prologue, content)

    def frame(self, kind: int, message: bytes) -> bytes:
        """A message as it goes out. The handshake must be over, as it is once a message has come in."""
        assert self._out is not None  # noqa: S101 - nothing is said before the handshake
        sealed = self._out.encrypt(_NONCE.pack(0, self._sent), _KIND.pack(kind, len(message)) + message, None)
        self._sent += 1
        return _framed(sealed)

    def _shake_hands(self, prologue: bytes, content: bytes) -> None:
        from noise.connection import NoiseConnection  # type: ignore[import-untyped]  # only who serves a key needs it

        if not content.startswith(_ACCEPTED):
            raise Refused(_rejection(b"Bad handshake error byte"))
        shaking = NoiseConnection.from_name(_PATTERN)
        shaking.set_as_responder()
        shaking.set_psks(self._key)
        shaking.set_prologue(prologue)
        shaking.start_handshake()
        try:
            shaking.read_message(content[1:])
        except (InvalidTag, ValueError):
            raise Refused(_rejection(b"Handshake MAC failure")) from None
        self._write(_framed(_ACCEPTED + bytes(shaking.write_message())))
        self._out = ChaCha20Poly1305(shaking.noise_protocol.cipher_state_encrypt.k)
        self._in = ChaCha20Poly1305(shaking.noise_protocol.cipher_state_decrypt.k)

    def _opened(self, cipher: ChaCha20Poly1305, content: bytes) -> Message:
        try:
            opened = cipher.decrypt(_NONCE.pack(0, self._received), content, None)
        except (InvalidTag, ValueError):
            raise Refused(b"") from None
        self._received += 1
        if len(opened) < _KIND.size:
            raise Refused(b"")
        kind, length = _KIND.unpack_from(opened)
        return kind, opened[_KIND.size : _KIND.size + length]


class NoiseMissing(Exception):
    """There is no noiseprotocol; the sentence says how it gets installed."""


def key_from(text: str) -> bytes:
    """The 32 bytes of a key as an ESPHome configuration writes it (base64).

    Raises `ValueError`, without the key in it, and `NoiseMissing` where it could not be used.
    """
    if find_spec("noise") is None:
        raise NoiseMissing("encrypted proxies need noiseprotocol: pip install gridpost[proxy]")
    try:
        key = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"an API encryption key is {KEY_BYTES} bytes in base64")
    return key


def _framed(content: bytes) -> bytes:
    return _HEAD.pack(_NOISE, len(content)) + content


def _rejection(why: bytes) -> bytes:
    return _framed(_REJECTED + why)


def _read_head(heard: bytes, at: int) -> tuple[int, int, int] | None:
    """Length, kind, and where the message begins; None while that is not all there. Raises `Refused`."""
    length = _read_short(heard, at)
    if length is None:
        return None
    kind = _read_short(heard, length[1])
    return None if kind is None else (length[0], *kind)


def _read_short(heard: bytes, at: int) -> tuple[int, int] | None:
    value = 0
    for place, byte in enumerate(heard[at : at + _LONGEST_LENGTH_BYTES]):
        value |= (byte & _LOW) << 7 * place
        if byte < _MORE and value <= _LONGEST:
            return value, at + place + 1
    if len(heard) - at >= _LONGEST_LENGTH_BYTES:
        raise Refused(b"")
    return None
