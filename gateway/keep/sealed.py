r"""A sealed file: compressed, encrypted, and open to nobody who has not the key. A change, a cut and an addition are found.

The format, version 1 (numbers big-endian). A header of 70 bytes:

    16  "gridpost sealed\n"
     1  version, 1
     1  kind of key: 1 a key file, 2 a passphrase
    32  salt, random for each file
    16  check of the key: tells a wrong key from a damaged file
     4  CRC-32 of all before it: tells a damaged header from a wrong key

then chunks of 65,536 bytes of a zlib stream, the last one shorter or as long, each under AES-256-GCM and followed by its tag
of 16 bytes. The nonce is the chunk's number (11 bytes, from 0) and a byte that is 1 for the last chunk and 0 for the others;
the header is authenticated with each. This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar: Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015): chunks cannot be exchanged, left out or added.

Both keys of a file, one for its chunks and one for the check, are HKDF-SHA256 of the key and the salt, so no nonce meets the
same key twice. A passphrase becomes a key by scrypt, N=2^15 r=8 p=3: 32 MB, of the sets that OWASP's Password Storage Cheat
Sheet holds equal the one that fits on a small box.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"gridpost sealed\n"
VERSION = 1
CHUNK = 65_536
TAG = 16
HEADER = 70

KEY_PREFIX = "gridpost-key-1:"
SHORTEST_PASSPHRASE = 12
"""Characters. Whoever finds a copy can try as long as he likes."""

_KEY_FILE, _PASSPHRASE = 1, 2
_SALT, _CHECK, _KEY = 32, 16, 32
_KEY_SUM = 4


class KeyWrong(Exception):
    """The key cannot be used, as a sentence that does not contain it."""


class NotWhole(Exception):
    """A sealed file cannot be read, as a sentence that names it."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a person keeps: a passphrase, or the 32 bytes of a key file."""

    kind: int
    secret: bytes

    def __repr__(self) -> str:
        """Nothing of the secret."""
        return "Key()"

    @classmethod
    def parse(cls, text: str) -> Key:
        """From the text of a key file, or a passphrase. Raises `KeyWrong`."""
        text = text.strip()
        if not text.startswith(KEY_PREFIX):
            if len(text) < SHORTEST_PASSPHRASE:
                raise KeyWrong(
                    f"The passphrase is too short: it needs {SHORTEST_PASSPHRASE} characters or more. "
                    "`gridpost backup key FILE` makes a key that nobody can guess."
                )
            return cls(_PASSPHRASE, text.encode())
        try:
            both = base64.b64decode(text.removeprefix(KEY_PREFIX), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            both = b""
        secret, sum_ = both[:_KEY], both[_KEY:]
        if len(both) != _KEY + _KEY_SUM or _sum(secret) != sum_:
            raise KeyWrong("The key is not whole: a character of it is missing or wrong. Take it from the copy.")
        return cls(_KEY_FILE, secret)


def new_key() -> str:
    """The text of a new key file: 256 random bits and a sum that finds a slip in copying."""
    secret = secrets.token_bytes(_KEY)
    return KEY_PREFIX + base64.urlsafe_b64encode(secret + _sum(secret)).decode()


class Sealing:
    """Writes a sealed file; `close` makes it whole. The target is the caller's to sync and close."""

    def __init__(self, target: BinaryIO, key: Key) -> None:
        salt = secrets.token_bytes(_SALT)
        cipher, check = _keys(key, salt)
        header = MAGIC + bytes((VERSION, key.kind)) + salt + check
        self._header = header + zlib.crc32(header).to_bytes(4, "big")
        self._chunks = _Chunks(cipher, self._header)
        self._target = target
        self._deflate = zlib.compressobj(1)
        self._waiting = bytearray()
        target.write(self._header)

    def write(self, data: bytes) -> int:
        """Take more of what is to be sealed. Raises OSError when the target does."""
        self._waiting += self._deflate.compress(data)
        self._write_chunks()
        return len(data)

    def close(self) -> None:
        """Write what is left, as the last chunk."""
        self._waiting += self._deflate.flush()
        self._write_chunks()
        self._target.write(self._chunks.seal(bytes(self._waiting), last=True))

    def _write_chunks(self) -> None:
        while len(self._waiting) > CHUNK:  # a whole one may be the last, which only `close` knows
            self._target.write(self._chunks.seal(bytes(self._waiting[:CHUNK]), last=False))
            del self._waiting[:CHUNK]


class Unsealing:
    """Reads a sealed file from its start. Gives out nothing that was not authenticated."""

    def __init__(self, source: BinaryIO, key: Key, name: str) -> None:
        """Read the header. `name` stands in the sentences. Raises `NotWhole` or `KeyWrong`."""
        self._name = name
        self._source = source
        header = source.read(HEADER)
        if not header.startswith(MAGIC):
            raise NotWhole(f"{name} is not a backup of Gridpost, or its first bytes are damaged.")
        if len(header) < HEADER or zlib.crc32(header[:-4]) != int.from_bytes(header[-4:], "big"):
            raise NotWhole(f"{name} is damaged in its first {HEADER} bytes. Take another backup.")
        version, kind = header[16], header[17]
        if version != VERSION:
            raise NotWhole(f"{name} is of a newer form ({version}, known is {VERSION}). Use the Gridpost that made it.")
        if kind != key.kind:
            needed = "a key file" if kind == _KEY_FILE else "a passphrase"
            raise KeyWrong(f"The key is wrong for {name}: it was sealed with {needed}.")
        cipher, check = _keys(key, header[18 : 18 + _SALT])
        if not hmac.compare_digest(check, header[50 : 50 + _CHECK]):
            raise KeyWrong(f"The key is wrong for {name}: it was sealed with another one.")
        self._chunks = _Chunks(cipher, header)
        self._inflate = zlib.decompressobj()
        self._ahead = source.read(CHUNK + TAG)
        self._plain = bytearray()
        self._opened_last = False
        self._at_end = False

    def read(self, size: int) -> bytes:
        """So many bytes of what was sealed, fewer only at its end. Raises `NotWhole`."""
        while len(self._plain) < size and not self._at_end:
            self._read_more()
        some = bytes(self._plain[:size])
        del self._plain[:size]
        return some

    def drain(self) -> None:
        """Read on to the end: only then is it known to be whole."""
        while self.read(CHUNK):
            pass

    def _read_more(self) -> None:
        some = self._inflate.unconsumed_tail
        if not some and not self._opened_last:
            sealed, self._ahead = self._ahead, self._source.read(CHUNK + TAG)
            self._opened_last = not self._ahead
            some = self._open(sealed, last=self._opened_last)
        try:
            more = self._inflate.decompress(some, CHUNK)
        except zlib.error as error:
            raise NotWhole(f"{self._name} was sealed wrongly: {error}. Take another backup.") from error
        self._plain += more
        if self._opened_last:
            self._at_end = self._inflate.eof
            if not more and not self._at_end:
                raise NotWhole(f"{self._name} was sealed before it was complete. Take another backup.")

    def _open(self, sealed: bytes, *, last: bool) -> bytes:
        plain = self._chunks.open(sealed, last=last)
        if plain is not None:
            return plain
        number = self._chunks.number
        where = f"at byte {HEADER + number * (CHUNK + TAG):,}"
        if self._chunks.open(sealed, last=not last) is not None:
            what = "ends too early: its end is cut off" if last else "goes on after its end: something was added"
        elif last and len(sealed) < CHUNK + TAG:
            what = "is cut off or was changed"
        else:
            what = "was changed"
        raise NotWhole(f"{self._name} {what} ({where}). Take another backup.")


class _Chunks:
    """Seals or opens the chunks of a file one after the other."""

    def __init__(self, cipher: AESGCM, header: bytes) -> None:
        self.number = 0
        self._cipher = cipher
        self._header = header

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        sealed = self._cipher.encrypt(self._nonce(last=last), plain, self._header)
        self.number += 1
        return sealed

    def open(self, sealed: bytes, *, last: bool) -> bytes | None:
        """The plain chunk; None, and still at the same number, when it is not what was sealed here."""
        from cryptography.exceptions import InvalidTag

        if len(sealed) < TAG:
            return None
        try:
            plain = self._cipher.decrypt(self._nonce(last=last), sealed, self._header)
        except InvalidTag:
            return None
        self.number += 1
        return plain

    def _nonce(self, *, last: bool) -> bytes:
        return self.number.to_bytes(11, "big") + bytes((last,))


def _keys(key: Key, salt: bytes) -> tuple[AESGCM, bytes]:
    """What a file's chunks are sealed with, and the check of the key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    secret = key.secret
    if key.kind == _PASSPHRASE:
        secret = Scrypt(salt=salt, length=_KEY, n=2**15, r=8, p=3).derive(secret)
    both = HKDF(SHA256(), _KEY + _CHECK, salt, b"gridpost sealed 1").derive(secret)
    return AESGCM(both[:_KEY]), both[_KEY:]


def _sum(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()[:_KEY_SUM]
