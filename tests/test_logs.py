from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from gateway.logs import log_of, log_to_stderr

if TYPE_CHECKING:
    import pytest


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
