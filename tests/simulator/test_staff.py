"""The staff of a simulated compound: written down where there is a key, and reached by the simulator's own services."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import yaml

from gateway.config.load import load
from simulator.__main__ import main
from simulator.compound import grow
from simulator.run import Options, serving
from simulator.services.keys import Keys
from simulator.staff import KEY_VARIABLE, service_keys, staff_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["config", "--buildings", "3"]) == 0
    return capsys.readouterr().out


def test_without_a_key_nobody_is_written_down_and_nothing_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)

    config = yaml.safe_load(printed(capsys))

    assert service_keys() is None
    assert config.keys().isdisjoint({"people", "departments", "roster", "channels"})
    assert all("team" not in grid for grid in config["grids"])


def test_with_a_key_the_gateway_finds_every_grid_led_covered_and_reached(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "made up for this test")
    path = tmp_path / "compound.yaml"
    path.write_text(printed(capsys), "utf-8")

    plan = load(path)

    assert "made up for this test" not in path.read_text("utf-8")
    assert len(plan.people) == len(staff_of(grow(7))) == 23
    assert {roster.grid for roster in plan.rosters} == {f"g{number}" for number in range(1, 7)}
    assert {channel.id for channel in plan.channels if channel.local} == {"group", "chat", "voice", "sms"}
    assert plan.warnings == ()


def test_every_key_that_proves_anything_is_the_one_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k")

    keys = service_keys()

    assert keys is not None
    assert (keys.wecom_key, keys.wecom_bot_secret, keys.aliyun_key, keys.aliyun_secret) == ("k",) * 4
    assert keys.wecom_bot_id == Keys.simulated().wecom_bot_id


async def test_a_running_simulator_serves_them_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k")
    options = Options(buildings=1, base_port=0, control="127.0.0.1:0", sensors=False)

    async with serving(options) as simulated:
        host, port = simulated.services.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        page = (await reader.read()).decode()
        writer.close()
        channels = yaml.safe_load(simulated.config)["channels"]

    assert page.startswith("HTTP/1.0 200")
    assert all(port in channel["url"] for channel in channels)
