"""Charging held off: said at once, said again, proved by what the charger shows, and given back."""

from __future__ import annotations

import asyncio
import time

import pytest

from drivers.contract import CHARGING_OFF, Outcome, WantedState
from drivers.ocpp.readings import BEFORE
from tests.drivers.ocpp.point import Point, central
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import command, until

TWO = {"id": "d1", "identity": "CP1", "connectors": 2}
OFF = WantedState(CHARGING_OFF, {"parts": ["connector1"]})
ALL_OFF = WantedState(CHARGING_OFF, level=True)
LIFTED = WantedState(CHARGING_OFF, None)
CURRENT = 3


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds are a tenth of one."""
    monkeypatch.setattr("drivers.ocpp.holding.AGAIN_SECONDS", 0.2)
    monkeypatch.setattr("drivers.ocpp.settling.BOOT_SECONDS", 100.0)


def availability(point: Point) -> list[tuple[int, str]]:
    return [(fields["connectorId"], fields["type"]) for fields in point.with_action("ChangeAvailability")]


async def charging(point: Point, connector: int = 1, amperes: float = 16.0) -> int:
    begun = await point.start(connector, meter=1000 * connector)
    await point.status(connector, "Charging")
    await point.measure(amperes, connector)
    number: int = begun["transactionId"]
    return number


async def test_what_charges_is_stopped_first_and_then_made_inoperative_until_it_shows() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        number = await charging(point)

        driver.want("d1", OFF)
        await until(lambda: point.actions().count("RemoteStopTransaction") == 2)  # accepted is not stopped
        await point.stop(number, reason="Remote")
        await point.status(1, "Unavailable")
        doubted = post.samples("d1", 1)[-1]
        await until(lambda: point.with_action("TriggerMessage"))
        await point.measure(0.0)
        proved = post.samples("d1", 1)[-1]
        said = len(point.called)
        await asyncio.sleep(0.5)

        assert point.called[0] == ("RemoteStopTransaction", {"transactionId": number})
        assert availability(point)[0] == (0, "Inoperative")  # its only connector is the whole charger
        assert doubted.values[CURRENT] == 16.0
        assert doubted.faults is not None
        assert doubted.faults[CURRENT] == BEFORE
        assert proved.values[CURRENT] == 0.0
        assert proved.faults is None or proved.faults[CURRENT] is None
        assert len(point.called) == said


async def test_a_charger_that_only_says_accepted_is_told_again_and_its_current_is_seen() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        number = await charging(point)

        driver.want("d1", OFF)
        await until(lambda: point.actions().count("RemoteStopTransaction") >= 4)
        await point.measure(16.0)

        assert set(map(str, point.with_action("RemoteStopTransaction"))) == {str({"transactionId": number})}
        assert availability(point).count((0, "Inoperative")) >= 3
        assert post.samples("d1", 1)[-1].values[:1] == ("charging",)
        assert post.samples("d1", 1)[-1].values[CURRENT] == 16.0


async def test_one_port_of_two_is_held_and_the_other_goes_on() -> None:
    async with central(TWO) as (driver, _, port), Point(port) as point:
        first, second = await charging(point, 1), await charging(point, 2)

        driver.want("d1", OFF)
        await until(lambda: availability(point))

        assert point.with_action("RemoteStopTransaction") == [{"transactionId": first}]
        assert availability(point) == [(1, "Inoperative")]
        assert second not in [fields["transactionId"] for fields in point.with_action("RemoteStopTransaction")]


async def test_from_one_port_to_the_whole_nothing_is_given_back_on_the_way() -> None:
    async with central(TWO) as (driver, _, port), Point(port) as point:
        driver.want("d1", OFF)
        await until(lambda: availability(point))
        driver.want("d1", ALL_OFF)
        await until(lambda: (0, "Inoperative") in availability(point))
        widened = availability(point)
        await point.measure(0.0, 1)
        await point.measure(0.0, 2)
        driver.want("d1", OFF)
        await until(lambda: availability(point)[-1] == (1, "Inoperative"))
        narrowed = availability(point)[len(widened) :]
        driver.want("d1", LIFTED)
        await until(lambda: availability(point)[-1] == (1, "Operative"))

        assert widened == [(1, "Inoperative"), (0, "Inoperative")]
        assert narrowed == [(0, "Operative"), (1, "Inoperative")]


async def test_what_is_lifted_while_the_charger_is_away_is_given_back_when_it_returns_even_after_a_restart() -> None:
    post = RecordingPost()
    async with central(post=post) as (driver, _, port), Point(port) as point:
        driver.want("d1", OFF)
        await until(lambda: post.cursors.get("d1", {}).get("held") == [0])
    async with central(post=post) as (driver, _, port), Point(port) as point:
        await point.ask("Heartbeat")
        await asyncio.sleep(0.3)
        untouched = availability(point)
        driver.want("d1", LIFTED)
        await until(lambda: availability(point))
        await until(lambda: post.cursors["d1"]["held"] == [])

        assert untouched == []  # until the house has said what it wants
        assert availability(point) == [(0, "Operative")]


async def test_it_is_said_again_after_every_reconnect_and_every_boot() -> None:
    async with central() as (driver, _, port):
        driver.want("d1", OFF)
        for _ in range(2):
            async with Point(port) as point:
                await until(lambda point=point: availability(point) == [(0, "Inoperative")])  # type: ignore[misc]  # bound
                await point.measure(0.0)
                await point.boot()
                await until(lambda point=point: len(availability(point)) == 2)  # type: ignore[misc]  # a bound default


async def test_a_charging_that_begins_all_the_same_is_refused_and_stopped() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        driver.want("d1", OFF)
        await until(lambda: availability(point))
        begun = await point.start()
        await until(lambda: point.with_action("RemoteStopTransaction"))
        started = await driver.perform(command("d1", "connector1.start"))

        assert begun["idTagInfo"] == {"status": "Blocked"}
        assert point.with_action("RemoteStopTransaction")[0] == {"transactionId": begun["transactionId"]}
        assert started.outcome is Outcome.REFUSED


async def test_a_stop_waits_for_no_disk() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        await charging(point)
        post.disk_writes.clear()
        point.begin("FirmwareStatusNotification", status="Idle")  # its answer waits for the disk

        driver.want("d1", OFF)
        await until(lambda: availability(point), 1)

        assert point.called[0][0] == "RemoteStopTransaction"


async def test_a_stop_does_not_wait_for_an_answer_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.calling.OVERTAKE_SECONDS", 0.1)
    async with central() as (driver, _, port), Point(port) as point:
        number = await charging(point)
        point.answers["GetConfiguration"] = 40.0
        asked = [asyncio.create_task(driver.perform(command("d1", "configuration"))) for _ in range(5)]
        await until(lambda: "GetConfiguration" in point.actions())

        begun = time.monotonic()
        driver.want("d1", OFF)
        await until(lambda: "RemoteStopTransaction" in point.actions(), 2)
        took = time.monotonic() - begun
        await until(lambda: "TriggerMessage" in point.actions())
        for _ in range(3):
            await point.ask("Heartbeat")
        for task in asked:
            task.cancel()

        assert point.called[1] == ("RemoteStopTransaction", {"transactionId": number})
        assert took < 1.0
        assert point.actions().count("GetConfiguration") == 1


async def test_a_charger_that_answers_after_40_seconds_keeps_no_other_from_being_stopped() -> None:
    devices = [{"id": f"d{n}", "identity": f"CP{n}"} for n in (1, 2)]
    async with central(*devices) as (driver, _, port), Point(port, "CP1") as slow, Point(port, "CP2") as prompt:
        for point in (slow, prompt):
            await charging(point)
        slow.answers = dict.fromkeys(("RemoteStopTransaction", "ChangeAvailability", "TriggerMessage"), 40.0)

        for device in ("d1", "d2"):
            driver.want(device, OFF)
        await until(lambda: availability(prompt), 1)
        await until(lambda: availability(slow), 4)  # each of its own calls is said, answered or not

        assert slow.called[0][0] == prompt.called[0][0] == "RemoteStopTransaction"


async def test_a_charger_that_cannot_be_asked_for_a_reading_is_not_asked_for_ever() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        point.answers["TriggerMessage"] = {"status": "NotImplemented"}

        driver.want("d1", OFF)
        await until(lambda: "TriggerMessage" in point.actions())
        await asyncio.sleep(0.5)

        assert point.actions().count("TriggerMessage") == 1


async def test_a_want_before_the_first_run_holds() -> None:
    async with central() as (driver, _, port):
        driver.want("d1", OFF)
        driver.want("d9", OFF)
        driver.want("d1", WantedState("fire_release", level=True))
        async with Point(port) as point:
            await until(lambda: availability(point))

            assert availability(point) == [(0, "Inoperative")]
