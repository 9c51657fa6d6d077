from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost, Quality
from drivers.modbus.attempt import Attempt, attempt
from drivers.modbus.config import SerialLine
from drivers.modbus.places import Place
from drivers.profile import load_profile, load_profile_file
from tests.drivers.modbus.servers import Box, Host
from tests.servers.pty_bus import OnPty, RtuBus

if TYPE_CHECKING:
    from pathlib import Path

    from drivers.product import Profile

METER = """\
product: meter
title: A meter
source: this test
limits: {bridge_registers: 4}
points:
  - {key: level, function: 3, address: 0, scale: 0.1, unit: m, high: 5}
  - {key: volume, function: 3, address: 3, type: u32, order: CDAB, pace: slow}
  - {key: valve, function: 1, address: 8, pace: slow}
  - {key: pump, function: 1, address: 9, pace: slow}
  - {key: card, function: 4, address: 1, type: bytes, length: 2, credential: true}
  - {key: cards, function: 4, address: 3}
"""


@pytest.fixture
def meter(tmp_path: Path) -> Profile:
    path = tmp_path / "meter.yaml"
    path.write_text(METER)
    return load_profile_file(path)


def filled() -> Box:
    box = Box()
    box.set(3, 0, 42, 0, 0, 0x0002, 0x0001)
    box.set(1, 8, 0, 1)
    box.set(4, 1, 0x1234, 0x5678, 7)
    return box


async def tried(profile: Profile, host: Host, unit: int = 1) -> list[Attempt]:
    return [one async for one in attempt(profile, Place("127.0.0.1", host.port), unit, timeout_seconds=0.2)]


async def test_every_read_shows_its_registers_and_what_they_mean(meter: Profile) -> None:
    async with Host({1: filled()}) as host:
        attempts = await tried(meter, host)

    assert [(one.where, one.raw) for one in attempts] == [
        ("holding registers 0x0000 to 0x0000", (42,)),
        ("input registers 0x0001 to 0x0003", (None, None, 7)),
        ("coils 0x0008 to 0x0009", (0, 1)),
        ("holding registers 0x0003 to 0x0004", (2, 1)),
    ]
    shown = {point.key: (point.value, point.unit, point.quality) for one in attempts for point in one.points}
    assert shown["level"] == (4.2, "m", Quality.GOOD)
    assert shown["volume"] == (65538, "", Quality.GOOD)
    assert shown["pump"] == (True, "", Quality.GOOD)
    assert not host.writes


async def test_a_card_is_shown_neither_raw_nor_as_a_value(meter: Profile) -> None:
    async with Host({1: filled()}) as host:
        attempts = await tried(meter, host)

    text = repr(attempts)
    assert all(clear not in text for clear in ("12345678", str(0x1234), str(0x5678), str(0x12345678)))


async def test_a_bad_value_says_why(meter: Profile) -> None:
    box = filled()
    box.set(3, 0, 999)
    async with Host({1: box}) as host:
        first, *_ = await tried(meter, host)

    (level,) = first.points
    assert (level.value, level.quality, level.why) == (None, Quality.BAD, "out of range")
    assert first.raw == (999,)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exception 01 (illegal function): the device does not know this function"),
        (
            2,
            "exception 02 (illegal data address): the device does not have all of these addresses: they are zero-based",
        ),
        (
            3,
            "exception 03 (illegal data value): the device does not answer 1 at once: lower `limits: {max_registers: ...}`",
        ),
        (4, "device failure"),
        (11, "gateway target does not answer"),
    ],
)
async def test_a_refusal_is_explained_and_the_other_reads_go_on(meter: Profile, code: int, words: str) -> None:
    box = filled()
    box.exceptions_at[3, 0] = code
    async with Host({1: box}) as host:
        first, *others = await tried(meter, host)

    assert first.problem.startswith(words)
    assert (first.raw, first.points) == ((), ())
    assert [one.problem for one in others] == ["", "", ""]


async def test_a_silent_unit_is_said_for_each_read(meter: Profile) -> None:
    box = filled()
    box.silent = True
    async with Host({1: box}) as host:
        attempts = await tried(meter, host)

    assert {one.problem for one in attempts} == {"no answer in time"}


async def test_a_host_that_is_not_there_is_one_clear_sentence() -> None:
    async with Host() as host:
        port = host.port

    with pytest.raises(LineLost, match=rf"127\.0\.0\.1:{port} refuses the connection"):
        [one async for one in attempt(load_profile("relay-8"), Place("127.0.0.1", port))]


async def test_a_device_on_a_serial_port_is_read_like_one_on_the_network(meter: Profile) -> None:
    async with Host({1: filled()}) as host, OnPty(RtuBus({1: filled()})) as end:
        place = Place(serial=SerialLine(path=end.path, baud=115200))
        by_wire = [one async for one in attempt(meter, place, timeout_seconds=0.2)]
        by_network = await tried(meter, host)

    assert [(one.where, one.raw, one.problem) for one in by_wire] == [(one.where, one.raw, "") for one in by_network]
