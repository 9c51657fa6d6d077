"""`gridpost scan` and `gridpost try` on a serial port, as an integrator types them."""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from gateway.__main__ import app
from tests.drivers.modbus.servers import Box
from tests.servers.pty_bus import OnPty, RtuBus

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = """\
product: pump
title: A pump
source: this test
points:
  - {key: level, function: 3, address: 0, scale: 0.1, unit: m}
"""


async def gridpost(*words: str) -> tuple[int, str]:
    """Run it in a thread: the bus that it asks lives in the loop of the test."""
    done = await asyncio.to_thread(CliRunner().invoke, app, words)
    return done.exit_code, done.output


def controller() -> Box:
    box = Box()
    box.set(4, 0, 0x4143, 0x0102, 2, 2, 2, 4, 0x9515, 1, 1, 0, 0, 0)
    box.set(3, 0, 42)
    return box


async def test_a_serial_port_is_searched_and_its_list_is_written(tmp_path: Path) -> None:
    path = tmp_path / "devices.csv"
    async with OnPty(RtuBus({2: controller()})) as end:
        code, said = await gridpost(
            "scan", "--serial", end.path, "--baud", "115200", "--parity", "none", "--units", "1-2", "--csv", str(path)
        )

    assert code == 0, said
    flat = " ".join(said.split())
    assert f"{end.path} 115200 8N2 unit 2: ACP-1 two-door controller, serial 300309, acp1-2door" in flat
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["serial.path"], row["serial.baud"], row["unit"], row["serial"]) == (end.path, "115200", "2", "300309")


async def test_a_profile_is_tried_on_a_serial_port(tmp_path: Path) -> None:
    profile = tmp_path / "pump.yaml"
    profile.write_text(PROFILE)
    async with OnPty(RtuBus({2: controller()})) as end:
        code, said = await gridpost("try", str(profile), "--serial", end.path, "--baud", "115200", "--unit", "2")

    assert code == 0, said
    assert "4.2" in said


async def test_a_port_that_is_not_there_ends_with_one_sentence() -> None:
    code, said = await gridpost("scan", "--serial", "/dev/ttyUSB93")

    assert code == 2
    assert said.startswith("/dev/ttyUSB93 is not there; ")
    assert len(said.strip().splitlines()) == 1


async def test_two_ways_at_once_or_none_are_said_so() -> None:
    for words in (["scan"], ["scan", "tcp://127.0.0.1", "--serial", "/dev/ttyS0"]):
        code, said = await gridpost(*words)

        assert code == 2
        assert "name either a target such as tcp://192.168.1.50 or a port by --serial" in said
