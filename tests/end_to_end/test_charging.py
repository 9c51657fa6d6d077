"""A real gateway before chargers that burn, lie, vanish, and strangers who say that they are chargers."""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from bench.children import say
from bench.gateway import free_port
from tests.drivers.ocpp.point import Point, SaidError
from tests.end_to_end.living import living
from tests.end_to_end.yard import NO_CURRENT_AMPERES, Yard, alive, topic_of, until, yard
from tests.servers.mosquitto import Listener, listening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.end_to_end.living import Living

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "only-for-tests-0001"
OFFLINE_SECONDS = 3600.0


@dataclass(slots=True)
class Site:
    """A gateway before a yard, and somebody who hears every word on its broker."""

    gateway: Living
    yard: Yard
    ear: Listener
    basic_port: int
    """Where a charger needs its password."""
    secret: Path
    """The file in which that stands."""
    administrator: dict[str, str]
    """Who may see more than the manager that otherwise asks: the headers."""

    async def posted(self, path: str, **body: Any) -> httpx.Response:
        return await self.gateway.client.post(f"/api/v1/{path}", json=body)

    def orders(self, device: str) -> list[dict[str, Any]]:
        return [heard.body for heard in self.ear.on(f"{topic_of(device)}/cmd")]

    async def publish(self, topic: str, *payloads: bytes) -> None:
        async with aiomqtt.Client("127.0.0.1", self.yard.broker.port) as client:
            for payload in payloads:
                await client.publish(topic, payload, qos=1)


def config(one: Yard, basic_port: int, secret: Path, *, more: bool = False) -> str:
    """Two sheds for e-bikes and three garages: two with a contactor, one without. `more`: a charger more on each line."""
    sheds = ["shed1-pile", "shed2-pile", "wild-pile", *(["late-pile"] if more else [])]
    piles = ["pile1", "pile2", "pile3", "pile4", "wild", *(["late"] if more else [])]
    room = {"pile1": "cars1", "pile2": "cars2", "pile3": "cars2", "pile4": "cars3"}
    return "\n".join(
        [
            "compound: {id: c1, name: 小区, simulated: true}",
            "buildings: [{id: b1, name: 1号楼}]",
            "rooms:",
            "  - {id: shed1, name: 1号车棚, building: b1, cabinet: 配电箱 A, anybody: true}",
            "  - {id: shed2, name: 2号车棚, building: b1, cabinet: 配电箱 B, anybody: true}",
            "  - {id: wild, name: 试验区, building: b1, cabinet: 配电箱 Z, anybody: true}",
            "  - {id: cars1, name: 1号车库, building: b1, cabinet: 配电箱 C, kind: car, anybody: true,",
            "     contactor: {device: cut1, part: contactor1, after_seconds: 1}}",
            "  - {id: cars2, name: 2号车库, building: b1, cabinet: 配电箱 D, kind: car, anybody: true,",
            "     contactor: {device: cut1, part: contactor2, after_seconds: 60}}",
            "  - {id: cars3, name: 3号车库, building: b1, cabinet: 西墙配电箱 E, kind: car, anybody: true}",
            "rules: {charging_smoke: {off_delay_seconds: 0.2}}",
            "lines:",
            f"  - {{id: board, driver: modbus, host: 127.0.0.1, port: {one.boards.number}, fast_seconds: 0.2,",
            "     devices: [{id: cut1, product: contactor-8, unit: 1, building: b1}]}",
            f"  - {{id: broker, driver: mqtt, host: 127.0.0.1, port: {one.broker.port}, devices: [",
            *(
                f"     {{id: {id_}, product: gridpost-ebike-12, topic: {topic_of(id_)}, building: b1,"
                f" room: {id_.removesuffix('-pile') if id_.startswith('shed') else 'wild'}}},"
                for id_ in sheds
            ),
            "     ]}",
            f"  - {{id: piles, driver: ocpp, listen: '127.0.0.1:{one.ocpp_port}', security: none, devices: [",
            *(f"     {{id: {id_}, identity: {id_}, building: b1, room: {room.get(id_, 'wild')}}}," for id_ in piles),
            "     ]}",
            f"  - {{id: basic, driver: ocpp, listen: '127.0.0.1:{basic_port}', security: basic,",
            f"     devices: [{{id: locked, identity: CP9, building: b1, room: wild, password: {{file: {secret}}}}}]}}",
            "",
        ]
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("charging")
    secret = folder / "password"
    secret.write_text(PASSWORD, "utf-8")
    async with AsyncExitStack() as life:
        one = await life.enter_async_context(yard(folder, {0: ("pile1",), 1: ("pile2", "pile3")}))
        for shed in ("shed1-pile", "shed2-pile"):
            one.shed(shed)
        for pile in ("pile1", "pile2", "pile3", "pile4"):
            one.pile(pile)
        ear = await life.enter_async_context(listening(one.broker.port))
        basic_port = free_port()
        gateway = await life.enter_async_context(living(folder, config(one, basic_port, secret)))
        data = str(folder / "data")
        token = (await say("gateway", "users", "add", "a", "--role", "administrator", "--data", data)).split()[-1]
        await life.enter_async_context(alive(one))
        yield Site(gateway, one, ear, basic_port, secret, {"Authorization": f"Bearer {token}"})


async def test_a_runaway_stops_its_whole_room_whether_its_charger_obeys_lies_or_is_gone(site: Site) -> None:
    gateway, one = site.gateway, site.yard
    burning = ("shed1-pile/p01", "pile1/connector1", "pile3/connector1", "pile4/connector1")
    beside = ("shed1-pile/p02", "pile2/connector1")
    await one.charge(gateway, *burning, *beside)
    one.piles["pile1"].accepts_only = one.piles["pile4"].accepts_only = True
    one.piles["pile2"].lose_network(OFFLINE_SECONDS)
    await gateway.until("devices/pile2", lambda body: body["link"] == "lost")
    one.devices["shed1-pile"].troubles.slow_seconds = 0.5
    assert min(map(one.amperes, (*burning, *beside))) > NO_CURRENT_AMPERES

    for port in burning:
        one.burn(port)
    phases: dict[str, list[str]] = {}

    def ended(body: dict[str, Any]) -> bool:
        for stop in body["stops"]:
            seen = phases.setdefault(stop["what"], [])
            if stop["phase"] not in seen:
                seen.append(stop["phase"])
        return {room: seen[-1] for room, seen in phases.items()} == {
            "shed1": "proved",
            "cars1": "proved",
            "cars2": "proved",
            "cars3": "not_stopped",
        }

    await gateway.until("charging/stops", ended)

    assert {room: phases[room] for room in ("shed1", "cars1", "cars3")} == {
        "shed1": ["ordered", "proved"],
        "cars1": ["ordered", "proved"],
        "cars3": ["ordered", "not_stopped"],
    }
    assert {port: one.amperes(port) for port in (*burning[:-1], *beside)} == dict.fromkeys(
        (*burning[:-1], *beside), 0.0
    )
    first = site.orders("shed1-pile")[0]
    assert (first["cmd"], first["p"]) == ("hold", list(one.ebikes["shed1-pile"].parts))
    assert one.board.tripped[:3] == [True, True, False]


async def test_whoever_has_to_pull_the_switch_is_told_where_it_is(site: Site) -> None:
    body = await site.gateway.until(
        "alarms", lambda body: any(alarm["rule"] == "charging_not_stopped" for alarm in body["alarms"])
    )

    (alarm,) = (alarm for alarm in body["alarms"] if alarm["rule"] == "charging_not_stopped")
    assert (alarm["priority"], alarm["source"]) == (1, "cars3")
    assert "西墙配电箱 E" in alarm["why"]
    assert "3号车库" in alarm["why"]
    (stop,) = (stop for stop in (await site.gateway.get("charging/stops"))["stops"] if stop["phase"] == "not_stopped")
    assert [(left["device"], left["cabinet"]) for left in stop["not_stopped"]] == [("pile4", "西墙配电箱 E")]


async def test_smoke_in_a_charger_stops_its_room_until_it_is_gone_and_somebody_wrote_what_he_saw(site: Site) -> None:
    gateway, one = site.gateway, site.yard
    ports = ("shed2-pile/p01", "shed2-pile/p12")
    await one.charge(gateway, *ports)

    one.ebikes["shed2-pile"].smell(time.time(), smoke=True)
    await gateway.until("charging/stops", lambda body: phase_of("shed2", body) == "proved")
    stop = next(stop for stop in (await gateway.get("charging/stops"))["stops"] if stop["what"] == "shed2")
    lift = f"charging/stops/{stop['id']}/lift"
    smoky = await site.posted(lift, note="没有烟")
    one.ebikes["shed2-pile"].smell(time.time(), smoke=False)
    await gateway.until("alarms", lambda body: not smokes(body))
    without = [await site.posted(lift), await site.posted(lift, note=" ")]
    lifted = await site.posted(lift, note="查看过,误报")

    assert (stop["by"], stop["reach"], stop["ports"]["proved"]) == ("rule", "room", 12)
    assert (smoky.status_code, smoky.json()["code"]) == (409, "alarm_active")
    assert [answer.status_code for answer in without] == [422, 409]
    assert lifted.status_code == 200, lifted.text
    await until(lambda: not any(port.held for port in one.ebikes["shed2-pile"].ports.values()))
    assert [one.amperes(port) for port in ports] == [0.0, 0.0]


def phase_of(room: str, body: dict[str, Any]) -> str:
    return next((stop["phase"] for stop in body["stops"] if stop["what"] == room), "")


def smokes(body: dict[str, Any]) -> bool:
    return any(alarm["active"] for alarm in body["alarms"] if alarm["rule"] == "charging_smoke")


async def test_a_stranger_is_refused_and_shown_and_nobody_throws_out_who_is_there(site: Site) -> None:
    gateway = site.gateway
    async with (
        Point(site.yard.ocpp_port, "wild") as named,
        Point(site.basic_port, "CP9", shows=PASSWORD) as proved,
    ):
        await named.boot()
        await proved.boot()

        refused = [
            await refusal(Point(site.yard.ocpp_port, "CP-STRANGE")),
            await refusal(Point(site.basic_port, "CP9", shows="guessed")),
            await refusal(Point(site.yard.ocpp_port, "wild")),
        ]

        assert refused == [404, 401, 409]
        await gateway.until("strangers", lambda body: "CP-STRANGE" in {one["address"] for one in body["strangers"]})
        told = await gateway.until("alarms", lambda body: doubted(body).keys() >= {"wild", "locked"})
        assert "wrong password" in doubted(told)["locked"]
        assert "second connection" in doubted(told)["wild"]
        assert all([(await point.ask("Heartbeat")).keys() == {"currentTime"} for point in (named, proved)])


async def refusal(point: Point) -> int:
    """With which status a charge point is turned away."""
    with pytest.raises(InvalidStatus) as refused:
        async with point:
            pass
    return refused.value.response.status_code


def doubted(body: dict[str, Any]) -> dict[str, str]:
    return {alarm["device"]: alarm["why"] for alarm in body["alarms"] if alarm["rule"] == "identity_doubted"}


async def test_a_reload_that_adds_chargers_disconnects_no_other(site: Site) -> None:
    gateway, one = site.gateway, site.yard
    async with Point(one.ocpp_port, "wild") as there:
        await there.boot()

        gateway.reload(config(one, site.basic_port, site.secret, more=True))
        await gateway.until("devices", lambda body: {"late", "late-pile"} <= {d["id"] for d in body["devices"]})
        async with Point(one.ocpp_port, "late") as late:
            await late.boot()
        await site.publish(f"{topic_of('late-pile')}/lwt", b"online")
        await gateway.until("devices/late-pile", lambda body: body["link"] == "up")

        assert (await there.ask("Heartbeat")).keys() == {"currentTime"}
        assert one.came("gridpost-broker") == 1


def enveloped(data: object, number: int, at: str = "", **more: object) -> bytes:
    """A message of the charger that nobody simulates."""
    written = at or datetime.now(UTC).isoformat()
    return json.dumps(
        {"v": 1, "id": "x", "ts": written, "seq": number, "boot": 1, "q": "ok", "d": data, **more}
    ).encode()


WILD = topic_of("wild-pile")
NO_DATA = {
    f"{WILD}/state": (
        b"{",
        b"\xff\xfe\x00",
        b"[" * 20_000,
        b'{"v":1,"d":' + b'{"a":' * 30 + b"1" + b"}" * 31,
        b'{"v":1,"v":1}',
        enveloped({"temp": float("nan"), "p": {}}, 2),
        enveloped({"temp": 99.0, "filling": "x" * 70_000}, 3),
        enveloped({"temp": 99.0, "p": {"p99": {"st": "free"}}}, 4),
        enveloped({"temp": "warm", "smoke": "yes", "p": []}, 5),
        enveloped({"temp": 99.0}, 6, v="next"),
    ),
    f"{WILD}/event": (b"null", enveloped({"e": "begin", "p": ["p01"], "sid": {}}, 7)),
    f"{WILD}/ask": (enveloped({"ask": "authorize", "tag": [1], "p": "p01"}, 8),),
    f"{WILD}/ack": (enveloped({"re": {"n": 1}, "ok": 3}, 9),),
}


async def test_what_is_no_data_is_counted_and_kept_for_the_administrator_and_changes_nothing(site: Site) -> None:
    gateway = site.gateway
    await site.publish(f"{WILD}/state", enveloped({"temp": 21.5, "smoke": False, "p": {"p01": {"st": "free"}}}, 1))
    await gateway.until("devices/wild-pile", lambda body: body["points"]["temperature"]["value"] == 21.5)

    for topic, payloads in NO_DATA.items():
        await site.publish(topic, *payloads)
    sent = sum(map(len, NO_DATA.values()))
    await gateway.until("lines", lambda body: statistics("broker", body)["rejected"] == sent)
    device = await gateway.get("devices/wild-pile")
    kept = await gateway.client.get("/api/v1/lines/broker/rejected", headers=site.administrator)
    refused = await gateway.client.get("/api/v1/lines/broker/rejected")

    assert refused.status_code == 403
    assert sum(message["times"] for message in kept.json()["rejected"]) == sent
    assert {message["source"] for message in kept.json()["rejected"]} == set(NO_DATA)
    assert max(message["size"] for message in kept.json()["rejected"]) > 64_000
    assert device["points"]["temperature"]["value"] == 21.5
    assert device["points"]["smoke"]["value"] is False


async def test_a_message_of_1970_is_data_of_now_from_a_wrong_clock(site: Site) -> None:
    began = enveloped({"e": "begin", "p": "p01", "sid": "old", "kwh": 1.0}, 100, at="1970-01-01T00:00:10Z")
    await site.publish(f"{WILD}/event", began)

    body = await site.gateway.until(
        "charging/sessions?device=wild-pile", lambda body: [one["session"] for one in body["sessions"]] == ["old"]
    )

    assert datetime.now(UTC) - datetime.fromisoformat(body["sessions"][0]["began"]) < timedelta(minutes=5)
    assert (await site.gateway.get("devices/wild-pile"))["points"]["clock_wrong"]["value"] is True


async def test_frames_that_are_no_ocpp_get_the_error_of_the_specification(site: Site) -> None:
    gateway, port = site.gateway, site.yard.ocpp_port
    before = statistics("piles", await gateway.get("lines"))
    async with Point(port, "wild") as point:
        await point.boot()
        for frame in ("}{", "[]", b"\x00\x01", "[" * 1000, '[2,"n","StartTransaction"]'):
            await point.say(frame)
        await until(lambda: len(point.told) >= 5)
        said = [await error_of(point, *broken) for broken in BROKEN]
        await point.say(json.dumps([2, "big", "DataTransfer", {"vendorId": "v", "data": "x" * 70_000}]))
        closed = await point.closed()
    async with Point(port, "wild") as again:
        booted = await again.boot()

    assert [frame[:3] for frame in point.told[:4]] == [[4, "-1", "FormationViolation"]] * 4
    assert point.told[4][:3] == [4, "n", "FormationViolation"]
    assert said == [code for _, _, code in BROKEN]
    assert closed[0] == 1009
    assert booted["status"] == "Accepted"
    after = statistics("piles", await gateway.get("lines"))
    assert after["broken"] - before["broken"] == 5
    assert after["too_large"] - before["too_large"] == 1
    kept = await gateway.client.get("/api/v1/lines/piles/rejected", headers=site.administrator)
    assert {message["source"] for message in kept.json()["rejected"]} == {"wild"}
    assert "TAG-OF-SOMEBODY" not in kept.text
    assert (await gateway.client.get("/api/v1/lines/piles/rejected")).status_code == 403


BROKEN: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("Explode", {}, "NotImplemented"),
    ("RemoteStartTransaction", {"idTag": "T"}, "NotSupported"),
    ("StatusNotification", {"connectorId": 1, "status": "Charging"}, "ProtocolError"),
    ("StatusNotification", {"connectorId": 1, "status": "Melting", "errorCode": "NoError"}, "PropertyConstraintViolation"),
    ("StartTransaction", {"connectorId": "1", "idTag": "TAG-OF-SOMEBODY", "meterStart": 1, "timestamp": "2026-01-01T00:00:00Z"}, "TypeConstraintViolation"),
    ("MeterValues", {"connectorId": 1, "meterValue": []}, "OccurenceConstraintViolation"),
)  # fmt: skip


async def error_of(point: Point, action: str, fields: dict[str, Any], _expected: str) -> str:
    """The code of the error that it gets, "" for an answer."""
    try:
        await point.ask(action, **fields)
    except SaidError as error:
        return error.code
    return ""


def statistics(line: str, body: dict[str, Any]) -> dict[str, float]:
    """A driver's own numbers."""
    return next(one["statistics"] for one in body["lines"] if one["id"] == line)
