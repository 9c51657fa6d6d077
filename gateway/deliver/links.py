"""One-time links: who was told of which alarm, until when, under the site key. A link is proof enough to take that alarm.

A token is base64url of: version, alarm number, expiry, person, and the first 16 octets of an HMAC-SHA256 over them.
Whether it was used already is remembered by the judgement, by the token's mark (`gateway/decide/spent_links.py`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

LINK_HOURS: Final = 12.0
"""For how long a link is good: a shift. An alarm that nobody took in that time is told again, with a new link."""

LONGEST_TOKEN: Final = 200
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">BQQ")
_PROOF_BYTES: Final = 16
_PURPOSE: Final = b"gridpost one-time link"


class LinkInvalid(Exception):
    """It is no link of ours."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: this person may take this alarm until then. `mark` names the link without giving it away."""

    number: int
    person: str
    until_utc: float
    mark: str


class Links:
    """Makes and reads links. `public_url` is the address under which people reach the page, "" for none."""

    def __init__(self, site_key: bytes, public_url: str) -> None:
        self._key = hmac.digest(site_key, _PURPOSE, "sha256")
        self._public_url = public_url.rstrip("/")

    def url(self, number: int, person: str, now_utc: float) -> str:
        """A link for a person to take an alarm; "" where no address is known that a phone could reach."""
        if not self._public_url or not person:
            return ""
        return f"{self._public_url}/a/{self.token(number, person, now_utc + LINK_HOURS * 3600)}"

    def token(self, number: int, person: str, until_utc: float) -> str:
        """The part of a link that matters."""
        said = _HEAD.pack(_VERSION, number, int(until_utc)) + person.encode()
        return base64.urlsafe_b64encode(said + self._proof(said)).rstrip(b"=").decode()

    def read(self, token: str) -> Link:
        """What a token says; whether it is still good is for others to judge. Raises `LinkInvalid`."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise LinkInvalid("it is no link of ours")
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        except binascii.Error:
            raise LinkInvalid("it is no link of ours") from None
        said, proof = whole[:-_PROOF_BYTES], whole[-_PROOF_BYTES:]
        if len(said) <= _HEAD.size or not hmac.compare_digest(proof, self._proof(said)):
            raise LinkInvalid("its signature is wrong")
        _, number, until = _HEAD.unpack_from(said)
        return Link(number, said[_HEAD.size :].decode(), float(until), sha256(said).hexdigest()[:32])

    def _proof(self, said: bytes) -> bytes:
        return hmac.digest(self._key, said, "sha256")[:_PROOF_BYTES]
