"""A clock that jumps, loses the time or is not to be believed leaves no grid with nobody."""

from __future__ import annotations

from gateway.duty import TakeOver
from tests.decide.people.post import HOUR, MINUTE, STAFF, Post, at, of_grid, told

PROOF = ("proof", "person:li")
LONG_AGO = 1_000_000.0


def test_a_clock_that_is_not_trusted_any_more_goes_on_from_its_last_trusted_moment() -> None:
    post = Post(utc=at(19))

    jumped = post.set_clock(LONG_AGO, trusted=False)
    turned = post.wait(HOUR)

    assert told(jumped) == []
    assert of_grid(turned, "g1") == [PROOF]
    assert not post.people.clock_lost


def test_a_restart_in_the_same_boot_goes_on_from_the_time_that_was_noted() -> None:
    post = Post(utc=at(18))
    post.wait(MINUTE)

    post.restart(utc=LONG_AGO, trusted=False)
    turned = post.wait(2 * HOUR)

    assert of_grid(turned, "g1") == [PROOF]


def test_after_a_power_cut_a_clock_that_lost_the_time_keeps_whoever_was_on_duty() -> None:
    post = Post(utc=at(19))
    post.wait(MINUTE)

    lost = post.restart(reboot=True, utc=LONG_AGO, trusted=False)
    later = post.wait(3 * HOUR)

    assert told(lost) == [("duty_kept", "leader")]
    assert told(later) == []
    assert post.people.clock_lost
    assert post.people.in_role("g1", "duty") == ("zhang",)
    assert post.people.in_role("g1", "deputy") == ("li",)


def test_that_the_clock_lost_the_time_is_told_once() -> None:
    post = Post(utc=at(19))
    post.wait(MINUTE)
    post.restart(reboot=True, utc=LONG_AGO, trusted=False)

    again = post.restart(trusted=False) + post.restart(reboot=True, utc=LONG_AGO, trusted=False)

    assert told(again) == []


def test_shifts_turn_again_when_the_clock_is_right_again() -> None:
    post = Post(utc=at(19))
    post.wait(MINUTE)
    post.restart(reboot=True, utc=LONG_AGO, trusted=False)

    right = post.set_clock(at(22))

    assert of_grid(right, "g1") == [PROOF]
    assert not post.people.clock_lost
    assert told(post.restart(reboot=True, utc=LONG_AGO, trusted=False)) == [("duty_kept", "leader")]


def test_a_hand_over_may_be_done_while_the_clock_is_lost() -> None:
    post = Post(utc=at(19))
    post.wait(MINUTE)
    post.restart(reboot=True, utc=LONG_AGO, trusted=False)

    post.act(TakeOver(STAFF, "g1", "li"))

    assert post.people.in_role("g1", "duty") == ("li",)


def test_by_a_clock_that_may_be_right_the_next_one_is_called_and_the_one_before_stays() -> None:
    post = Post(utc=at(19))
    post.wait(MINUTE)

    post.restart(reboot=True, utc=at(21), trusted=False)

    assert post.people.in_role("g1", "duty") == ("zhang", "li")
    assert post.people.on_duty("g1").responsible == "zhang"


def test_a_first_start_takes_whatever_clock_there_is() -> None:
    post = Post(utc=at(10))
    post.disk.clear()

    post.restart(reboot=True, utc=at(21), trusted=False)

    assert post.people.in_role("g1", "duty") == ("li",)


def test_a_clock_that_is_corrected_over_the_begin_of_a_shift_does_not_undo_it() -> None:
    post = Post(utc=at(19.9))
    post.until(20)
    post.act(TakeOver(STAFF, "g1", "li"))

    back = post.set_clock(at(20) - 5)
    forth = post.wait(2 * MINUTE)

    assert (told(back), told(forth)) == ([], [])
    assert post.people.in_role("g1", "duty") == ("li",)


def test_a_clock_that_was_hours_fast_lets_the_right_shift_run() -> None:
    post = Post(utc=at(20))

    post.set_clock(at(14))

    duty = post.people.on_duty("g1")
    assert (duty.person, duty.begins_utc) == ("zhang", at(8))


def test_a_jump_over_several_shifts_proves_only_the_one_that_runs() -> None:
    post = Post(utc=at(10))

    jumped = post.set_clock(at(21, day=3))

    assert of_grid(jumped, "g1") == [PROOF]
    assert post.people.in_role("g1", "duty") == ("zhang", "li")


def test_a_hand_over_is_late_by_the_time_that_passed_and_not_by_the_clock() -> None:
    post = Post(utc=at(20) - 1)
    post.until(20)

    jumped = post.set_clock(at(21))
    early = post.wait(10 * MINUTE - 1)
    late = post.wait(1)

    assert (told(jumped), told(early)) == ([], [])
    assert told(late) == [("hand_over_late", "leader")]


def test_a_power_cut_with_a_lost_clock_lengthens_a_hand_over_by_a_minute_at_most() -> None:
    post = Post(utc=at(20) - 1)
    post.until(20)
    post.wait(6 * MINUTE)

    post.restart(reboot=True, utc=LONG_AGO, trusted=False)
    early = post.wait(4 * MINUTE - 1)
    late = post.wait(MINUTE + 1)

    assert (told(early), told(late)) == ([], [("hand_over_late", "leader")])


def test_the_time_is_noted_often_enough_to_see_that_a_clock_lost_some_hours() -> None:
    post = Post(utc=at(10))
    post.wait(3 * HOUR)

    lost = post.restart(reboot=True, utc=at(11), trusted=False)

    assert told(lost) == [("duty_kept", "leader")]


def test_a_clock_that_was_set_back_for_good_is_no_lost_one_after_a_power_cut() -> None:
    post = Post(utc=at(20))
    post.wait(MINUTE)
    post.set_clock(at(14))
    post.wait(MINUTE)

    post.restart(reboot=True, utc=at(15), trusted=False)

    assert not post.people.clock_lost
