"""A long connection that the box opens outwards, so that people can answer without anything being open towards it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn, Self, TypeGuard
from urllib.parse import urlsplit

import aiohttp

from gateway.deliver.channels.address import leads_home
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.web import WHOLE_SECONDS, proxy_for
from gateway.deliver.outlet import BackOff
from gateway.logs import log_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.deliver.channels.web import Web

LONGEST_FRAME: Final = 64 * 1024
FIRST_SECONDS, MOST_SECONDS = 1.0, 60.0
REFUSED_SECONDS = 60.0, 600.0
"""Between tries while only a person can cure it: a key that is put right is taken up within ten minutes."""

STEADY_SECONDS = 60.0
"""A connection that held so long begins its back-off anew when it breaks."""

CLOSE_SECONDS = 2.0
HEARD_AT_ONCE = 8
"""Answers of people that are judged at the same time; further frames wait in the socket."""

log = log_of("chat")


async def keep_open(channel: str, converse: Callable[[Callable[[], None]], Awaitable[None]]) -> NoReturn:
    """Have one conversation after the other, for ever, with back-off between them.

    `converse` connects, calls what it is given once it is let in, talks until the connection ends, and returns or raises. That
    the connection is down is told once for each reason, and once that it is back.
    """
    loop = asyncio.get_running_loop()
    passing, lasting = BackOff(FIRST_SECONDS, MOST_SECONDS), BackOff(*REFUSED_SECONDS)
    told = ""

    def let_in() -> None:
        nonlocal told
        if told:
            log.info("the long connection for answers is back", channel=channel)
        told = ""

    while True:
        began, back_off, why = loop.time(), passing, "the service ended it"
        try:
            await converse(let_in)
        except ChannelDown as down:
            why = str(down)
        except ChannelRefused as refused:
            back_off, why = lasting, str(refused)
        except Exception as mistake:
            why = f"a mistake of ours: {type(mistake).__name__}"
            log.exception("the long connection for answers stumbled", channel=channel)
        if loop.time() - began > STEADY_SECONDS:
            passing.succeeded()
            lasting.succeeded()
        if why != told:
            log.warning("the long connection for answers is down", channel=channel, why=why)
            told = why
        await asyncio.sleep(back_off.seconds())


async def connect(web: Web, url: str, heartbeat_seconds: float | None = None) -> aiohttp.ClientWebSocketResponse:
    """Open a websocket. With `heartbeat_seconds` it pings, and ends when there is no pong. Raises `ChannelDown`.

    The address stands in no error: it may hold a ticket.
    """
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            return await web.session().ws_connect(
                url,
                heartbeat=heartbeat_seconds,
                max_msg_size=LONGEST_FRAME,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
                proxy=proxy_for(url),
            )
    except TimeoutError as error:
        raise ChannelDown(f"no connection within {WHOLE_SECONDS:.0f} s") from error
    except aiohttp.WSServerHandshakeError as error:
        raise ChannelDown(f"the long connection is not let in: HTTP {error.status}") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ChannelDown(f"no connection: {type(error).__name__}") from None


class Frames:
    """What the service sends, as it comes; None whenever it said nothing for so long. Ends with the connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, quiet_seconds: float) -> None:
        self._socket = socket
        self._quiet_seconds = quiet_seconds

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str | bytes | None:
        try:
            frame = await self._socket.receive(timeout=self._quiet_seconds)
        except TimeoutError:
            return None
        if frame.type is aiohttp.WSMsgType.TEXT or frame.type is aiohttp.WSMsgType.BINARY:
            data: str | bytes = frame.data
            return data
        raise StopAsyncIteration


async def speak(socket: aiohttp.ClientWebSocketResponse, frame: str | bytes) -> None:
    """Send a frame. A connection that is gone is the reading end's to find: whoever waits for an answer gets none."""
    with suppress(ConnectionError, aiohttp.ClientError):
        await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))


def may_be_called(url: object, *, home: bool, within: str = "") -> TypeGuard[str]:
    """Whether an address that a service gave us may be used.

    It is encrypted and, where a domain is named, `within` it; or, of a service on this box (`home`), on this box.
    """
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if home:
        return leads_home(url)
    return parts.scheme in ("wss", "https") and f".{host}".endswith(f".{within}" if within else host)
