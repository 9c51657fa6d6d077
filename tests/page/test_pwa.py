"""The page on a device: installable, there without the gateway and honest about it, renewed, and gone after signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.test_looks import overflow, violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

KEPT = "caches.keys().then((names) => Promise.all(names.map(async (name) => [name, await caches.open(name)])))"
ADDRESSES = f"""{KEPT}.then((kept) => Promise.all(kept.map(([, cache]) => cache.keys())))
    .then((lists) => lists.flat().map((request) => new URL(request.url).pathname))"""


def installed(browsing: Browsing, gateway: MockGateway, *, language: str = "zh-CN") -> Page:
    """The page, signed in, kept by the browser, and opened once more from there."""
    page = browsing.open(gateway.link, installed=True, language=language)
    expect(page.locator(".verdict-line")).to_be_visible()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function("() => caches.match('/').then((kept) => kept !== undefined)")
    return page


def test_a_browser_offers_to_install_it(browsing: Browsing, gateway: MockGateway) -> None:
    page = installed(browsing, gateway)

    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    errors = session.send("Page.getInstallabilityErrors")

    assert manifest["errors"] == []
    assert manifest["url"].endswith("/manifest.webmanifest")
    assert [each["errorId"] for each in errors["installabilityErrors"] if each["errorId"] != "in-incognito"] == []


def test_without_the_gateway_it_says_since_when_nothing_is_known_and_comes_back(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = installed(browsing, gateway, language="en")
    page.wait_for_function("() => localStorage.getItem('gridpost.heard') !== null")
    page.goto(f"{gateway.url}#/doors")
    gateway.stop()

    page.reload()

    expect(page.get_by_role("heading")).to_have_text("The gateway cannot be reached")
    expect(page.get_by_role("alert")).to_contain_text("Data was last received on")
    assert page.locator(".door-row").count() == 0
    assert (overflow(page), violations(page)) == (0, "[]")

    gateway.start()
    expect(page.locator(".door-row").first).to_be_visible(timeout=15_000)


def test_a_newer_page_is_there_at_once_and_an_open_one_is_told(browsing: Browsing, gateway: MockGateway) -> None:
    page = installed(browsing, gateway)
    gateway.shell.newer = True

    page.evaluate("navigator.serviceWorker.getRegistration().then((kept) => kept.update())")

    expect(page.locator(".banner", has_text="页面有新版本")).to_be_visible()
    page.get_by_role("button", name="刷新").click()
    expect(page.locator(".verdict-line")).to_be_visible()
    assert page.locator("meta[name=build]").get_attribute("content") == "newer"
    page.wait_for_function(
        "() => caches.keys().then((names) => names.every((name) => name.startsWith('gridpost-newer-')))"
    )


def test_no_answer_of_the_gateway_is_kept_and_signing_out_leaves_nothing_on_the_device(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = installed(browsing, gateway)
    page.goto(f"{gateway.url}#/permits")
    expect(page.locator(".permit").first).to_be_visible()
    kept = page.evaluate(ADDRESSES)

    page.get_by_role("button", name="退出登录").click()

    expect(page.locator(".sign-in")).to_be_visible()
    assert "/" in kept
    assert [name for name in kept if name not in {"/", "/manifest.webmanifest"} and "/assets/" not in name] == []
    page.wait_for_function("() => caches.keys().then((names) => names.length === 0)")
    page.wait_for_function("() => navigator.serviceWorker.getRegistrations().then((kept) => kept.length === 0)")
    assert page.evaluate("localStorage.getItem('gridpost.heard')") is None
