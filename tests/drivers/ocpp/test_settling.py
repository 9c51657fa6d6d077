"""What is asked of a charger of our own accord, and what is not."""

from __future__ import annotations

import pytest

from drivers.ocpp.calling import SaidNo
from tests.drivers.ocpp.point import Point, central
from tests.drivers.running import until


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.ocpp.settling.BOOT_SECONDS", 0.3)
    monkeypatch.setattr("drivers.ocpp.settling.STATUS_SECONDS", 0.1)


async def test_only_what_is_otherwise_is_written_and_a_refused_list_is_tried_shorter() -> None:
    rows = [
        {"key": "MeterValueSampleInterval", "readonly": False, "value": "15"},
        {"key": "ClockAlignedDataInterval", "readonly": False, "value": "900"},
        {"key": "MeterValuesSampledData", "readonly": False, "value": "Current.Import"},
        {"key": "MeterValuesAlignedData", "readonly": True, "value": ""},
    ]
    async with central() as (_, _, port), Point(port) as point:
        point.answers["GetConfiguration"] = {"configurationKey": rows}
        point.answers["ChangeConfiguration"] = {"status": "Rejected"}
        await point.boot()
        await point.status(1, "Available")
        await until(lambda: point.actions().count("ChangeConfiguration") == 3)

        assert point.actions()[0] == "GetConfiguration"
        assert [(row["key"], row["value"].count(",")) for row in point.with_action("ChangeConfiguration")] == [
            ("ClockAlignedDataInterval", 0),
            ("MeterValuesSampledData", 4),
            ("MeterValuesSampledData", 2),
        ]


async def test_a_charger_that_says_nothing_of_itself_after_our_restart_is_asked() -> None:
    async with central() as (_, _, port), Point(port) as point:
        await until(lambda: "GetConfiguration" in point.actions())

        assert [fields["requestedMessage"] for fields in point.with_action("TriggerMessage")] == [
            "BootNotification",
            "StatusNotification",
        ]


async def test_before_a_conformance_suite_nothing_is_said_but_what_it_says() -> None:
    async with central(conformance=True) as (driver, _, port), Point(port) as point:
        await point.boot()
        point.answers["Reset"] = {"status": "Rejected"}
        answer = await driver.call("CP1", "Reset", {"type": "Odd"})
        await point.socket.ping()

        assert answer == {"status": "Rejected"}
        assert point.called == [("Reset", {"type": "Odd"})]
        with pytest.raises(LookupError, match="CP9"):
            await driver.call("CP9", "Reset", {})


async def test_without_the_flag_no_suite_can_say_anything() -> None:
    async with central() as (driver, _, port), Point(port) as point:
        await point.ask("Heartbeat")
        with pytest.raises(LookupError):
            await driver.call("CP1", "ClearCache", {})


async def test_an_error_that_a_charger_answers_is_told_by_its_code() -> None:
    async with central(conformance=True) as (driver, _, port), Point(port) as point:
        point.answers["ClearCache"] = None
        point.on_call = lambda *_: point._start(point.say(f'[4, "{point.ids[-1]}", "NotSupported", "no", {{}}]'))
        with pytest.raises(SaidNo, match="NotSupported: no"):
            await driver.call("CP1", "ClearCache", {})
