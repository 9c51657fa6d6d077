"""How a controller knows a card or a code: a keyed hash of eight bytes (docs/acp1.md, "The hash").

Written against the document and not with the code of the gateway, so that both sides cannot share a mistake.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

SITE_KEY = sha256(b"gridpost simulated compound").digest()
"""The site key of every simulated compound: no secret, since there is nobody behind it."""

HASH_BYTES = 8


def card_hash(number: int) -> int:
    """The hash of the card with this number, as the table holds it."""
    return _hash(f"card:{number}")


def code_hash(digits: str) -> int:
    """The hash of digits typed at a door, zeros in front included."""
    return _hash(f"code:{digits}")


def _hash(text: str) -> int:
    return int.from_bytes(hmac.digest(SITE_KEY, text.encode(), sha256)[:HASH_BYTES], "big")
