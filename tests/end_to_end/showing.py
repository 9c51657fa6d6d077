"""The demo as a person meets it: its processes, its links, and a real browser on its page."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_SECONDS = 60.0
PATIENCE_MILLISECONDS = 20_000
"""How long a page may take over anything: what is tested is that it happens, and other tests run beside it."""

expect.set_options(timeout=PATIENCE_MILLISECONDS)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Demo:
    """A running demo: its process, the link that it printed, and its gateway's data."""

    process: subprocess.Popen[str]
    link: str
    data: Path

    @property
    def address(self) -> str:
        """Where the page is."""
        return self.link.partition("/#")[0]

    @property
    def gateway(self) -> psutil.Process:
        """The gateway that the demo started, and starts again when it ends."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "run" in child.cmdline() and "gateway" in child.cmdline())

    def link_for(self, name: str, role: str) -> str:
        """A link that signs somebody new in."""
        self._users("add", name, "--role", role)
        said = self._users("link", name, "--page", self.address)
        found = re.search(r"http://\S+#code=\S+", said)
        assert found, said
        return found[0]

    def order(self, **order: object) -> None:
        """Have something happen in the simulated compound (`simulator/control.py`)."""
        written = (self.data.parent / "compound.yaml").read_text(encoding="utf-8")
        control = re.search(r'control: "([\d.]+):(\d+)"', written)
        assert control, "the demo's configuration names no control port"
        with socket.create_connection((control[1], int(control[2])), timeout=10) as port:
            port.sendall(json.dumps(order).encode() + b"\n")
            answer = json.loads(port.makefile().readline())
        assert answer["ok"], answer

    def _users(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "gateway", "users", *arguments, "--data", str(self.data)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@contextmanager
def demo(folder: Path) -> Iterator[Demo]:
    """The demo of a small compound."""
    port = free_port()
    data = folder / "demo"
    command = [sys.executable, "-m", "gateway", "demo", "--no-open", "--buildings", "4", "--http", f"127.0.0.1:{port}"]
    said = folder / "said.txt"
    with said.open("w") as out:
        child = subprocess.Popen([*command, "--data", str(data)], stdout=out, stderr=out, text=True)
    try:
        give_up = time.monotonic() + START_SECONDS
        while not (link := re.search(r"http://\S+#code=\S+", said.read_text())):
            assert child.poll() is None, said.read_text()
            assert time.monotonic() < give_up, said.read_text()
            time.sleep(0.05)
        yield Demo(child, link[0], data / "data")
    finally:
        child.terminate()
        child.wait(20)


@dataclass
class Visitor:
    """Somebody with a browser of his own: what its pages complained about, and whom they asked."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def open(self, address: str) -> Page:
        """Open a page; what is wrong with it is noted."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname or ""))
        page.goto(address)
        return page


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium; a missing one fails the test with the way to get it."""
    assert shutil.which(CHROMIUM), "there is no browser: apt install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(
    browser: Browser,
    *,
    width: int = 1366,
    language: Literal["zh-CN", "en"] = "zh-CN",
    scheme: Literal["light", "dark"] = "light",
    script: str = "",
) -> Iterator[Visitor]:
    """Somebody with a fresh browser; `script` runs before each page's own."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme=scheme, timezone_id="Asia/Shanghai"
    )
    context.add_init_script(f"try {{ localStorage.setItem('gridpost.language', '{language}') }} catch {{}}\n{script}")
    try:
        yield Visitor(context)
    finally:
        context.close()
