"""How far a device was heard."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.bookmark import DIGESTS, GAPS, Bookmark, Gap, Heard, digest_of, from_cursor, to_cursor


def heard(*numbers: int, boot: str = "1", mark: Bookmark | None = None) -> tuple[Bookmark, list[Heard]]:
    mark = mark or Bookmark()
    verdicts = []
    for number in numbers:
        mark, verdict = mark.take(boot, number)
        verdicts.append(verdict)
    return mark, verdicts


def test_the_first_message_ever_is_new_and_leaves_no_gap() -> None:
    mark, verdicts = heard(41)

    assert verdicts == [Heard.NEW]
    assert mark.gaps == ()


def test_what_comes_twice_counts_once() -> None:
    _, verdicts = heard(1, 2, 2, 1)

    assert verdicts == [Heard.NEW, Heard.NEW, Heard.AGAIN, Heard.AGAIN]


def test_what_was_overtaken_is_late_once() -> None:
    _, verdicts = heard(1, 4, 2, 3, 2)

    assert verdicts == [Heard.NEW, Heard.NEW, Heard.LATE, Heard.LATE, Heard.AGAIN]


def test_what_is_too_old_to_be_remembered_is_for_others_to_judge() -> None:
    _, verdicts = heard(1, 200, 100, 136)

    assert verdicts == [Heard.NEW, Heard.NEW, Heard.OLD, Heard.LATE]


def test_a_gap_is_remembered_until_it_is_closed() -> None:
    mark, _ = heard(1, 5)

    assert mark.gaps == (Gap("1", 2, 4),)
    assert mark.closed(mark.gaps[0]).gaps == ()


@pytest.mark.parametrize(
    ("late", "lacking"),
    [
        ((), Gap("1", 2, 4)),
        ((2,), Gap("1", 3, 4)),
        ((4,), Gap("1", 2, 3)),
        ((3,), Gap("1", 2, 4)),
        ((2, 3, 4), None),
    ],
)
def test_a_gap_lacks_what_did_not_come_late(late: tuple[int, ...], lacking: Gap | None) -> None:
    mark, _ = heard(1, 5, *late)

    assert mark.lacks(Gap("1", 2, 4)) == lacking


def test_a_new_boot_begins_anew_and_names_what_was_missed_of_it() -> None:
    mark, _ = heard(7, boot="1")
    mark, verdicts = heard(3, 4, boot="2", mark=mark)

    assert verdicts == [Heard.NEW, Heard.NEW]
    assert mark.gaps == (Gap("2", 1, 2),)


def test_the_last_messages_of_the_boot_before_may_come_late() -> None:
    mark, _ = heard(7, boot="1")
    mark, _ = heard(1, boot="2", mark=mark)
    mark, verdicts = heard(7, 8, 8, boot="1", mark=mark)

    assert verdicts == [Heard.AGAIN, Heard.NEW, Heard.AGAIN]
    assert mark.now is not None
    assert mark.now.boot == "2"


def test_a_boot_from_long_ago_is_no_new_boot() -> None:
    mark, _ = heard(7, boot="16")
    mark, _ = heard(1, boot="17", mark=mark)
    mark, verdicts = heard(5, boot="9", mark=mark)

    assert verdicts == [Heard.OLD]
    assert mark.now is not None
    assert mark.now.boot == "17"


def test_a_device_that_counts_wildly_does_not_fill_its_cursor() -> None:
    mark, _ = heard(*range(1, 10_000, 7))
    wild, _ = heard(*range(2, 200, 3), boot="2", mark=mark)

    assert len(mark.gaps) == GAPS
    assert mark.gaps[-1].last == 9_996
    assert len(wild.gaps) == GAPS


@given(st.lists(st.integers(min_value=1, max_value=60), max_size=80))
def test_each_number_within_the_window_counts_exactly_once(numbers: list[int]) -> None:
    _, verdicts = heard(*numbers)

    taken = [number for number, verdict in zip(numbers, verdicts, strict=True) if verdict is not Heard.AGAIN]
    assert sorted(taken) == sorted(set(numbers))


@given(st.lists(st.tuples(st.sampled_from(["1", "2", "x"]), st.integers(min_value=0, max_value=300)), max_size=40))
def test_a_bookmark_comes_back_from_its_cursor(said: list[tuple[str, int]]) -> None:
    mark = Bookmark()
    for boot, number in said:
        mark, _ = mark.take(boot, number)
    mark = mark.took("ab", 2) if said else mark

    assert from_cursor(json.loads(json.dumps(to_cursor(mark)))) == mark


@pytest.mark.parametrize(
    "cursor", [None, 5, [], {"boot": 1}, {"before": [1, 2]}, {"gaps": 7, "digests": 3, "ours": "x"}]
)
def test_a_cursor_of_another_make_counts_as_nothing(cursor: object) -> None:
    assert from_cursor(cursor) == Bookmark()


def test_a_cursor_stays_small() -> None:
    mark, _ = heard(2**53, 2**53 + 70)
    for number in range(2 * DIGESTS):
        mark = mark.took(digest_of("t", str(number).encode()), 1)

    assert len(json.dumps(to_cursor(mark))) < 2_000
    assert not mark.knows(digest_of("t", b"0"))
    assert mark.knows(digest_of("t", b"127"))
    assert not mark.knows(digest_of("other", b"127"))
