from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.influx.covered import FRESH, Covered, Stretch


def test_few_batches_go_in_their_order() -> None:
    covered = Covered(10)

    assert covered.next(10) is None
    assert covered.next(12) == Stretch(10, 12)


def test_after_an_outage_the_newest_go_first_and_then_both_take_turns() -> None:
    covered = Covered(0)
    committed = 1000
    order = []

    for _ in range(4):
        stretch = covered.next(committed)
        assert stretch is not None
        sent = stretch if stretch.after else Stretch(0, 50)  # a request does not hold the whole of a long outage
        covered.done(sent)
        order.append(sent)
        committed += 1

    assert order == [Stretch(1000 - FRESH, 1000), Stretch(0, 50), Stretch(1001 - 1, 1002), Stretch(50, 1000 - FRESH)]
    assert covered.cursor == 1002
    assert covered.next(committed) == Stretch(1002, 1004)


def test_the_backlog_does_not_wait_when_nothing_is_fresh() -> None:
    covered = Covered(0)
    covered.done(Stretch(97, 100))

    covered.done(Stretch(0, 20))

    assert covered.next(100) == Stretch(20, 97)
    assert covered.cursor == 20


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8)), min_size=1, max_size=60))
def test_every_batch_is_sent_and_the_cursor_never_passes_one_that_was_not(turns: list[tuple[int, int]]) -> None:
    """Each turn sends so many batches of what is next, while so many new ones are committed."""
    covered, committed, sent = Covered(0), 30, set[int]()

    def send(most: int) -> bool:
        stretch = covered.next(committed)
        if stretch is None:
            return False
        assert stretch.after < stretch.last <= committed
        some = Stretch(stretch.after, min(stretch.last, stretch.after + most))
        assert sent.isdisjoint(range(some.after + 1, some.last + 1))
        sent.update(range(some.after + 1, some.last + 1))
        before = covered.cursor
        covered.done(some)
        assert covered.cursor >= before
        assert sent.issuperset(range(1, covered.cursor + 1))
        return True

    for most, more in turns:
        send(most)
        committed += more
    while send(7):
        pass

    assert covered.cursor == committed
    assert sent == set(range(1, committed + 1))
