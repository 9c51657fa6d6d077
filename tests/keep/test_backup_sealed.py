"""The sealed file: what went in comes out, and whatever was done to it on the way is found."""

from __future__ import annotations

import io
import random
import zlib

import pytest

from gateway.keep.sealed import CHUNK, HEADER, TAG, Key, KeyWrong, NotWhole, Sealing, Unsealing, new_key

KEY = Key.parse(new_key())
PASSPHRASE = Key.parse("correct horse battery")
NOISE = random.Random(1).randbytes(3 * CHUNK)
"""It does not compress, so that it fills chunks."""

WHOLE = CHUNK + TAG


def sealed(plain: bytes, key: Key = KEY, piece: int = 10_240) -> bytes:
    target = io.BytesIO()
    sealing = Sealing(target, key)
    for at in range(0, len(plain), piece):
        sealing.write(plain[at : at + piece])
    sealing.close()
    return target.getvalue()


def opened(file: bytes, key: Key = KEY, size: int = 10_240) -> bytes:
    unsealing = Unsealing(io.BytesIO(file), key, "the.sealed")
    pieces = []
    while piece := unsealing.read(size):
        pieces.append(piece)
    return b"".join(pieces)


FILE = sealed(NOISE)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK])
@pytest.mark.parametrize("piece", [1_000, CHUNK, 5 * CHUNK])
def test_what_was_sealed_comes_out(size: int, piece: int) -> None:
    assert opened(sealed(NOISE[:size], piece=piece), size=piece) == NOISE[:size]


def test_a_million_times_the_same_byte_comes_out_without_a_second_copy_in_memory() -> None:
    plain = b"a" * 5_000_000
    file = sealed(plain)
    unsealing = Unsealing(io.BytesIO(file), KEY, "the.sealed")

    first = unsealing.read(10)

    assert len(file) < 30_000
    assert first == b"a" * 10
    assert len(unsealing._plain) <= CHUNK
    assert opened(file) == plain


def test_a_passphrase_opens_what_it_sealed() -> None:
    assert opened(sealed(b"door", PASSPHRASE), PASSPHRASE) == b"door"


def test_the_same_thing_sealed_twice_has_nothing_in_common_but_its_kind() -> None:
    one, other = sealed(NOISE[:100]), sealed(NOISE[:100])

    assert one[:18] == other[:18]
    assert one[18:50] != other[18:50]
    assert one[HEADER:] != other[HEADER:]


def test_the_last_chunk_may_be_a_whole_one() -> None:
    lengths = {(len(sealed(NOISE[:size])) - HEADER) % WHOLE for size in range(CHUNK - 40, CHUNK)}

    assert 0 in lengths  # or the case is not met by any of them
    for size in range(CHUNK - 40, CHUNK):
        assert opened(sealed(NOISE[:size])) == NOISE[:size]


@pytest.mark.parametrize("byte", range(HEADER))
def test_a_changed_byte_of_the_header_is_found(byte: int) -> None:
    with pytest.raises(NotWhole, match=r"^the\.sealed (is not a backup of Gridpost|is damaged in its first 70 bytes)"):
        opened(flipped(FILE, byte))


PLACES = {
    "first of the first chunk": HEADER,
    "middle of the first chunk": HEADER + CHUNK // 2,
    "its tag": HEADER + CHUNK,
    "end of its tag": HEADER + WHOLE - 1,
    "first of the second chunk": HEADER + WHOLE,
    "last chunk": HEADER + 3 * WHOLE,
    "last byte": len(FILE) - 1,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("bit", [0, 7])
def test_a_changed_bit_of_any_chunk_is_found(place: str, bit: int) -> None:
    byte = PLACES[place]
    chunk = (byte - HEADER) // WHOLE

    with pytest.raises(NotWhole, match=rf"was changed \(at byte {HEADER + chunk * WHOLE:,}\)\. Take another backup\.$"):
        opened(flipped(FILE, byte, 1 << bit))


@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_a_file_cut_between_two_chunks_is_found(chunks: int) -> None:
    with pytest.raises(NotWhole, match=r"ends too early: its end is cut off"):
        opened(FILE[: HEADER + chunks * WHOLE])


@pytest.mark.parametrize(
    "length", [HEADER, HEADER + 1, HEADER + TAG, HEADER + WHOLE - 1, HEADER + WHOLE + 5, len(FILE) - 1]
)
def test_a_file_cut_within_a_chunk_is_found(length: int) -> None:
    with pytest.raises(NotWhole, match=r"is cut off or was changed"):
        opened(FILE[:length])


@pytest.mark.parametrize("length", [0, 3, 15, 16, 40, HEADER - 1])
def test_a_file_cut_within_its_header_is_found(length: int) -> None:
    with pytest.raises(NotWhole, match=r"the\.sealed"):
        opened(FILE[:length])


def test_something_added_is_found() -> None:
    one_chunk = sealed(NOISE[:100])

    with pytest.raises(NotWhole, match=r"was changed"):
        opened(one_chunk + b"more")
    with pytest.raises(NotWhole, match=r"was changed|something was added"):
        opened(FILE + b"more")


def test_something_added_after_a_whole_last_chunk_is_called_by_its_name() -> None:
    sizes = (size for size in range(CHUNK - 40, CHUNK) if len(sealed(NOISE[:size])) == HEADER + WHOLE)
    file = sealed(NOISE[: next(sizes)])

    with pytest.raises(NotWhole, match=r"goes on after its end: something was added"):
        opened(file + b"more")


def test_chunks_exchanged_left_out_or_of_another_file_are_found() -> None:
    first, second = FILE[HEADER : HEADER + WHOLE], FILE[HEADER + WHOLE : HEADER + 2 * WHOLE]
    rest = FILE[HEADER + 2 * WHOLE :]
    foreign = sealed(NOISE)[HEADER : HEADER + WHOLE]

    for body in (second + first + rest, second + rest, first + rest, foreign + second + rest):
        with pytest.raises(NotWhole, match=r"was changed"):
            opened(FILE[:HEADER] + body)


def test_another_key_is_told_from_damage() -> None:
    with pytest.raises(KeyWrong, match=r"^The key is wrong for the\.sealed: it was sealed with another one\.$"):
        opened(FILE, Key.parse(new_key()))
    with pytest.raises(KeyWrong, match=r"it was sealed with a key file\.$"):
        opened(FILE, PASSPHRASE)
    with pytest.raises(KeyWrong, match=r"it was sealed with a passphrase\.$"):
        opened(sealed(b"", PASSPHRASE))
    with pytest.raises(KeyWrong, match=r"another one"):
        opened(sealed(b"", PASSPHRASE), Key.parse("correct horse batterz"))


def test_a_newer_form_is_refused_in_a_sentence() -> None:
    newer = FILE[:16] + b"\x02" + FILE[17 : HEADER - 4]

    with pytest.raises(NotWhole, match=r"is of a newer form \(2, known is 1\)"):
        opened(newer + zlib.crc32(newer).to_bytes(4, "big") + FILE[HEADER:])


def test_a_file_whose_making_was_broken_off_is_refused_although_every_byte_is_right() -> None:
    target = io.BytesIO()
    sealing = Sealing(target, KEY)
    sealing.write(NOISE)
    sealing._target.write(sealing._chunks.seal(bytes(sealing._waiting), last=True))

    with pytest.raises(NotWhole, match=r"was sealed before it was complete"):
        opened(target.getvalue())


def test_a_key_that_was_copied_wrongly_is_found() -> None:
    text = new_key()

    assert Key.parse(f" {text}\n") == Key.parse(text)
    for wrong in (text[:-1], text + "A", text[:20] + ("A" if text[20] != "A" else "B") + text[21:], text[:15]):
        with pytest.raises(KeyWrong, match=r"^The key is not whole"):
            Key.parse(wrong)


def test_a_passphrase_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(KeyWrong, match=r"needs 12 characters"):
        Key.parse("short")


def test_a_key_does_not_show_itself() -> None:
    assert repr(Key.parse("correct horse battery")) == "Key()"


def flipped(file: bytes, byte: int, bits: int = 1) -> bytes:
    return file[:byte] + bytes((file[byte] ^ bits,)) + file[byte + 1 :]
