"""A real gateway before chargers that burn, lie and vanish, and before those who only say that they are chargers."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from math import inf
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from websockets.exceptions import InvalidStatus

from tests.drivers.ocpp.point import Point, SaidError
from tests.end_to_end.charging_site import PASSWORD, Site, a_site, config
from tests.end_to_end.living import living
from tests.end_to_end.yard import NO_CURRENT_AMPERES, topic_of, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.end_to_end.living import Living

pytestmark = pytest.mark.asyncio(loop_scope="module")


HOPELESS = "pile4/connector1"
"""Its charger only says Accepted, and there is no contactor."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with a_site(tmp_path_factory.mktemp("charging")) as one:
        await one.yard.charge(one.gateway, HOPELESS)
        one.yard.piles["pile4"].accepts_only = True
        one.yard.burn(HOPELESS)  # its ten seconds run beside the other tests
        yield one


def phases(body: dict[str, Any]) -> dict[str, str]:
    """How far the stop of each room is."""
    return {stop["what"]: stop["phase"] for stop in body["stops"]}


async def until_told(gateway: Living, room: str, *said: str) -> None:
    """Wait until this is all that the log says of the stop of a room: it is written a moment after it is shown."""

    def so(body: dict[str, Any]) -> bool:
        return tuple(row["body"]["phase"] for row in body["events"] if row["body"]["what"] == room) == said

    await gateway.until("events?kind=charging_stop&limit=1000", so)


async def test_a_runaway_stops_its_whole_room_whether_its_charger_obeys_lies_or_is_gone(site: Site) -> None:
    gateway, one = site.gateway, site.yard
    rooms, burning = ("shed1", "cars1", "cars2"), ("shed1-pile/p01", "pile1/connector1", "pile3/connector1")
    beside = ("shed1-pile/p02", "pile2/connector1")
    await one.charge(gateway, *burning, *beside)
    one.piles["pile1"].accepts_only = True
    one.piles["pile2"].lose_network(inf)
    await gateway.until("devices/pile2", lambda body: body["link"] == "lost")
    flowed = min(map(one.amperes, (*burning, *beside)))

    for port in burning:
        one.burn(port)
    body = await gateway.until(
        "charging/stops", lambda body: [phases(body).get(room) for room in rooms] == ["proved"] * 3
    )

    assert flowed > NO_CURRENT_AMPERES
    assert [one.amperes(port) for port in (*burning, *beside)] == [0.0] * 5
    assert {(stop["reach"], stop["by"]) for stop in body["stops"]} == {("room", "rule")}
    for room in rooms:
        await until_told(gateway, room, "ordered", "proved")
    first = site.orders("shed1-pile")[0]
    assert (first["cmd"], first["p"]) == ("hold", list(one.ebikes["shed1-pile"].parts))
    assert one.board.tripped[:3] == [True, True, False]


async def test_smoke_in_a_charger_stops_its_room_until_it_is_gone_and_somebody_wrote_what_he_saw(site: Site) -> None:
    gateway, one = site.gateway, site.yard
    ports = ("shed2-pile/p01", "shed2-pile/p12")
    await one.charge(gateway, *ports)

    one.ebikes["shed2-pile"].smell(time.time(), smoke=True)
    body = await gateway.until("charging/stops", lambda body: phases(body).get("shed2") == "proved")
    stop = next(stop for stop in body["stops"] if stop["what"] == "shed2")
    lift = f"charging/stops/{stop['id']}/lift"
    smoky = await site.posted(lift, note="没有烟")
    one.ebikes["shed2-pile"].smell(time.time(), smoke=False)
    await gateway.until("alarms", lambda body: not smokes(body))
    without = [await site.posted(lift), await site.posted(lift, note=" ")]
    lifted = await site.posted(lift, note="查看过,误报")

    assert (stop["by"], stop["reach"], stop["ports"]["proved"]) == ("rule", "room", 12)
    assert (smoky.status_code, smoky.json()["code"]) == (409, "alarm_active")
    assert [answer.status_code for answer in without] == [422, 409]
    assert without[1].json()["code"] == "note_needed"
    assert lifted.status_code == 200, lifted.text
    await until(lambda: not any(port.held for port in one.ebikes["shed2-pile"].ports.values()))
    assert [one.amperes(port) for port in ports] == [0.0, 0.0]


def smokes(body: dict[str, Any]) -> bool:
    return any(alarm["active"] for alarm in body["alarms"] if alarm["rule"] == "charging_smoke")


async def test_a_stranger_is_refused_and_shown_and_nobody_throws_out_who_is_there(site: Site) -> None:
    gateway, port = site.gateway, site.yard.ocpp_port
    async with Point(port, "wild") as named, Point(site.basic_port, "CP9", shows=PASSWORD) as proved:
        for point in (named, proved):
            await point.boot()

        strange = Point(port, "CP-STRANGE"), Point(site.basic_port, "CP9", shows="guessed"), Point(port, "wild")
        refused = [await refusal(point) for point in strange]

        assert refused == [404, 401, 409]
        await gateway.until("strangers", lambda body: "CP-STRANGE" in {one["address"] for one in body["strangers"]})
        told = await gateway.until("alarms", lambda body: doubted(body).keys() >= {"wild", "locked"})
        assert "wrong password" in doubted(told)["locked"]
        assert "second connection" in doubted(told)["wild"]
        for point in (named, proved):
            assert (await point.ask("Heartbeat")).keys() == {"currentTime"}


async def refusal(point: Point) -> int:
    """With which status a charge point is turned away."""
    with pytest.raises(InvalidStatus) as refused:
        async with point:
            pass
    return refused.value.response.status_code


def doubted(body: dict[str, Any]) -> dict[str, str]:
    return {alarm["device"]: alarm["why"] for alarm in body["alarms"] if alarm["rule"] == "identity_doubted"}


async def test_without_its_flag_nobody_works_a_charger_as_a_conformance_suite_does(site: Site) -> None:
    async with Point(site.yard.ocpp_port, "wild") as point:
        await point.boot()

        path = "/api/octt/1.6/wild/RemoteStartTransaction"
        answer = await site.gateway.client.post(path, json={"connectorId": 1, "idTag": "TAG1"})
        nowhere = await site.gateway.client.post("/api/nowhere/1.6/wild/RemoteStartTransaction", json={})
        await point.ask("Heartbeat")

        assert (answer.status_code, answer.json()["code"]) == (404, nowhere.json()["code"])
        assert "RemoteStartTransaction" not in point.actions()


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


STARTED = {"connectorId": 1, "idTag": "TAG-OF-SOMEBODY", "meterStart": 1, "timestamp": "2026-01-01T00:00:00Z"}
BROKEN: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("Explode", {}, "NotImplemented"),
    ("RemoteStartTransaction", {"idTag": "T"}, "NotSupported"),
    ("StatusNotification", {"connectorId": 1, "status": "Charging"}, "ProtocolError"),
    ("StatusNotification", {"connectorId": 1, "status": "Melting", "errorCode": "NoError"}, "PropertyConstraintViolation"),
    ("StartTransaction", STARTED | {"connectorId": "1"}, "TypeConstraintViolation"),
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


def not_stopped(body: dict[str, Any]) -> bool:
    return [alarm["rule"] for alarm in body["alarms"]].count("charging_not_stopped") == 1


async def test_whoever_has_to_pull_the_switch_is_told_where_it_is(site: Site) -> None:
    gateway = site.gateway

    body = await gateway.until("charging/stops", lambda body: phases(body).get("cars3") == "not_stopped")
    (stop,) = (stop for stop in body["stops"] if stop["what"] == "cars3")
    alarm = (await gateway.until("alarms", not_stopped))["alarms"][0]

    assert site.yard.amperes(HOPELESS) > NO_CURRENT_AMPERES
    await until_told(gateway, "cars3", "ordered", "not_stopped")
    assert (stop["contactors"], stop["ports"]["not_stopped"]) == ([], 1)
    assert [(left["device"], left["cabinet"]) for left in stop["not_stopped"]] == [("pile4", "西墙配电箱 E")]
    assert (alarm["rule"], alarm["priority"], alarm["source"]) == ("charging_not_stopped", 1, "cars3")
    assert "西墙配电箱 E" in alarm["why"]
    assert "3号车库" in alarm["why"]


async def test_a_stop_goes_on_after_a_kill_and_reaches_whoever_dials_in_again(site: Site) -> None:
    one, gateway = site.yard, site.gateway
    shed, pile, ports = one.ebikes["shed3-pile"], one.piles["pile5"], ("shed3-pile/p01", "pile5/connector1")
    await one.charge(gateway, *ports)
    shed.accepts_only = pile.accepts_only = True
    ordered = [await site.posted("charging/stops", reach="room", what=room, reason="有焦味") for room in UNDER_A_KILL]
    gateway.process.kill()
    await gateway.process.wait()
    pile.lose_network(inf)
    flowed = min(map(one.amperes, ports))
    shed.accepts_only = pile.accepts_only = False

    async with living(site.folder, config(one, site.basic_port, site.secret)) as gateway:
        pile.wire.restore(0.0)
        body = await gateway.until(
            "charging/stops", lambda body: [phases(body).get(room) for room in UNDER_A_KILL] == ["proved"] * 2
        )

        assert [(answer.status_code, answer.json()["phase"]) for answer in ordered] == [(201, "ordered")] * 2
        assert flowed > NO_CURRENT_AMPERES
        assert [one.amperes(port) for port in ports] == [0.0, 0.0]
        stands = {stop["id"]: (stop["by"], stop["reason"]) for stop in body["stops"] if stop["what"] in UNDER_A_KILL}
        assert stands == {answer.json()["id"]: ("tester", "有焦味") for answer in ordered}
        for room in UNDER_A_KILL:
            await until_told(gateway, room, "ordered", "proved")


UNDER_A_KILL = ("shed3", "cars4")
