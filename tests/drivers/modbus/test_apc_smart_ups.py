"""The map of APC's Smart-UPS, as its registers stand in the published document."""

from __future__ import annotations

from struct import pack

from drivers.contract import Pace
from drivers.modbus.decode import Decoder
from drivers.modbus.plan import device
from drivers.profile import load_profile

PACES = {Pace.FAST: 0.25, Pace.NORMAL: 1.0, Pace.SLOW: 60.0}

ON_BATTERY = {1: 1 << 2, 18: 0, 128: 0, 129: 2400, 130: 97 * 512, 131: 27 * 32, 135: 25 * 128, 136: 14 * 256, 151: 0}
"""2,400 s are left, 97 %, 27 V, 25 Cel, 14 % load, and no mains."""


def read(registers: dict[int, int]) -> dict[str, object]:
    values: dict[str, object] = {}
    _, reads = device("ups", load_profile("apc-smart-ups"), PACES)
    for one in reads:
        data = b"".join(pack(">H", registers.get(one.address + offset, 0)) for offset in range(one.count))
        said, faults = Decoder(one, b"").decode(data)
        assert faults is None
        values.update(zip((point.point.key for point in one.points), said, strict=True))
    return values


def test_a_supply_on_its_battery_says_how_long_it_will_last() -> None:
    values = read(ON_BATTERY)

    assert values["on_battery"] is True
    assert values["on_line"] is values["battery_low"] is False
    assert values["battery_runtime"] == 2400
    assert (values["battery_level"], values["battery_voltage"]) == (97, 27)
    assert (values["temperature"], values["load"], values["input_voltage"]) == (25, 14, 0)


def test_a_supply_that_will_shut_down_says_so() -> None:
    values = read({**ON_BATTERY, 18: 1 << 1})

    assert values["battery_low"] is True


def test_the_whole_supply_is_read_in_few_requests() -> None:
    _, reads = device("ups", load_profile("apc-smart-ups"), PACES)

    assert [(one.address, one.count) for one in reads] == [(1, 18), (128, 24)]
