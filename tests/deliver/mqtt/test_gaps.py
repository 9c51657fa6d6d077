"""Which stretches go late, told as they begin and end."""

from __future__ import annotations

from gateway.deliver.mqtt.gaps import MOST, FirstLive, Gap, Gaps


def test_a_gap_stays_as_it_began_until_something_goes_live_again() -> None:
    gaps = Gaps()

    gaps.begin(3, 30)
    gaps.begin(4, 40)
    gaps.close(FirstLive(5, "a", 50))

    assert gaps.first == Gap(3, 30, FirstLive(5, "a", 50))
    assert not gaps.open


def test_a_loss_that_reaches_back_before_a_gap_takes_it_in() -> None:
    gaps = Gaps()
    gaps.begin(5, 50)
    gaps.close(FirstLive(6, "a", 60))

    gaps.begin(4, 45)

    assert gaps.first == Gap(4, 45)
    assert len(gaps) == 1


def test_a_loss_after_a_gap_is_one_of_its_own_even_within_the_same_batch() -> None:
    gaps = Gaps()
    gaps.begin(5, 50)
    gaps.close(FirstLive(5, "a", 55))

    gaps.begin(5, 58)

    assert gaps.first == Gap(5, 50, FirstLive(5, "a", 55))
    assert len(gaps) == 2


def test_a_gap_that_became_part_of_another_one_is_not_done_with_it() -> None:
    gaps = Gaps()
    gaps.begin(5, 50)
    old = gaps.first
    gaps.begin(4, 40)

    assert old is not None
    gaps.done(old)

    assert gaps.first == Gap(4, 40)


def test_a_line_that_breaks_without_end_makes_a_bounded_number_of_gaps() -> None:
    gaps = Gaps()

    for n in range(10 * MOST):
        gaps.begin(n, 0)
        gaps.close(FirstLive(n, "a", 1))
    gaps.begin(10 * MOST, 0)

    assert len(gaps) == MOST
    assert gaps.open
