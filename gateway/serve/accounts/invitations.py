"""One-time codes as they are handed over: a link, and the same as a QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.serve.qr_code import qr_code

if TYPE_CHECKING:
    from gateway.keep.accounts.sessions import Code
    from gateway.serve.asks import Ask
    from gateway.serve.views import Body


def invitation(ask: Ask, code: Code) -> Body:
    """A code as link and picture. It stands behind #: no server, proxy or log ever sees it."""
    url = f"{_page(ask)}/#code={code.secret}"
    return {"url": url, "svg": qr_code(url), "until_utc": code.until_utc}


def _page(ask: Ask) -> str:
    """The address of the page as others reach it; where nobody wrote that down, as whoever asks does."""
    if ask.house.public_url:
        return ask.house.public_url.rstrip("/")
    origin = ask.request.headers.get("origin", "")
    return origin or f"{ask.request.url.scheme}://{ask.request.headers['host']}"
