"""The audit, people's data and investigations of a mock compound, and their routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_desk_routes import refused

if TYPE_CHECKING:
    from starlette.requests import Request

Json: TypeAlias = dict[str, Any]

HEAD = "9f2c" * 16
NOTHING_ODD: Json = {"head": HEAD, "erased": 1, "pruned": 0, "before": 0, "lost": [], "more_broken": 0}
ZIP = b"PK\x05\x06" + bytes(18)


def audit_rows(count: int) -> list[Json]:
    """What people did, the newest first; one row was erased."""
    kinds = [
        ("command.unlock", "b3u1/door1", "访客"),
        ("user.signed_in", "李四", ""),
        ("export", "permits", "物业检查"),
    ]
    rows = []
    for seq in range(count, 0, -1):
        what, subject, reason = kinds[seq % 3]
        rows.append(
            {
                "seq": seq, "utc": 1_795_000_000 + seq * 60, "trusted": True,
                "who": {"id": "u1", "name": "张三", "deleted": False}, "what": what, "subject": subject,
                "reason": reason, "result": "done", "body": {"row": seq}, "erased": False,
            }
        )  # fmt: skip
    rows[1] |= {
        "erased": True,
        "body": {},
        "subject": "",
        "reason": "",
        "result": "",
        "who": {"id": "", "name": "", "deleted": False},
    }
    return rows


def hand(name: str) -> Json:
    """A user."""
    return {"id": f"u-{name}", "name": name}


@dataclass
class MockRecords:
    """What the mock gateway remembers; `sent` is whatever was asked to change."""

    rows: list[Json] = field(default_factory=lambda: audit_rows(60))
    broken: list[Json] = field(default_factory=list)
    people: list[Json] = field(default_factory=list)
    erasures: list[Json] = field(default_factory=list)
    investigations: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """The queries of the audit."""
    sent: list[tuple[str, str, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One household, one erasure, three investigations."""
        self.people = [
            {"person": "p-7f", "name": "陈一", "household": "b3-2-501", "permits": 2, "passages": 140},
            {"person": "p-80", "name": "陈二", "household": "b3-2-501", "permits": 1, "passages": 31},
        ]
        self.erasures = [
            {
                "person": "ab" * 32,
                "utc": time() - 9_000,
                "by": "u1",
                "by_name": "张三",
                "reason": "本人要求",
                "complete": True,
            }
        ]
        for state, mine in (("asked", False), ("asked", True), ("confirmed", True)):
            self.investigations.append(self._investigation(state, mine=mine))

    def _investigation(self, state: str, *, mine: bool) -> Json:
        confirmed = state == "confirmed"
        return {
            "id": f"i{len(self.investigations) + 1}", "state": state, "body": "翠湖派出所", "document": "翠公调字2026-118",
            "places": ["b3", "b4u1"], "from_utc": 1_794_990_000.0, "to_utc": 1_795_000_000.0, "reason": "盗窃案",
            "asked_by": hand("张三" if mine else "李四"), "confirmed_by": hand("赵六") if confirmed else None,
            "asked_utc": time() - 600,
            "confirmed_utc": time() - 300 if confirmed else None, "ended_by": "", "why_ended": "", "held": confirmed,
            "mine": mine,
        }  # fmt: skip

    def found(self, name: str, household: str) -> list[Json]:
        """Who fits."""
        return [each for each in self.people if name in each["name"] and household in {"", each["household"]}]

    def head(self) -> Json:
        """The head of the chain."""
        newest = self.rows[0]
        return {
            "seq": newest["seq"], "head": HEAD, "utc": newest["utc"], "rows": len(self.rows), "since_utc": 1_790_000_000,
            "checkpoint": {"seq": 0, "utc": 1_790_000_000}, "key": "cd" * 32,
        }  # fmt: skip

    def verified(self) -> Json:
        """What a check of the chain finds."""
        newest = self.rows[0]["seq"]
        return {
            "ok": not self.broken,
            "rows": len(self.rows),
            "from_seq": 1,
            "to_seq": newest,
            "broken": self.broken,
            **NOTHING_ODD,
        }

    def page(self, before: int | None, limit: int, what: str) -> Json:
        """Rows of the audit, older than `before`."""
        fitting = [row for row in self.rows if (before is None or row["seq"] < before) and row["what"].startswith(what)]
        shown = fitting[:limit]
        return {"rows": shown, "before": shown[-1]["seq"] if len(fitting) > limit else None}


class RecordRoutes:
    """Answers for `MockRecords`."""

    def __init__(self, known: MockRecords) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/audit", self._audit),
            Route("/audit/head", self._head),
            Route("/audit/verify", self._verify, methods=["POST"]),
            Route("/audit/export", self._export),
            Route("/privacy/find", self._find, methods=["POST"]),
            Route("/privacy/export", self._copy, methods=["POST"]),
            Route("/privacy/erase", self._erase, methods=["POST"]),
            Route("/privacy/erasures", self._erasures),
            Route("/investigations", self._investigations, methods=["GET", "POST"]),
            Route("/investigations/{id}/archive", self._archive),
            Route("/investigations/{id}/{act}", self._act, methods=["POST"]),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json() if await request.body() else {}
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _audit(self, request: Request) -> Response:
        asked = request.query_params
        self._known.asked.append(str(asked))
        before = int(asked["before"]) if "before" in asked else None
        return JSONResponse(self._known.page(before, int(asked["limit"]), asked.get("what", "")))

    async def _head(self, _: Request) -> Response:
        return JSONResponse(self._known.head())

    async def _verify(self, request: Request) -> Response:
        await self._take(request)
        return JSONResponse(self._known.verified())

    async def _export(self, request: Request) -> Response:
        self._known.asked.append(str(request.query_params))
        named = {"content-disposition": 'attachment; filename="audit.csv"'}
        return Response(b"seq\r\n", media_type="text/csv", headers=named)

    async def _find(self, request: Request) -> Response:
        body = await self._take(request)
        if not body["name"] and not body["household"]:
            errors = [{"path": "body.name", "why": "a name or a household is needed", "code": "missing"}]
            return JSONResponse({"title": "Unprocessable", "status": 422, "code": "invalid", "errors": errors}, 422)
        return JSONResponse({"people": self._known.found(body["name"], body["household"])})

    async def _copy(self, request: Request) -> Response:
        body = await self._take(request)
        named = {"content-disposition": f'attachment; filename="person-{body["person"]}.zip"'}
        return Response(ZIP, media_type="application/zip", headers=named)

    async def _erase(self, request: Request) -> Response:
        body = await self._take(request)
        self._known.people = [each for each in self._known.people if each["person"] != body["person"]]
        self._known.erasures.insert(
            0, {"person": "cd" * 32, "utc": time(), "by": "u1", "reason": body["reason"], "complete": False}
        )
        return JSONResponse({"erased": {"permits": 2, "rows": 17, "copies": 0}, "complete": False})

    async def _erasures(self, _: Request) -> Response:
        return JSONResponse({"erasures": self._known.erasures})

    async def _investigations(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"investigations": self._known.investigations})
        body = await self._take(request)
        if body["to_utc"] - body["from_utc"] > 31 * 86_400:
            errors = [{"path": "body.to_utc", "why": "at most 31 days", "code": "window_long"}]
            return JSONResponse({"title": "Unprocessable", "status": 422, "code": "invalid", "errors": errors}, 422)
        self._known.investigations.insert(0, {**self._known._investigation("asked", mine=True), **body})
        return JSONResponse(self._known.investigations[0], 201)

    async def _archive(self, request: Request) -> Response:
        named = {"content-disposition": f'attachment; filename="investigation-{request.path_params["id"]}.zip"'}
        return Response(ZIP, media_type="application/zip", headers=named)

    async def _act(self, request: Request) -> Response:
        await self._take(request)
        one = next(each for each in self._known.investigations if each["id"] == request.path_params["id"])
        act = request.path_params["act"]
        if act == "confirm" and one["mine"]:
            return refused(409, "same_person", "another person has to confirm it")
        one["state"] = {"confirm": "confirmed", "refuse": "refused", "release": "released"}[act]
        one["held"] = act == "confirm"
        return JSONResponse(one)
