"""How a card or a code is told from others without being known: a keyed hash of eight bytes (docs/acp1.md, "The hash")."""

from __future__ import annotations

import hmac
from hashlib import sha256

HASH_BYTES = 8
"""Among 100,000 cards of a compound two collide with odds of 1 in 3.7 billion; a controller's table has room for no more."""


def card_hash(key: bytes, number: int) -> str:
    """Hash of a card's number: 16 hex digits. The key never leaves the compound."""
    return _hash(key, f"card:{number}")


def code_hash(key: bytes, digits: str) -> str:
    """Hash of a code that is typed at a door, its zeros in front included: 16 hex digits."""
    return _hash(key, f"code:{digits}")


def pickup_hash(key: bytes, cabinet: str, digits: str) -> str:
    """Hash of a pick-up code of one parcel locker: 16 hex digits. The same digits at another locker are another code."""
    return _hash(key, f"pickup:{cabinet}:{digits}")


def tag_hash(key: bytes, tag: str) -> str:
    """Hash of what a person shows at a charger, such as an OCPP idTag: 16 hex digits.

    Tags are told apart without case (OCPP 1.6, 7.28: IdToken is a CiString).
    """
    return _hash(key, f"tag:{tag.strip().casefold()}")


def _hash(key: bytes, said: str) -> str:
    return hmac.digest(key, said.encode(), sha256)[:HASH_BYTES].hex()
