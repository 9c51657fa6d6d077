from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Kind
from drivers.profile import ProfileError, load_profile, load_profile_file, products

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """\
product: toy
title: A toy
source: this test
"""

POINT = "  - {key: level, function: 3, address: 0}\n"


def toy(folder: Path, text: str) -> Path:
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def wrong(folder: Path, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ProfileError) as raised:
        load_profile_file(toy(folder, text))
    return [(finding.line, finding.what) for finding in raised.value.findings]


def test_a_product_of_a_given_folder_is_found_beside_the_shipped_ones(tmp_path: Path) -> None:
    toy(tmp_path, HEAD + "points:\n" + POINT)

    assert load_profile("toy", [tmp_path]).title == "A toy"
    assert "toy" in products([tmp_path])
    assert "toy" not in products()


def test_a_product_that_stands_in_two_folders_is_refused_with_both_named(tmp_path: Path) -> None:
    (tmp_path / "relay-8.yaml").write_text(HEAD + "points:\n" + POINT)

    with pytest.raises(ProfileError, match=rf"profiles/relay-8.yaml and in {tmp_path}/relay-8.yaml"):
        load_profile("relay-8", [tmp_path])


def test_an_unknown_product_is_told_what_there_is() -> None:
    with pytest.raises(
        ProfileError, match=r"there is no product 'acp1-2doors'; did you mean 'acp1-2door'\? known: acp1-2door, "
    ):
        load_profile("acp1-2doors")


def test_a_profile_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    path = toy(tmp_path, HEAD + "points:\n" + POINT)
    first = load_profile_file(path)

    again = load_profile_file(path)
    path.write_text(HEAD.replace("A toy", "Another toy") + "points:\n" + POINT)
    os.utime(path, ns=(1, 1))

    assert again is first
    assert load_profile_file(path).title == "Another toy"


def test_a_profile_names_every_mistake_at_once_with_its_line(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        HEAD
        + "limits: {max_registers: 126}\n"  # 4
        + "points:\n"
        + "  - {key: Level, function: 3, address: 0}\n"  # 6
        + "  - {key: flow, function: 7, address: 70000}\n"  # 7
        + "  - {key: flow, function: 3, adress: 3}\n",  # 8
    )

    assert [line for line, _ in found] == [4, 6, 7, 7, 8, 8]
    assert "less than or equal to 125" in found[0][1]
    assert "should match pattern" in found[1][1]
    assert "did you mean 'address'?" in " ".join(what for line, what in found if line == 8)


@pytest.mark.parametrize(
    ("points", "line", "what"),
    [
        ("{key: a, function: 3, address: 0}\n  - {key: a, function: 3, address: 1}", 6, "two points 'a'"),
        (
            "{key: a, function: 3, address: 0, type: u32}\n  - {key: b, function: 3, address: 1}",
            6,
            "b overlaps a, which takes 0x0000 to 0x0001",
        ),
        ("{key: a, function: 3, address: 9}\n  - {key: b, function: 3, address: 9}", 6, "b is the same as a"),
        (
            "{key: a, function: 3, address: 9, bit: 1, bits: 2}\n  - {key: b, function: 3, address: 9, bit: 2}",
            6,
            "b is the same as a",
        ),
        ("{key: a, function: 1, address: 9}\n  - {key: b, function: 1, address: 9}", 6, "b is the same as a"),
        ("{key: a, function: 3, address: 65535, type: u32}", 5, "reaches beyond address 65535"),
        ("{key: a, function: 3, address: 0, type: ascii}", 5, "`length` (registers) belongs to"),
        ("{key: a, function: 3, address: 0, length: 2}", 5, "`length` (registers) belongs to"),
        ("{key: a, function: 3, address: 0, bit: 16}", 5, "less than or equal to 15"),
        ("{key: a, function: 3, address: 0, bit: 15, bits: 2}", 5, "beyond the 16 bits"),
        ("{key: a, function: 3, address: 0, type: bit}", 5, "needs `bit`"),
        ("{key: a, function: 1, address: 0, bit: 3}", 5, "functions 1 and 2 read single bits"),
        ("{key: a, function: 1, address: 0, type: u16}", 5, "functions 1 and 2 read single bits"),
        ("{key: a, function: 3, address: 0, meaning: dor_open}", 5, "is not in the vocabulary"),
        ("{key: a, function: 3, address: 0, scale: 0}", 5, "scale 0"),
        ("{key: a, function: 3, address: 0, scale: .nan}", 5, "greater than or equal"),
        ("{key: a, function: 3, address: 0, low: 3, high: 2}", 5, "low is above high"),
        ("{key: a, function: 1, address: 0, unit: V}", 5, "belong to numbers, and this is boolean"),
        ("{key: a, function: 3, address: 0, type: bytes, length: 2}", 5, "add `credential: true`"),
        ("{key: a, function: 3, address: 0, type: f32, credential: true}", 5, "a credential is u16"),
        ("{key: a, function: 3, address: 0, type: ascii, length: 2, order: CDAB}", 5, "order ABCD or BADC"),
        ('{key: "{door}.a", function: 3, address: 0}', 5, "no group of parts 'door'; groups under `parts`: none"),
        ("{key: a, function: 3, address: 0, pace: quick}", 5, "'fast', 'normal' or 'slow'"),
    ],
)
def test_a_point_that_cannot_be_is_refused(tmp_path: Path, points: str, line: int, what: str) -> None:
    found = wrong(tmp_path, HEAD + f"points:\n  - {points}\n")

    assert [where for where, _ in found] == [line]
    assert what in found[0][1]


def test_a_product_without_points_is_refused(tmp_path: Path) -> None:
    assert wrong(tmp_path, HEAD + "points: []\n") == [(4, "a product needs at least one point")]


def test_bits_may_stand_beside_the_register_that_holds_them(tmp_path: Path) -> None:
    profile = load_profile_file(
        toy(
            tmp_path,
            HEAD
            + "points:\n"
            + "  - {key: word, function: 3, address: 9}\n"
            + "  - {key: low, function: 3, address: 9, bit: 0}\n"
            + "  - {key: mode, function: 3, address: 9, bit: 1, bits: 2}\n",
        )
    )

    assert [point.kind for point in profile.points] == [Kind.INTEGER, Kind.BOOLEAN, Kind.INTEGER]


@pytest.mark.parametrize(
    ("more", "line", "what"),
    [
        ("limits: {max_registers: 1}\n", 5, "takes 2 registers and the device answers at most 1 at once"),
        ("blocks:\n  - {function: 3, address: 1, count: 4, crc16_at: 3}\n", 5, "level lies across the edge of a block"),
        ("blocks:\n  - {function: 4, address: 0, count: 4, crc16_at: 3}\n", 7, "no point stands in this block"),
        ("blocks:\n  - {function: 3, address: 0, count: 4, crc16_at: 4}\n", 7, "crc16_at lies outside the block"),
        (
            """\
blocks:
  - {function: 3, address: 0, count: 4, crc16_at: 3}
  - {function: 3, address: 3, count: 2, crc16_at: 1}
""",
            8,
            "overlaps the block at 0x0000",
        ),
        ("parts:\n  door:\n    Door 1: {offset: 0}\n", 8, "lower case letters"),
        ("parts:\n  door:\n    door1: {mask: 1}\n", 8, "needs `offset`"),
        ("parts:\n  door:\n    a: {offset: 0}\n  gate:\n    a: {offset: 1}\n", 10, "two parts 'a'"),
    ],
)
def test_a_profile_that_does_not_hang_together_is_refused(tmp_path: Path, more: str, line: int, what: str) -> None:
    found = wrong(tmp_path, HEAD + "points:\n  - {key: level, function: 3, address: 0, type: u32}\n" + more)

    assert (line, what) in [(where, said[said.find(what) :][: len(what)]) for where, said in found]


@pytest.mark.parametrize(
    ("command", "line", "what"),
    [
        (
            "write: {function: 6, address: 0, values: [$seconds]}\n    confirm: {points: {level: 1}}",
            8,
            "nothing fills $seconds",
        ),
        ("write: {function: 6, address: 0, values: [1]}\n    confirm: {points: {levle: 1}}", 9, "no point 'levle'"),
        (
            "write: {function: 6, address: 0, values: [1]}\n    confirm: {points: {level: true}}",
            9,
            "can never equal True",
        ),
        ("write: {function: 6, address: 0, values: [1]}\n    confirm: {points: {level: $x}}", 9, "no argument 'x'"),
        ("write: {function: 6, address: 0, values: [1]}\n    confirm: {points: {}}", 9, "needs at least one point"),
        (
            "write: {function: 6, address: 0, values: [1, 2]}\n    confirm: {points: {level: 1}}",
            8,
            "writes 1 to 1 values",
        ),
        ("write: {function: 5, address: 0, values: [2]}\n    confirm: {points: {level: 1}}", 8, "writes bits: 0 or 1"),
        (
            """\
write: {function: 6, address: 0, values: [1]}
    confirm: {points: {level: 1}}
    verdict: {function: 3, address: 0, count: 2, id_at: 2}""",
            10,
            "count from 0 inside",
        ),
        (
            """\
write: {function: 6, address: 0, values: [$x]}
    confirm: {points: {level: $x}}
    arguments: {x: {scale: 0.001, high: 100, unit: s}}""",
            10,
            "100 s does not fit a register",
        ),
    ],
)
def test_a_command_that_could_never_be_believed_is_refused(tmp_path: Path, command: str, line: int, what: str) -> None:
    found = wrong(tmp_path, HEAD + "points:\n" + POINT + f"commands:\n  fill:\n    {command}\n")

    assert [where for where, _ in found] == [line]
    assert what in found[0][1]


def test_a_profile_carries_the_name_of_its_file(tmp_path: Path) -> None:
    found = wrong(tmp_path, HEAD.replace("product: toy", "product: ball") + "points:\n" + POINT)

    assert found == [(1, "must be the file's name, 'toy'")]


def test_parts_move_addresses_by_their_offset_times_the_step(tmp_path: Path) -> None:
    profile = load_profile_file(
        toy(
            tmp_path,
            HEAD
            + "parts: {door: {a: {offset: 0}, b: {offset: 2}}}\n"
            + "points:\n"
            + '  - {key: "{door}.open", function: 2, address: 4, step: 16}\n'
            + '  - {key: "{door}.count", function: 3, address: 100}\n',
        )
    )

    assert [(point.key, point.address) for point in profile.points] == [
        ("a.open", 4),
        ("b.open", 36),
        ("a.count", 100),
        ("b.count", 102),
    ]


def test_a_part_beyond_the_last_address_is_refused(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        HEAD
        + "parts: {door: {a: {offset: 0}, b: {offset: 1}}}\n"
        + 'points:\n  - {key: "{door}.open", function: 2, address: 65535}\n',
    )

    assert found == [(6, "with the offset of b it reaches beyond 65535")]


DOORS = """\
parts: {door: {door1: {offset: 0, mask: 1}, door2: {offset: 2, mask: 2}}}
points:
  - {key: "{door}.count", function: 3, address: 0, type: u32}
"""


def test_what_is_wrong_with_every_part_is_said_once(tmp_path: Path) -> None:
    found = wrong(tmp_path, HEAD + "limits: {max_registers: 1}\n" + DOORS)

    assert found == [(7, "takes 2 registers and the device answers at most 1 at once")]


@pytest.mark.parametrize(
    ("commands", "line", "what"),
    [
        (
            """\
  "{door}.clear": {write: {function: 6, address: 9, values: [$mask]}, confirm: {points: {"{door}.count": 0}}}
  door1.clear: {write: {function: 6, address: 9, values: [1]}, confirm: {points: {door1.count: 0}}}
""",
            9,
            "there are two commands 'door1.clear'",
        ),
        (
            """\
  "{door}.clear":
    arguments: {mask: {}}
    write: {function: 6, address: 9, values: [$mask]}
    confirm: {points: {"{door}.count": 0}}
""",
            9,
            "the argument 'mask' has the name of a number of door1",
        ),
        (
            """\
  "{gate}.clear": {write: {function: 6, address: 9, values: [1]}, confirm: {points: {door1.count: 0}}}
""",
            8,
            "there is no group of parts 'gate'; groups under `parts`: door",
        ),
        (
            """\
  "{door}.clear": {write: {function: 6, address: 9, values: [1]}, confirm: {points: {"{door}.cuont": 0}}}
""",
            8,
            "there is no point 'door1.cuont'",
        ),
    ],
)
def test_a_command_of_parts_that_do_not_fit_it_is_refused(tmp_path: Path, commands: str, line: int, what: str) -> None:
    assert (line, what) in wrong(tmp_path, HEAD + DOORS + "commands:\n" + commands)


def test_a_command_of_each_part_writes_to_that_part(tmp_path: Path) -> None:
    command = """\
commands:
  "{door}.clear":
    write: {function: 16, address: 100, step: 8, values: [$mask, $offset]}
    confirm: {points: {"{door}.count": 0}}
"""

    profile = load_profile_file(toy(tmp_path, HEAD + DOORS + command))

    assert {name: (one.write.address, one.write.values) for name, one in profile.commands.items()} == {
        "door1.clear": (100, (1, 0)),
        "door2.clear": (116, (2, 2)),
    }


@pytest.mark.parametrize(
    ("mask", "write", "line", "what"),
    [
        ("65536", "{function: 6, address: 9, values: [$mask]}", 4, "less than or equal to 65535"),
        ("2", "{function: 5, address: 9, values: [$mask]}", 9, "for door2: function 5 writes bits: 0 or 1"),
        ("2", "{function: 6, address: 65530, step: 8, values: [1]}", 9, "for door2: Input should be less than 65536"),
    ],
)
def test_a_part_whose_numbers_do_not_fit_its_command_is_refused(
    tmp_path: Path, mask: str, write: str, line: int, what: str
) -> None:
    command = f"""\
commands:
  "{{door}}.clear":
    write: {write}
    confirm: {{points: {{"{{door}}.count": 0}}}}
"""

    found = wrong(tmp_path, HEAD + DOORS.replace("mask: 2", f"mask: {mask}") + command)

    assert [where for where, _ in found] == [line]
    assert what in found[0][1]


CONTROLLER = """\
identity:
  serial: {function: 4, address: 5, type: u32}
parts:
  door:
    door1: {offset: 0, mask: 1}
    door2: {offset: 1, mask: 2}
blocks:
  - {function: 4, address: 0x10, count: 8, crc16_at: 7}
points:
  - {key: epoch, function: 4, address: 0x10, meaning: ring_epoch}
  - {key: head, function: 4, address: 0x11, type: u32, meaning: ring_head}
  - {key: tail, function: 4, address: 0x13, type: u32, meaning: ring_tail}
  - {key: boot, function: 4, address: 0x15, meaning: boot_id}
  - {key: "{door}.open", function: 1, address: 0}
  - {key: card, function: 3, address: 0, type: u32, credential: true}
commands:
  rearm:
    write: {function: 6, address: 0, values: [1]}
    confirm: {points: {door1.open: false}}
  ask:
    arguments: {of: {}}
    write: {function: 6, address: 0, values: [$of]}
    confirm: {points: {door1.open: false}}
"""


def test_a_wanted_state_of_parts_is_confirmed_by_each_of_them(tmp_path: Path) -> None:
    release = """\
wants:
  fire_release:
    parts: door
    write: {function: 6, address: 0, values: [$mask]}
    confirm: {points: {"{door}.open": true, boot: 3}}
"""

    profile = load_profile_file(toy(tmp_path, HEAD + CONTROLLER + release))

    assert profile.wants["fire_release"].confirm.points == {"door1.open": True, "door2.open": True, "boot": 3}


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (
            "wants:\n  w: {parts: gate, write: {function: 6, address: 0, values: [1]}, confirm: {points: {boot: 1}}}\n",
            "no group of parts 'gate'; known: door",
        ),
        (
            "wants:\n  w: {parts: door, write: {function: 6, address: 0, values: [1]}, confirm: {points: {boot: 1}}}\n",
            "$mask is missing",
        ),
        (
            "wants:\n  w: {write: {function: 6, address: 0, values: [$mask]}, confirm: {points: {boot: 1}}}\n",
            "nothing fills $mask",
        ),
        (
            'wants:\n  w: {write: {function: 6, address: 0, values: [1]}, confirm: {points: {"{door}.open": true}}}\n',
            "{door}.open is of the parts 'door', and the wanted state of the device as a whole",
        ),
        ("ring: {function: 4, address: 9, slots_at: 8, kinds: {}}\n", "names each type of event"),
        ("ring: {function: 4, address: 9, slots_at: 8, kinds: {1: gap}}\n", "of events that it never saw"),
        ("ring: {function: 4, address: 9, slots_at: 8, kinds: {1: Granted}}\n", "should match pattern"),
        ("ring: {function: 4, address: 9, slots_at: 8, kinds: {256: granted}}\n", "less than or equal to 255"),
        ("mailbox: {card: cart, sequence: boot}\n", "there is no point 'cart'"),
        ("mailbox: {card: boot, sequence: head}\n", "boot must be a credential"),
        ("mailbox: {card: card, sequence: door1.open}\n", "door1.open must be a whole number"),
        ("mailbox: {card: card, waiting: boot, rearm: rearm}\n", "boot must be true or false"),
        ("mailbox: {card: card, waiting: door1.open, rearm: reset}\n", "there is no command 'reset'"),
        ("mailbox: {card: card, waiting: door1.open, rearm: ask}\n", "ask must take no arguments"),
        ("mailbox: {card: card, waiting: door1.open}\n", "`waiting` and `rearm`, or `sequence`"),
    ],
)
def test_a_duty_that_leans_on_what_is_not_there_is_refused(tmp_path: Path, more: str, what: str) -> None:
    found = wrong(tmp_path, HEAD + CONTROLLER + more)

    assert any(what in said for _, said in found), found


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ("meaning: ring_tail", "unit: s", "exactly one point with the meaning ring_tail"),
        ("count: 8, crc16_at: 7", "count: 5, crc16_at: 4", "must stand in one of `blocks`"),
        ("identity:\n  serial: {function: 4, address: 5, type: u32}\n", "", "needs `identity.serial`"),
    ],
)
def test_a_ring_needs_its_state_in_one_read_and_a_serial_number(tmp_path: Path, was: str, now: str, what: str) -> None:
    ring = "ring: {function: 4, address: 0x100, slots_at: 0, kinds: {1: granted}}\n"

    found = wrong(tmp_path, HEAD + CONTROLLER.replace(was, now) + ring)

    assert any(what in said for _, said in found), found


def test_parts_of_a_wanted_state_need_a_mask(tmp_path: Path) -> None:
    release = (
        "wants:\n  w: {parts: door, write: {function: 6, address: 0, values: [$mask]}, confirm: {points: {boot: 1}}}\n"
    )

    found = wrong(tmp_path, HEAD + CONTROLLER.replace("door2: {offset: 1, mask: 2}", "door2: {offset: 1}") + release)

    assert found == [(9, "needs `mask`: by it the wanted state w names this part")]
