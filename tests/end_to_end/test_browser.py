"""What a person sees: a door is forced, somebody says "on my way", the gateway is killed, and it is still said."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import psutil
from playwright.sync_api import expect

from tests.end_to_end.showing import chromium, demo, visitor

if TYPE_CHECKING:
    from pathlib import Path


def test_a_forced_door_is_answered_on_the_page_and_stays_answered_through_kill_9(tmp_path: Path) -> None:
    with demo(tmp_path) as shown, chromium() as browser, visitor(browser) as somebody:
        page = somebody.open(shown.link)
        page.get_by_role("button", name="有人强行开门").click()

        alarm = page.get_by_role("listitem").filter(has_text="门被强行打开").first
        expect(alarm).to_be_visible(timeout=10_000)
        alarm.get_by_role("button", name=re.compile("收到,马上去")).click()
        expect(alarm).to_contain_text("已响应", timeout=5_000)

        before = shown.gateway
        before.send_signal(signal.SIGKILL)
        expect(page.get_by_text("连接中断").first).to_be_visible(timeout=10_000)
        expect(page.get_by_text("连接中断").first).to_be_hidden(timeout=20_000)
        page.reload()

        expect(page.get_by_role("listitem").filter(has_text="门被强行打开").first).to_contain_text(
            "已响应", timeout=10_000
        )
        assert shown.gateway.pid != before.pid
        assert "#code" not in page.url
    assert [said for said in somebody.complaints if "Failed to load resource" not in said] == []


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


def test_a_day_of_history_is_there_from_the_start(tmp_path: Path) -> None:
    with demo(tmp_path) as shown, httpx.Client() as client:
        page, _, code = shown.link.partition("/#code=")
        client.headers["Origin"] = page
        client.post(f"{page}/api/v1/session", json={"code": code}).raise_for_status()
        device = client.get(f"{page}/api/v1/devices", params={"building": "b1"}).json()["devices"][0]["id"]

        plot = client.get(f"{page}/api/v1/devices/{device}/points/temperature/history", params={"pixels": 240}).json()

    known = [value for value in plot["mean"] if value is not None]
    assert len(known) > 0.9 * len(plot["t"])
    assert len(set(known)) > 5


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
