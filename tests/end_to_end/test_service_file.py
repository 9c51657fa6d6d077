"""What happens to a process that lives by `packaging/gridpost.service`."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.supervisor import Rules, Supervisor, read_unit

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging" / "gridpost.service"
WATCHED = (sys.executable, "-m", "tests.end_to_end.watched")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def rules(watchdog_seconds: float = 1.0) -> Rules:
    """The rules of the file, sped up: the order of what happens is the file's, the waiting is not."""
    return replace(
        Rules.of(read_unit(UNIT.read_text())),
        watchdog_seconds=watchdog_seconds,
        restart_seconds=0.0,
        timeout_abort_seconds=1.0,
    )


def test_the_file_never_gives_up_and_watches() -> None:
    written = Rules.of(read_unit(UNIT.read_text()))

    assert written == Rules(
        notify_access="main",
        restart="always",
        restart_seconds=1.0,
        start_limit_interval_seconds=0.0,
        start_limit_burst=5,
        watchdog_seconds=30.0,
        timeout_abort_seconds=5.0,
    )


async def test_systemd_understands_every_line_of_the_file(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    assert tool, "systemd-analyze is missing: apt install systemd"
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/gridpost/bin/gridpost", "/bin/true"))

    process = await asyncio.create_subprocess_exec(tool, "verify", str(copy), stderr=asyncio.subprocess.PIPE)
    _, complaints = await process.communicate()

    assert [line for line in complaints.decode().splitlines() if UNIT.name in line] == []
    assert process.returncode == 0


async def test_a_process_that_moves_is_left_alone(tmp_path: Path) -> None:
    async with Supervisor(rules(0.4), WATCHED, tmp_path, ENVIRONMENT) as supervisor:
        await supervisor.until_ready(1)

        await supervisor.until(lambda: supervisor.life.said.count("WATCHDOG=1") >= 8, 10)

        assert len(supervisor.lives) == 1


async def test_a_stopped_process_is_killed_and_started_again(tmp_path: Path) -> None:
    async with Supervisor(rules(), WATCHED, tmp_path, ENVIRONMENT) as supervisor:
        first = await supervisor.until_ready(1)

        os.kill(first.pid, signal.SIGSTOP)

        second = await supervisor.until_ready(2)
        assert first.watchdog_expired
        assert first.returncode == -signal.SIGABRT
        assert second.pid != first.pid


async def test_a_process_stopped_for_less_than_its_time_lives_on(tmp_path: Path) -> None:
    async with Supervisor(rules(8.0), WATCHED, tmp_path, ENVIRONMENT) as supervisor:
        life = await supervisor.until_ready(1)
        await supervisor.until(lambda: "WATCHDOG=1" in life.said, 10)
        fed = life.said.count("WATCHDOG=1")

        os.kill(life.pid, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(3.0, os.kill, life.pid, signal.SIGCONT)

        await supervisor.until(lambda: life.said.count("WATCHDOG=1") >= fed + 2, 20)
        assert len(supervisor.lives) == 1


@pytest.mark.parametrize(("stroke", "says"), [(signal.SIGUSR1, ["STATUS=standing still: road"]), (signal.SIGUSR2, [])])
async def test_a_process_whose_loops_stand_still_is_killed_and_started_again(
    tmp_path: Path, stroke: signal.Signals, says: list[str]
) -> None:
    async with Supervisor(rules(), WATCHED, tmp_path, ENVIRONMENT) as supervisor:
        first = await supervisor.until_ready(1)

        os.kill(first.pid, stroke)

        await supervisor.until_ready(2)
        assert first.watchdog_expired
        assert [line for line in first.said if line.startswith("STATUS=")] == says


async def test_twenty_crashes_in_a_row_are_followed_by_another_start(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit(1)")

    async with Supervisor(rules(), command, tmp_path, ENVIRONMENT) as supervisor:
        await supervisor.until(lambda: len(supervisor.lives) > 20, 30)

        assert not supervisor.gave_up


async def test_without_the_files_start_limit_systemd_would_have_given_up(tmp_path: Path) -> None:
    careless = replace(rules(), start_limit_interval_seconds=Rules.of({}).start_limit_interval_seconds)

    async with Supervisor(careless, ("/bin/false",), tmp_path, ENVIRONMENT) as supervisor:
        await supervisor.until(lambda: supervisor.gave_up, 10)

        assert len(supervisor.lives) == 5


async def test_words_of_another_process_do_not_feed_the_watchdog(tmp_path: Path) -> None:
    meddler = (
        "import os, socket, time\n"
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ['NOTIFY_SOCKET'])\n"
        "s.send(b'READY=1')\n"
        "if os.fork() == 0:\n"
        "    for _ in range(40): s.send(b'WATCHDOG=1'); time.sleep(0.05)\n"
        "else: time.sleep(60)\n"
    )

    async with Supervisor(rules(0.3), (sys.executable, "-c", meddler), tmp_path, ENVIRONMENT) as supervisor:
        await supervisor.until(lambda: len(supervisor.lives) >= 2, 10)

        assert supervisor.lives[0].watchdog_expired
        assert supervisor.lives[0].said == ["READY=1"]
