"""The routes of parcel lockers and charging of the cardboard gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_desk import moment
from tests.page.mock_desk_routes import refused

if TYPE_CHECKING:
    import asyncio

    from starlette.requests import Request

    from tests.page.mock_charging import Json, MockCharging
    from tests.page.mock_lockers import MockLockers

PUT = {"rows": 2, "new": 2, "changed": 0, "unchanged": 0}


class LockerRoutes:
    """Answers for `MockLockers`. `answers_after` cleared makes the lock wait."""

    def __init__(self, known: MockLockers, answers_after: asyncio.Event) -> None:
        self._known = known
        self._answers_after = answers_after

    def routes(self) -> list[Route]:
        """All of them."""
        part = "/lockers/{id}/compartments/{part}"
        return [
            Route("/lockers", self._lockers),
            Route("/lockers/overdue", self._overdue),
            Route("/lockers/{id}", self._locker),
            Route(f"{part}/open", self._open, methods=["POST"]),
            Route(f"{part}/{{act:str}}", self._act, methods=["POST"]),
            Route("/lockers/{id}/open-all", self._ask, methods=["POST"]),
            Route("/lockers/{id}/open-all/confirm", self._confirm, methods=["POST"]),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json()
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _lockers(self, _: Request) -> Response:
        listed = self._known.listed()
        return JSONResponse({"lockers": listed, "total": len(listed), "next": None})

    async def _overdue(self, _: Request) -> Response:
        overdue = self._known.overdue()
        return JSONResponse({"overdue": overdue, "total": len(overdue)})

    async def _locker(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self._known.cabinets:
            return refused(404, "locker_unknown", f"there is no locker {name!r} that you may see")
        return JSONResponse(self._known.detail(name))

    async def _open(self, request: Request) -> Response:
        await self._take(request)
        await self._answers_after.wait()
        return JSONResponse(self._known.ended)

    async def _act(self, request: Request) -> Response:
        body, at = await self._take(request), request.path_params
        out = at["act"] == "service" and body["out"]
        self._known.become(at["id"], at["part"], state="out_of_service" if out else "empty", alarm=None)
        return JSONResponse(self._known.compartments[at["id"]][at["part"]])

    async def _ask(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["id"]
        pending = {"by": "张三", "reason": body["reason"], "until": moment(minutes=2), "yours": True}
        self._known.cabinets[name]["open_all"] = pending
        return JSONResponse(self._known.detail(name))

    async def _confirm(self, request: Request) -> Response:
        await self._take(request)
        self._known.cabinets[request.path_params["id"]]["open_all"] = None
        return JSONResponse(self._known.detail(request.path_params["id"]))


class ChargingRoutes:
    """Answers for `MockCharging`. A stop is ordered and nothing more: a test says what comes of it."""

    def __init__(self, known: MockCharging) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/rooms", self._rooms),
            Route("/rooms/{id}", self._room),
            Route("/rooms/{id}/power", self._power),
            Route("/charging/sessions", self._sessions),
            Route("/charging/stops", self._stops, methods=["GET", "POST"]),
            Route("/charging/stops/{id}", self._stop),
            Route("/charging/stops/{id}/lift", self._lift, methods=["POST"]),
            Route("/charging/tags", self._tags, methods=["GET", "POST"]),
            Route("/charging/tags/import", self._import, methods=["POST"]),
            Route("/charging/tags/{hash}", self._drop, methods=["DELETE"]),
            Route("/lines/{id}/rejected", self._rejected),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json()
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _rooms(self, _: Request) -> Response:
        listed = self._known.listed()
        return JSONResponse({"rooms": listed, "total": len(listed), "next": None})

    async def _room(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self._known.rooms:
            return refused(404, "room_unknown", f"there is no room {name!r} that you may see")
        return JSONResponse(self._known.detail(name))

    async def _power(self, request: Request) -> Response:
        return JSONResponse(self._known.power(request.path_params["id"]))

    async def _sessions(self, request: Request) -> Response:
        sessions = self._known.sessions(request.query_params["room"])
        return JSONResponse({"sessions": sessions, "running": 3, "next": None})

    async def _stops(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"stops": list(reversed(self._known.stops.values()))})
        body = await self._take(request)
        return JSONResponse(self._known.stop(body["reach"], body["what"], body["reason"]), 201)

    async def _stop(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self._known.stops:
            return refused(404, "stop_unknown", f"no stop {name} stands")
        return JSONResponse(self._known.stops[name])

    async def _lift(self, request: Request) -> Response:
        await self._take(request)
        name = request.path_params["id"]
        if self._known.stops[name]["phase"] != "proved":
            why = ("3号车棚充电桩: the socket has 76 degrees",)
            return refused(409, "alarm_active", "what it was made for goes on", why)
        del self._known.stops[name]
        return JSONResponse({"id": name})

    async def _tags(self, request: Request) -> Response:
        if request.method == "POST":
            for tag in (await self._take(request))["tags"]:
                known = tag.get("hash") or f"{len(self._known.tags) + 1:016x}"
                self._known.tags[known] = {
                    "hash": known,
                    "blocked": False,
                    **{k: v for k, v in tag.items() if k != "tag"},
                }
            return JSONResponse(PUT)
        words = request.query_params.get("q", "")
        found = [tag for tag in self._known.tags.values() if words in tag["label"]]
        return JSONResponse({"tags": found, "total": len(found), "next": None})

    async def _import(self, request: Request) -> Response:
        text = (await request.body()).decode()
        self._known.sent.append((request.method, str(request.url.query), {"text": text}))
        return JSONResponse(PUT)

    async def _drop(self, request: Request) -> Response:
        await self._take(request)
        del self._known.tags[request.path_params["hash"]]
        return JSONResponse({"hash": request.path_params["hash"]})

    async def _rejected(self, _: Request) -> Response:
        message = {
            "source": "v1/demo/b3/charger/shed3-pile/tele", "why": "not JSON", "size": 41, "excerpt": '{"v":1,"id":',
            "received": moment(minutes=-4), "times": 3,
        }  # fmt: skip
        return JSONResponse({"rejected": [message]})
