"""The processes of the demo: what it started ends with it, and what it cannot do is a sentence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil

from tests.end_to_end.showing import demo

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demo_ends_everything_that_it_started(tmp_path: Path) -> None:
    with demo(tmp_path) as shown:
        children = psutil.Process(shown.process.pid).children()

    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_even_when_it_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as shown:
        children = psutil.Process(shown.process.pid).children()
        shown.process.kill()

        gone, alive = psutil.wait_procs(children, timeout=15)

    assert len(gone) == 2
    assert alive == []


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "gateway",
            "demo",
            "--no-open",
            "--buildings",
            "1",
            "--http",
            f"127.0.0.1:{port}",
        ]

        ended = subprocess.run(
            [*command, "--data", str(tmp_path / "demo")], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip

    assert ended.returncode == 2
    assert f"127.0.0.1:{port} is taken by another program" in ended.stderr
    assert "Traceback" not in ended.stderr
