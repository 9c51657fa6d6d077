"""What is no OCPP, too much of it, or nothing at all."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from websockets.frames import OP_PONG

from drivers.contract import Link
from tests.drivers.ocpp.point import Point, SaidError, central, clock
from tests.drivers.running import until

if TYPE_CHECKING:
    from drivers.ocpp.driver import OcppLine

DEEP = "[" * 30_000 + "]" * 30_000


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("hello", ["-1", "FormationViolation"]),
        ('{"a": 1}', ["-1", "FormationViolation"]),
        ("[]", ["-1", "FormationViolation"]),
        (DEEP, ["-1", "FormationViolation"]),
        ('[2, "7"]', ["7", "FormationViolation"]),
        ('[2, "7", "Heartbeat"]', ["7", "FormationViolation"]),
        ('[2, "7", "Heartbeat", []]', ["7", "FormationViolation"]),
        ('[2, "7", 7, {}]', ["7", "FormationViolation"]),
        ('[2, 7, "Heartbeat", {}]', ["-1", "FormationViolation"]),
        ('[2, "7", "Heartbeat", {"a": NaN}]', ["-1", "FormationViolation"]),
        ('[2, "7", "Authorize", {"idTag": "\\ud800"}]', ["-1", "FormationViolation"]),
        (b"[2]", ["-1", "FormationViolation"]),
        ('[2, "7", "SetVariables", {}]', ["7", "NotImplemented"]),
        ('[2, "7", "Reset", {"type": "Soft"}]', ["7", "NotSupported"]),
        ('[2, "7", "Authorize", {}]', ["7", "ProtocolError"]),
        ('[2, "7", "Authorize", {"idTag": 5}]', ["7", "TypeConstraintViolation"]),
        ('[2, "7", "Authorize", {"idTag": "123456789012345678901"}]', ["7", "PropertyConstraintViolation"]),
        ('[2, "7", "Authorize", {"idTag": "1", "more": 1}]', ["7", "FormationViolation"]),
        ('[2, "7", "MeterValues", {"connectorId": 1, "meterValue": []}]', ["7", "OccurenceConstraintViolation"]),
        (
            '[2, "7", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Flying"}]',
            ["7", "PropertyConstraintViolation"],
        ),
        (
            '[2, "7", "StartTransaction", {"connectorId": 9, "idTag": "T", "meterStart": 1, "timestamp": "2026-11-22"}]',
            ["7", "PropertyConstraintViolation"],
        ),
        (
            '[2, "7", "StartTransaction", {"connectorId": 1, "idTag": "T", "meterStart": 1, "timestamp": "yesterday"}]',
            ["7", "PropertyConstraintViolation"],
        ),
        (
            '[2, "7", "StartTransaction", {"connectorId": 1, "idTag": "T", "meterStart": 9007199254740992, "timestamp": ""}]',
            ["7", "PropertyConstraintViolation"],
        ),
    ],
)
async def test_what_is_wrong_gets_the_error_of_the_standard_and_is_no_data(
    said: str | bytes, answer: list[str]
) -> None:
    async with central() as (driver, post, port), Point(port) as point:
        point._waiting["7"] = expected = asyncio.get_running_loop().create_future()
        await point.say(said)
        await until(lambda: expected.done() or point.told)
        error = expected.exception() if expected.done() else None
        got = ["7", error.code] if isinstance(error, SaidError) else point.told[0][1:3]
        await point.ask("Heartbeat")

        assert got == answer
        assert post.kept == []
        assert len(driver.rejected()) == 1
        assert driver.rejected()[0].source == "CP1"


@pytest.mark.parametrize("said", ['[3, "x"]', '[4, "x"]', '[9, "x", {}]', '[3, "nobody asked", {}]', '[4,"x","Code"]'])
async def test_an_answer_and_an_unknown_kind_of_message_are_answered_by_nothing(said: str) -> None:
    async with central() as (driver, _, port), Point(port) as point:
        await point.say(said)
        await point.ask("Heartbeat")

        assert point.told == []
        assert driver.statistics()["broken"] + driver.statistics()["late"] == 1


async def test_a_message_over_64_kilobytes_ends_the_connection() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        await point.say(json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": "x" * 70_000}]))
        code, _ = await point.closed()
        await until(lambda: driver.statistics()["too_large"])

        assert code == 1009
        assert driver.rejected()[0].why == "too large"


async def test_a_charger_that_floods_is_cut_off_and_no_other_feels_it() -> None:
    devices = [{"id": f"d{n}", "identity": f"CP{n}"} for n in (1, 2)]
    async with central(*devices) as (driver, post, port), Point(port, "CP1") as loud, Point(port, "CP2") as quiet:
        post.disk_writes.clear()
        for number in range(60):
            await loud.say(json.dumps([2, str(number), "FirmwareStatusNotification", {"status": "Idle"}]))
        code, why = await loud.closed()
        await quiet.ask("Heartbeat")
        post.disk_writes.set()

        assert (code, why) == (1008, "sends calls without waiting for answers")
        assert driver.statistics()["floods"] == 1
        assert [link.link for link in post.links("d2")] == [Link.UP]


async def test_a_charger_that_sends_nothing_but_rubbish_is_cut_off() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        for _ in range(20):
            await point.say("rubbish")
        code, why = await point.closed()
        await until(lambda: post.links("d1")[-1].link is Link.LOST)

        assert (code, why) == (1008, "sends nothing but broken messages")
        assert [(rejected.why, rejected.times) for rejected in driver.rejected()] == [("not JSON", 20)]
        assert post.links("d1")[-1].why == "sends nothing but broken messages"


async def test_what_is_kept_to_look_at_is_bounded() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        for number in range(70):
            with pytest.raises(SaidError):
                await point.ask(f"Unknown{number}", idTag="HIDDEN", more="x" * 3000)

        assert len(driver.rejected()) == 1  # the same complaint of the same charger
        assert driver.rejected()[0].times == 70
        assert len(driver.rejected()[0].excerpt) <= 1000
        assert driver.rejected()[0].size > 3000
        assert "HIDDEN" not in driver.rejected()[0].excerpt


async def test_a_fault_of_ours_costs_one_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with central() as (_, _, port), Point(port) as point:
        monkeypatch.setattr("drivers.ocpp.answers.rfc3339", lambda _: 1 / 0)
        with pytest.raises(SaidError, match="InternalError"):
            await point.ask("Heartbeat")
        monkeypatch.undo()

        assert (await point.ask("Heartbeat")).keys() == {"currentTime"}
        assert "d1: Heartbeat could not be answered" in caplog.text


async def test_calls_that_come_together_are_answered_in_order() -> None:
    async with central() as (_, _, port), Point(port) as point:
        answers = [
            point.begin("StatusNotification", connectorId=1, status=status, errorCode="NoError")
            for status in ("Preparing", "Charging")
        ]
        begun = point.begin("StartTransaction", connectorId=1, idTag="T", meterStart=1, timestamp=clock())

        assert [await answer for answer in answers] == [{}, {}]
        assert (await begun)["transactionId"] > 0


# ---------------------------------------------------------------- silence


async def until_lost(driver: OcppLine) -> None:
    await until(lambda: driver.statistics()["connected"] == 0)


async def test_a_half_open_connection_is_noticed() -> None:
    async with central(ping_seconds=0.1) as (driver, post, port), Point(port) as point:
        await point.ask("Heartbeat")
        point.socket.transport.pause_reading()
        await until_lost(driver)

        assert (post.links("d1")[-1].link, post.links("d1")[-1].why) == (Link.LOST, "does not answer any more")
        assert driver.statistics()["silent"] == 1


async def test_any_message_is_a_sign_of_life_even_from_one_that_answers_no_pings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with central(ping_seconds=0.1) as (_, post, port), Point(port) as point:
        say = point.socket.protocol.send_frame
        monkeypatch.setattr(point.socket.protocol, "send_frame", lambda f: None if f.opcode is OP_PONG else say(f))
        for _ in range(10):
            await point.ask("Heartbeat")
            await asyncio.sleep(0.06)

        assert [link.link for link in post.links("d1")] == [Link.UP]


async def test_a_silent_charger_whose_socket_lives_stays_and_is_asked_for_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("drivers.ocpp.listening.QUIET_SECONDS", 0.0)
    monkeypatch.setattr("drivers.ocpp.listening.QUIET_BEATS", 0.0)
    monkeypatch.setattr("drivers.ocpp.calling.ANSWER_SECONDS", 0.2)
    async with central(ping_seconds=0.1) as (driver, post, port), Point(port) as point:
        await until(lambda: len(point.with_action("TriggerMessage")) >= 3)
        lived = [link.link for link in post.links("d1")]
        point.answers["TriggerMessage"] = None
        await until_lost(driver)

        assert lived == [Link.UP]
        assert post.links("d1")[-1].why == "its socket lives, but it says nothing"


async def test_a_charger_that_never_dialled_in_is_lost_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.driver.NEVER_SECONDS", 0.0)
    monkeypatch.setattr("drivers.ocpp.driver.STEP_SECONDS", 0.02)
    async with central() as (_, post, _):
        await until(lambda: post.links("d1"))

        assert [(link.link, link.why) for link in post.links("d1")] == [(Link.LOST, "has not dialled in")]


async def test_a_reading_that_does_not_come_while_it_charges_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.driver.STEP_SECONDS", 0.02)
    monkeypatch.setattr("drivers.ocpp.station.UNMEASURED_SAMPLES", 0.02)
    async with central() as (_, post, port), Point(port) as point:
        await point.status(1, "Charging")
        await point.measure(10.0)
        sure = post.samples("d1", 1)[-1].faults
        await until(lambda: (post.samples("d1", 1)[-1].faults or (None,) * 4)[3] is not None)

        assert sure is None or sure[3] is None
        assert post.samples("d1", 1)[-1].values[3] == 10.0
