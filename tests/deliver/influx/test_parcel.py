from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.influx.parcel import Parcel

LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=40)


def emptied(parcel: Parcel) -> list[bytes]:
    pieces = []
    while parcel.piece:
        pieces.append(parcel.piece)
        parcel.taken()
    return pieces


@given(LINES, st.integers(1, 200))
def test_pieces_hold_every_line_once_and_whole(lines: list[bytes], most: int) -> None:
    pieces = emptied(Parcel(lines, most))

    assert b"".join(pieces) == b"".join(lines)
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert all(len(piece) <= most or piece.count(b"\n") == 1 for piece in pieces)


@given(LINES)
def test_halving_ends_at_single_lines(lines: list[bytes]) -> None:
    parcel = Parcel(lines)
    singles = []

    while parcel.piece:
        while parcel.halve():
            pass
        singles.append(parcel.piece)
        parcel.taken()

    assert singles == lines


@given(LINES, st.data())
def test_lines_left_out_are_not_sent_and_all_others_are(lines: list[bytes], data: st.DataObject) -> None:
    left_out = data.draw(st.sets(st.integers(0, max(0, len(lines) - 1))))
    parcel = Parcel(lines)

    if lines:
        parcel.leave_out(left_out)

    assert b"".join(emptied(parcel)) == b"".join(line for i, line in enumerate(lines) if i not in left_out)
