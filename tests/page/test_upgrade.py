"""A page that was open while the gateway was upgraded: it says so, mends itself, and never claims what was not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway, answered_night
from tests.page.test_live import NO_WORKER

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing

BUILD = "document.querySelector('meta[name=build]').content"
RENEWED = f"() => {BUILD} === 'newer'"


def take_away(page: Page, piece: str, *, times: int | None = None) -> None:
    """As after an upgrade: a piece of the open page is no longer there."""
    page.route(f"**/assets/{piece}-*.js", lambda route: route.fulfill(status=404), times=times)


def test_an_open_page_says_that_there_is_a_newer_one(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link, script=NO_WORKER)
    expect(page.locator(".verdict-line")).to_be_visible()
    gateway.upgrade()

    expect(page.locator(".banner", has_text="页面有新版本")).to_be_visible()

    page.get_by_role("button", name="刷新").click()
    page.wait_for_function(RENEWED)
    expect(page.locator(".verdict-line")).to_be_visible()
    expect(page.locator(".banner", has_text="页面有新版本")).to_have_count(0)


def test_a_piece_that_is_gone_comes_with_the_newer_page(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_be_visible()
    gateway.shell.newer = True
    take_away(page, "doors", times=1)

    page.get_by_role("link", name="门禁").first.click()

    page.wait_for_function(RENEWED)
    expect(page.locator(".door-row").first).to_be_visible()


def test_a_piece_that_is_gone_for_good_is_said_and_asked_for_no_more(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_be_visible()
    gateway.shell.newer = True
    take_away(page, "doors")
    loads: list[str] = []
    page.on("load", lambda loaded: loads.append(loaded.url))

    page.get_by_role("link", name="门禁").first.click()

    expect(page.locator("#content")).to_contain_text("页面没取到")
    assert len(loads) == 1


def test_a_screen_renews_itself_when_nobody_answers(browsing: Browsing, built: object) -> None:
    assert built
    compound = MockCompound(size=12)
    answered_night(compound)
    with MockGateway(compound, way="screen") as gateway:
        page = browsing.open(gateway.link, width=1366, script=NO_WORKER)
        page.get_by_role("button", name="收到,马上去").first.click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        before = page.locator(".verdict-line").inner_text()
        with page.expect_request("**/stream?*"):
            gateway.upgrade()
        gateway.wait_for_streams(1)
        gateway.happen(lambda compound: compound.raise_alarm("fire_input", "b9u1"))
        expect(page.locator(".verdict-line")).not_to_have_text(before)
        expect(dialog).to_be_visible()

        dialog.get_by_role("button", name="取消").click()

        page.wait_for_function(RENEWED)
        expect(page.locator(".alarm").first).to_be_visible()


def test_an_answer_that_needs_a_piece_that_is_gone_was_not_sent(browsing: Browsing, built: object) -> None:
    assert built
    compound = MockCompound(size=12)
    answered_night(compound)
    with MockGateway(compound, way="screen") as gateway:
        page = browsing.open(gateway.link, width=1366)
        expect(page.locator(".alarm").first).to_be_visible()
        take_away(page, "proving")

        page.get_by_role("button", name="收到,马上去").first.click()

        expect(page.locator(".alarm-trouble", has_text="未送达")).to_be_visible()
        expect(page.get_by_role("button", name="收到,马上去").first).to_be_enabled()
