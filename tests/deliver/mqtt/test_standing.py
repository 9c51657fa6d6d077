"""Who we are to the broker, what it refuses, and what people are told."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from gateway.decide.rules import OUTLET_FAILING, OUTLET_REFUSED
from gateway.deliver.outlet import State
from gateway.model import HouseSaid
from tests.deliver.influx.certificates import make_certificate
from tests.deliver.mqtt.box import box, config, stage, until
from tests.servers.mosquitto import Mosquitto, listening

if TYPE_CHECKING:
    from pathlib import Path


async def test_online_is_retained_and_the_will_says_when_we_are_gone(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        await until(lambda: len(s.ear.on("/gateway/online")) == 1)
        s.proxy.break_connections()

        await until(lambda: len(s.ear.on("/gateway/online")) >= 3)

        assert [heard.body["online"] for heard in s.ear.on("/gateway/online")] == [True, False, True]


async def test_an_ordered_end_says_so_to_those_who_come_later_too(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path / "broker") as broker:
        async with box(tmp_path) as b, b.outlet(config(broker.port)) as outlet:
            await until(lambda: outlet.standing.state is State.UP)

        async with listening(broker.port, "gridpost/xingfuli/gateway/online") as ear:
            await until(lambda: bool(ear.heard))

            assert ear.heard[0].retained
            assert ear.heard[0].body == {"online": False}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_that_the_password_is_wrong_is_said_and_it_never_stands_in_what_is_said(
    tmp_path: Path, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "users").write_text("box:$7$101$8vY0bWHb2B3sWVuQ$", "utf-8")
    monkeypatch.setenv("GRIDPOST_TEST_PASSWORD", "wrong")
    settings = f"allow_anonymous false\npassword_file {tmp_path}/users"
    login = {"username": "box", "password": {"env": "GRIDPOST_TEST_PASSWORD"}, "protocol": protocol}
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(Mosquitto(tmp_path / "broker", settings))
        b = await stack.enter_async_context(box(tmp_path))
        outlet = await stack.enter_async_context(b.outlet(config(broker.port, **login)))

        await until(lambda: outlet.standing.state is State.REFUSED)

    assert "not authorized" in outlet.standing.why or "wrong user name or password" in outlet.standing.why
    assert any(said.rule == OUTLET_FAILING and said.abnormal and "mqtt://" in said.why for said in b.said)
    assert not any("wrong" in said.why.replace("wrong user name", "") for said in b.said)


async def test_a_password_that_is_not_to_be_had_is_said_by_where_it_should_be(tmp_path: Path) -> None:
    login = {"username": "box", "password": {"env": "GRIDPOST_TEST_NOT_SET"}}
    async with box(tmp_path) as b, b.outlet(config(1, **login)) as outlet:
        await until(lambda: outlet.standing.state is State.REFUSED)

        assert "GRIDPOST_TEST_NOT_SET is not set" in outlet.standing.why


# paho leaves the socket of a failed handshake to the garbage collector, which is to find it in this test and no other
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_only_a_broker_with_a_certificate_of_the_right_authority_is_believed(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    other, _ = make_certificate(tmp_path / "other")
    settings = f"allow_anonymous true\ncertfile {certificate}\nkeyfile {key}"
    async with Mosquitto(tmp_path / "broker", settings) as broker, box(tmp_path) as b:
        async with b.outlet(config(broker.port, tls=True, ca_file=other)) as outlet:
            await until(lambda: outlet.standing.state is State.REFUSED)
            assert "certificate is not believed" in outlet.standing.why
        async with b.outlet(config(broker.port, tls=True, ca_file=certificate)) as outlet:
            await until(lambda: outlet.standing.state is State.UP)
            b.tell()

            await until(lambda: outlet.standing.points == 9)
    gc.collect()


async def test_a_topic_that_the_broker_does_not_allow_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.deliver.mqtt.ledger.HOLD_SECONDS", 0.5)
    (tmp_path / "rights").write_text("topic readwrite gridpost/xingfuli/gateway/#\ntopic read #\n", "utf-8")
    async with stage(tmp_path, settings=f"acl_file {tmp_path}/rights") as s:
        await s.box.tell_for(0.2)

        await until(lambda: s.outlet.standing.state is State.REFUSED)

        assert "telemetry/m00" in s.outlet.standing.why
        assert "not authorized" in s.outlet.standing.why
        assert s.outlet.standing.points == 0
        (tmp_path / "rights").write_text("topic readwrite #\n", "utf-8")
        s.broker.reload()

        await s.all_heard()
        await until(lambda: s.outlet.standing.state is State.UP)


async def test_a_message_longer_than_the_broker_takes_is_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, settings="max_packet_size 400") as s:
        s.box.sample("m000", (1, 0.5, "", "x" * 500))
        s.box.sample("m001", (2, 0.5, "", ""))

        await until(lambda: s.outlet.standing.points == 3)

        assert s.outlet.standing.refused == 1
        assert [said.abnormal for said in s.box.said if said.rule == OUTLET_REFUSED] == [True, False]
        await until(lambda: s.box.outbox.cursor("city", "telemetry") == s.box.outbox.committed > 0)
        (kept,) = await s.box.outbox.quarantined("city")
        assert kept.why == "gridpost/xingfuli/telemetry/m000: longer than the broker takes"


async def test_another_client_of_our_name_is_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with stage(tmp_path, client_id="twin") as s, box(tmp_path / "other") as b:
        twin = config(s.broker.port, client_id="twin").build(b.wiring)
        running = asyncio.create_task(twin.run())

        await until(lambda: s.outlet.standing.state is State.FAILING and "our client id" in s.outlet.standing.why)

        running.cancel()
        await asyncio.wait([running])
        await until(lambda: s.outlet.standing.state is State.UP)


async def test_people_hear_once_that_it_is_lost_and_once_that_it_is_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.said.clear()
        await s.broker.stop()
        await until(lambda: s.outlet.standing.state is State.FAILING)
        await s.broker.start()
        await until(lambda: s.outlet.standing.state is State.UP)

        states = [said.abnormal for said in s.box.said if said.rule == OUTLET_FAILING]

        assert states == [True] * (len(states) - 1) + [False]
        assert s.box.said[-1] == HouseSaid(OUTLET_FAILING, "city", abnormal=False)


async def test_a_simulated_compound_does_not_leave_the_box(tmp_path: Path) -> None:
    async with box(tmp_path, simulated=True) as b, b.outlet(config(1883, host="broker.example")) as outlet:
        await until(lambda: outlet.standing.state is State.REFUSED)

        assert "allow_simulated" in outlet.standing.why


@pytest.mark.parametrize(
    "wrong",
    [
        {"root": "a/#"},
        {"root": "$SYS"},
        {"root": "a/"},
        {"ca_file": "x"},
        {"tls": True, "cert_file": "x"},
        {"password": {"env": "X"}},
        {"protocol": "3.1"},
        {"qos": 2},
    ],
)
def test_what_cannot_work_is_refused_when_it_is_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        config(1883, **wrong)
