"""One-time codes as they are handed over: a link, and the same as a QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno

if TYPE_CHECKING:
    from gateway.keep.accounts.sessions import Code
    from gateway.serve.asks import Ask
    from gateway.serve.views import Body

_QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004, 5.3.8)."""


def invitation(ask: Ask, code: Code) -> Body:
    """A code as link and picture. It stands behind #: no server, proxy or log ever sees it."""
    url = f"{_page(ask)}/#code={code.secret}"
    return {"url": url, "svg": qr(url), "until_utc": code.until_utc}


def qr(content: str) -> str:
    """A QR code as an SVG that scales with its place, without the inline styles that the page's policy forbids."""
    code = segno.make(content, error="m", micro=False)
    return code.svg_inline(border=_QUIET, omitsize=True, light="#fff", svgclass=None, lineclass=None)


def _page(ask: Ask) -> str:
    """The address of the page as others reach it; where nobody wrote that down, as whoever asks does."""
    if ask.house.public_url:
        return ask.house.public_url.rstrip("/")
    origin = ask.request.headers.get("origin", "")
    return origin or f"{ask.request.url.scheme}://{ask.request.headers['host']}"
