"""One stream for a whole browser, and a page that works where browsers lack what it is made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_server import force_door

if TYPE_CHECKING:
    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

BARE = "delete window.SharedWorker; delete window.EventSource;"


def test_eight_tabs_share_one_stream_and_all_are_live(browsing: Browsing, gateway: MockGateway) -> None:
    first = browsing.open(gateway.link)
    expect(first.locator('[data-mode="live"]')).to_be_visible()
    tabs = [first, *(first.context.new_page() for _ in range(7))]
    for tab in tabs[1:]:
        tab.goto(gateway.url)

    gateway.happen(force_door)

    for tab in tabs:
        expect(tab.locator(".verdict-line")).to_have_text("1 条告警未响应")
    gateway.wait_for_streams(1)


def test_without_worker_and_stream_the_page_polls_and_an_alarm_is_answered(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = browsing.open(gateway.link, script=BARE)
    expect(page.locator('[data-mode="polling"]')).to_be_visible()

    gateway.happen(force_door)

    expect(page.locator(".verdict-line")).to_have_text("1 条告警未响应")
    page.get_by_role("button", name="收到,马上去").click()
    expect(page.locator(".alarm")).to_contain_text("已响应:张三")
    expect(page.locator(".verdict-line")).to_have_text("1 条告警,均已响应")
    gateway.wait_for_streams(0)


def test_when_somebody_else_signs_in_no_tab_goes_on_with_the_data_of_the_first(
    browsing: Browsing, gateway: MockGateway
) -> None:
    first = browsing.open(gateway.link)
    expect(first.locator('[data-mode="live"]')).to_be_visible()
    gateway.pins.id = "u2"  # from here on the gateway takes this browser for somebody else
    second = first.context.new_page()

    with first.expect_event("load"):
        second.goto(gateway.link)

    expect(first.locator('[data-mode="live"]')).to_be_visible()
    expect(second.locator('[data-mode="live"]')).to_be_visible()
    gateway.wait_for_streams(1)


def test_the_shared_worker_itself_drops_whom_it_fed_before(browsing: Browsing, gateway: MockGateway) -> None:
    unkept = "Storage.prototype.setItem = () => { throw new Error('nothing is kept') };"
    first = browsing.open(gateway.link, script=unkept)
    expect(first.locator('[data-mode="live"]')).to_be_visible()
    gateway.pins.id = "u2"
    second = first.context.new_page()

    with first.expect_event("load"):
        second.goto(gateway.link)

    expect(first.locator('[data-mode="live"]')).to_be_visible()
