"""PINs of the cardboard gateway: asked for before a door opens or a file is taken from a phone, and for all that is done at a
duty screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SAFE = {"GET", "HEAD"}


@dataclass
class Pins:
    """By what way one is in, who one is, and the PIN of each account."""

    way: str
    id: str = "u1"
    of: dict[str, str] = field(default_factory=lambda: {"张三": "2580", "李四": "7531"})
    asked: list[str] = field(default_factory=list)
    """Why requests were refused."""

    def body_of_me(self) -> dict[str, object]:
        """What `GET me` says of it; nothing where it is as everywhere."""
        if self.way == "screen":
            return {"name": "值班室", "role": "viewer", "way": self.way, "people": sorted(self.of)}
        return {} if self.way == "session" else {"way": self.way}

    def named(self, request: Request) -> str:
        """Who proves to stand at the screen; empty where nobody need."""
        return unquote(request.headers.get("gridpost-person", ""))

    def refuse(self, request: Request) -> str:
        """Why a request is refused for its PIN; empty when it is not."""
        path = request.url.path
        proves = "/commands/" in path or path.endswith(("/open", "/export", "/archive"))
        at_screen = self.way == "screen" and request.method not in SAFE
        if not (at_screen or (self.way == "phone" and proves)):
            return ""
        who = self.named(request) if self.way == "screen" else "张三"
        pin = request.headers.get("gridpost-pin")
        if pin is None or who == "":
            return "pin_missing"
        return "" if pin == self.of.get(who) else "pin_wrong"


class PinGate:
    """Lets nothing that wants a PIN past without the right one."""

    def __init__(self, app: ASGIApp, pins: Pins) -> None:
        self._app = app
        self._pins = pins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        request = Request(scope)
        code = "" if request.url.path == "/api/v1/session" else self._pins.refuse(request)
        if code == "":
            await self._app(scope, receive, send)
            return
        self._pins.asked.append(code)
        await refusal(code)(scope, receive, send)


def refusal(code: str) -> Response:
    """A refusal with its code (RFC 9457)."""
    body = {"type": "about:blank", "title": code, "status": 403, "detail": code, "code": code}
    return JSONResponse(body, 403, media_type="application/problem+json")
