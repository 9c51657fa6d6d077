from __future__ import annotations

import pytest

from drivers.modbus.ring import Catch, Cursor, Gap, Miss, Pointers, Slot, accepted, route, slots_of
from simulator.ring import Ring

SLOTS, MOST = 256, 15


def slot(sequence: int) -> Slot:
    return Slot(sequence, 1_800_000_000, 1, 1, 0, 7)


def at(head: int, tail: int = 1, epoch: int = 1, boot: int = 1) -> Pointers:
    return Pointers(epoch, boot, head, tail)


def caught(
    cursor: Cursor | None, before: Pointers, after: Pointers | None = None, serial: str = "9", **more: bool
) -> Catch | Miss:
    """What is kept when the ring is all right."""
    way = route(cursor, serial, before, SLOTS, MOST)
    read = [slot(way.first + place) for place in range(way.count)]
    return accepted(cursor, way, before, read, serial, after or before, **more)


def test_a_slot_says_what_the_controller_wrote_and_a_damaged_one_nothing() -> None:
    ring = Ring()
    ring.append(1_800_000_000, 11, 3, 0x12345678)
    content = bytearray(ring.read(8, 16))

    assert slots_of(bytes(content)) == (Slot(1, 1_800_000_000, 11, 3, 0, 0x12345678), None)

    content[9] ^= 1
    assert slots_of(bytes(content))[0] is None


def test_a_read_stops_at_the_head_at_the_most_and_at_the_end_of_the_ring() -> None:
    assert route(Cursor("9", 1, 5), "9", at(8), SLOTS, MOST).count == 3
    assert route(Cursor("9", 1, 5), "9", at(80), SLOTS, MOST).count == 15
    assert route(Cursor("9", 1, 250), "9", at(270, 14), SLOTS, MOST).count == 6
    assert route(Cursor("9", 1, 256), "9", at(270, 14), SLOTS, MOST).count == 14


def test_nothing_new_is_nothing_to_do() -> None:
    assert not route(Cursor("9", 1, 8), "9", at(8), SLOTS, MOST).leads_on


def test_events_move_the_cursor_behind_them() -> None:
    catch = caught(Cursor("9", 1, 5), at(8))

    assert catch == Catch((), (slot(5), slot(6), slot(7)), Cursor("9", 1, 8))


def test_a_new_device_is_read_from_its_oldest_event_on() -> None:
    catch = caught(None, at(500, 244))

    assert isinstance(catch, Catch)
    assert catch.gaps == (Gap(1, "9-1", 1, 244, "overrun", "9-1"),)
    assert catch.events[0].sequence == 244


def test_what_was_overwritten_is_a_gap_in_front_of_what_was_not() -> None:
    catch = caught(Cursor("9", 1, 5), at(500, 244))

    assert isinstance(catch, Catch)
    assert catch.gaps == (Gap(1, "9-1", 5, 244, "overrun", "9-1"),)
    assert catch.cursor.next == 256


@pytest.mark.parametrize(
    ("serial", "now", "gap", "cursor"),
    [
        ("9", at(4, epoch=2), Gap(1, "9-1", 50, None, "ring wiped", "9-2"), Cursor("9", 2, 4, gaps=1)),
        (
            "8",
            at(4),
            Gap(1, "9-1", 50, None, "controller replaced", "8-1"),
            Cursor("8", 1, 4, gaps=1, past={"9": (1, 0, 50)}),
        ),
        ("9", at(4), Gap(1, "9-1", 50, None, "impossible pointer", "9-1.1"), Cursor("9", 1, 4, turn=1, gaps=1)),
    ],
)
def test_a_ring_that_is_another_one_is_read_from_its_start(
    serial: str, now: Pointers, gap: Gap, cursor: Cursor
) -> None:
    assert caught(Cursor("9", 1, 50), now, serial=serial) == Catch((gap,), (slot(1), slot(2), slot(3)), cursor)


def test_a_controller_that_comes_back_is_read_on_where_it_was_left() -> None:
    away = Cursor("8", 3, 20, past={"9": (1, 2, 50)})

    catch = caught(away, at(52))

    assert isinstance(catch, Catch)
    assert catch.events == (slot(50), slot(51))
    assert catch.cursor == Cursor("9", 1, 52, turn=2, gaps=1, past={"8": (3, 0, 20)})


def test_a_controller_that_comes_back_with_a_wiped_ring_is_read_from_its_start() -> None:
    away = Cursor("8", 3, 20, past={"9": (1, 2, 50)})

    catch = caught(away, at(60, epoch=2))

    assert isinstance(catch, Catch)
    assert catch.events[0] == slot(1)
    assert catch.cursor.ring == "9-2"


def test_an_empty_ring_in_place_of_another_is_told_without_an_event() -> None:
    catch = caught(Cursor("9", 1, 50), at(1, epoch=2))

    assert catch == Catch((Gap(1, "9-1", 50, None, "ring wiped", "9-2"),), (), Cursor("9", 2, 1, gaps=1))


@pytest.mark.parametrize(
    ("serial", "after"),
    [
        ("9", at(8, epoch=2)),
        ("8", at(8)),
        ("9", at(8, boot=2)),
        ("9", at(7)),
        ("9", Pointers(1, 1, 8, 0)),
    ],
    ids=["wiped", "replaced", "started again", "head behind", "tail behind"],
)
def test_nothing_is_kept_that_was_read_while_the_ring_became_another(serial: str, after: Pointers) -> None:
    cursor = Cursor("9", 1, 5)
    way = route(cursor, "9", at(8), SLOTS, MOST)

    verdict = accepted(cursor, way, at(8), [slot(5), slot(6), slot(7)], serial, after)

    assert verdict is Miss.MOVED


def test_a_batch_ends_before_the_first_slot_that_is_not_the_one_that_was_asked_for() -> None:
    cursor = Cursor("9", 1, 5)
    way = route(cursor, "9", at(10), SLOTS, MOST)

    catch = accepted(cursor, way, at(10), [slot(5), slot(6), slot(263), None, slot(9)], "9", at(10))

    assert catch == Catch((), (slot(5), slot(6)), Cursor("9", 1, 7))


def test_slots_overwritten_while_they_were_read_are_a_gap_up_to_the_first_that_was_not() -> None:
    cursor = Cursor("9", 1, 5)
    way = route(cursor, "9", at(300, 44), SLOTS, MOST)
    read = [slot(300), slot(301), *(slot(44 + place) for place in range(2, 15))]

    catch = accepted(cursor, way, at(300, 44), read, "9", at(303, 47))

    assert isinstance(catch, Catch)
    assert catch.gaps == (Gap(1, "9-1", 5, 46, "overrun", "9-1"),)
    assert catch.events[0] == slot(46)


def test_a_damaged_slot_is_passed_over_only_when_told_to_and_only_with_a_good_one_behind_it() -> None:
    cursor = Cursor("9", 1, 5)
    way = route(cursor, "9", at(8), SLOTS, MOST)

    assert accepted(cursor, way, at(8), [None, slot(6), slot(7)], "9", at(8)) is Miss.DAMAGED
    assert accepted(cursor, way, at(8), [None, None, None], "9", at(8), give_up=True) is Miss.DAMAGED
    catch = accepted(cursor, way, at(8), [None, slot(6), slot(7)], "9", at(8), give_up=True)

    assert catch == Catch((Gap(1, "9-1", 5, 6, "unreadable", "9-1"),), (slot(6), slot(7)), Cursor("9", 1, 8, gaps=1))


def test_an_overrun_and_damage_behind_it_are_two_gaps() -> None:
    cursor = Cursor("9", 1, 5)
    way = route(cursor, "9", at(300, 44), SLOTS, MOST)
    read = [None, *(slot(44 + place) for place in range(1, 15))]

    catch = accepted(cursor, way, at(300, 44), read, "9", at(300, 44), give_up=True)

    assert isinstance(catch, Catch)
    assert catch.gaps == (
        Gap(1, "9-1", 5, 44, "overrun", "9-1"),
        Gap(2, "9-1", 44, 45, "unreadable", "9-1"),
    )


def test_pointers_that_no_ring_can_have_are_not_sound() -> None:
    assert at(257, 1).sound(SLOTS)
    assert not at(258, 1).sound(SLOTS)
    assert not at(3, 4).sound(SLOTS)


@pytest.mark.parametrize(
    "cursor",
    [Cursor("9", 1, 5), Cursor("9", 0xFFFF, 1 << 31, 3, 12, {"8": (1, 0, 7), "7": (2, 1, 9)})],
)
def test_a_cursor_comes_back_from_the_disk_as_it_was(cursor: Cursor) -> None:
    assert Cursor.of(cursor.json()) == cursor


@pytest.mark.parametrize(
    "odd", [None, 7, "x", [], {}, {"epoch": 9}, {"serial": "9", "epoch": "a", "next": 1}, {"n": 1}]
)
def test_what_is_no_cursor_is_none(odd: object) -> None:
    assert Cursor.of(odd) is None


def test_no_more_than_four_controllers_are_remembered() -> None:
    cursor: Cursor | None = None
    for serial in range(10):
        catch = caught(cursor, at(3), serial=str(serial))
        assert isinstance(catch, Catch)
        cursor = catch.cursor

    assert cursor is not None
    assert list(cursor.past) == ["5", "6", "7", "8"]
