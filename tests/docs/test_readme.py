"""The README's two commands are what a newcomer types; so does this."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from bench.gateway import free_port

ROOT = Path(__file__).parents[2]
LIMIT_SECONDS = 90


def commands() -> list[str]:
    return re.findall(r"```sh\n(.*?)\n```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)


def test_the_readme_has_two_commands() -> None:
    assert commands() == ["make demo", "make test"]


def test_the_first_opens_the_page() -> None:
    address = f"127.0.0.1:{free_port()}"
    command = [*commands()[0].split(), f"ARGS=--no-open --buildings 1 --http {address}"]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        assert demo.stdout is not None
        try:
            said = next(line for line in demo.stdout if "#code=" in line)
            with urllib.request.urlopen(f"http://{address}/", timeout=LIMIT_SECONDS) as answer:
                page = answer.read().decode()
        finally:
            os.killpg(demo.pid, signal.SIGTERM)
            demo.communicate(timeout=LIMIT_SECONDS)

    assert f"http://{address}/#code=" in said
    assert "<script" in page


def test_the_second_runs_the_tests() -> None:
    command = [*commands()[1].split(), "--dry-run"]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=LIMIT_SECONDS).stdout

    assert "-m pytest" in said


def test_every_page_that_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text("utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []
