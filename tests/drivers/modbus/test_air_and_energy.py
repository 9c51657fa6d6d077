"""The transmitter and the meter: their registers as their manuals print them, written down a second time on purpose."""

from __future__ import annotations

import pytest

from drivers.contract import Pace
from drivers.modbus.decode import Decoder
from drivers.modbus.plan import Read, device
from drivers.profile import load_profile
from tests.drivers.modbus.points import registers

PACES = {Pace.FAST: 0.25, Pace.NORMAL: 1.0, Pace.SLOW: 60.0}


def reads(product: str) -> tuple[Read, ...]:
    return device("d", load_profile(product), PACES)[1]


@pytest.mark.parametrize(
    ("words", "temperature", "humidity"),
    [
        ([0x0131, 0x0222], 30.5, 54.6),  # both from the manual
        ([0xFF33, 0x0222], -20.5, 54.6),
        ([0x02EE, 0x03E8], 75.0, 100.0),  # hotter than the maker wants it used: in a fire it is still believed
    ],
)
def test_the_transmitter_tells_tenths_in_one_answer(words: list[int], temperature: float, humidity: float) -> None:
    (read,) = reads("xy-md02")

    assert (read.function, read.address, read.count) == (4, 1, 2)
    assert Decoder(read, b"").decode(registers(*words)) == ((temperature, humidity), None)


def test_a_transmitter_without_its_chip_is_not_believed() -> None:
    (read,) = reads("xy-md02")

    _, faults = Decoder(read, b"").decode(registers(0x7FFF, 0xFFFF))

    assert faults is not None
    assert [fault and fault.why for fault in faults] == ["out of range", "out of range"]


def test_the_meter_stands_where_its_map_has_it() -> None:
    places = {
        point.point.key: (read.function, point.address) for read in reads("eastron-sdm120") for point in read.points
    }

    assert places == {
        "voltage": (4, 0x0000),
        "current": (4, 0x0006),
        "active_power": (4, 0x000C),
        "power_factor": (4, 0x001E),
        "frequency": (4, 0x0046),
        "import_energy": (4, 0x0048),
        "export_energy": (4, 0x004A),
    }


def test_the_meter_tells_floats_with_the_high_word_first() -> None:
    (read,) = (read for read in reads("eastron-sdm120") if read.points[0].point.key == "voltage")

    ((volts,), faults) = Decoder(read, b"").decode(registers(0x4366, 0x3334))  # 43 66 33 34, the manual's example

    assert volts == pytest.approx(230.2)
    assert faults is None


def test_what_a_fault_moves_is_asked_for_each_second_and_counters_each_minute() -> None:
    made, _ = device("d", load_profile("eastron-sdm120"), PACES)

    every = {point.key: group.every_seconds for group in made.groups for point in group.points}

    assert {key for key, seconds in every.items() if seconds == 1.0} == {"voltage", "current", "active_power"}
    assert every["import_energy"] == 60.0
