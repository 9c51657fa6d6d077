"""HTTP as channels use it: one session each, time limits, small answers, and errors in the two words of the contract.

What a configuration needs to know of addresses is in `address.py`: it must not wait for aiohttp, half a second to import.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from drivers.addresses import is_loopback
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from gateway.deliver.channels.contract import Message

CONNECT_SECONDS, WHOLE_SECONDS = 5.0, 10.0
LONGEST_ANSWER = 64 * 1024

TOO_MANY, SERVER_ERRORS, ERRORS = 429, 500, 400
REQUEST_TIMEOUT = 408
LONGEST_RETRY_AFTER = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: its status (below 400), and its body."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `ChannelDown` for anything else: a server that says nonsense may mend."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ChannelDown("the answer is not JSON") from error
        if not isinstance(found, dict):
            raise ChannelDown("the answer is not a JSON object")
        return found


class Web:
    """A channel's way to its server. Opens its session at the first request; `async with` or `close` ends it.

    No error names the address: with chat bots, the address is the secret.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the session; the next request opens another."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, url: str, body: object, headers: Mapping[str, str] | None = None) -> Answer:
        """POST a JSON body. Raises as `request` does."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self.request(
            "POST", url, data, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        )

    async def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        refusals_too: bool = False,
    ) -> Answer:
        """One request, no redirects followed; the answer with a status below 300.

        Raises `ChannelDown` (no answer, too slow, too long, 408, 429, 5xx) and `ChannelRefused` (any other status). With
        `refusals_too` every answer comes back as it is: of a server that says why in the body.
        """
        try:
            async with self.session().request(
                method, url, data=body, headers=headers, allow_redirects=False, proxy=proxy_for(url)
            ) as response:
                found = await _read(response, refusals_too=refusals_too)
        except TimeoutError as error:
            raise ChannelDown(f"no answer within {WHOLE_SECONDS:.0f} s") from error
        except aiohttp.InvalidURL as error:
            raise ChannelRefused("the address cannot be used") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise ChannelDown("its certificate is not trusted, or our clock is wrong") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ChannelDown(f"no connection, or it broke: {type(error).__name__}") from error
        return found

    def session(self) -> aiohttp.ClientSession:
        """The session, opened when it is not; for websockets too."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address; none towards this box, whatever the environment says.

    aiohttp's own `trust_env` also reads ~/.netrc, on the event loop, and sends loopback through the proxy.
    """
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if is_loopback(parts.hostname or "") or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(scheme)


def with_link(message: Message, longest_bytes: int) -> str:
    """The text of a message with its link on a line of its own, where it has one that the text does not show."""
    if not message.link or message.link in message.text:
        return cut(message.text, longest_bytes)
    return f"{cut(message.text, longest_bytes - len(message.link.encode()) - 1)}\n{message.link}"


def cut(text: str, longest_bytes: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis, never half a character."""
    whole = text.encode()
    if len(whole) <= longest_bytes:
        return text
    return whole[: longest_bytes - len("…".encode())].decode(errors="ignore") + "…"


async def _read(response: aiohttp.ClientResponse, *, refusals_too: bool) -> Answer:
    status = response.status
    if not refusals_too:
        _refuse(response)
    body = bytearray()
    while len(body) <= LONGEST_ANSWER and not response.content.at_eof():
        body += await response.content.read(LONGEST_ANSWER + 1 - len(body))
    if len(body) > LONGEST_ANSWER:
        raise ChannelDown(f"the answer is longer than {LONGEST_ANSWER} bytes")
    return Answer(status, bytes(body))


def _refuse(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status == TOO_MANY:
        raise ChannelDown("the server asks for fewer messages (HTTP 429)", _retry_after(response))
    if status >= SERVER_ERRORS or status == REQUEST_TIMEOUT:
        raise ChannelDown(f"the server failed: HTTP {status}", _retry_after(response))
    if status >= ERRORS or status >= 300:  # noqa: PLR2004 - a redirect is a wrong address
        raise ChannelRefused(f"the server refused: HTTP {status}")


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    told = response.headers.get("Retry-After", "")
    return min(float(told), LONGEST_RETRY_AFTER) if told.isdecimal() else None
