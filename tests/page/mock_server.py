"""A gateway of cardboard: the HTTP face and the stream over a seeded compound, to develop and test the page.

    python -m tests.page.mock_server [well|alarm|unknown|data|doors|detectors|charging|answering]

serves the built page with 59 buildings and prints a sign-in link.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from typing import TYPE_CHECKING, Self, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboards import PAGE
from tests.page.mock_accounts import AccountRoutes, MockAccounts
from tests.page.mock_answering import weak_house
from tests.page.mock_answering_routes import ME, AnsweringRoutes, DutyRoutes, IncidentRoutes
from tests.page.mock_box import BoxRoutes, MockBox
from tests.page.mock_charging import hot_evening
from tests.page.mock_compound import Json, MockCompound, now_iso
from tests.page.mock_desk_routes import DeskRoutes, refused
from tests.page.mock_detector_routes import DetectorRoutes
from tests.page.mock_duty import change_of_shift
from tests.page.mock_incidents import busy_desk
from tests.page.mock_lockers import parcel_day
from tests.page.mock_pins import PinGate, Pins
from tests.page.mock_records import MockRecords, RecordRoutes
from tests.page.mock_shell import NEWER, Shell
from tests.page.mock_tended_routes import ChargingRoutes, LockerRoutes
from tests.page.mock_watching import WatchingRoutes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
OPEN = {("POST", "session"), ("GET", "setup"), ("POST", "setup/begin")}
"""What may be asked without a session."""

TICK_SECONDS = 1.0
EXPORTED = "\ufefftime,value,quality\r\n".encode() + b"2026-11-21T10:05:09.123Z,13.62,good\r\n" * 2_000


class MockGateway:
    """Serves a `MockCompound` on a free loopback port, in a thread of its own. `with` starts and ends it."""

    def __init__(self, compound: MockCompound | None = None, *, role: str = "manager", way: str = "session") -> None:
        self.compound = compound or MockCompound()
        self.role = role
        self.pins = Pins(way)
        self.code = "code-1"
        self.sessions: set[str] = set()
        self.port = 0
        self.answers_after = asyncio.Event()
        """Cleared, it makes every answer to an ack wait, and every export after its first piece."""
        self.answers_after.set()
        self.busy_exporting = False
        self.exported: list[str] = []
        self.exports_ended: list[str] = []
        self.stores_asked = 0
        self.accounts = MockAccounts()
        self.records = MockRecords()
        self.box = MockBox()
        self.watching = WatchingRoutes(self.compound)
        self.shell = Shell()
        self._sequences: dict[str, int] = {}
        self._streams: dict[asyncio.Queue[bytes | None], list[str]] = {}

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def link(self) -> str:
        """A one-time link."""
        return f"{self.url}#code={self.code}"

    # ------------------------------------------------------------ life

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.stop()

    def start(self) -> None:
        """Listen; on the same port as before after a stop."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        config = uvicorn.Config(self._app(), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        started = threading.Event()

        async def run() -> None:
            self._loop.call_soon(started.set)
            ticking = asyncio.create_task(self._tick())
            await self._server._serve(
                sockets=[listening]
            )  # `serve` takes over the signals, which only a main thread may
            ticking.cancel()

        def live() -> None:
            self._loop.run_until_complete(run())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

        self._thread = threading.Thread(target=live, name="mock gateway")
        self._thread.start()
        started.wait(5)

    def stop(self) -> None:
        """End all streams and stop listening."""

        def end() -> None:
            for queue in self._streams:
                queue.put_nowait(None)
            self._server.should_exit = True

        self._loop.call_soon_threadsafe(end)
        self._thread.join(10)

    def happen(self, act: Callable[[MockCompound], T]) -> T:
        """Let something happen in the compound and tell everyone who watches; called from another thread."""

        async def run() -> T:
            before = dict(self.compound.alarms)
            row = self.compound.row
            result = act(self.compound)
            self._tell_alarms(before, row)
            self._tell_views()
            return result

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    def hold_answers(self, *, hold: bool) -> None:
        """Make answers to an ack and exports wait, or let them go."""
        self._loop.call_soon_threadsafe(self.answers_after.clear if hold else self.answers_after.set)

    def wait_for_streams(self, count: int, limit_seconds: float = 5) -> None:
        """Return when that many streams are open; raises TimeoutError."""

        async def run() -> None:
            async with asyncio.timeout(limit_seconds):
                while len(self._streams) != count:  # streams end in many places; a test may look
                    await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(limit_seconds + 1)

    def wait_for_exports(self, ended: list[str], limit_seconds: float = 5) -> None:
        """Return when the exports ended so; raises TimeoutError."""

        async def run() -> None:
            async with asyncio.timeout(limit_seconds):
                while self.exports_ended != ended:
                    await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(limit_seconds + 1)

    def upgrade(self) -> None:
        """Have a newer page, and end all streams as a restart does."""

        def end() -> None:
            self.shell.newer = True
            self.compound.page = NEWER
            for queue in self._streams:
                queue.put_nowait(None)

        self._loop.call_soon_threadsafe(end)

    # ------------------------------------------------------------ stream

    def _say(self, event: str, data: Json, only: str | None = None) -> None:
        message = frame(event, data)
        for queue, views in self._streams.items():
            if only is None or only in views:
                queue.put_nowait(message)

    def _tell_alarms(self, before: dict[int, Json], row: int) -> None:
        if self.compound.row == row:
            return
        for number, alarm in {**self.compound.alarms, **self.compound.ended}.items():
            change = "updated" if number in before else "raised"
            self._say("alarm", {"seq": self.compound.row, "change": change, "alarm": alarm})

    def _tell_views(self) -> None:
        for view in {view for views in self._streams.values() for view in views}:
            self._sequences[view] = seq = self._sequences.get(view, 0) + 1
            body: Json = {"view": view, "seq": seq}
            if view == "overview":
                body.update(tiles=self.compound.tiles(), verdict=self.compound.verdict(), lines=self.compound.lines())
                body.update(lockers=self.compound.lockers.in_numbers(), charging=self.compound.charging.in_numbers())
            else:
                shown = self.compound.view(view) or {}
                body["devices"] = {device["id"]: delta(device) for device in shown.get("devices", [shown])}
            self._say("delta", body, view)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._say("tick", {"now": now_iso(), "clock_trusted": self.compound.clock_trusted})

    async def _stream(self, request: Request) -> Response:
        views = request.query_params.getlist("view")
        bodies = [self.compound.view(view) for view in views]
        if any(body is None for body in bodies):
            return problem(404, "no such view")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._streams[queue] = views

        async def events() -> AsyncIterator[bytes]:
            try:
                yield b"retry: 300\n\n"
                for view, body in zip(views, bodies, strict=True):
                    yield frame("snapshot", {"view": view, "seq": self._sequences.get(view, 0), **(body or {})})
                while (message := await queue.get()) is not None:
                    yield message
            finally:
                del self._streams[queue]

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    # ------------------------------------------------------------ routes

    def _app(self) -> Starlette:
        api = [
            Route("/me", self._me),
            Route("/session", self._session, methods=["POST", "DELETE"]),
            Route("/stream", self._stream),
            Route("/overview", self._view),
            Route("/buildings/{id}", self._view),
            Route("/devices/{id}", self._view),
            Route("/devices/{id}/points/{key}/history", self._history),
            Route("/devices/{id}/points/{key}/export", self._export),
            Route("/devices/{id}/export", self._export),
            Route("/stores", self._stores),
            Route("/stores/quarantine", self._quarantine),
            Route("/alarms", self._alarms),
            Route("/alarms/{number:int}/{act}", self._act, methods=["POST"]),
            Route("/simulator/stories/{name}", self._story, methods=["POST"]),
            *DeskRoutes(self.compound.desk, self.answers_after).routes(),
            *AnsweringRoutes(self.compound.answering).routes(),
            *IncidentRoutes(self.compound.incidents).routes(),
            *DutyRoutes(self.compound.duty).routes(),
            *DetectorRoutes(self.compound.detectors).routes(),
            *LockerRoutes(self.compound.lockers, self.answers_after).routes(),
            *ChargingRoutes(self.compound.charging).routes(),
            *self.watching.routes(),
            *AccountRoutes(self.accounts).routes(),
            *RecordRoutes(self.records).routes(),
            *BoxRoutes(self.box, self._let_in).routes(),
        ]
        assets = StaticFiles(directory=PAGE / "assets")
        return Starlette(
            routes=[*self.shell.routes(), Mount("/assets", assets), Mount("/api/v1", routes=api)],
            middleware=[Middleware(Gate, sessions=self.sessions), Middleware(PinGate, pins=self.pins)],
        )

    async def _session(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.sessions.clear()
            return Response(status_code=204)
        body = await request.json()
        if self.accounts.slow_seconds:
            slowed = {"status": 429, "code": "too_many_guesses", "detail": "too many wrong credentials"}
            return JSONResponse(slowed, 429, headers={"retry-after": str(self.accounts.slow_seconds)})
        if "name" in body and body["password"] != self.accounts.password:
            return problem(401, "this name and password do not belong together")
        if "name" not in body and body.get("code") != self.code:
            return problem(401, "the code was used or is too old")
        self.code = f"code-{len(self.sessions) + 2}"
        response = Response(status_code=204)
        self._let_in(response)
        return response

    def _let_in(self, response: Response) -> None:
        session = f"session-{len(self.sessions)}"
        self.sessions.add(session)
        response.set_cookie("gridpost_session", session, httponly=True, samesite="strict")

    async def _me(self, _: Request) -> Response:
        return JSONResponse(self.me())

    def me(self) -> Json:
        """Who looks."""
        return {
            "id": self.pins.id, "name": "张三", "role": self.role, "grids": [], "simulated": self.compound.simulated,
            "language": "zh-CN", "timezone": "Asia/Shanghai", "version": "0.1.0",
            **self.accounts.body_of_me(), **self.pins.body_of_me(),
        }  # fmt: skip

    async def _view(self, request: Request) -> Response:
        kind = request.url.path.split("/")[3].removesuffix("s")
        view = kind if kind == "overview" else f"{kind}:{request.path_params['id']}"
        body = self.compound.view(view)
        return problem(404, "no such view") if body is None else JSONResponse({"seq": 0, **body})

    async def _history(self, request: Request) -> Response:
        asked = request.query_params
        body = self.compound.history(
            device=request.path_params["id"], key=request.path_params["key"], start=asked["start"], end=asked["end"]
        )
        return problem(404, "no such point") if body is None else JSONResponse(body)

    async def _export(self, request: Request) -> Response:
        self.exported.append(str(request.url).partition("/api/v1/")[2])
        if self.busy_exporting:
            return problem(429, "two exports are running; try again when one has ended")

        async def pieces() -> AsyncIterator[bytes]:
            try:
                yield EXPORTED[:500]
                await self.answers_after.wait()
                yield EXPORTED[500:]
                self.exports_ended.append("whole")
            except asyncio.CancelledError:
                self.exports_ended.append("left")
                raise

        named = {"content-disposition": f'attachment; filename="{request.path_params["id"]}.csv"'}
        return StreamingResponse(pieces(), media_type="text/csv; charset=utf-8", headers=named)

    async def _stores(self, _: Request) -> Response:
        self.stores_asked += 1
        return JSONResponse(self.compound.stores.body())

    async def _quarantine(self, _: Request) -> Response:
        return JSONResponse({"lines": self.compound.stores.quarantine})

    async def _alarms(self, request: Request) -> Response:
        known = list(self.compound.alarms.values())
        if request.query_params.get("state") == "all":
            known += self.compound.ended.values()
        return JSONResponse({"seq": self.compound.row, "alarms": known})

    async def _act(self, request: Request) -> Response:
        await self.answers_after.wait()
        number, act = request.path_params["number"], request.path_params["act"]
        before, row = dict(self.compound.alarms), self.compound.row
        if act == "reset" and self.compound.wants_word(number) and not (await request.json())["note"]:
            return refused(409, "note_needed", "this alarm is reset only with a note of what was seen on site")
        alarm = self._done(number, act, await request.json(), self.pins.named(request) or ME)
        if alarm is None:
            return problem(404 if act == "ack" else 409, "the condition still stands")
        self._tell_alarms(before, row)
        self._tell_views()
        return JSONResponse(alarm)

    def _done(self, number: int, act: str, body: Json, who: str) -> Json | None:
        answering = self.compound.answering
        match act:
            case "ack":
                return self.compound.ack(number, who)
            case "reset":
                return self.compound.reset(number)
            case "shelve":
                answering.sent.append(("POST", f"alarms/{number}/{act}", body))
                return answering.shelve(number, body["minutes"], body["reason"], ME)
            case "unshelve":
                return answering.unshelve(number)
        answering.sent.append(("POST", f"alarms/{number}/{act}", body))
        return answering.verify(number, real=body["real"], who=ME)

    async def _story(self, request: Request) -> Response:
        if request.path_params["name"] == "forced-door":
            before, row = dict(self.compound.alarms), self.compound.row
            force_door(self.compound)
            self._tell_alarms(before, row)
            self._tell_views()
        return JSONResponse({"name": request.path_params["name"], "target": "b3u1/door1"}, 202)


class Gate:
    """Lets nobody past without a session, and puts the policy on every answer."""

    def __init__(self, app: ASGIApp, sessions: set[str]) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        request = Request(scope)
        signing_in = (request.method, request.url.path.removeprefix("/api/v1/")) in OPEN
        known = request.cookies.get("gridpost_session") in self._sessions
        if request.url.path.startswith("/api/") and not known and not signing_in:
            await problem(401, "sign in first")(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def problem(status: int, detail: str) -> Response:
    """An answer that says what went wrong (RFC 9457)."""
    body = {"type": "about:blank", "title": "problem", "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def frame(event: str, data: Json) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


def delta(device: Json) -> Json:
    """A whole device as a delta says it."""
    points = {key: [of["value"], of["quality"], of["why"], 0] for key, of in device["points"].items()}
    return {"link": device["link"], "why": device["why"], "fresh": device["fresh"], "points": points}


def busy_day(compound: MockCompound) -> None:
    """At the desk and at the doors: a door free, one released, one locked down, a table being written, a household leaving."""
    desk = compound.desk
    compound.set_point("b1u1", "door2.mode", 1)
    compound.set_point("b2u1", "door1.released", True)
    compound.set_point("b2u2", "sys.lockdown", True)
    compound.set_link("b4u1", "lost", "no reply")
    desk.standings.update(b5u1="not_commissioned", b6u1="replacing")
    desk.tables.update(
        b6u1={"state": "writing", "left": 25, "total": 37}, b4u1={"state": "behind", "left": 3, "total": 37}
    )
    desk.revoke(desk.household("b3-2-501")["permits"], "b3-2-501", "迁出")
    desk.begin("b5u1")
    for name in ("link", "serial", "bond"):
        desk.tick("b5u1", "door1", name)


def walk_about(compound: MockCompound) -> None:
    """Detectors in every state, a round and a walk test under way, a receiver that hears nothing."""
    known = compound.detectors
    known.become("b3-2-501-smoke", alarm=True, worst=1)
    known.become("b3-2-502-smoke", state="lost", worst=3, heard=None)
    known.become("b3-1-301-gas", fault=True, worst=3)
    known.become("b3-1-302-gas", state="late", blind=True)
    known.become("b3-2-101-smoke", battery=9.0, battery_low=True)
    known.become("b4-1-101-smoke", state="unknown", heard=None)
    known.mount("b3-2-501-smoke", "8A3F", what="replaced", why="损坏")
    known.become("b3-2-501-smoke", state="heard", heard=now_iso())
    known.take_all_down("b5")
    known.begin_round([name for name in known.rows if name.startswith("b5-1-")])
    known.step("r1", "A001")
    known.offer("r1", "C47A0000A002")
    tested = [name for name in known.rows if name.startswith("b6-1-")]
    known.begin_test(tested)
    for name in tested[:5]:
        known.become(name, under_test=True)
        known.speak("w1", name)
    known.receivers[2].update(blind=True, link="lost", why="no packets for 45 s")


def force_door(compound: MockCompound) -> None:
    """A door is forced open."""
    compound.set_point("b3u1", "door1.open", True)
    compound.set_point("b3u1", "door1.forced", True)
    compound.raise_alarm("door_forced", "b3u1")


def trouble(compound: MockCompound) -> None:
    """A bad evening: a fire signal, a forced door, a door held open, a lost controller, a low battery."""
    force_door(compound)
    compound.set_point("b7u2", "door2.open", True)
    compound.set_point("b7u2", "door2.held", True)
    compound.raise_alarm("door_held", "b7u2", part="地下室门", minutes=12)
    compound.ack(2, "李四")
    compound.set_link("b9u1", "lost", "no reply")
    compound.raise_alarm("device_lost", "b9u1", part="1单元门禁", minutes=47)
    compound.raise_alarm("battery_low", "b11u1", part="1单元门禁", minutes=300)
    compound.raise_alarm("fire_input", "b12u1", part="1单元门禁", minutes=1)
    for number in (2, 5, 8, 10):
        if number <= compound.size:
            compound.set_point(f"b{number}u1", "door1.open", True)
            compound.set_point(f"b{number}u1", "door1.unlocked", True)


def lose_data(compound: MockCompound) -> None:
    """Stores and destinations go wrong, and each says so."""
    compound.stores.go_bad()
    compound.raise_house_alarm("disk_scarce", "disk", why="148 MB are free on the disk of the data folder")
    compound.raise_house_alarm("telemetry_dropped", "outbox", minutes=20)
    compound.raise_house_alarm("outlet_failing", "influx", minutes=26 * 60, why="connection refused")
    compound.raise_house_alarm("outlet_refused", "city", minutes=4)
    compound.raise_house_alarm("backup_overdue", "backup", minutes=2 * 24 * 60)


def answered_night(compound: MockCompound) -> None:
    """Alarms that are answered, incidents, a change of shift, and all that weakens the house."""
    kitchen = compound.raise_detector_alarm("smoke", "b3-2-501-smoke")
    compound.ack(kitchen["number"], "李四")
    compound.answering.happen(kitchen["number"], "acked", "李四", "马上到")
    compound.answering.tell(kitchen["number"], "zhang", "wecom", "failed", why="does not answer")
    compound.answering.tell(kitchen["number"], "zhang", "voice", "answered")
    compound.answering.tell(kitchen["number"], "zhao", "voice", "withdrawn", step=1)
    compound.raise_detector_alarm("gas", "b7-1-301-gas")
    busy_desk(compound)
    change_of_shift(compound)
    weak_house(compound)


def main() -> None:
    """Serve until interrupted."""
    state = sys.argv[1] if len(sys.argv) > 1 else "alarm"
    compound = MockCompound()
    if state == "alarm":
        trouble(compound)
    if state == "unknown":
        compound.set_link("b9u1", "unknown")
    if state == "detectors":
        walk_about(compound)
    if state == "doors":
        compound.desk.fill(8_000)
        busy_day(compound)
    if state == "charging":
        parcel_day(compound)
        hot_evening(compound)
    if state == "data":
        lose_data(compound)
    if state == "answering":
        answered_night(compound)
    with MockGateway(compound, role="administrator") as gateway:
        print(gateway.link, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
