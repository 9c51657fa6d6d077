"""The open batch: a mapped file that gives back whole lines or nothing."""

from __future__ import annotations

import os
import random
import struct
from typing import TYPE_CHECKING

import pytest

from gateway.keep.open_batch import HALF_BYTES, OPEN_NAME, OpenBatch, Sealed, remains

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 1_000 if os.environ.get("GRIDPOST_SOAK") else 60

T = 1_800_000_000_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / OPEN_NAME


def _written(path: Path, seq: int = 7, lines: int = 3) -> OpenBatch:
    opened = OpenBatch.open(path)
    opened.halves[0].begin(seq)
    for number in range(lines):
        assert opened.halves[0].put(_line(number), 2, T + number)
    return opened


def _line(number: int) -> bytes:
    return b"door n=%di %d\n" % (number, T + number)


def test_what_was_put_is_there_although_nothing_was_closed(path: Path) -> None:
    opened = _written(path)

    left = remains(path)

    assert left.batches == (Sealed(7, T, T + 2, 3, 6, b"".join(map(_line, range(3))), 0),)
    assert (left.torn, left.notes) == (0, None)
    opened.close()


def test_the_file_is_for_its_owner_alone_and_has_no_holes(path: Path) -> None:
    OpenBatch.open(path).close()

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= path.stat().st_size


def test_both_halves_come_back_in_the_order_of_their_numbers(path: Path) -> None:
    opened = _written(path, seq=9)
    opened.halves[1].begin(8)
    opened.halves[1].put(_line(0), 1, T)

    left = remains(path)

    assert [found.seq for found in left.batches] == [8, 9]
    opened.close()


def test_a_half_begun_anew_says_nothing_of_the_batch_before(path: Path) -> None:
    opened = _written(path)

    opened.halves[0].begin(8)

    left = remains(path)
    assert (left.batches, left.torn) == ((), 0)
    opened.close()


def test_a_line_that_does_not_fit_leaves_the_others_alone(path: Path) -> None:
    opened = _written(path)

    fits = opened.halves[0].put(bytes(HALF_BYTES), 1, T)

    assert not fits
    assert remains(path).batches[0].lines == 3
    opened.close()


def test_a_shut_half_takes_nothing_until_it_is_opened_again(path: Path) -> None:
    opened = _written(path)
    half = opened.halves[0]

    half.shut()
    taken_shut = half.put(_line(3), 1, T)
    half.reopen()

    assert not taken_shut
    assert half.put(_line(3), 1, T)
    opened.close()


@pytest.mark.parametrize("lines", [0, 1, 2, 3])
def test_a_put_that_was_cut_off_leaves_the_lines_before_it(path: Path, lines: int) -> None:
    """The stores of a put, in their order, each one the last that happened."""
    opened = _written(path, lines=lines)
    before = path.read_bytes()
    opened.halves[0].put(_line(lines), 2, T + lines)
    opened.close()
    after = path.read_bytes()
    changed = [at for at in range(0, len(before), 8) if before[at : at + 8] != after[at : at + 8]]
    data = [at for at in changed if at >= 4096 + 64]
    head = [at for at in changed if at < 4096 + 64]

    assert len(head) == 2
    for happened in range(len(data) + 3):
        # the line's bytes, then the CRC, then end and points: what a kill between two of them leaves
        image = bytearray(before)
        for at in [*data, *reversed(head)][:happened]:
            image[at : at + 8] = after[at : at + 8]
        path.write_bytes(image)

        left = remains(path)

        whole = lines + (happened == len(data) + 2)
        assert left.torn == 0
        assert [found.plain for found in left.batches] == [b"".join(map(_line, range(whole)))] * (whole > 0)


def test_garbage_is_never_believed_and_never_raises(path: Path) -> None:
    noise = random.Random(4)
    opened = _written(path, lines=200)
    opened.note({"cursors": []})
    opened.close()
    whole = path.read_bytes()
    truth = b"".join(map(_line, range(200)))

    for _ in range(ROUNDS):
        image = bytearray(whole)
        at = noise.randrange(len(image) if noise.random() < 0.2 else 12_000)
        image[at : at + 16] = noise.randbytes(16)
        path.write_bytes(image)

        left = remains(path)

        assert all(truth.startswith(bytes(found.plain)) and found.seq == 7 for found in left.batches)
        assert left.notes in ({"cursors": []}, None)


def test_a_torn_half_is_counted_with_what_it_claimed(path: Path) -> None:
    _written(path).close()
    image = bytearray(path.read_bytes())
    image[4096 + 64] ^= 1
    path.write_bytes(image)

    left = remains(path)

    assert (left.batches, left.torn, left.torn_points) == ((), 1, 6)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 3_000_000])
def test_a_file_of_another_kind_is_made_anew(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    left = remains(path)
    opened = OpenBatch.open(path)

    assert left.batches == ()
    assert left.torn == (1 if content else 0)
    opened.halves[0].begin(1)
    assert opened.halves[0].put(_line(0), 1, T)
    opened.close()
    assert len(remains(path).batches) == 1


def test_lines_without_a_time_have_the_time_when_the_process_was_last_alive(path: Path) -> None:
    opened = OpenBatch.open(path)
    opened.alive(1_800_000_000.0)
    opened.halves[0].begin(1)
    opened.halves[0].put(b"what is this\n", 1, T)
    opened.close()

    left = remains(path)

    assert left.alive_until_utc == 1_800_000_000.0
    assert (left.batches[0].t0_ns, left.batches[0].t1_ns) == (T, T)


def test_the_last_whole_notes_are_read(path: Path) -> None:
    opened = OpenBatch.open(path)
    for number in range(5):
        opened.note({"number": number, "name": "网格"})
    opened.close()
    newest = path.read_bytes()

    whole = remains(path).notes
    place = max(
        range(len(newest) - 2 * 32_768, len(newest), 32_768), key=lambda at: struct.unpack_from("=Q", newest, at + 8)
    )
    path.write_bytes(newest[: place + 20] + b"?" + newest[place + 21 :])
    torn = remains(path).notes

    assert whole == {"number": 4, "name": "网格"}
    assert torn == {"number": 3, "name": "网格"}


def test_notes_go_on_after_a_restart(path: Path) -> None:
    for number in range(3):
        opened = OpenBatch.open(path)
        opened.note(number)
        opened.close()

    assert remains(path).notes == 2


def test_notes_that_are_too_long_leave_the_old_ones(path: Path) -> None:
    opened = OpenBatch.open(path)
    opened.note("old")
    opened.note("x" * 40_000)
    opened.close()

    assert remains(path).notes == "old"


def test_where_there_can_be_no_file_it_works_in_memory_and_says_so(tmp_path: Path) -> None:
    opened = OpenBatch.open(tmp_path / "nowhere" / OPEN_NAME)
    opened.halves[0].begin(1)

    assert opened.halves[0].put(_line(0), 1, T)
    assert "No such file or directory" in opened.why
    assert opened.halves[0].seal().lines == 1
    opened.close()
