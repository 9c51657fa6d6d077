"""The status page's built files, read once and sent compressed: a phone on a bad network loads them in one breath.

They are all read at the start. An upgrade replaces them while the gateway still runs, and its index must not name chunks
that are gone. Each is compressed when it is first asked for, and not while the house stands up, and kept so: the whole page
takes about 0.3 MB then; who does not take gzip has it unpacked for him.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import PurePath
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request  # noqa: TC002 - FastAPI reads annotations at run time
from starlette.responses import Response

from gateway.serve.problems import Problem, unknown

if TYPE_CHECKING:
    from pathlib import Path

COMPRESSED = frozenset(
    {"text/html", "text/javascript", "text/css", "image/svg+xml", "application/json", "application/manifest+json"}
)
FOR_EVER = "public, max-age=31536000, immutable"
"""Assets carry a hash of their content in their names, so a browser never has to ask twice."""

AT_THE_ROOT = ("index.html", "manifest.webmanifest", "service-worker.js")
"""What browsers look for by its name. A service worker answers for the folder that it is in, so it stands at the top."""


_BUILD = re.compile(r'<meta name="build" content="([^"]*)"')


@dataclass(frozen=True, slots=True)
class _File:
    media: str
    tag: str
    content: bytes
    is_zipped: bool

    def sent(self, request: Request, cached: str) -> Response:
        headers = {"Cache-Control": cached, "ETag": self.tag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        if not self.is_zipped:
            return Response(self.content, headers=headers, media_type=self.media)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.content, headers=headers | {"Content-Encoding": "gzip"}, media_type=self.media)
        return Response(gzip.decompress(self.content), headers=headers, media_type=self.media)


_MEDIA = {".webmanifest": "application/manifest+json"}
"""What Python's table of types does not know."""


def _packed(name: str, plain: bytes) -> _File:
    media = _MEDIA.get(PurePath(name).suffix) or guess_type(name)[0] or "application/octet-stream"
    is_zipped = media in COMPRESSED
    content = gzip.compress(plain, mtime=0) if is_zipped else plain
    return _File(media, f'"{sha256(plain).hexdigest()[:32]}"', content, is_zipped)


def build_of(folder: Path | None) -> str:
    """The name of the page that is built there, which an open page compares with its own; "" where there is none."""
    if folder is None or not (index := folder / "index.html").is_file():
        return ""
    named = _BUILD.search(index.read_text("utf-8"))
    return named[1] if named else ""


def add_routes(app: FastAPI, folder: Path | None) -> None:
    """The routes of the page: its index and its assets, as they are now."""
    paths = [] if folder is None else [*(folder / root for root in AT_THE_ROOT), *(folder / "assets").glob("*")]
    unpacked = {path.name: path.read_bytes() for path in paths if path.is_file()}
    kept: dict[str, _File] = {}

    def found(name: str) -> _File:
        """A file by its name alone; a name that is no plain file of the folder is not there, wherever it points."""
        if folder is None:
            raise Problem(
                404, "page_missing", "the page is not built; `make demo` builds it, and the API works without it"
            )
        if name in unpacked:
            kept[name] = _packed(name, unpacked.pop(name))
        if name not in kept:
            raise unknown("file", name)
        return kept[name]

    async def index(request: Request) -> Response:
        return found("index.html").sent(request, "no-cache")

    async def manifest(request: Request) -> Response:
        return found("manifest.webmanifest").sent(request, "no-cache")

    async def service_worker(request: Request) -> Response:
        return found("service-worker.js").sent(request, "no-cache")

    async def asset(request: Request, name: str) -> Response:
        if name in AT_THE_ROOT:
            raise unknown("file", name)
        return found(name).sent(request, FOR_EVER)

    app.add_api_route("/", index, response_model=None, include_in_schema=False)
    app.add_api_route("/manifest.webmanifest", manifest, response_model=None, include_in_schema=False)
    app.add_api_route("/service-worker.js", service_worker, response_model=None, include_in_schema=False)
    app.add_api_route("/assets/{name}", asset, response_model=None, include_in_schema=False)
