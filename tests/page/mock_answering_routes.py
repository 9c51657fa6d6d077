"""The routes of answered alarms, incidents, duty and fire safety of the cardboard gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_answering import EFFECTS
from tests.page.mock_desk_routes import refused
from tests.page.mock_duty import somebody
from tests.page.mock_incidents import SVG

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.page.mock_answering import MockAnswering
    from tests.page.mock_duty import MockDuty
    from tests.page.mock_incidents import Json, MockIncidents

ME = "张三"


async def taken(request: Request, sent: list[tuple[str, str, Json]]) -> Json:
    """The body of what is asked to change, noted down."""
    body: Any = await request.json() if await request.body() else {}
    sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
    return dict(body)


class IncidentRoutes:
    """Answers for `MockIncidents`."""

    def __init__(self, known: MockIncidents) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/incidents", self._incidents, methods=["GET", "POST"]),
            Route("/incidents/photos", self._photo, methods=["POST"]),
            Route("/incidents/{number:int}", self._incident),
            Route("/incidents/{number:int}/photos/{photo}", self._picture),
            Route("/incidents/{number:int}/{act}", self._act, methods=["POST"]),
        ]

    async def _incidents(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self._known.listed(ended=request.query_params.get("state") == "closed"))
        body = await taken(request, self._known.sent)
        more = {"what": body["what"], "where": body["where"]}
        made = self._known.open(body["category"], body["building"], body["priority"], **more)
        return JSONResponse(self._known.detail(made["number"]), 201)

    async def _incident(self, request: Request) -> Response:
        number = request.path_params["number"]
        if number not in self._known.known:
            return refused(404, "incident_unknown", f"there is no incident {number} that you may see")
        return JSONResponse(self._known.detail(number))

    async def _act(self, request: Request) -> Response:
        body = await taken(request, self._known.sent)
        return JSONResponse(self._known.act(request.path_params["number"], request.path_params["act"], body))

    async def _photo(self, request: Request) -> Response:
        self._known.photos += 1
        self._known.sent.append(("POST", "incidents/photos", {"media": request.headers["content-type"]}))
        return JSONResponse({"sha256": f"{self._known.photos:064x}"}, 201)

    async def _picture(self, _: Request) -> Response:
        return Response(SVG, media_type="image/svg+xml")


class DutyRoutes:
    """Answers for `MockDuty`."""

    def __init__(self, known: MockDuty) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/duty", self._duties),
            Route("/duty/tests/{test:int}", self._test),
            Route("/duty/{grid}/sheet", self._sheet),
            Route("/duty/{grid}/hand-over", self._hand_over, methods=["POST"]),
            Route("/duty/{grid}/take-over", self._take_over, methods=["POST"]),
            Route("/duty/{grid}/ring", self._ring, methods=["POST"]),
            Route("/duty/{grid}/shifts", self._shifts, methods=["PUT"]),
            Route("/people", self._people),
            Route("/people/{id}", self._person, methods=["PUT", "DELETE"]),
            Route("/people/{id}/away", self._away, methods=["POST", "DELETE"]),
        ]

    async def _duties(self, _: Request) -> Response:
        return JSONResponse(self._known.duties())

    async def _test(self, _: Request) -> Response:
        return JSONResponse(self._known.call())

    async def _sheet(self, request: Request) -> Response:
        return JSONResponse(self._known.sheet(request.path_params["grid"]))

    async def _hand_over(self, request: Request) -> Response:
        grid, body = request.path_params["grid"], await taken(request, self._known.sent)
        now = self._known.duties()["now"]
        self._known.become(grid, note={"text": body["note"], "by": ME, "at": now})
        return JSONResponse(self._known.grids[grid])

    async def _take_over(self, request: Request) -> Response:
        grid, body = request.path_params["grid"], await taken(request, self._known.sent)
        self._known.become(grid, responsible=somebody(body["person"]), awaited=False, late=False)
        return JSONResponse(self._known.grids[grid])

    async def _ring(self, request: Request) -> Response:
        await taken(request, self._known.sent)
        return JSONResponse({"test": 1, "called": [somebody("zhang")]}, 202)

    async def _shifts(self, request: Request) -> Response:
        grid, body = request.path_params["grid"], await taken(request, self._known.sent)
        shifts = [{**one, "id": f"{grid}-{number}"} for number, one in enumerate(body["shifts"], 1)]
        if not shifts:
            return refused(409, "roster_hole", "nobody is on duty from mon 00:00 on")
        self._known.become(grid, shifts=shifts)
        return JSONResponse(self._known.grids[grid])

    async def _people(self, _: Request) -> Response:
        return JSONResponse(self._known.staff())

    async def _person(self, request: Request) -> Response:
        name, body = request.path_params["id"], await taken(request, self._known.sent)
        if request.method == "DELETE":
            return JSONResponse(self._known.people.pop(name))
        known = self._known.people.get(name, {"id": name, "away": [], "grids": []})
        self._known.people[name] = {**known, **body}
        return JSONResponse(self._known.people[name])

    async def _away(self, request: Request) -> Response:
        person, body = self._known.people[request.path_params["id"]], await taken(request, self._known.sent)
        person["away"] = [body] if request.method == "POST" else []
        return JSONResponse(person)


class AnsweringRoutes:
    """Answers for `MockAnswering`: what is asked about one alarm, outages, trials, drills, channels and figures."""

    def __init__(self, known: MockAnswering) -> None:
        self._known = known

    def routes(self) -> list[Route]:
        """All of them. They stand before those of detectors: "outages" is no detector."""
        outage = "/detectors/{id}/outage"
        return [
            Route("/alarms/{number:int}", self._alarm),
            Route("/alarms/{number:int}/notices", self._notices),
            Route("/detectors/outages", self._outages),
            Route(outage, self._outage, methods=["GET", "POST", "DELETE"]),
            Route(f"{outage}/confirm", self._confirm, methods=["POST"]),
            Route("/buildings/{id}/trial", self._trial, methods=["GET", "POST", "DELETE"]),
            Route("/drills", self._drills, methods=["GET", "POST"]),
            Route("/effects", self._effects),
            Route("/channels", self._channels),
            Route("/heartbeats", self._heartbeats),
            Route("/figures", self._figures),
        ]

    async def _alarm(self, request: Request) -> Response:
        body = self._known.alarm(request.path_params["number"])
        return refused(404, "alarm_unknown", "there is no such alarm") if body is None else JSONResponse(body)

    async def _notices(self, request: Request) -> Response:
        number = request.path_params["number"]
        return JSONResponse({"number": number, "notices": self._known.notices.get(number, [])})

    async def _outages(self, _: Request) -> Response:
        return JSONResponse(self._known.all_outages())

    async def _outage(self, request: Request) -> Response:
        name = request.path_params["id"]
        if request.method == "GET":
            return JSONResponse(self._known.outage(name))
        body = await taken(request, self._known.sent)
        if request.method == "POST":
            self._known.ask_outage(name, body, ME)
        else:
            self._known.end_outage(name)
        return JSONResponse(self._known.outage(name))

    async def _confirm(self, request: Request) -> Response:
        await taken(request, self._known.sent)
        self._known.confirm_outage(request.path_params["id"], ME)
        return JSONResponse(self._known.outage(request.path_params["id"]))

    async def _trial(self, request: Request) -> Response:
        building = request.path_params["id"]
        if request.method != "GET":
            body = await taken(request, self._known.sent)
            if request.method == "POST":
                self._known.begin_trial(building, body["until"], body["people"])
            else:
                del self._known.trials[building]
        return JSONResponse(self._known.trial(building))

    async def _drills(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(self._known.all_drills())
        body = await taken(request, self._known.sent)
        number = len(self._known.drills) + 1
        drill = {**body, "number": number, "name": f"{body['building'][1:]}号楼", "by": ME}
        self._known.drills.insert(0, drill)
        return JSONResponse(drill, 201)

    async def _effects(self, _: Request) -> Response:
        return JSONResponse({"rows": EFFECTS})

    async def _channels(self, _: Request) -> Response:
        return JSONResponse({"channels": self._known.channels})

    async def _heartbeats(self, _: Request) -> Response:
        return JSONResponse({"heartbeats": self._known.heartbeats})

    async def _figures(self, _: Request) -> Response:
        return JSONResponse(self._known.figures())
