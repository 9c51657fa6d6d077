"""The fence in front of everything: which names the house answers to, who may send a browser here, and what a browser may do.

Pure ASGI, so that it stands before streams as well. Against DNS rebinding the Host must be one of our names; against
cross-site requests an Origin, where a browser sends one, must be the very host that is asked, and Sec-Fetch-Site our own.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.serve.accounts.cookies import has_session
from gateway.serve.connection import HEAD_BYTES
from gateway.serve.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE = frozenset({"GET", "HEAD"})
STREAM = "/api/v1/stream"

_OURS = frozenset({"same-origin", "none"})
"""What a browser says of where a request comes from (Fetch Metadata, Sec-Fetch-Site): our page, or the person himself."""

ADDRESS_BYTES = 8_000
"""What RFC 9110, 4.1 recommends that everybody takes."""
HEADER_LINES = 100

SECURITY_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class Fence:
    """`names` are the host names, beside loopback and the address that was connected to, that are ours."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = LOOPBACK_NAMES | {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or let pass with the security headers added to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        began = False

        async def send_safely(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        problem = _excess(scope) or self._objection(scope)
        if problem is not None:
            await problem.response()(scope, receive, send_safely)
            return
        try:
            await self._app(scope, receive, send_safely)
        except Exception:
            if not began:  # the log gets what broke, the caller only that something did
                broken = Problem(500, "broken", "something went wrong here; the gateway's log says what")
                await broken.response()(scope, receive, send_safely)
            raise

    def _objection(self, scope: Scope) -> Problem | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # behind a proxy that believes the other one, what follows is a second request (RFC 9112, 6.1)
            closing = {"Connection": "close"}
            return Problem(400, "two_lengths", "a body has one length: say Content-Length or chunks", headers=closing)
        host = headers.get(b"host", "")
        name = _name(host)
        if name not in self._names and not _connected_to(scope, name):
            return Problem(421, "host", "this is not a name of this gateway; add it to `http.names` if it should be")
        guarded = scope["method"] not in SAFE or scope["path"] == STREAM
        origin = headers.get(b"origin")
        foreign = headers.get(b"sec-fetch-site", "same-origin") not in _OURS
        if guarded and (foreign or (origin is not None and _site(origin) != host.lower())):
            return Problem(403, "origin", "requests from other sites are refused")
        if scope["method"] not in SAFE and origin is None and has_session(headers.get(b"cookie", "")):
            return Problem(403, "origin", "a request with a session must say its Origin, as browsers do")
        return None


def _excess(scope: Scope) -> Problem | None:
    """A head that is longer than anybody of good will sends, whether it came at once or in pieces."""
    closing = {"Connection": "close"}
    if len(scope["raw_path"]) + len(scope["query_string"]) > ADDRESS_BYTES:
        return Problem(414, "address_too_long", f"an address has at most {ADDRESS_BYTES:,} bytes", headers=closing)
    lines = scope["headers"]
    if len(lines) > HEADER_LINES or sum(len(name) + len(value) for name, value in lines) > HEAD_BYTES:
        limits = f"{HEADER_LINES} headers and {HEAD_BYTES // 1024} kB"
        return Problem(431, "headers_too_large", f"a request has at most {limits} of them", headers=closing)
    return None


def _site(origin: str) -> str | None:
    """The host and port of an Origin, None for "null" and for what is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} and parts.netloc else None


def _name(host: str) -> str:
    """The host name of a Host header without its port; "" for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _connected_to(scope: Scope, name: str) -> bool:
    """Whether the name is the literal address that the client connected to: no rebinding can make it so."""
    server = scope.get("server")
    if server is None:
        return False
    try:
        return ip_address(name) == ip_address(server[0])
    except ValueError:
        return False
