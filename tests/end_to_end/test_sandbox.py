"""The gateway does its work inside the sandbox of `packaging/gridpost.service`, and the sandbox is one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.house import LIMIT_SECONDS, house
from tests.end_to_end.sandbox import allowed_calls
from tests.end_to_end.supervisor import read_unit
from tests.end_to_end.test_service_file import ENVIRONMENT, UNIT

if TYPE_CHECKING:
    from pathlib import Path

CONFINED = (sys.executable, "-m", "tests.end_to_end.sandbox", str(UNIT))


async def test_the_gateway_polls_records_and_serves_inside_the_sandbox(tmp_path: Path) -> None:
    async with house(tmp_path, within=CONFINED) as it:
        await it.force(forced=True)
        it.bell.ring()
        await it.bell.until_acked(1, LIMIT_SECONDS)

        answer = await it.page.get("/api/v1/overview")
        assert answer.json()["alarms"][0]["rule"] == "door_forced"
        assert answer.json()["recorded"]
        assert len(it.supervisor.lives) == 1


@pytest.mark.parametrize(
    "misdeed",
    [
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import time; time.clock_settime(time.CLOCK_REALTIME, time.time())",
        "import os; os.chown('.', 0, 0)",
        "import os; os.setpriority(os.PRIO_PROCESS, 0, -5)",
        "import os; os.chroot('/')",
    ],
)
async def test_what_the_gateway_never_needs_is_refused(misdeed: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(*CONFINED, sys.executable, "-c", misdeed), env=ENVIRONMENT, stderr=subprocess.PIPE
    )
    _, words = await process.communicate()

    assert process.returncode == 1
    assert b"Error" in words


def test_the_clock_may_be_read_and_nothing_but_a_capability_would_let_it_be_set() -> None:
    settings = read_unit(UNIT.read_text())

    allowed = allowed_calls(settings["SystemCallFilter"])

    assert {"adjtimex", "clock_adjtime", "read", "execve"} <= allowed
    assert not {"clock_settime", "settimeofday", "chown", "mount", "bpf", "setpriority"} & allowed
    assert settings["CapabilityBoundingSet"] == []
