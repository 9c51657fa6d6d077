"""Opening a whole cabinet: two persons, two compartments at a time."""

from __future__ import annotations

from gateway.model import NANOSECONDS, Recorded, Send
from tests.decide.lockers.hall import LI, WANG, Hall

ALL = [f"locker1/c{number}" for number in range(1, 7)]


def ended(h: Hall) -> dict[str, object]:
    """How the last one ended."""
    rows = [o.body for o in h.said if isinstance(o, Recorded) and o.kind == "locker_open_all"]
    return dict(next(row for row in reversed(rows) if row["what"] == "ended"))


def test_one_person_opens_nothing() -> None:
    h = Hall()

    assert [h.open_all(WANG), h.confirm(WANG)] == ["", "same_person"]
    h.wait(30)

    assert h.sent == []
    pending = h.lockers.pending_open_all["locker1"]
    assert (pending.by, pending.reason, pending.until_utc) == ("王芳", "flood", h.now.utc + 90)


def test_a_second_person_confirms_and_all_open_two_at_a_time() -> None:
    h = Hall()
    h.open_all(WANG)

    assert h.confirm(LI) == ""
    counted = [len(h.sent)]
    for _ in range(3):
        h.wait(3)
        counted.append(len(h.sent))

    assert counted == [2, 4, 6, 6]
    assert h.sent == ALL
    assert ended(h) == {"what": "ended", "told": 6, "left": 0, "why": ""}
    assert {o.actor for o in h.said if isinstance(o, Send)} == {"王芳, 李伟"}
    assert h.lockers.running_open_all == {}


def test_a_request_that_nobody_confirms_lapses_after_two_minutes() -> None:
    h = Hall()
    h.open_all(WANG)

    h.wait(120)

    assert h.confirm(LI) == "nothing_to_confirm"
    assert h.lockers.pending_open_all == {}


def test_a_request_waits_over_a_restart_for_what_is_left_of_its_time() -> None:
    h = Hall()
    h.open_all(WANG)

    h.restart(off_seconds=60)
    h.up()

    assert h.lockers.pending_open_all["locker1"].until_utc == h.now.utc + 60
    assert h.confirm(LI) == ""


def test_a_confirmed_one_is_not_confirmed_again() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    assert h.confirm(LI) == "nothing_to_confirm"


def test_others_who_open_something_meanwhile_count_among_the_two() -> None:
    h = Hall()
    h.open("locker1/c6")
    h.open_all(WANG)

    h.confirm(LI)
    first = list(h.sent)
    h.wait(12)

    assert first == ["locker1/c6", "locker1/c1"]
    assert sorted(h.sent) == sorted([*ALL, "locker1/c6"])


def test_what_is_open_or_out_of_service_is_left_out() -> None:
    h = Hall()
    h.service("c2", out=True)
    h.open("locker1/c1")
    h.show("locker1/c1", door=True)
    h.wait(6)
    h.said.clear()
    h.open_all(WANG)

    h.confirm(LI)
    h.wait(12)

    assert h.sent == ALL[2:]


def test_a_fire_ends_it() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    h.fire()
    h.wait(30)

    assert h.sent == ALL[:2]
    assert ended(h) == {"what": "ended", "told": 2, "left": 4, "why": "fire"}


def test_a_link_that_is_lost_ends_it() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    h.down()
    h.wait(3)
    h.up()
    h.wait(30)

    assert h.sent == ALL[:2]
    assert ended(h)["why"] == "offline"


def test_a_restart_ends_it() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    h.restart(off_seconds=1)
    h.up()
    h.wait(30)

    assert h.sent == ALL[:2]
    assert ended(h) == {"what": "ended", "told": 2, "left": 4, "why": "interrupted"}


def test_a_reload_does_not_end_it() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    h._keep(h.judge.adopt(h.rules, h.now))
    h.wait(12)

    assert h.sent == ALL


def test_its_commands_live_as_long_as_any() -> None:
    h = Hall()
    h.open_all(WANG)
    h.confirm(LI)

    assert {o.command.expires_ns for o in h.said if isinstance(o, Send)} == {h.now.boottime_ns + 5 * NANOSECONDS}
