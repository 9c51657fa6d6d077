"""A sensor's radio key, sealed: it lies in the journal and in backups, and opens only with the key of the site.

AES-256-GCM under HKDF-SHA256 of the site key, with the sensor's address as associated data: a sealed key that is moved to
another sensor does not open.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class KeyUnreadable(Exception):
    """A sealed key does not open, as a sentence that names the sensor and never the key."""


class SensorKeys:
    """Seals and opens the keys of sensors under one site key. A compound without sensors loads no cryptography for it."""

    def __init__(self, site_key: bytes) -> None:
        self._site_key = site_key

    def seal(self, address: str, key: bytes) -> str:
        """The key of the sensor at that address (12 capital hex digits), for the journal."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, key, address.encode("ascii"))).decode("ascii")

    def open(self, address: str, sealed: str) -> bytes:
        """The key that was sealed for that address. Raises `KeyUnreadable`."""
        from cryptography.exceptions import InvalidTag

        try:
            whole = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], address.encode("ascii"))
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise KeyUnreadable(
                f"The key of sensor {address} does not open: it was sealed under another site key. Import it again."
            ) from error

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return AESGCM(HKDF(SHA256(), 32, None, b"gridpost sensor keys 1").derive(self._site_key))
