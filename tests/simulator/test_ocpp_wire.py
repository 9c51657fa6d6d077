"""A pile on its wire, before a central system that is built from the `ocpp` library, which is not ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from random import Random
from typing import TYPE_CHECKING, Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve

from simulator.agenda import Agenda
from simulator.ocpp_frames import SUBPROTOCOL
from simulator.ocpp_pile import OcppPile
from simulator.ocpp_wire import OcppWire
from tests.simulator.sheds import CAR, EVENING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from websockets.http11 import Request, Response

LIMIT_SECONDS = 5.0
NOW = datetime.fromtimestamp(EVENING, UTC).isoformat().replace("+00:00", "Z")

logging.getLogger("ocpp").setLevel(logging.CRITICAL)


class Central(ChargePoint):  # type: ignore[misc]
    """What the library makes of the pile: it checks every message against the schema of the specification."""

    def __init__(self, id_: str, connection: ServerConnection) -> None:
        super().__init__(id_, connection, response_timeout=3)
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def _hear(self, what: str, fields: dict[str, Any]) -> None:
        self.heard.append((what, fields))

    @on(Action.boot_notification)  # type: ignore[untyped-decorator]
    async def on_boot(self, **fields: Any) -> call_result.BootNotification:
        self._hear("boot", fields)
        return call_result.BootNotification(NOW, 300, RegistrationStatus.accepted)

    @on(Action.status_notification)  # type: ignore[untyped-decorator]
    async def on_status(self, **fields: Any) -> call_result.StatusNotification:
        self._hear("status", fields)
        return call_result.StatusNotification()

    @on(Action.authorize)  # type: ignore[untyped-decorator]
    async def on_authorize(self, **fields: Any) -> call_result.Authorize:
        self._hear("authorize", fields)
        return call_result.Authorize(IdTagInfo(AuthorizationStatus.accepted))

    @on(Action.start_transaction)  # type: ignore[untyped-decorator]
    async def on_start(self, **fields: Any) -> call_result.StartTransaction:
        self._hear("start", fields)
        return call_result.StartTransaction(7, IdTagInfo(AuthorizationStatus.accepted))

    @on(Action.meter_values)  # type: ignore[untyped-decorator]
    async def on_values(self, **fields: Any) -> call_result.MeterValues:
        self._hear("values", fields)
        return call_result.MeterValues()

    @on(Action.stop_transaction)  # type: ignore[untyped-decorator]
    async def on_stop(self, **fields: Any) -> call_result.StopTransaction:
        self._hear("stop", fields)
        return call_result.StopTransaction()

    def said(self, what: str) -> list[dict[str, Any]]:
        return [fields for heard, fields in self.heard if heard == what]


class Site:
    """A central system and a pile that dials in to it, whose time is that of the loop."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        began = EVENING - loop.time()
        self.clock: Callable[[], float] = lambda: began + loop.time()
        self.agenda = Agenda()
        self.pile = OcppPile("pile1", Random(1), self.agenda, self.clock())
        self.wire = OcppWire("pile1", self.pile.station, self.clock, lambda: None)
        self.pile.wire = self.wire
        self.centrals: list[Central] = []
        self.asked: list[Request] = []
        self.refuse = False

    def admit(self, _connection: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request)
        return _connection.respond(HTTPStatus.NOT_FOUND, "unknown\n") if self.refuse else None

    async def take(self, connection: ServerConnection) -> None:
        central = Central("pile1", connection)
        self.centrals.append(central)
        with contextlib.suppress(Exception):  # the library tells the end of a connection so
            await central.start()

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not true():
                self.agenda.advance(self.clock())
                await asyncio.sleep(0.01)

    async def told(self, what: str, times: int = 1) -> Central:
        await self.until(lambda: self.centrals and len(self.centrals[-1].said(what)) >= times)
        return self.centrals[-1]


@asynccontextmanager
async def site(password: str = "") -> AsyncIterator[Site]:
    one = Site()
    protocol: Any = SUBPROTOCOL
    async with serve(one.take, "127.0.0.1", 0, subprotocols=[protocol], process_request=one.admit) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        running = asyncio.create_task(one.wire.run("127.0.0.1", port, password))
        try:
            yield one
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_a_car_charges_and_is_stopped_by_the_library() -> None:
    async with site() as one:
        await one.told("status", 2)
        one.pile.plug("connector1", CAR, "04A1B2C3", one.clock(), scan_after=0.05)
        central = await one.told("values")
        assert central.said("authorize") == [{"id_tag": "04A1B2C3"}]

        answer = asyncio.ensure_future(central.call(call.RemoteStopTransaction(7)))
        await one.told("stop")

        assert (await answer).status == "Accepted"
        assert central.said("stop")[0]["transaction_id"] == 7
        assert central.said("stop")[0]["reason"] == "Remote"
        available = await central.call(call.ChangeAvailability(0, "Inoperative"))
        assert available.status == "Accepted"
        await one.until(lambda: central.said("status")[-1]["status"] == "Unavailable")


async def test_it_dials_the_address_of_its_identity_with_its_password() -> None:
    async with site("s3cret") as one:
        await one.told("boot")

    (request,) = one.asked
    assert request.path == "/ocpp/pile1"
    assert request.headers["Sec-WebSocket-Protocol"] == "ocpp1.6"
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"pile1:s3cret"


async def test_without_a_password_it_names_none() -> None:
    async with site() as one:
        await one.told("boot")

    assert "Authorization" not in one.asked[0].headers


async def test_it_comes_back_after_it_was_offline_and_says_what_happened_meanwhile() -> None:
    async with site() as one:
        await one.told("status", 2)

        one.pile.lose_network(0.3)
        await one.until(lambda: not one.wire.connected)
        one.pile.plug("connector1", CAR, "04A1B2C3", one.clock(), scan_after=0.05)
        await one.until(lambda: one.pile.transaction is not None)
        central = await one.told("start")

        assert len(one.centrals) == 2
        assert central.heard[0][0] == "boot"


async def test_one_that_is_refused_tries_again_and_gets_in_when_it_is_known() -> None:
    async with site() as one:
        one.refuse = True
        await one.until(lambda: one.asked)
        one.refuse = False

        await one.told("boot")

        assert len(one.asked) >= 2


async def test_without_mains_it_stays_away_until_they_are_back() -> None:
    async with site() as one:
        await one.told("status", 2)

        one.pile.feed(one.clock(), mains=False)
        await one.until(lambda: not one.wire.connected)
        one.wire.restore(0.05)

        await one.until(lambda: len(one.centrals) == 2)
