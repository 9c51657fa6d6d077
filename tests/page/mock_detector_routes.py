"""The routes of detectors, sensors, rounds and walk tests of the cardboard gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_desk import moment
from tests.page.mock_desk_routes import refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.page.mock_detectors import Json, MockDetectors

IMPORTED = {"rows": 2, "new": 2, "changed": 0, "unchanged": 0, "mounted": 1}
BAD_ROWS = ("row 2: no key", "row 3: the key has not 32 hex digits (a spreadsheet?)")


class DetectorRoutes:
    """Answers for `MockDetectors`."""

    def __init__(self, known: MockDetectors) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/detectors", self._detectors),
            Route("/detectors/counts", self._counts),
            Route("/detectors/{id}", self._detector),
            Route("/detectors/{id}/sensor", self._sensor, methods=["POST", "DELETE"]),
            Route("/detectors/{id}/battery-change", self._battery, methods=["POST"]),
            Route("/sensors", self._stock),
            Route("/sensors/import", self._import, methods=["POST"]),
            Route("/sensors/{address}", self._drop, methods=["DELETE"]),
            Route("/rounds", self._rounds, methods=["GET", "POST"]),
            Route("/rounds/{id}", self._round, methods=["GET", "DELETE"]),
            Route("/rounds/{id}/{step}", self._step, methods=["POST"]),
            Route("/walk-tests", self._tests, methods=["GET", "POST"]),
            Route("/walk-tests/{id}", self._test, methods=["GET", "DELETE"]),
            Route("/receivers", self._receivers),
            Route("/strangers", self._strangers),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json() if await request.body() else {}
        self._known.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    async def _detectors(self, request: Request) -> Response:
        return JSONResponse(self._known.find(dict(request.query_params)))

    async def _counts(self, _: Request) -> Response:
        return JSONResponse(self._known.counts())

    async def _detector(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self._known.rows:
            return refused(404, "detector_unknown", f"there is no detector {name!r} that you may see")
        return JSONResponse(self._known.detail(name))

    async def _sensor(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["id"]
        if request.method == "DELETE":
            self._known.take_down(name, body["reason"], gone=body["gone"])
        elif body["sensor"] == "0000":
            return refused(409, "sensor_unknown", "there is no sensor 0000")
        else:
            self._known.mount(name, body["sensor"][-4:], what="replaced", why=body["reason"])
        return JSONResponse(self._known.detail(name))

    async def _battery(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["id"]
        self._known.changing[name] = moment(minutes=body["minutes"])
        return JSONResponse(self._known.detail(name))

    async def _stock(self, request: Request) -> Response:
        words = request.query_params.get("q", "")
        found = [each for each in self._known.stock.values() if words in f"{each['address']} {each['label']}"]
        return JSONResponse({"sensors": found, "total": len(found)})

    async def _import(self, request: Request) -> Response:
        text = (await request.body()).decode()
        self._known.sent.append((request.method, str(request.url.query), {"text": text}))
        if "bad" in text:
            return refused(409, "sensors_wrong", "2 things are wrong; nothing was changed", BAD_ROWS)
        return JSONResponse(IMPORTED)

    async def _drop(self, request: Request) -> Response:
        await self._take(request)
        address = request.path_params["address"]
        del self._known.stock[address]
        return JSONResponse({"address": address})

    async def _rounds(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"rounds": [self._known.round(name) for name in self._known.rounds]})
        body = await self._take(request)
        free = [name for name in self._known.chosen(body) if self._known.rows[name]["sensor"] is None]
        if not free:
            return refused(409, "nothing_free", "each of these places has its sensor")
        return JSONResponse(self._known.begin_round(free), 201)

    async def _round(self, request: Request) -> Response:
        name = request.path_params["id"]
        if name not in self._known.rounds:
            return refused(404, "round_unknown", f"there is no round {name!r} that you may see")
        state = self._known.round(name)
        if request.method == "DELETE":
            del self._known.rounds[name]
        return JSONResponse(state)

    async def _step(self, request: Request) -> Response:
        body, name, step = await self._take(request), request.path_params["id"], request.path_params["step"]
        if step == "undo":
            self._known.undo(name)
        elif body.get("sensor") == "0000":
            return refused(409, "sensor_unknown", "there is no sensor 0000")
        else:
            self._known.step(name, body.get("sensor", "")[-4:])
        return JSONResponse(self._known.round(name))

    async def _tests(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"walk_tests": self._known.summaries()})
        body = await self._take(request)
        return JSONResponse(self._known.begin_test(self._known.chosen(body), body["minutes"]), 201)

    async def _test(self, request: Request) -> Response:
        name = request.path_params["id"]
        if request.method == "DELETE":
            self._known.end_test(name)
        return JSONResponse(self._known.test(name))

    async def _receivers(self, _: Request) -> Response:
        return JSONResponse({"receivers": self._known.receivers})

    async def _strangers(self, _: Request) -> Response:
        return JSONResponse({"strangers": self._known.strangers})
