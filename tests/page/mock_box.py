"""The set-up wizard, the labels and the box itself, and their routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

import segno
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_accounts import wrong_field
from tests.page.mock_desk_routes import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

Json: TypeAlias = dict[str, Any]

KEY = "AGE-7H2K-9QXM-4T"
STEPS = ["clock", "compound", "buildings", "grids", "people", "channel", "backup"]


@cache
def door_labels() -> list[Json]:
    """Drawn when somebody first looks at them: 30 codes take longer than all else of a mock gateway."""
    return [
        {
            "id": f"k3m9x2q7p4t{number:02}", "kind": "door", "target": f"b{number}u1/door1", "title": "单元大门",
            "place": f"{number}号楼 1单元", "url": url, "svg": svg,
        }
        for number in range(1, 31)
        for url in [f"http://127.0.0.1/#/q/label{number}"]
        for svg in [segno.make(url, error="m", micro=False).svg_inline(border=4, omitsize=True)]
    ]  # fmt: skip


@dataclass
class MockBox:
    """A box that is set up, or is being; `sent` is whatever was asked to change."""

    code: str = ""
    """The set-up code that waits; "" for none."""
    writable: bool = False
    steps: dict[str, Json] = field(default_factory=dict)
    proof: Json = field(default_factory=dict)
    awaited: list[int] = field(default_factory=list)
    """Incidents at the labelled device that the one signed in is on his way to."""
    door: str = "单元大门"
    """What all doors are called on their labels."""
    findings: list[Json] = field(default_factory=list)
    """Of a configuration that is read again."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A compound whose configuration a person wrote."""
        for step in STEPS:
            self.steps[step] = {"id": step, "state": "done", "entered": None, "findings": [], "facts": {}}
        self.steps["clock"]["facts"] = {"trusted": True, "source": "NTP", "utc": time()}

    @property
    def labels(self) -> list[Json]:
        """The labels of 30 doors."""
        return [{**label, "title": self.door} for label in door_labels()]

    def begin_anew(self) -> None:
        """A box out of its carton."""
        self.code, self.writable = "ABCD-EFGH", True
        for step in self.steps.values():
            step.update(state="open", entered=None)

    def state(self) -> Json:
        """How far it is."""
        return {
            "open": self.code != "", "writable": self.writable, "file": "/etc/gridpost/compound.yaml",
            "steps": list(self.steps.values()),
        }  # fmt: skip

    def system(self) -> Json:
        """What the box says of itself."""
        now = time()
        return {
            "version": "0.1.0", "uptime_seconds": 7_200.0, "started_utc": now - 7_200,
            "config": {"file": "/etc/gridpost/compound.yaml", "wizard": False},
            "tls": {
                "subject": "gridpost.lan",
                "names": ["gridpost.lan", "192.168.1.10"],
                "until_utc": now + 20 * 86_400,
                "own_ca": True,
                "fingerprint": "AB:CD:" * 15 + "EF:01",
            },
            "bind": "192.168.1.10:443", "names": ["gridpost.lan", "192.168.1.10"],
            "clock": {"trusted": True, "source": "NTP", "utc": now},
            "data": {"folder": "/var/lib/gridpost", "bytes": 960_000_000, "free_bytes": 8_800_000_000},
        }  # fmt: skip


class BoxRoutes:
    """Answers for `MockBox`."""

    def __init__(self, known: MockBox, let_in: Callable[[Response], None]) -> None:
        self._known = known
        self._let_in = let_in

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/setup", self._state),
            Route("/setup/begin", self._begin, methods=["POST"]),
            Route("/setup/finish", self._finish, methods=["POST"]),
            Route("/setup/channel/prove", self._prove, methods=["POST"]),
            Route("/setup/channel/proofs/{number:int}", self._proof, methods=["GET", "POST"]),
            Route("/setup/{step}", self._step, methods=["PUT"]),
            Route("/setup/{step}/skip", self._skip, methods=["POST"]),
            Route("/system", self._system),
            Route("/system/reload", self._reload, methods=["POST"]),
            Route("/system/backup", self._backup, methods=["POST"]),
            Route("/labels", self._labels),
            Route("/labels/{id}", self._label),
            Route("/labels/{id}/arrive", self._arrive, methods=["POST"]),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json() if await request.body() else {}
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _state(self, _: Request) -> Response:
        return JSONResponse(self._known.state())

    async def _begin(self, request: Request) -> Response:
        body = await self._take(request)
        if body["code"] != self._known.code:
            return refused(401, "setup_code", "this is not the set-up code of this box")
        self._known.code = ""
        response = Response(status_code=204)
        self._let_in(response)
        return response

    async def _step(self, request: Request) -> Response:
        body = await self._take(request)
        step = self._known.steps[request.path_params["step"]]
        if step["id"] == "buildings" and not 1 <= body["count"] <= 300:
            return wrong_field("count", "less_than_equal", "at most 300", limit=300)
        if step["id"] == "channel":
            step["facts"] = {
                "proved": [],
                "secrets": {each["id"]: sorted(each["secrets"]) for each in body["channels"]},
            }
        if step["id"] == "backup":
            step["facts"] = {"key": KEY}
        step.update(state="done", entered=body)
        return JSONResponse(self._known.state())

    async def _skip(self, request: Request) -> Response:
        await self._take(request)
        self._known.steps[request.path_params["step"]]["state"] = "skipped"
        return JSONResponse(self._known.state())

    async def _prove(self, request: Request) -> Response:
        body = await self._take(request)
        self._known.proof = {"number": 7, "channel": body["channel"], "fate": "sent", "why": ""}
        return JSONResponse({"number": 7}, 202)

    async def _proof(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self._known.proof)
        body = await self._take(request)
        if body["code"] != "4711":
            return wrong_field("code", "code_wrong", "this is not what the message says")
        self._known.proof["fate"] = "answered"
        self._known.steps["channel"]["facts"]["proved"] = [self._known.proof["channel"]]
        return JSONResponse(self._known.proof)

    async def _finish(self, request: Request) -> Response:
        await self._take(request)
        self._known.writable = False
        return JSONResponse({"restarting": True, "file": "/etc/gridpost/compound.yaml"})

    async def _system(self, _: Request) -> Response:
        return JSONResponse(self._known.system())

    async def _reload(self, request: Request) -> Response:
        await self._take(request)
        found = self._known.findings
        return JSONResponse({"taken": not found, "findings": found, "warnings": [], "later": []})

    async def _backup(self, request: Request) -> Response:
        await self._take(request)
        return JSONResponse({"places": ["/mnt/stick"]}, 202)

    async def _labels(self, request: Request) -> Response:
        known = self._known.labels if request.query_params["kind"] == "door" else []
        return JSONResponse({"labels": known, "total": len(known), "next": None})

    async def _label(self, request: Request) -> Response:
        known = next((each for each in self._known.labels if each["id"] == request.path_params["id"]), None)
        if known is None:
            return refused(404, "label_unknown", "there is no such label that you may see")
        device, _, part = known["target"].partition("/")
        told = {key: known[key] for key in ("kind", "target", "title", "place")}
        return JSONResponse({**told, "page": f"#/doors/{device}/{part}", "incidents": self._known.awaited})

    async def _arrive(self, request: Request) -> Response:
        await self._take(request)
        return JSONResponse({"incidents": self._known.awaited})
