from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drivers.contract import Kind, Pace
from drivers.profile import MEANINGS, load_profile, products

if TYPE_CHECKING:
    from drivers.product import Profile, Quantity

# the words SYS and DOORn of the ACP-1 map, bit by bit, written down a second time on purpose
SYSTEM_BITS = [
    "mains_fail", "battery_low", "enclosure_tamper", "fire_input", "fire_release_latched", "lockdown", "clock_invalid",
    "flash_error", "host_lost", "offline_mode", "reader_bus_fault", "config_changed", "user_table_bad", "ring_overrun",
]  # fmt: skip
DOOR_BITS = [
    "relay_on", "unlocked", "open", "exit_request", "forced", "held", "reader_tamper", "supervision_fault", "lock_fault",
    "fire_released", "break_glass", "antipassback", "interlock_wait", "mode", "", "fitted",
]  # fmt: skip


def at(profile: Profile, key: str) -> Quantity:
    return next(point for point in profile.points if point.key == key)


# ------------------------------------------------------------------ what is shipped


@pytest.mark.parametrize("product", products())
def test_every_shipped_product_is_sound_and_says_where_it_comes_from(product: str) -> None:
    profile = load_profile(product)

    assert profile.product == product
    assert len(profile.source) > 20
    assert all(not point.key.startswith("{") for point in profile.points)
    assert {point.meaning for point in profile.points} <= MEANINGS | {""}


def test_nine_products_are_shipped() -> None:
    assert products() == (
        "acp1-2door", "acp1-4door", "apc-smart-ups", "contactor-8", "eastron-sdm120", "inveo-rfid-ind", "relay-8",
        "rfideas-rdr-80581", "xy-md02",
    )  # fmt: skip


@pytest.mark.parametrize(("product", "doors"), [("acp1-2door", 2), ("acp1-4door", 4)])
def test_each_bit_of_acp1_stands_where_its_map_has_it(product: str, doors: int) -> None:
    profile = load_profile(product)

    for bit, name in enumerate(SYSTEM_BITS):
        point = at(profile, name)
        assert (point.function, point.address, point.bit, point.kind) == (4, 0x0107, bit, Kind.BOOLEAN)
    for door in range(1, doors + 1):
        for bit, name in enumerate(DOOR_BITS):
            if name:
                point = at(profile, f"door{door}.{name}")
                assert (point.function, point.address, point.bit) == (4, 0x0107 + door, bit)
        assert at(profile, f"door{door}.mode").bits == 2
    assert not any(point.key.startswith(f"door{doors + 1}") for point in profile.points)


@pytest.mark.parametrize(
    ("key", "address", "kind", "scale", "unit"),
    [
        ("heartbeat", 0x0100, "u16", 1, ""),
        ("boot_id", 0x0101, "u16", 1, ""),
        ("ring_epoch", 0x0102, "u16", 1, ""),
        ("ring_head", 0x0103, "u32", 1, ""),
        ("ring_tail", 0x0105, "u32", 1, ""),
        ("supply_voltage", 0x010C, "u16", 0.001, "V"),
        ("battery_voltage", 0x010D, "u16", 0.001, "V"),
        ("temperature", 0x010E, "s16", 0.1, "Cel"),
        ("serial", 0x0005, "u32", 1, ""),
        ("firmware", 0x0007, "u16", 1, ""),
    ],
)
@pytest.mark.parametrize("product", ["acp1-2door", "acp1-4door"])
def test_each_number_of_acp1_stands_where_its_map_has_it(
    product: str, key: str, address: int, kind: str, scale: float, unit: str
) -> None:
    point = at(load_profile(product), key)

    assert (point.function, point.address, point.type, point.scale, point.unit) == (4, address, kind, scale, unit)


def test_what_changes_at_a_door_is_polled_fast_and_the_rest_slowly() -> None:
    profile = load_profile("acp1-2door")

    paces = {point.pace for point in profile.points if point.address >= 0x0100}
    assert paces == {Pace.FAST}
    assert {point.pace for point in profile.points if point.address < 0x0100} == {Pace.SLOW}


@pytest.mark.parametrize(("product", "mask"), [("acp1-2door", 3), ("acp1-4door", 15)])
def test_fire_release_opens_every_door_and_believes_only_all_of_them(product: str, mask: int) -> None:
    profile = load_profile(product)
    release = profile.wants["fire_release"]
    masks = [numbers["mask"] for numbers in profile.parts[release.parts].values()]

    assert sum(masks) == mask
    assert release.write.filled({"mask": mask}) == (0, 9, mask, *[0] * 12, 0xA55A)
    assert release.confirm.points == {
        f"door{door}.{shown}": True for shown in ("fire_released", "unlocked") for door in range(1, len(masks) + 1)
    }


def test_unlocking_one_door_fills_the_mailbox_for_that_door_alone() -> None:
    command = load_profile("acp1-4door").commands["door3.unlock"]

    registers = command.write.filled({"id": 77, "seconds": command.arguments["seconds"].register(7.5)})

    assert (command.write.function, command.write.address) == (16, 0x0400)
    assert registers == (77, 1, 0b0100, 75, *[0] * 11, 0xA55A)
    assert command.confirm.points == {"door3.unlocked": True}
    assert not command.idempotent


def test_the_two_door_form_is_the_four_door_form_without_two_doors() -> None:
    two, four = load_profile("acp1-2door"), load_profile("acp1-4door")

    assert two.points == tuple(point for point in four.points if not point.key.startswith(("door3", "door4")))
    assert (two.blocks, two.limits, two.identity.serial) == (four.blocks, four.limits, four.identity.serial)
    assert set(two.commands) == {name for name in four.commands if not name.startswith(("door3", "door4"))}
    assert (two.ring, two.permits, two.host) == (four.ring, four.permits, four.host)


def test_cards_are_credentials_wherever_they_are_read() -> None:
    cards = [at(load_profile(product), "card") for product in ("inveo-rfid-ind", "rfideas-rdr-80581")]

    assert all(card.credential and card.pace is Pace.FAST and card.kind is Kind.TEXT for card in cards)


def test_a_relay_is_switched_by_its_own_coil_and_read_back() -> None:
    command = load_profile("relay-8").commands["relay8.switch"]

    assert (command.write.function, command.write.address) == (5, 7)
    assert command.write.filled({"on": command.arguments["on"].register(value=True)}) == (1,)
    assert command.confirm.points == {"relay8.on": "$on"}


# ------------------------------------------------------------------ arguments


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (0.4, "from 0.5 to 30 s"),
        (31, "from 0.5 to 30 s"),
        ("5", "a number"),
        (True, "a number"),
        (float("nan"), "from"),
    ],
)
def test_an_argument_that_may_not_be_said_is_refused_in_words(value: object, why: str) -> None:
    seconds = load_profile("acp1-2door").commands["door1.unlock"].arguments["seconds"]

    with pytest.raises(ValueError, match=why):
        seconds.register(value)


def test_an_argument_left_out_takes_its_default() -> None:
    assert load_profile("acp1-2door").commands["door1.unlock"].arguments["seconds"].register(None) == 50
