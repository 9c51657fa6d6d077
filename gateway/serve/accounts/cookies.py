"""The two cookies of the house: a browser's session, and by what its sign-ins are known again.

Over HTTPS both have the `__Host-` prefix: a browser takes such a cookie from the very host alone, over HTTPS alone, so that
nobody else on that network can plant one. Scripts never see either, and no other site's request carries them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.responses import Response

COOKIE = "gridpost_session"
"""The session's cookie where HTTPS ends before us or there is none."""

SECURE_COOKIE = "__Host-gridpost_session"
DEVICE_COOKIE = "gridpost_device"

LONGEST_SECONDS = 400 * 86_400
"""No browser keeps a cookie for longer; a duty screen's is set again whenever its page opens."""


def session_of(request: HTTPConnection) -> str:
    """The session that a request shows, "" for none. Over HTTPS a cookie that anybody could have planted is not looked at."""
    secure = request.cookies.get(SECURE_COOKIE, "")
    return secure if secure or _encrypted(request) else request.cookies.get(COOKIE, "")


def has_session(cookies: str) -> bool:
    """Whether a Cookie header carries a session, by either name."""
    return COOKIE in cookies  # the other name ends in it


def set_session(request: HTTPConnection, response: Response, session: str, life_seconds: float | None) -> None:
    """Hand a session to its browser; `life_seconds` None: for as long as a browser keeps a cookie."""
    age = LONGEST_SECONDS if life_seconds is None else int(life_seconds)
    _set(request, response, COOKIE, session, age)


def drop_session(request: HTTPConnection, response: Response) -> None:
    """Take the session's cookie back."""
    for name in (COOKIE, SECURE_COOKIE):
        if name in request.cookies:
            response.delete_cookie(name, httponly=True, samesite="strict", secure=name == SECURE_COOKIE)


def device_of(request: HTTPConnection) -> str:
    """By what this browser's earlier sign-ins are known, "" for nothing."""
    secure = request.cookies.get(f"__Host-{DEVICE_COOKIE}", "")
    return secure if secure or _encrypted(request) else request.cookies.get(DEVICE_COOKIE, "")


def set_device(request: HTTPConnection, response: Response, known: str) -> None:
    """Hand out by what this browser will be known again; it outlives every session."""
    _set(request, response, DEVICE_COOKIE, known, LONGEST_SECONDS)


def _set(request: HTTPConnection, response: Response, name: str, value: str, age: int) -> None:
    behind_tls = request.headers.get("origin", "").startswith("https://")  # a proxy that ends TLS stands in front of us
    secure = _encrypted(request) or behind_tls
    response.set_cookie(
        f"__Host-{name}" if secure else name, value, age, httponly=True, samesite="strict", secure=secure
    )


def _encrypted(request: HTTPConnection) -> bool:
    return str(request.scope["scheme"]) == "https"
