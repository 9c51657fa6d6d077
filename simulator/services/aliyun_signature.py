"""The signature of Aliyun's RPC interface, version 1.0 with HMAC-SHA1, as Aliyun's document 315526 describes it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping


def signature(method: str, given: Mapping[str, str], secret: str) -> str:
    """The signature that a request with these parameters has to carry; `Signature` among them is left out."""
    pairs = sorted((name, value) for name, value in given.items() if name != "Signature")
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
    signed = f"{method}&{_encoded('/')}&{_encoded(query)}"
    return b64encode(hmac.new(f"{secret}&".encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
