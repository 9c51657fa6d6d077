"""Chargers are added, changed and taken out while the others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import InvalidStatus

from drivers.contract import CHARGING_OFF, Link, Misconfigured, WantedState
from tests.drivers.ocpp.point import Point, central, written
from tests.drivers.running import until

if TYPE_CHECKING:
    from drivers.ocpp.config import OcppConfig

FIRST: dict[str, object] = {"id": "d1", "identity": "CP1", "password": {"env": "FIRST"}}
SECOND: dict[str, object] = {"id": "d2", "identity": "CP2", "password": {"env": "SECOND"}}


@pytest.fixture(autouse=True)
def _passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "first")
    monkeypatch.setenv("SECOND", "second")


def basic(port: int, *devices: dict[str, object], **line: Any) -> OcppConfig:
    return written(port, *devices, **{"security": "basic", **line})


async def test_a_charger_that_is_added_disconnects_no_other() -> None:
    async with central(FIRST, security="basic") as (driver, post, port), Point(port, shows="first") as point:
        taken = await driver.adopt(basic(port, FIRST, SECOND))
        async with Point(port, "CP2", shows="second") as added:
            await added.start()
            await point.ask("Heartbeat")

        assert taken
        assert [device.id for device in driver.devices] == ["d1", "d2"]
        assert [link.link for link in post.links("d1")] == [Link.UP]
        assert post.events()[0].device == "d2"


async def test_another_password_drops_only_the_charger_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        central(FIRST, SECOND, security="basic") as (driver, post, port),
        Point(port, shows="first") as point,
        Point(port, "CP2", shows="second") as other,
    ):
        begun = await point.start()
        monkeypatch.setenv("FIRST", "changed")
        await driver.adopt(basic(port, FIRST, SECOND))
        await point.closed()
        await other.ask("Heartbeat")
        with pytest.raises(InvalidStatus):
            await Point(port, shows="first").__aenter__()
        async with Point(port, shows="changed") as again:
            await again.stop(begun["transactionId"])

        assert [link.link for link in post.links("d2")] == [Link.UP]
        assert [event.kind for event in post.events() if event.device == "d1"][-1] == "session_ended"


async def test_one_that_is_taken_out_is_cut_off_and_told_of_no_more() -> None:
    async with (
        central(FIRST, SECOND, security="basic") as (driver, post, port),
        Point(port, "CP2", shows="second") as point,
    ):
        await driver.adopt(basic(port, FIRST))
        await point.closed()
        with pytest.raises(InvalidStatus):
            await Point(port, "CP2", shows="second").__aenter__()

        assert [link.link for link in post.links("d2")] == [Link.UP]
        assert [stranger.address for stranger in post.strangers()] == ["CP2"]


async def test_what_is_held_off_stays_so_when_a_charger_is_written_otherwise() -> None:
    async with central(FIRST, security="basic") as (driver, _, port):
        driver.want("d1", WantedState(CHARGING_OFF, {"parts": ["connector1"]}))
        await driver.adopt(basic(port, {**FIRST, "amperes": 16}))
        async with Point(port, shows="first") as point:
            await until(lambda: point.with_action("ChangeAvailability"))

        assert driver.devices[0].parts == {"connector1": {"amperes": 16}}


async def test_another_port_or_key_begins_the_line_anew_and_a_missing_password_changes_nothing() -> None:
    async with central(FIRST, security="basic") as (driver, _, port), Point(port, shows="first") as point:
        key = await driver.adopt(basic(port, FIRST, credential_key="00" * 32))
        other = await driver.adopt(basic(port + 1, FIRST))
        with pytest.raises(Misconfigured, match="password of d3: the environment variable THIRD is not set"):
            await driver.adopt(basic(port, FIRST, {"id": "d3", "identity": "CP3", "password": {"env": "THIRD"}}))
        await point.ask("Heartbeat")

        assert (key, other) == (False, False)
        assert [device.id for device in driver.devices] == ["d1"]
