"""Aliyun's RPC calls: signed parameters out, an answer whose `Code` is `OK` or an error back.

The signature is version 1.0 (HMAC-SHA1) of "Request signatures" in Aliyun's RPC documentation: the parameters, sorted and
percent-encoded as RFC 3986 has it, signed with the secret and an `&`. A call goes out as POST, so that no telephone number
stands in an address that a proxy may log.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.web import SERVER_ERRORS, TOO_MANY, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.secret import Secret
    from gateway.model import Now

OK: Final = "OK"
VERSION: Final = "2017-05-25"
"""Of both Dysmsapi (SMS) and Dyvmsapi (voice)."""

_PASSING: Final = (
    "Throttling",
    "ServiceUnavailable",
    "InternalError",
    "isp.",
    "isv.SYSTEM_ERROR",
    "SYSTEM_ERROR",
    "InvalidTimeStamp",
    "SignatureNonceUsed",
)
"""What codes begin with that pass with time: brakes, faults of theirs or of the carrier, and a clock of ours that is wrong."""

_NOT_ALLOWED: Final = "isp.RAM_PERMISSION_DENY"
"""The RAM user lacks a right, whatever the code looks like."""

_BRAKES: Final = frozenset({"isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"})
"""Too many of one account; the next way is tried at once, this one after a while."""

_OF_THE_NUMBER: Final = frozenset(
    {
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.CALLED_NUMBER_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
    }
)
"""What is wrong with this one message: all others may go out. Too many to one number is among it (a call a minute, five an
hour): whoever holds the others back for it keeps the leader from being called."""

_CODE: Final = re.compile(r"[^\w.]", re.ASCII)
"""What is in no code of theirs."""

BRAKE_SECONDS: Final = 60.0
"""How soon an account that is used up is tried again: somebody may have raised its limit."""


class Aliyun:
    """One account at one of Aliyun's services. `url` is the service's address, with a `/` at its end."""

    def __init__(self, web: Web, url: str, key_id: Secret, key_secret: Secret, clock: Callable[[], Now]) -> None:
        self._web = web
        self._url = url
        self._key_id = key_id
        self._key_secret = key_secret
        self._clock = clock

    async def call(self, action: str, parameters: Mapping[str, str]) -> Mapping[str, Any]:
        """Call an action; the answer, whose `Code` is `OK`.

        Raises `ChannelDown` for what may pass, `ChannelRefused` for wrong keys, unknown templates and wrong numbers.
        """
        whole = {
            "Action": action,
            "Version": VERSION,
            "Format": "JSON",
            "AccessKeyId": keys.read(self._key_id),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": secrets.token_hex(16),
            "Timestamp": datetime.fromtimestamp(self._clock().utc, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **parameters,
        }
        whole["Signature"] = signature("POST", whole, keys.read(self._key_secret))
        body = canonical(whole).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = await self._web.request("POST", self._url, body, headers, refusals_too=True)
        said = answer.json()
        code = str(said.get("Code", ""))
        if code == OK:
            return said
        raise refusal(code, answer.status)


def canonical(parameters: Mapping[str, str]) -> str:
    """Parameters in the order of their names, percent-encoded: what is signed, and also a form's body."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(parameters.items()))


def encoded(text: str) -> str:
    """Percent-encoded as RFC 3986, 2.3 has it: a blank is %20, a star %2A, a tilde itself."""
    return quote(text, safe="-_.~")


def signature(method: str, parameters: Mapping[str, str], secret: str) -> str:
    """The `Signature` of a call, before it is percent-encoded itself."""
    to_sign = f"{method}&%2F&{encoded(canonical(parameters))}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), to_sign.encode(), "sha1")).decode()


def refusal(code: str, status: int) -> ChannelDown | ChannelRefused:
    """What an error code means for us; a status says it where no code does. Their own words are left out."""
    said = f"Aliyun says {_CODE.sub('', code)[:60] or f'HTTP {status}'}"
    if code in _BRAKES:
        return ChannelDown(said, BRAKE_SECONDS)
    passing = code.startswith(_PASSING) and code != _NOT_ALLOWED
    if not code or passing or status >= SERVER_ERRORS or status == TOO_MANY:
        return ChannelDown(said)
    return ChannelRefused(said, misconfigured=code not in _OF_THE_NUMBER)
