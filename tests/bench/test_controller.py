from __future__ import annotations

import pytest

from bench.controller import COILS, DISCRETE_INPUTS, DOOR, FORCED, HOLDING, INPUT, Controller, turns


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("width", [10, 15, 16])
def test_the_asked_share_of_the_values_moves_and_all_get_their_turn(width: int, share: float) -> None:
    moved = turns(width, share)

    assert sum(map(len, moved)) == round(10 * share * width)
    assert {i for turn in moved for i in turn} == (set(range(width)) if share else set())


@pytest.mark.parametrize(("function", "count"), [(COILS, 16), (DISCRETE_INPUTS, 16), (HOLDING, 10), (INPUT, 10)])
def test_all_values_but_the_forced_bit_move_at_each_poll_when_all_shall(function: int, count: int) -> None:
    controller = Controller(0, 1.0)

    first = controller.answer(function, 0, count, now_ns=1)
    then = controller.answer(function, 0, count, now_ns=2)

    if function in (COILS, DISCRETE_INPUTS):
        moved = int.from_bytes(first[2:], "little") ^ int.from_bytes(then[2:], "little")
        assert moved == (0xFFFF if function == COILS else 0x7FFF)
    else:
        assert all(first[i : i + 2] != then[i : i + 2] for i in range(2, 22, 2))


def test_a_part_of_a_block_is_the_same_values_as_the_whole() -> None:
    controller = Controller(0, 0.0)
    controller.change(FORCED, value=True, now_ns=1)

    assert controller.answer(DISCRETE_INPUTS, 0, 16, 2) == b"\x02\x02\x00\x80"
    assert controller.answer(DISCRETE_INPUTS, 12, 4, 2) == b"\x02\x01\x08"


def test_a_change_is_carried_by_the_first_answer_that_holds_its_bit() -> None:
    controller = Controller(7, 0.0)

    door = controller.change(DOOR, value=True, now_ns=100)
    forced = controller.change(FORCED, value=True, now_ns=110)
    controller.answer(DISCRETE_INPUTS, 0, 15, now_ns=120)
    answer = controller.answer(DISCRETE_INPUTS, DOOR, 1, now_ns=130)
    controller.answer(DISCRETE_INPUTS, DOOR, 1, now_ns=140)

    assert answer == b"\x02\x01\x01"
    assert (door.controller, door.answered_ns) == (7, 130)
    assert forced.answered_ns == 0
    controller.answer(DISCRETE_INPUTS, 0, 16, now_ns=150)
    assert forced.answered_ns == 150


@pytest.mark.parametrize(
    ("function", "address", "count", "exception"),
    [(3, 5, 6, 2), (1, 0, 17, 2), (2, 16, 1, 2), (2, 32, 2, 2), (4, 0, 0, 2), (6, 0, 1, 1)],
)
def test_what_is_not_in_the_map_is_refused(function: int, address: int, count: int, exception: int) -> None:
    assert Controller(0, 0.1).answer(function, address, count, 1) == bytes((function | 0x80, exception))
