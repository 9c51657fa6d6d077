"""Makes the pictures of the README and the docs from the running demo: `python packaging/screenshots.py [NAME ...]`.

Starts the demo on free ports, lets its stories happen, photographs the page in a real browser and writes
`docs/images/NAME.webp`. Takes three minutes; nothing is left behind but the pictures.
"""

from __future__ import annotations

import base64
import re
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
QUALITY = 80
"""Of WebP: letters stay sharp at it, and a picture of the page has 30 kB."""

SETTLED_MS = 2_500
"""Plots are drawn and bars have come by then."""

PHONE = (390, 844)
DESK = (1366, 860)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: where, what must be seen first, and how."""

    place: str
    shown: str
    size: tuple[int, int] = DESK
    language: str = "zh-CN"
    scheme: Literal["light", "dark"] = "light"


CALM = {
    "phone-calm": Picture("#/", ".verdict-line", PHONE),
    "doors": Picture("#/doors", ".door-row", PHONE),
    "history": Picture("#/history/b1u1%2Fsupply_voltage%2Cb2u1%2Fsupply_voltage%2Cb1u1%2Fdoor1.open/1", ".plot canvas"),
    "detectors": Picture("#/detectors", ".tile", PHONE),
    "charging": Picture("#/charging", "main li", PHONE),
}
"""Before anything happens."""

ALARMED = {
    "overview": Picture("#/", ".alarm"),
    "overview-dark": Picture("#/", ".alarm", scheme="dark"),
    "overview-en": Picture("#/", ".alarm", language="en"),
    "phone-alarm": Picture("#/", ".alarm", PHONE),
    "phone-alarm-dark": Picture("#/", ".alarm", PHONE, scheme="dark"),
    "alarms": Picture("#/alarms/all", ".alarm"),
    "health": Picture("#/health", ".health-row, .empty"),
}
"""While it smokes in a kitchen and somebody forces a door."""

STORIES = ("kitchen-smoke", "forced-door")
ALARM_MS = 90_000
"""A sensor is heard every 20 s or so, and the gateway begins to hear when it has started."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@contextmanager
def demo() -> Iterator[str]:
    """A demo of eight buildings; yields its sign-in link. Raises RuntimeError when it ends before it is there."""
    with tempfile.TemporaryDirectory(prefix="gridpost-screenshots-") as folder, tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "gateway", "demo", "--no-open", "--http", f"127.0.0.1:{free_port()}"]
        arguments = ["--data", folder, "--buildings", "8"]
        running = subprocess.Popen([*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert running.stdout is not None  # noqa: S101 - it is a pipe
            for line in running.stdout:
                if found := re.search(r"http://\S+#code=\S+", line):
                    yield found[0]
                    return
            log.seek(0)
            raise RuntimeError(f"the demo ended before it could be reached:\n{log.read()[-2_000:]}")
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(30)


def photograph(browser: Browser, address: str, state: Path, name: str, picture: Picture) -> None:
    """Take one picture."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        locale=picture.language,
        timezone_id="Asia/Shanghai",
        storage_state=state,
        device_scale_factor=2 if picture.size == PHONE else 1,
    )
    context.add_init_script(f"localStorage.setItem('gridpost.language', '{picture.language}')")
    page = context.new_page()
    page.goto(f"{address}{picture.place}")
    page.locator(picture.shown).first.wait_for(timeout=ALARM_MS)
    page.wait_for_timeout(SETTLED_MS)
    taken = context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path = IMAGES / f"{name}.webp"
    path.write_bytes(base64.b64decode(taken["data"]))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")  # noqa: T201 - it is a command
    context.close()


def let_happen(page: Page, story: str) -> None:
    """Start a story from the page of the one who is signed in."""
    page.evaluate(
        "(story) => fetch(`/api/v1/simulator/stories/${story}`, "
        "{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })",
        story,
    )


def until_all_are_heard(page: Page) -> None:
    """Wait for every sensor's first word: before it, the page rightly says that it does not know."""
    for _ in range(ALARM_MS // SETTLED_MS):
        unknown = (
            "fetch('/api/v1/device-health?limit=1').then((said) => said.json()).then((told) => told.counts.unknown)"
        )
        if page.evaluate(unknown) == 0:
            return
        page.wait_for_timeout(SETTLED_MS)


def main(wanted: list[str]) -> None:
    """Make all pictures, or those that are named."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    chosen = [
        {name: picture for name, picture in pictures.items() if not wanted or name in wanted}
        for pictures in (CALM, ALARMED)
    ]
    with demo() as link, sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        state, address = Path(folder) / "session.json", link.split("#")[0]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        signed_in = browser.new_page()
        signed_in.goto(link)
        signed_in.locator(".verdict-line").wait_for(timeout=ALARM_MS)
        signed_in.context.storage_state(path=state)
        until_all_are_heard(signed_in)
        for stories, pictures in (((), chosen[0]), (STORIES, chosen[1])):
            for story in stories if pictures else ():
                let_happen(signed_in, story)
            for name, picture in pictures.items():
                photograph(browser, address, state, name, picture)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
