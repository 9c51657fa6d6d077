"""A real chromium on the page: when it is ready, when a change is painted, and how busy its main thread is."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.async_api import async_playwright

from bench.page_compound import STAMP_KEY
from tests.servers.child import ServerMissing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser, CDPSession, Page

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTH, HEIGHT = 1366, 768
READY_MILLISECONDS = 60_000

_AFTER_PAINT = """
const painted = (then) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => then(Date.now());
  channel.port2.postMessage(0);
});
"""
"""A message that is posted in an animation frame is taken after that frame was painted."""

_READY = """
(() => {
  const wanted = %(text)r;
  const look = () => {
    if (!document.body?.textContent.includes(wanted)) return;
    watching.disconnect();
    requestAnimationFrame(() => { window.readyAt = performance.now(); });
  };
  const watching = new MutationObserver(look);
  watching.observe(document, { childList: true, subtree: true, characterData: true });
})();
"""

_SEE_STAMPS = f"""
() => {{
  {_AFTER_PAINT}
  window.seen = [];
  let last = "";
  const look = () => {{
    const said = document.querySelector('[data-point="{STAMP_KEY}"] .value')?.firstChild?.textContent ?? "";
    const stamp = said.replace(/\\D/g, "");
    if (stamp === last || stamp === "") return;
    last = stamp;
    painted((at) => window.seen.push([Number(stamp), at]));
  }};
  new MutationObserver(look).observe(document.body, {{ childList: true, subtree: true, characterData: true }});
}}
"""

_SEE_DOORS = f"""
() => {{
  {_AFTER_PAINT}
  window.seen = [];
  const known = new Map();
  const look = () => {{
    for (const door of document.querySelectorAll("[data-door]")) {{
      const open = door.classList.contains("open");
      if (known.get(door.dataset.door) === open) continue;
      const first = !known.has(door.dataset.door);
      known.set(door.dataset.door, open);
      if (!first) painted((at) => window.seen.push([door.dataset.door, open, at]));
    }}
  }};
  look();
  const changed = {{ childList: true, subtree: true, attributes: true, attributeFilter: ["class"] }};
  new MutationObserver(look).observe(document.body, changed);
}}
"""


class Shown(NamedTuple):
    """A page that shows what it should: the milliseconds from the navigation until then, and its debugging session."""

    page: Page
    debug: CDPSession
    ready_milliseconds: float

    async def busy_percent(self, seconds: float) -> float:
        """How much of so many seconds, beginning now, the main thread worked."""
        before = await self._task_seconds()
        await asyncio.sleep(seconds)
        spent, wall = [now - then for now, then in zip(await self._task_seconds(), before, strict=True)]
        return 100 * spent / wall

    async def _task_seconds(self) -> tuple[float, float]:
        metrics = (await self.debug.send("Performance.getMetrics"))["metrics"]
        by_name = {metric["name"]: metric["value"] for metric in metrics}
        return by_name["TaskDuration"], by_name["Timestamp"]

    async def stamps(self, seconds: float) -> list[tuple[int, int]]:
        """What the probe's reading times on a device's page were, and when each was painted (ms since 1970)."""
        return [(stamp, at) for stamp, at in await self._seen(_SEE_STAMPS, seconds)]

    async def doors(self, seconds: float) -> dict[str, list[tuple[bool | None, int]]]:
        """Every move of a door on a building's page and when it was painted (ns since 1970), by device."""
        found: dict[str, list[tuple[bool | None, int]]] = {}
        for door, is_open, at in await self._seen(_SEE_DOORS, seconds):
            found.setdefault(door.partition("/")[0], []).append((is_open, at * 1_000_000))
        return found

    async def _seen(self, script: str, seconds: float) -> Sequence[Any]:
        await self.page.evaluate(script)
        await asyncio.sleep(seconds)
        seen: Sequence[Any] = await self.page.evaluate("() => window.seen")
        return seen


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's chromium. Raises `ServerMissing` with the way to get it."""
    if shutil.which(CHROMIUM) is None:
        raise ServerMissing("there is no browser: apt install chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visit(
    browser: Browser, address: str, session: str, route: str, text: str, *, slower: float = 1.0
) -> AsyncIterator[Shown]:
    """A first visit, with nothing cached, that is ready when the page shows `text`; the processor `slower` times as slow."""
    context = await browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN")
    try:
        await context.add_cookies([{"name": "gridpost_session", "value": session, "url": address}])
        page = await context.new_page()
        debug = await context.new_cdp_session(page)
        await debug.send("Performance.enable")
        await debug.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        await page.add_init_script(_READY % {"text": text})
        await page.goto(f"{address}/#{route}", wait_until="commit")
        await page.wait_for_function("() => window.readyAt !== undefined", timeout=READY_MILLISECONDS)
        yield Shown(page, debug, await page.evaluate("() => window.readyAt"))
    finally:
        await context.close()
