"""Finding BTHome's service data in what was on the air, whoever sent it."""

from __future__ import annotations

import os
import random

import pytest

from drivers.ble.advertising_data import bthome_data

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
FLAGS = bytes.fromhex("020106")


@pytest.mark.parametrize(
    ("on_the_air", "found"),
    [
        ("020106 0616d2fc402901", "402901"),
        ("0616d2fc402901", "402901"),
        ("020106 0616d2fc402901 0509 53 4d 4f 4b", "402901"),
        ("0316d2fc", ""),  # the UUID alone
        ("020106 00000000 0616d2fc402901", "402901"),  # a scan response after padding
        ("0616d2fc402901 0616d2fc402900", "402901"),  # the first of two
        ("0516aafe0001 0616d2fc402901", "402901"),  # Eddystone before it
    ],
)
def test_service_data_is_found_wherever_it_stands(on_the_air: str, found: str) -> None:
    assert bthome_data(bytes.fromhex(on_the_air)) == bytes.fromhex(found)


@pytest.mark.parametrize(
    "on_the_air",
    [
        "",
        "02",
        "020106",
        "0216d2 fc",  # a structure of two bytes: the third belongs to the next
        "0716d2fc402901",  # it says to be longer than what came
        "ff16d2fc402901",
        "08ff4c0016d2fc402901",  # 0xFCD2 inside a manufacturer's data
        "0816d2fd16d2fc2901",  # inside another service's data
        "0621d2fc402901",  # AD type of a 128 bit UUID
    ],
)
def test_what_only_looks_like_it_is_not_taken(on_the_air: str) -> None:
    assert bthome_data(bytes.fromhex(on_the_air)) is None


def test_a_walk_over_any_bytes_ends_and_agrees_with_a_walk_by_the_book() -> None:
    seeded = random.Random(20_260_101)
    found = 0
    for _ in range(300_000 if SOAK else 5_000):
        structures = [
            seeded.choice((FLAGS, b"\x06\x16\xd2\xfc\x40\x29\x01", b"\x16\xd2\xfc", b"\x00", b"\x03\x16\xd2\xfc"))
        ]
        structures += [seeded.randbytes(seeded.randrange(6)) for _ in range(seeded.randrange(4))]
        seeded.shuffle(structures)
        data = b"".join(structures)

        taken = bthome_data(data)

        assert taken == _by_the_book(data), data.hex()
        found += taken is not None
    assert found > 300


def test_a_very_long_hostile_advert_costs_little() -> None:
    data = b"\x00" * 65_000 + b"\x03\x16\xd2\xfc"

    assert bthome_data(data) == b""


def _by_the_book(data: bytes) -> bytes | None:
    structures = []
    rest = data
    while rest:
        length, rest = rest[0], rest[1:]
        if length > len(rest):
            break
        structures.append(rest[:length])
        rest = rest[length:]
    return next((s[3:] for s in structures if s[:3] == b"\x16\xd2\xfc"), None)
