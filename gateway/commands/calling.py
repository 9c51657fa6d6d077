"""Commands that speak to a running gateway over its API, as a page does: with a token, and never in clear over a network."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import typer

from gateway.commands import WRONG

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from drivers.contract import Json

TOKEN = "GRIDPOST_TOKEN"  # noqa: S105 - the name of the variable, not its content
SECONDS = 60.0
"""How long an answer may take: a file of 10,000 permits takes a few seconds."""

ANSWER_LIMIT_BYTES = 32 * 1024 * 1024


class CallError(Exception):
    """Why a call came to nothing, as a sentence; what is wrong one by one in further lines."""


class _NoRedirect(HTTPRedirectHandler):
    """A token is for the address that was named, not for where that points."""

    def redirect_request(self, *_what: object) -> None:
        """Follow none."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where to call, and as whom."""

    url: str
    token: str

    def get(self, path: str, **query: str) -> Json:
        """What stands at a path of the API."""
        return self.read("GET", path, query)

    def post(self, path: str, body: Json) -> Json:
        """The answer to a JSON body."""
        return self.read("POST", path, {}, json.dumps(body).encode(), "application/json")

    def read(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None, media: str = ""
    ) -> Json:
        """The answer's JSON. Raises CallError as `call` does."""
        try:
            return json.loads(self.call(method, path, query, body, media))
        except ValueError:
            raise CallError(
                f"{self.url} did not answer as a gateway does: is something else at this address?"
            ) from None

    def call(
        self, method: str, path: str, query: Mapping[str, str], body: bytes | None = None, media: str = ""
    ) -> bytes:
        """The answer's bytes. Raises CallError for a gateway that is not there and for what it refuses."""
        wanted = {name: value for name, value in query.items() if value}
        url = f"{self.url}/api/v1/{path}" + (f"?{urlencode(wanted)}" if wanted else "")
        headers = {"Authorization": f"Bearer {self.token}", **({"Content-Type": media} if body is not None else {})}
        request = Request(url, body, headers, method=method)  # noqa: S310 - http and https alone, see `gateway_at`
        try:
            with build_opener(ProxyHandler({}), _NoRedirect()).open(request, timeout=SECONDS) as answer:
                got: bytes = answer.read(ANSWER_LIMIT_BYTES)
        except HTTPError as refused:
            with refused:
                raise CallError(_problem(refused.code, refused.read(ANSWER_LIMIT_BYTES))) from None
        except URLError as error:
            raise CallError(f"There is no gateway at {self.url}: {error.reason}.") from None
        except OSError as error:
            raise CallError(f"The gateway at {self.url} did not answer: {error}.") from None
        return got


def gateway_at(url: str, token_file: Path | None, *, plain_http: bool) -> Gateway:
    """The gateway at an address, with the token of a file or of the environment. Raises CallError with the way out."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CallError(f"{url!r} is no address of a gateway: write http://127.0.0.1:8080 or https://HOST.")
    if parts.scheme == "http" and not plain_http and not _on_this_machine(parts.hostname):
        raise CallError(
            f"{url} would carry your token and people's names in clear over the network. Use https://, a tunnel to the "
            "machine itself, or say --plain-http if the network is yours alone."
        )
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            raise CallError(f"{token_file} cannot be read: {wrong}.") from None
    else:
        token = os.environ.get(TOKEN, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise CallError(
            f"There is no access token: set {TOKEN}, or name its file with --token-file. `gridpost users add` makes one."
        )
    return Gateway(url.rstrip("/"), token)


def told(at: Callable[[], Gateway], work: Callable[[Gateway], None]) -> int:
    """Do it and return the exit code; what went wrong is told on standard error."""
    try:
        work(at())
    except CallError as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except OSError as wrong:
        typer.echo(f"{wrong.filename}: {wrong.strerror}.", err=True)
        return WRONG
    return 0


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _problem(status: int, body: bytes) -> str:
    """A problem of RFC 9457 as lines for people."""
    try:
        said = json.loads(body)
        lines = [str(said["detail"]), *map(str, said.get("details", ()))]
        lines += [f"{error['path']}: {error['why']}" for error in said.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The gateway answered {status}, and not as a gateway does: is something else at this address?"
    return "\n".join(lines)
