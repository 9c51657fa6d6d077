"""Which packets pass the gate of one sensor, and which do not, whoever sends them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.bthome import Verdict
from drivers.ble.gate import LATE_NS, SAME_NS, Gate, Judgement, Passage
from tests.drivers.ble.packets import CIPHER, HEARTBEAT, MAC, sealed

SECOND = 1_000_000_000
NOW = 1000 * SECOND
OTHER = bytes.fromhex("0164")


def judge(gate: Gate, data: bytes, now_ns: int = NOW) -> Passage:
    return gate.judge(data, MAC, CIPHER, now_ns, keyed=True)


def passed(gate: Gate, counter: int, now_ns: int = NOW, objects: bytes = HEARTBEAT) -> Judgement:
    return judge(gate, sealed(objects, counter), now_ns).judgement


def test_the_first_packet_passes_whatever_its_counter() -> None:
    assert passed(Gate(), 7) is Judgement.NEW
    assert passed(Gate(), 0xFFFFFFFF) is Judgement.NEW


def test_each_packet_passes_once() -> None:
    gate = Gate()

    assert [passed(gate, counter) for counter in (7, 7, 8, 8, 50_000)] == [
        Judgement.NEW,
        Judgement.REPEAT,
        Judgement.NEW,
        Judgement.REPEAT,
        Judgement.NEW,
    ]


@pytest.mark.parametrize("later", [11 * SECOND, 3600 * SECOND])
@pytest.mark.parametrize("counter", [0, 1, 50, 99, 6_000, 6_999])
def test_what_was_recorded_is_a_replay(counter: int, later: int) -> None:
    gate = Gate()
    passed(gate, 7_000)

    assert passed(gate, counter, NOW + later) is Judgement.REPLAY
    assert gate.counter == 7_000


def test_a_heartbeat_of_before_an_alarm_is_a_replay_at_once() -> None:
    gate = Gate()
    passed(gate, 10, NOW - 40 * SECOND)
    passed(gate, 11, NOW)

    assert passed(gate, 10, NOW + SECOND) is Judgement.REPLAY


def test_a_replay_after_fifty_thousand_packets_is_one() -> None:
    for wraps in (False, True):
        gate = Gate()
        gate.wraps = wraps
        passed(gate, 5, NOW)
        passed(gate, 32_000, NOW + SECOND)
        passed(gate, 50_005, NOW + 2 * SECOND)

        assert passed(gate, 5, NOW + 3 * SECOND) is Judgement.REPLAY


def test_after_a_restart_only_newer_counters_pass() -> None:
    gate = Gate()
    gate.restore(500)

    assert passed(gate, 499) is Judgement.REPLAY
    assert passed(gate, 500) is Judgement.REPEAT  # its own copies may still be in the air
    assert passed(gate, 501) is Judgement.NEW
    assert passed(gate, 499) is Judgement.REPLAY


def test_copies_that_overtake_each_other_are_late_and_no_attack() -> None:
    gate = Gate()
    times = {counter: NOW + counter * SECOND // 10 for counter in range(20)}
    for counter, now_ns in times.items():
        passed(gate, counter, now_ns)

    assert [passed(gate, counter, NOW + 2 * SECOND) for counter in (18, 17, 5)] == [Judgement.LATE] * 3
    assert passed(gate, 18, NOW + 20 * SECOND) is Judgement.REPLAY


def test_a_packet_that_was_overtaken_is_looked_into_and_does_not_pass() -> None:
    gate = Gate()
    passed(gate, 10)
    passed(gate, 12, NOW + SECOND)

    overtaken = judge(gate, sealed(OTHER, 11), NOW + 2 * SECOND)

    assert overtaken.judgement is Judgement.LATE
    assert overtaken.packet is not None
    assert overtaken.packet.verdict is Verdict.OK
    assert gate.counter == 12


def test_another_packet_under_the_last_counter_does_not_pass() -> None:
    gate = Gate()
    passed(gate, 10)

    soon = judge(gate, sealed(OTHER, 10), NOW + SECOND)
    assert soon.judgement is Judgement.LATE
    assert soon.packet is not None  # it is looked into
    assert passed(gate, 10, NOW + LATE_NS + 1, OTHER) is Judgement.REPLAY


def test_what_does_not_decrypt_moves_nothing() -> None:
    gate = Gate()
    passed(gate, 10)
    forged = sealed(HEARTBEAT, 4_000_000_000)[:-1] + b"\x00"

    refused = judge(gate, forged)

    assert refused.judgement is Judgement.REFUSED
    assert refused.packet is not None
    assert refused.packet.verdict is Verdict.BAD_MIC
    assert gate.counter == 10


@pytest.mark.parametrize("data", [b"", b"\x40\x29\x01", b"\x41", b"\x61\x00", bytes(300)])
def test_what_is_not_sealed_never_passes_a_sensor_with_a_key(data: bytes) -> None:
    gate = Gate()

    assert [judge(gate, data).judgement for _ in range(2)] == [Judgement.REFUSED] * 2


def test_a_battery_change_lets_one_older_counter_begin_anew() -> None:
    gate = Gate()
    passed(gate, 9_000)
    gate.swap_until_ns = NOW + 60 * SECOND

    assert passed(gate, 3, NOW + 30 * SECOND) is Judgement.RENEWED
    assert passed(gate, 4, NOW + 31 * SECOND) is Judgement.NEW
    assert passed(gate, 1, NOW + 50 * SECOND) is Judgement.REPLAY  # the window was used


def test_a_window_that_is_over_lets_nothing_in() -> None:
    gate = Gate()
    passed(gate, 9_000)
    gate.swap_until_ns = NOW + 60 * SECOND

    assert passed(gate, 3, NOW + 61 * SECOND) is Judgement.REPLAY


def test_a_late_copy_does_not_use_up_the_window() -> None:
    gate = Gate()
    passed(gate, 9_000)
    passed(gate, 9_001, NOW + SECOND)
    gate.swap_until_ns = NOW + 60 * SECOND

    assert passed(gate, 9_000, NOW + 2 * SECOND) is Judgement.LATE
    assert passed(gate, 0, NOW + 3 * SECOND) is Judgement.RENEWED


def test_a_forged_packet_does_not_use_up_the_window() -> None:
    gate = Gate()
    passed(gate, 9_000)
    gate.swap_until_ns = NOW + 60 * SECOND

    assert judge(gate, sealed(HEARTBEAT, 3)[:-1] + b"\x00", NOW + 20 * SECOND).judgement is Judgement.REFUSED
    assert passed(gate, 3, NOW + 30 * SECOND) is Judgement.RENEWED


def test_a_counter_of_sixteen_bits_begins_anew_where_the_product_says_so() -> None:
    wrapping, other = Gate(), Gate()
    wrapping.wraps = True
    for gate in (wrapping, other):
        passed(gate, 65_535)

    assert passed(wrapping, 2, NOW + 60 * SECOND) is Judgement.NEW
    assert passed(other, 2, NOW + 60 * SECOND) is Judgement.REPLAY
    assert passed(wrapping, 65_535, NOW + 61 * SECOND) is not Judgement.NEW  # not ahead again


@pytest.mark.parametrize(("last", "counter"), [(64_999, 2), (65_400, 501), (30_000, 2)])
def test_only_at_its_end_a_counter_begins_anew(last: int, counter: int) -> None:
    gate = Gate()
    gate.wraps = True
    passed(gate, last)

    assert passed(gate, counter, NOW + 60 * SECOND) is Judgement.REPLAY


def test_without_a_key_the_same_bytes_are_new_after_a_while() -> None:
    gate = Gate()
    data = b"\x40" + HEARTBEAT

    said = [
        gate.judge(data, MAC, None, NOW + later, keyed=False).judgement
        for later in (0, SAME_NS - 1, SAME_NS, 9 * SAME_NS)
    ]

    assert said == [Judgement.NEW, Judgement.REPEAT, Judgement.NEW, Judgement.NEW]


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 30)),
        max_size=60,
    ),
    st.booleans(),
)
def test_no_packet_ever_passes_twice(heard: list[tuple[int, bool, int]], wraps: bool) -> None:  # noqa: FBT001 - drawn
    gate = Gate()
    gate.wraps = wraps
    now_ns, new = NOW, []
    for counter, forged, seconds in heard:
        now_ns += seconds * SECOND
        data = sealed(HEARTBEAT, counter)
        said = judge(gate, data[:-1] + b"\x00" if forged else data, now_ns).judgement
        if said is Judgement.NEW:
            new.append(counter)
        assert not (forged and data[-1]) or said is not Judgement.NEW

    assert new == sorted(set(new))
