from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import FIRE_RELEASE, Command, Link
from gateway.actor import Actor, Role
from gateway.decide.gate import COMMAND_LIFE_NS, UNLOCKS_PER_HOUR
from gateway.decide.ledger import LEDGER_SIZE
from gateway.installing import AcceptSerial
from gateway.model import AskCommand, Refused, Send
from tests.decide.town import COMMANDS, INSTALLER, MANAGER, PEOPLE, STAFF, VIEWER, Town, controller, town

STAFF_OF_G2 = Actor("u3", "孙", Role.STAFF, frozenset({"g2"}))
WORKERS = {Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("name", sorted(COMMANDS))
@pytest.mark.parametrize("role", list(Role))
def test_each_command_is_for_those_roles_and_no_others(role: Role, name: str) -> None:
    trial = Town()
    trial.up("c1", "c2")

    code = trial.ask(PEOPLE[role], name=name)

    may = WORKERS | {Role.STAFF} if COMMANDS[name].acts_as == "unlock" else WORKERS
    assert code == ("" if role in may else "role")
    assert bool(trial.sent()) is (role in may)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (AskCommand(MANAGER, "nowhere", "door1.unlock", {}, "courier"), "device_unknown"),
        (AskCommand(MANAGER, "c1", "explode", {}, "courier"), "command_unknown"),
        (AskCommand(VIEWER, "c1", "explode", {}, "courier"), "role"),
        (AskCommand(STAFF_OF_G2, "c1", "door1.unlock", {}, "courier"), "grid"),
        (AskCommand(MANAGER, "c1", "door1.unlock", {}, " "), "reason_needed"),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason(act: AskCommand, code: str) -> None:
    trial = Town()

    (refused,) = trial.take(act)

    assert isinstance(refused, Refused)
    assert (refused.act, refused.code) == (act, code)
    assert refused.why


def test_a_command_that_may_be_is_sent_with_a_short_life_and_all_that_was_said() -> None:
    trial = Town()
    trial.up("c1")

    out = trial.take(AskCommand(STAFF, "c1", "door2.unlock", {"seconds": 3}, " courier ", "r1"))

    (sent,) = [outcome for outcome in out if isinstance(outcome, Send)]
    life_ends = trial.now.boottime_ns + COMMAND_LIFE_NS
    assert sent == Send(Command(1, "c1", "door2.unlock", {"seconds": 3}, life_ends), "staff", "courier")


@pytest.mark.parametrize("reboot", [False, True])
def test_the_same_wish_is_done_once_whatever_was_restarted_in_between(*, reboot: bool) -> None:
    trial = Town()
    trial.up("c1")
    assert trial.ask(request="r1") == ""

    trial.wait(60)
    again = trial.ask(request="r1")
    trial.restart(reboot=reboot, off_seconds=60)
    after = trial.ask(request="r1")

    assert (again, after) == ("repeated", "repeated")
    assert trial.ask(STAFF, request="r1") == "", "another person's wish has its own names"
    assert len(trial.sent()) == 2


def test_a_wish_that_was_refused_may_be_asked_again() -> None:
    trial = Town()
    trial.up("c1")
    trial.ask()

    assert trial.ask(request="r1") == "too_soon"
    trial.wait(2)

    assert trial.ask(request="r1") == ""


def test_a_door_is_not_worked_twice_within_two_seconds_and_its_neighbour_may_be() -> None:
    trial = Town()
    trial.up("c1", "c2")
    trial.ask()

    codes = [trial.ask(name=name, device=device) for device, name in (("c1", "door1.unlock"), ("c1", "door2.unlock"))]
    elsewhere = trial.ask(device="c2")
    trial.restart()
    survived = trial.ask()
    trial.wait(2)

    assert codes == ["too_soon", ""]
    assert elsewhere == ""
    assert survived == "too_soon"
    assert trial.ask() == ""


@pytest.mark.parametrize("trusted", [True, False])
def test_a_person_unlocks_ten_doors_in_an_hour_and_a_restart_does_not_make_it_more(*, trusted: bool) -> None:
    trial = Town()
    trial.up("c1")
    for _ in range(UNLOCKS_PER_HOUR):
        assert trial.ask() == ""
        trial.wait(2)

    assert trial.ask() == "too_many"
    assert trial.ask(name="door1.relay_test") == "", "what is no unlock is not counted"
    assert trial.ask(STAFF, name="door2.unlock") == "", "each person is counted alone"
    trial.restart(reboot=True, off_seconds=30, trusted=trusted)
    assert trial.ask(name="door2.unlock") == "too_many"
    trial.wait(3_600)

    assert trial.ask(name="door2.unlock") == ""


def test_the_hour_passes_without_power_too_where_the_clock_is_believed() -> None:
    trial = Town()
    trial.up("c1")
    for _ in range(UNLOCKS_PER_HOUR):
        trial.ask()
        trial.wait(2)

    trial.restart(reboot=True, off_seconds=3_600)

    assert trial.ask() == ""


def test_a_box_that_never_knows_the_time_locks_nobody_out_for_ever() -> None:
    trial = Town()
    trial.up("c1")
    trial.ask()

    trial.restart(reboot=True, utc=0.0, trusted=False)

    assert trial.ask() == "", "five seconds after boot the last command is at least five seconds old"


def test_a_box_that_is_not_the_right_one_is_not_commanded() -> None:
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1")))
    trial.found("c1", Link.MISCONFIGURED, "999")

    assert trial.ask() == "swapped"
    trial.found("c1", Link.UP, "1")
    assert trial.ask() == ""


def test_a_retired_controller_is_not_commanded_even_where_the_driver_would() -> None:
    trial = Town(town(c1=controller("c1", "b1", ["door1"], serial="1")))
    trial.found("c1", Link.UP, "1")
    trial.take(AcceptSerial(INSTALLER, "c1", "2", "lightning"))

    assert trial.ask() == "swapped"
    trial.found("c1", Link.UP, "2")
    assert trial.ask() == ""


# ---------------------------------------------------------------- numbers


def test_numbers_go_on_even_where_the_journal_lost_the_next_one() -> None:
    trial = Town()
    trial.ask()
    trial.wait(2)
    trial.ask()
    del trial.disk["command_number"]

    trial.restart()
    trial.wait(2)
    trial.ask()

    assert trial.sent() == [1, 2, 3]


def test_the_ledger_is_bounded_in_memory_and_on_disk() -> None:
    trial = Town()
    for number in range(LEDGER_SIZE + 5):
        trial.wait(2)
        trial.ask(Actor(f"u{number // 10}", "", Role.MANAGER), device=("c1", "c2")[number % 2])

    kept = sorted(int(key.partition(":")[2]) for key in trial.disk if key.startswith("sent:"))

    assert kept == list(range(6, LEDGER_SIZE + 6))
    assert len(trial.judge.doors._ledger._sent) == LEDGER_SIZE


asks = st.tuples(
    st.sampled_from(list(PEOPLE.values())),
    st.sampled_from(["c1", "c2", "c3", "nowhere"]),
    st.sampled_from([*COMMANDS, "explode"]),
    st.sampled_from(["", "r1", "r2", "r3"]),
    st.sampled_from(["", "courier"]),
    st.sampled_from([0.0, 0.5, 2.0, 30.0]),
    st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(asks, max_size=30))
def test_nothing_passes_that_may_not_and_no_number_or_wish_is_sent_twice(
    wishes: list[tuple[Actor, str, str, str, str, float, bool]],
) -> None:
    trial = Town()
    trial.up("c1", "c2", "c3")
    sent: list[tuple[str, str]] = []
    for actor, device, name, request, reason, pause, restart in wishes:
        out = trial.take(AskCommand(actor, device, name, {}, reason, request))
        passed = [outcome for outcome in out if isinstance(outcome, Send)]
        refused = [outcome for outcome in out if isinstance(outcome, Refused)]
        assert len(passed) + len(refused) == 1
        assert all(no.code and no.why for no in refused)
        if passed:
            assert actor.role in WORKERS | ({Role.STAFF} if name.endswith("unlock") else set())
            assert reason
            sent.append((actor.id, request))
        trial.wait(pause)
        if restart:
            trial.restart()

    named = [wish for wish in sent if wish[1]]
    assert len(named) == len(set(named))
    assert len(trial.sent()) == len(set(trial.sent()))


def test_fire_release_is_no_command() -> None:
    trial = Town()

    assert trial.ask(name=FIRE_RELEASE) == "command_unknown"
