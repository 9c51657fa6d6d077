"""The routes of doors, permits and controllers of the cardboard gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.page.mock_desk import DONE, Json, MockDesk, moment, permit

if TYPE_CHECKING:
    import asyncio

    from starlette.requests import Request

HOLIDAYS = [
    {"date": "2026-10-01", "name": "国庆节", "kind": "holiday"},
    {"date": "2026-10-10", "name": "国庆节", "kind": "workday"},
]


def refused(status: int, code: str, detail: str, details: tuple[str, ...] = ()) -> Response:
    """An answer that says what stands against it (RFC 9457)."""
    body = {"type": "about:blank", "title": "Conflict", "status": status, "code": code, "detail": detail}
    return JSONResponse({**body, **({"details": details} if details else {})}, status)


class DeskRoutes:
    """Answers for a `MockDesk`. `answers_after` cleared makes commands wait."""

    def __init__(self, desk: MockDesk, answers_after: asyncio.Event) -> None:
        self._desk = desk
        self._answers_after = answers_after

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/doors", self._doors),
            Route("/doors/{device}/{part}/passages", self._passages),
            Route("/devices/{device}/commands/{name}", self._command, methods=["POST"]),
            Route("/devices/{device}/serial", self._serial, methods=["POST"]),
            Route("/permits", self._permits, methods=["POST"]),
            Route("/permits/search", self._search, methods=["POST"]),
            Route("/permits/visitor", self._visitor, methods=["POST"]),
            Route("/permits/import", self._import, methods=["POST"]),
            Route("/permits/export", self._export),
            Route("/permits/tables", self._tables),
            Route("/permits/tasks", self._tasks),
            Route("/permits/{permit}/revoke", self._revoke, methods=["POST"]),
            Route("/households/{household}", self._household),
            Route("/households/{household}/revoke", self._move_out, methods=["POST"]),
            Route("/door-groups", self._groups),
            Route("/door-groups/{id}", self._group, methods=["PUT", "DELETE"]),
            Route("/schedules", self._schedules),
            Route("/schedules/{id}", self._schedule, methods=["PUT", "DELETE"]),
            Route("/holidays", self._holidays),
            Route("/enrolment", self._enrolment, methods=["GET", "POST", "DELETE"]),
            Route("/commissioning", self._commissionings),
            Route("/commissioning/{device}", self._commissioning, methods=["GET", "POST"]),
            Route("/commissioning/{device}/sign", self._sign, methods=["POST"]),
            Route("/lines", self._lines),
        ]

    async def _take(self, request: Request) -> Json:
        body: Json = await request.json() if request.method in {"POST", "PUT"} else {}
        self._desk.sent.append((request.method, request.url.path.removeprefix("/api/v1/"), body))
        return body

    # ------------------------------------------------------------ doors

    async def _doors(self, _: Request) -> Response:
        return JSONResponse({"doors": self._desk.doors()})

    async def _passages(self, _: Request) -> Response:
        return JSONResponse({"passages": self._desk.passages, "next": None})

    async def _command(self, request: Request) -> Response:
        body, where = await request.json(), request.path_params
        repeated = any(sent["request"] == body["request"] for _, _, sent in self._desk.commands)
        self._desk.commands.append((where["device"], where["name"], body))
        await self._answers_after.wait()
        if repeated:
            return refused(409, "repeated", "this was asked before and is not done twice")
        status, answer = self._desk.answers.pop(0) if self._desk.answers else DONE
        if status != DONE[0]:
            return refused(status, answer["code"], answer["detail"])
        return JSONResponse(answer)

    async def _serial(self, request: Request) -> Response:
        body, device = await self._take(request), request.path_params["device"]
        if body["serial"] == "retired":
            return refused(409, "serial_retired", "the controller retired was retired from b1u1")
        self._desk.record(device)["serial"] = body["serial"]
        known = self._desk.compound.devices[device]
        known.update(link="up", why="")
        known["points"]["serial"]["value"] = body["serial"]
        self._desk.standings[device] = "replacing"
        self._desk.tables[device] = {"state": "writing", "left": 25, "total": 37}
        return JSONResponse({"device": device, "serial": body["serial"]})

    # ------------------------------------------------------------ permits

    async def _search(self, request: Request) -> Response:
        body = await request.json()
        self._desk.asked.append(body)
        return JSONResponse(self._desk.find(body))

    async def _permits(self, request: Request) -> Response:
        body = await self._take(request)
        number = len(self._desk.permits) + 1
        made = permit(number, body["name"], body["household"], groups=body["groups"], valid_until=body["valid_until"])
        self._desk.enrolment = {}
        return JSONResponse({"permit": self._desk.add(made)}, 201)

    async def _visitor(self, request: Request) -> Response:
        body = await self._take(request)
        number = len(self._desk.permits) + 1
        more = {"groups": body["groups"], "kind": "code", "visitor": True, "valid_until": body["valid_until"]}
        made = permit(number, body["name"], body["household"], **more)
        return JSONResponse({"permit": self._desk.add(made), "code": "481516"}, 201)

    async def _import(self, request: Request) -> Response:
        text = (await request.body()).decode()
        rows = text.strip().splitlines()[1:]
        dry = request.query_params.get("dry") == "true"
        self._desk.sent.append(("POST", "permits/import", {"dry": dry, "media": request.headers["content-type"]}))
        wrong = [f"row {number}: no name" for number, row in enumerate(rows, 2) if row.startswith(",")]
        if wrong:
            return refused(409, "permits_wrong", f"{len(wrong)} things are wrong; nothing was changed", tuple(wrong))
        return JSONResponse({"rows": len(rows), "new": len(rows), "changed": 0, "unchanged": 0})

    async def _export(self, _: Request) -> Response:
        named = {"content-disposition": 'attachment; filename="permits.csv"'}
        return Response("\ufeffid,name\r\n", media_type="text/csv", headers=named)

    async def _tables(self, _: Request) -> Response:
        tables = [self._desk.table(device) for device in self._desk.compound.devices.values()]
        tables.sort(key=lambda table: table["state"] == "current")
        return JSONResponse({"tables": tables, "current": sum(table["state"] == "current" for table in tables)})

    async def _tasks(self, _: Request) -> Response:
        return JSONResponse({"tasks": self._desk.tasks})

    async def _revoke(self, request: Request) -> Response:
        body = await self._take(request)
        known = self._desk.permits[request.path_params["permit"]]
        standing = "blocked" if body["block"] else "revoked"
        return JSONResponse(self._desk.revoke([known], "", body["reason"], standing))

    async def _household(self, request: Request) -> Response:
        found = self._desk.household(request.path_params["household"])
        if not found["permits"]:
            return refused(404, "household_unknown", "there is no household that you may see")
        return JSONResponse(found)

    async def _move_out(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["household"]
        valid = [one for one in self._desk.household(name)["permits"] if one["standing"] == "valid"]
        return JSONResponse(self._desk.revoke(valid, name, body["reason"]))

    async def _groups(self, _: Request) -> Response:
        return JSONResponse({"groups": self._desk.counted(self._desk.groups, "groups")})

    async def _group(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["id"]
        if request.method == "DELETE":
            return refused(409, "group_used", f"3 permits name the group {name}")
        self._desk.groups[name] = {"id": name, **body}
        return JSONResponse({**self._desk.groups[name], "permits": 0})

    async def _schedules(self, _: Request) -> Response:
        return JSONResponse({"schedules": self._desk.counted(self._desk.schedules, "schedule")})

    async def _schedule(self, request: Request) -> Response:
        body, name = await self._take(request), request.path_params["id"]
        if request.method == "DELETE":
            return JSONResponse({**self._desk.schedules.pop(name), "permits": 0})
        self._desk.schedules[name] = {"id": name, **body}
        return JSONResponse({**self._desk.schedules[name], "permits": 0})

    async def _holidays(self, _: Request) -> Response:
        return JSONResponse({"year": 2026, "known": True, "days": HOLIDAYS})

    async def _enrolment(self, request: Request) -> Response:
        if request.method == "POST":
            body = await self._take(request)
            self._desk.enrolment = {"state": "waiting", **body, "until": moment(seconds=60), "by": "张三"}
        elif request.method == "DELETE":
            self._desk.enrolment = {}
        return JSONResponse(self._desk.waiting())

    # ------------------------------------------------------------ controllers and lines

    async def _commissionings(self, _: Request) -> Response:
        return JSONResponse({"devices": [self._desk.record(device) for device in self._desk.compound.devices]})

    async def _commissioning(self, request: Request) -> Response:
        device = request.path_params["device"]
        if device not in self._desk.compound.devices:
            return refused(404, "device_unknown", "there is no device that you may see")
        return JSONResponse(self._desk.begin(device) if request.method == "POST" else self._desk.record(device))

    async def _sign(self, request: Request) -> Response:
        body = await self._take(request)
        record = self._desk.record(request.path_params["device"])
        if any(check["at"] is None for check in record["checks"]) and not body["note"]:
            return refused(409, "checks_open", "checks are open: do them, or say in a note why not", ("door1/card",))
        record.update(signed=moment(), signed_by="张三", note=body["note"])
        return JSONResponse(record)

    async def _lines(self, _: Request) -> Response:
        return JSONResponse({"lines": self._desk.lines})
