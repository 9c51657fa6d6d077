from __future__ import annotations

import io
import sys

import pytest

from gateway.logs import log_of, log_to_stderr


class Full(io.StringIO):
    """A disk without room behind stderr."""

    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_line_says_when_how_grave_what_and_the_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    log_to_stderr()

    log_of("test").warning("line lost", line="b3u1", why="closed by the peer")

    assert out.getvalue().endswith(" warning line lost line=b3u1 why='closed by the peer'\n")


def test_a_full_disk_behind_stderr_costs_a_line_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    log_to_stderr()

    log_of("test").error("ending")


def test_a_failure_comes_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    log_to_stderr()

    try:
        int("no such thing")
    except ValueError:
        log_of("test").exception("driver failed", line="l1")

    assert "error   driver failed line=l1\nTraceback" in out.getvalue()
    assert "ValueError: invalid literal" in out.getvalue()


@pytest.mark.parametrize("place", ["b1\nerror   fire line=b1", "b1\x1b[2J", "b1\u202e", "b1\u2028x", "'b1\x00"])
def test_no_value_makes_a_second_line_or_hides_a_part_of_one(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    log_to_stderr()

    log_of("test").info("signed in", place=place)

    assert out.getvalue().rstrip("\n").isprintable()
    assert out.getvalue().endswith(f" place={place!r}\n")


def test_what_people_write_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    log_to_stderr()

    log_of("test").info("signed in", place="3号楼")

    assert out.getvalue().endswith(" place=3号楼\n")
