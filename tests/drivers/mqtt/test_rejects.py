"""What could not be taken as data, kept for a person."""

from __future__ import annotations

from drivers.mqtt.rejects import EXCERPT_CHARACTERS, KEPT, Rejects, excerpt


def test_the_same_again_only_counts_and_the_newest_stands_first() -> None:
    rejects = Rejects()

    rejects.add("a", "not JSON", b"{", 1.0)
    rejects.add("b", "not JSON", b"[", 2.0)
    rejects.add("a", "not JSON", b"<", 3.0)

    newest, oldest = rejects.newest_first()
    assert (newest.source, newest.times, newest.received_utc, newest.excerpt) == ("a", 2, 3.0, "{")
    assert (oldest.source, oldest.times) == ("b", 1)


def test_no_more_are_kept_than_a_person_reads() -> None:
    rejects = Rejects()

    for number in range(10 * KEPT):
        rejects.add(f"t{number}", "not JSON", b"x", 0.0)

    assert len(rejects.newest_first()) == KEPT
    assert rejects.newest_first()[0].source == f"t{10 * KEPT - 1}"


def test_an_excerpt_is_short_printable_and_shows_no_code() -> None:
    said = excerpt(b'{"code":"123456","tag":"04A1B2C3","w":312.1\x1b[31m\xff' + b"z" * 100_000)

    assert len(said) <= EXCERPT_CHARACTERS
    assert said.isprintable()
    assert "123456" not in said
    assert "04A1B2C3" not in said
    assert "312.1" in said
