"""What people ask of a charger ends as the charger shows it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from drivers.contract import Outcome
from tests.drivers.ocpp.point import Point, central
from tests.drivers.running import command, until

CALLS = (
    "ChangeAvailability",
    "ChangeConfiguration",
    "ClearCache",
    "RemoteStartTransaction",
    "Reset",
    "TriggerMessage",
    "UnlockConnector",
)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.acts.SHOWN_SECONDS", 0.3)
    monkeypatch.setattr("drivers.ocpp.calling.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("drivers.ocpp.settling.BOOT_SECONDS", 100.0)


async def test_a_remote_start_is_done_when_the_charging_began_and_its_tag_is_nobodys() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        asked = asyncio.create_task(driver.perform(command("d1", "connector1.start")))
        await until(lambda: point.called)
        tag = point.called[0][1]["idTag"]
        allowed = await point.ask("Authorize", idTag=tag)
        begun = await point.start(tag=tag)
        result = await asked

        assert point.called[0][0] == "RemoteStartTransaction"
        assert len(tag) <= 20
        assert allowed == {"idTagInfo": {"status": "Accepted"}}
        assert (result.outcome, result.confirmed) == (Outcome.DONE, {"session": str(begun["transactionId"])})
        assert post.questions == []
        assert post.events()[0].body["tag"] == ""


async def test_accepted_is_neither_started_nor_stopped() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        started = await driver.perform(command("d1", "connector1.start"))
        begun = await point.start()
        await point.status(1, "Charging")
        charging = await driver.perform(command("d1", "connector1.stop"))
        asked = asyncio.create_task(driver.perform(command("d1", "connector1.stop")))
        await until(lambda: point.actions().count("RemoteStopTransaction") == 2)
        await point.stop(begun["transactionId"])
        await point.status(1, "Finishing")
        stopped = await asked

        assert (started.outcome, charging.outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
        assert "accepted" in started.why
        assert "still charges" in charging.why
        assert (stopped.outcome, stopped.confirmed) == (Outcome.DONE, {"state": "finishing"})


@pytest.mark.parametrize(
    ("name", "arguments", "answer", "outcome"),
    [
        ("connector1.unlock", {}, {"status": "Unlocked"}, Outcome.DONE),
        ("connector1.unlock", {}, {"status": "UnlockFailed"}, Outcome.FAILED),
        ("connector1.unlock", {}, {}, Outcome.FAILED),
        ("connector1.unlock", {}, None, Outcome.UNKNOWN),
        ("connector1.start", {}, {"status": "Rejected"}, Outcome.FAILED),
        ("connector1.available", {"on": False}, {"status": "Rejected"}, Outcome.FAILED),
        ("connector1.available", {"on": False}, {"status": "Scheduled"}, Outcome.UNKNOWN),
        ("connector1.available", {"on": False}, {"status": "Accepted"}, Outcome.UNKNOWN),
        ("connector1.available", {"on": 1}, {}, Outcome.REFUSED),
        ("connector1.stop", {}, {}, Outcome.REFUSED),
        ("connector2.unlock", {}, {}, Outcome.REFUSED),
        ("reset", {"hard": True}, {"status": "Accepted"}, Outcome.UNKNOWN),
        ("reset", {"now": True}, {}, Outcome.REFUSED),
        ("trigger", {"message": "Anything"}, {}, Outcome.REFUSED),
        ("trigger", {"message": "Heartbeat", "connector": 3}, {}, Outcome.REFUSED),
        ("trigger", {"message": "Heartbeat"}, {"status": "NotImplemented"}, Outcome.FAILED),
        ("clear_cache", {}, {"status": "Accepted"}, Outcome.DONE),
        ("clear_cache", {}, {"status": "Rejected"}, Outcome.FAILED),
        ("configure", {"key": "HeartbeatInterval", "value": "60"}, {"status": "NotSupported"}, Outcome.FAILED),
        ("configure", {"key": "HeartbeatInterval", "value": "60"}, {"status": "RebootRequired"}, Outcome.DONE),
        ("configure", {"key": "AuthorizationKey", "value": "60"}, {}, Outcome.REFUSED),
        ("configuration", {"keys": "authorizationkey"}, {}, Outcome.REFUSED),
    ],
)
async def test_each_command_ends_as_it_was_answered(
    name: str, arguments: dict[str, Any], answer: dict[str, Any] | None, outcome: Outcome
) -> None:
    async with central() as (driver, _, port), Point(port) as point:
        for action in CALLS:
            point.answers[action] = answer
        await point.ask("Heartbeat")

        result = await driver.perform(command("d1", name, arguments))

        assert (result.outcome, bool(result.why)) == (outcome, result.why != "")
        assert result.why or outcome is Outcome.DONE
        assert (point.called == []) is (outcome is Outcome.REFUSED)


async def test_availability_a_reset_and_a_trigger_are_done_when_they_show() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        shows = {
            "ChangeAvailability": lambda: point.begin(
                "StatusNotification", connectorId=1, status="Unavailable", errorCode="NoError"
            ),
            "Reset": lambda: point.begin("BootNotification", chargePointVendor="a", chargePointModel="b"),
            "TriggerMessage": lambda: point.begin("Heartbeat"),
        }
        point.on_call = lambda action, _: shows[action]()
        results = [
            await driver.perform(command("d1", name, arguments))
            for name, arguments in (
                ("connector1.available", {"on": False}),
                ("reset", {}),
                ("trigger", {"message": "Heartbeat"}),
            )
        ]

        assert [result.outcome for result in results] == [Outcome.DONE] * 3
        assert point.with_action("Reset") == [{"type": "Soft"}]


async def test_a_setting_is_done_when_it_reads_back_and_passwords_are_never_shown() -> None:
    rows = [
        {"key": "HeartbeatInterval", "readonly": False, "value": "60"},
        {"key": "AuthorizationKey", "readonly": False, "value": "hidden"},
    ]
    async with central() as (driver, _, port), Point(port) as point:
        point.answers["GetConfiguration"] = {"configurationKey": rows}
        done = await driver.perform(command("d1", "configure", {"key": "HeartbeatInterval", "value": "60"}))
        otherwise = await driver.perform(command("d1", "configure", {"key": "HeartbeatInterval", "value": "90"}))
        read = await driver.perform(command("d1", "configuration", {"keys": ["HeartbeatInterval"]}))

        assert (done.outcome, otherwise.outcome) == (Outcome.DONE, Outcome.UNKNOWN)
        assert (read.outcome, read.confirmed) == (Outcome.DONE, {"HeartbeatInterval": "60"})


async def test_a_charger_that_is_not_connected_is_told_nothing_and_one_that_goes_leaves_it_unknown() -> None:
    async with central() as (driver, _, port):
        before = await driver.perform(command("d1", "clear_cache"))
        async with Point(port) as point:
            point.answers["ClearCache"] = None
            asked = asyncio.create_task(driver.perform(command("d1", "clear_cache")))
            await until(lambda: point.called)
        result = await asked

    assert (before.outcome, result.outcome) == (Outcome.REFUSED, Outcome.UNKNOWN)
    assert "not connected" in before.why


async def test_a_late_answer_is_never_taken_for_the_next_one() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        point.answers["ClearCache"] = 0.4
        late = await driver.perform(command("d1", "clear_cache"))
        point.answers["UnlockConnector"] = {"status": "Unlocked"}
        next_one = await driver.perform(command("d1", "connector1.unlock"))
        await until(lambda: driver.statistics()["late"])

        assert (late.outcome, next_one.outcome) == (Outcome.UNKNOWN, Outcome.DONE)
        assert driver.statistics()["unanswered"] == 1


async def test_only_one_call_is_out_at_a_time() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        point.answers["ClearCache"] = 0.02
        asked = [driver.perform(command("d1", "clear_cache", number=number)) for number in range(1, 5)]
        results = await asyncio.gather(*asked)

        assert point.most_open == 1
        assert [result.outcome for result in results] == [Outcome.DONE] * 4
