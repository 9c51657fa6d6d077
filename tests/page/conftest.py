"""The built page, a real browser, and a gateway of cardboard."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Visit:
    """A page in a browser, what it complained about, and where it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)


class Browsing:
    """Opens pages; each has a context of its own and is closed with the test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.visits: list[Visit] = []

    def open(
        self,
        address: str,
        *,
        width: int = 390,
        height: int = 844,
        language: str = "zh-CN",
        scheme: Literal["light", "dark"] = "light",
        script: str = "",
        installed: bool = False,
        timezone: str = "Asia/Shanghai",
    ) -> Page:
        """Open an address in a fresh context; `script` runs before the page's own.

        `installed`: the browser may keep the page, by a service worker.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale=language,
            timezone_id=timezone,
            service_workers="allow" if installed else "block",
        )
        chosen = f"try {{ localStorage.setItem('gridpost.language', '{language}') }} catch {{}}"
        context.add_init_script(f"{chosen}\n{script}")
        visit = Visit(context.new_page())
        self.visits.append(visit)
        visit.page.set_default_timeout(8_000)
        visit.page.on("console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None)
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        context.on("request", lambda request: visit.hosts.add(urlsplit(request.url).hostname or ""))
        visit.page.goto(address)
        return visit.page

    def enter(self, gateway: MockGateway, place: str) -> Page:
        """Sign in by a link, and go to a place such as "#/users"."""
        page = self.open(gateway.link)
        page.locator(".tile").first.wait_for()
        page.goto(f"{gateway.url}{place}")
        return page

    def complaints(self) -> list[str]:
        """What all pages complained about, but for requests that failed because the test let them."""
        return [said for visit in self.visits for said in visit.complaints if "Failed to load resource" not in said]

    def hosts(self) -> set[str]:
        """Every host that was asked for anything."""
        return {host for visit in self.visits for host in visit.hosts if host}

    def close(self) -> None:
        """Close all contexts."""
        for visit in self.visits:
            visit.page.context.close()


@pytest.fixture(scope="package")
def build_page() -> ModuleType:
    """`packaging/build_page.py`, which is no package."""
    spec = importlib.util.spec_from_file_location("build_page", ROOT / "packaging" / "build_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["build_page"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="package")
def built(build_page: ModuleType) -> Path:
    """The built page, built now if its sources are newer."""
    build_page.build()
    dist: Path = build_page.BUILT.parent
    return dist


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's chromium; a missing one fails the test with the way to get it."""
    if not CHROMIUM.exists():
        pytest.fail("no browser to test the page with: apt install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browsing(browser: Browser, built: Path) -> Iterator[Browsing]:
    """Opens pages. Whatever a test did, no page may have complained or asked anyone beside this machine."""
    assert built.is_dir()
    browsing = Browsing(browser)
    yield browsing
    complaints, hosts = browsing.complaints(), browsing.hosts()
    browsing.close()
    assert complaints == []
    assert hosts <= {"127.0.0.1"}


@pytest.fixture
def gateway(built: Path) -> Iterator[MockGateway]:
    """A gateway with twelve quiet buildings."""
    assert built.is_dir()
    with MockGateway(MockCompound(size=12)) as gateway:
        yield gateway


@pytest.fixture
def administered(built: Path) -> Iterator[MockGateway]:
    """A gateway with twelve quiet buildings, as its administrator has it."""
    assert built.is_dir()
    with MockGateway(MockCompound(size=12), role="administrator") as gateway:
        yield gateway
