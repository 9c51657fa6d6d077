"""The signature of a message between Gridpost and a county platform, in both directions (docs/county.md)."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

INCIDENT, STATUS = "incident", "status"
"""What is signed: what Gridpost sends, and what the platform sends back. One is never taken for the other."""

VERSION = "v1"

COMPOUND_HEADER = "X-Gridpost-Compound"
MESSAGE_HEADER = "X-Gridpost-Message"
TIMESTAMP_HEADER = "X-Gridpost-Timestamp"
SIGNATURE_HEADER = "X-Gridpost-Signature"

WINDOW_SECONDS = 300
"""A timestamp may be so far from our clock, either way."""

_SECONDS = re.compile(r"[0-9]{1,12}")


def signature(secret: str, kind: str, timestamp: str, message: str, body: bytes) -> str:
    """HMAC-SHA256 under the secret, in hex, over kind, timestamp and message, each with a newline behind it, and the body."""
    head = f"{VERSION}\n{kind}\n{timestamp}\n{message}\n".encode()
    return f"{VERSION}={hmac.new(secret.encode(), head + body, sha256).hexdigest()}"


def is_signed(secret: str, kind: str, timestamp: str, message: str, body: bytes, shown: str) -> bool:
    """Whether somebody who knows the secret signed it. Takes as long for a wrong one as for the right one."""
    wanted = signature(secret, kind, timestamp, message, body)
    return hmac.compare_digest(wanted.encode(), shown.encode("utf-8", "replace"))


def is_timely(timestamp: str, utc: float) -> bool:
    """Whether it was signed lately: whole seconds since 1970, within `WINDOW_SECONDS`."""
    return _SECONDS.fullmatch(timestamp) is not None and abs(int(timestamp) - utc) <= WINDOW_SECONDS
