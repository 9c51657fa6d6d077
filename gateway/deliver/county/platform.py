"""The county's platform over HTTP: a signed message to it, and whether it took that. The one file here that knows aiohttp."""

from __future__ import annotations

import asyncio
import json
import ssl
from typing import TYPE_CHECKING, Self

import aiohttp

from drivers.secret import SecretMissing
from gateway.deliver.county.config import SECRET_LENGTH
from gateway.deliver.county.signature import (
    COMPOUND_HEADER,
    INCIDENT,
    MESSAGE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gateway.deliver.county.config import CountyConfig
    from gateway.deliver.county.messages import Message

ANSWER_LIMIT_BYTES = 64 * 1024
"""As much of an answer is read."""

LONGEST_WISH_SECONDS = 300.0
"""A platform may wish us to wait (Retry-After), but no longer than this."""

_LATER = frozenset({408, 425, 429})


class NotTaken(Exception):
    """The platform does not have the message, as far as we know. `curable`: time may help; else only a person can."""

    def __init__(self, why: str, *, curable: bool = True, pause_seconds: float = 0.0) -> None:
        super().__init__(why)
        self.curable = curable
        self.pause_seconds = pause_seconds


class Platform:
    """An open client. `async with` reads the secret, so that a changed one is taken the next time."""

    def __init__(self, config: CountyConfig, utc: Callable[[], float]) -> None:
        self._config = config
        self._utc = utc

    async def __aenter__(self) -> Self:
        """Raises `NotTaken` for a secret or a certificate that cannot be used."""
        try:
            self._secret, context = await asyncio.to_thread(self._read_files)
        except (SecretMissing, OSError, ssl.SSLError) as error:
            raise NotTaken(str(error), curable=False) from error
        if len(self._secret) < SECRET_LENGTH:
            raise NotTaken(f"the secret is shorter than {SECRET_LENGTH} characters", curable=False)
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context),
            timeout=aiohttp.ClientTimeout(total=self._config.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a few kilobytes can become gigabytes
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def hand_over(self, message: Message) -> None:
        """Returns when the platform has said that it has this very message. Raises `NotTaken`."""
        timestamp = str(int(self._utc()))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            COMPOUND_HEADER: self._config.id,
            MESSAGE_HEADER: message.id,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: signature(self._secret, INCIDENT, timestamp, message.id, message.body),
        }
        try:
            async with self._client.post(
                self._config.url, data=message.body, headers=headers, allow_redirects=False
            ) as response:
                said = await _read(response)
        except TimeoutError as error:
            raise NotTaken(f"no answer within {self._config.timeout_seconds:g} s") from error
        except aiohttp.ClientSSLError as error:
            raise NotTaken("its certificate is not believed: name its authority as `ca_file`", curable=False) from error
        except (aiohttp.ClientError, OSError) as error:
            raise NotTaken(f"it cannot be reached ({_in_words(error)})") from error
        _judge(response, said, message)

    def _read_files(self) -> tuple[str, ssl.SSLContext]:
        """Not for the event loop."""
        return self._config.secret.read(), ssl.create_default_context(cafile=self._config.ca_file)


def _judge(response: aiohttp.ClientResponse, said: bytes, message: Message) -> None:
    """Only its receipt proves that the platform has it: a proxy on the way says 200 to anything."""
    status = response.status
    if 200 <= status < 300:  # noqa: PLR2004 - success
        try:
            body = json.loads(said)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or body.get("received") != message.id:
            raise NotTaken(f"it answers {status} without the receipt of this message")
        return
    curable = status >= 500 or status in _LATER  # noqa: PLR2004 - its own trouble
    raise NotTaken(f"it answers {status}", curable=curable, pause_seconds=_wish(response))


def _wish(response: aiohttp.ClientResponse) -> float:
    wish = response.headers.get("Retry-After", "")
    return min(float(wish), LONGEST_WISH_SECONDS) if wish.isascii() and wish.isdigit() and len(wish) < 7 else 0.0  # noqa: PLR2004


async def _read(response: aiohttp.ClientResponse) -> bytes:
    said = bytearray()
    while len(said) < ANSWER_LIMIT_BYTES and (some := await response.content.readany()):
        said += some
    return bytes(said[:ANSWER_LIMIT_BYTES])


def _in_words(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__
