"""The ACP-1 profiles against the simulator's controller, which was written from the same map by another hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Pace
from drivers.modbus.decode import Decoder
from drivers.modbus.identity import Identity
from drivers.modbus.plan import device
from drivers.profile import load_profile
from simulator.controller import Controller

if TYPE_CHECKING:
    from drivers.contract import Value

FORMS = [("acp1-2door", 2), ("acp1-4door", 4)]


def controller(doors: int) -> Controller:
    return Controller(300301, doors, 0.0, lambda _now, mains_failed: (0 if mains_failed else 13_715, 12_690, -35))


def seen(product: str, box: Controller, now: float) -> dict[str, Value]:
    """Every point of the product as the driver would report it."""
    _, reads = device("d", load_profile(product), dict.fromkeys(Pace, 1.0))
    found: dict[str, Value] = {}
    for read in reads:
        block, start = (box.status(now), 0x0100) if read.address >= 0x0100 else (box.identity(), 0)
        data = block[2 * (read.address - start) :][: 2 * read.count]
        values, faults = Decoder(read, b"").decode(data)
        assert faults is None
        found |= dict(zip((held.point.key for held in read.points), values, strict=True))
    return found


def written(product: str, name: str, **numbers: int) -> bytes:
    profile = load_profile(product)
    write = profile.commands[name].write if name in profile.commands else profile.wants[name].write
    return struct.pack(">16H", *write.filled(numbers))


@pytest.mark.parametrize(("product", "doors"), FORMS)
def test_a_quiet_controller_is_read_as_it_is(product: str, doors: int) -> None:
    values = seen(product, controller(doors), 7.0)

    assert values["heartbeat"] == 7
    assert (values["supply_voltage"], values["battery_voltage"], values["temperature"]) == (13.715, 12.69, -3.5)
    assert (values["serial"], values["model"], values["boot_id"]) == (300301, doors, 1)
    assert all(values[f"door{door}.fitted"] for door in range(1, doors + 1))
    assert not any(values[f"door{door}.open"] for door in range(1, doors + 1))


@pytest.mark.parametrize(("product", "doors"), FORMS)
def test_the_identity_fits_its_own_form_and_no_other(product: str, doors: int) -> None:
    fits = Identity(load_profile(product), 1, serial=300301)

    def answers(box: Controller) -> list[bytes]:
        places = [
            (int.from_bytes(frame.request[6:8], "big"), int.from_bytes(frame.request[8:10], "big"))
            for frame in fits.frames
        ]
        return [box.identity()[2 * address :][: 2 * count] for address, count in places]

    assert fits.misfit(answers(controller(doors))) == ""
    assert "model of" in fits.misfit(answers(controller(6 - doors)))


@pytest.mark.parametrize(("product", "doors"), FORMS)
def test_a_forced_last_door_is_seen_at_that_door_alone(product: str, doors: int) -> None:
    box = controller(doors)

    box.force_door(box.doors[-1], 1.0)

    values = seen(product, box, 1.0)
    forced = [key for key, value in values.items() if key.endswith((".forced", ".open")) and value]
    assert sorted(forced) == [f"door{doors}.forced", f"door{doors}.open"]


@pytest.mark.parametrize(("product", "doors"), FORMS)
def test_the_unlock_frame_opens_its_door_alone_and_shows_what_confirms_it(product: str, doors: int) -> None:
    box = controller(doors)

    box.mailbox.take(written(product, f"door{doors}.unlock", id=9, seconds=50), box, 1.0)

    values = seen(product, box, 1.0)
    assert [key for key, value in values.items() if key.endswith(".unlocked") and value] == [f"door{doors}.unlocked"]
    assert load_profile(product).commands[f"door{doors}.unlock"].confirm.points == {f"door{doors}.unlocked": True}


@pytest.mark.parametrize(("product", "doors"), FORMS)
def test_the_fire_release_frame_shows_everything_that_confirms_it(product: str, doors: int) -> None:
    box = controller(doors)

    box.mailbox.take(written(product, "fire_release", mask=2**doors - 1), box, 1.0)

    values = seen(product, box, 1.0)
    confirmed = load_profile(product).wants["fire_release"].confirm.points
    assert len(confirmed) == 2 * doors
    assert {key: values[key] for key in confirmed} == dict(confirmed)
