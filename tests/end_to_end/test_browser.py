"""What a person sees: a door is forced, somebody says "on my way", the gateway is killed, and it is still said."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import psutil
from playwright.sync_api import Page, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demo(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo of a small compound; gives its process and the link to sign in."""
    port = free_port()
    command = [sys.executable, "-m", "gateway", "demo", "--no-open", "--buildings", "4", "--http", f"127.0.0.1:{port}"]
    said = folder / "said.txt"
    with said.open("w") as out:
        child = subprocess.Popen([*command, "--data", str(folder / "demo")], stdout=out, stderr=out, text=True)
    try:
        give_up = time.monotonic() + START_SECONDS
        while not (link := re.search(r"http://\S+#code=\S+", said.read_text())):
            assert child.poll() is None, said.read_text()
            assert time.monotonic() < give_up, said.read_text()
            time.sleep(0.05)
        yield child, link[0]
    finally:
        child.terminate()
        child.wait(20)


@contextmanager
def browser() -> Iterator[Page]:
    assert shutil.which(CHROMIUM), "there is no browser: apt install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium.new_page(viewport={"width": 1366, "height": 900}, locale="zh-CN")
        finally:
            chromium.close()


def gateway_of(demo_process: subprocess.Popen[str]) -> psutil.Process:
    children = psutil.Process(demo_process.pid).children()
    return next(child for child in children if "run" in child.cmdline() and "gateway" in child.cmdline())


def test_a_forced_door_is_answered_on_the_page_and_stays_answered_through_kill_9(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, link), browser() as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(link)
        page.get_by_role("button", name="有人强行开门").click()

        alarm = page.get_by_role("listitem").filter(has_text="门被强行打开").first
        expect(alarm).to_be_visible(timeout=10_000)
        alarm.get_by_role("button", name=re.compile("收到,马上去")).click()
        expect(alarm).to_contain_text("已响应", timeout=5_000)

        before = gateway_of(process)
        before.send_signal(signal.SIGKILL)
        expect(page.get_by_text("连接中断").first).to_be_visible(timeout=10_000)
        expect(page.get_by_text("连接中断").first).to_be_hidden(timeout=20_000)
        page.reload()

        expect(page.get_by_role("listitem").filter(has_text="门被强行打开").first).to_contain_text(
            "已响应", timeout=10_000
        )
        assert gateway_of(process).pid != before.pid
        assert "#code" not in page.url
        assert complaints == []


def test_the_demo_ends_everything_that_it_started(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, _):
        children = psutil.Process(process.pid).children()

    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_even_when_it_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, _):
        children = psutil.Process(process.pid).children()
        process.kill()

        gone, alive = psutil.wait_procs(children, timeout=15)

    assert len(gone) == 2
    assert alive == []


def test_a_day_of_history_is_there_from_the_start(tmp_path: Path) -> None:
    with demo(tmp_path) as (_, link), httpx.Client() as client:
        page, _, code = link.partition("/#code=")
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
