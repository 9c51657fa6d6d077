"""The duty screen answers by personal PIN and says aloud when it is blind; a phone proves its person before a door opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway, answered_night, force_door
from tests.page.test_console import LISTEN
from tests.page.test_live import NO_WORKER
from tests.page.test_looks import overflow, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.page.conftest import Browsing


@pytest.fixture
def wall(built: object) -> Iterator[MockGateway]:
    """A gateway whose only session is a duty screen's."""
    assert built
    compound = MockCompound(size=12)
    answered_night(compound)
    with MockGateway(compound, way="screen") as gateway:
        yield gateway


def press(page: Page, pin: str) -> None:
    for digit in pin:
        page.get_by_role("dialog").get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="确定").click()


def test_the_screen_shows_all_that_is_to_be_known_from_across_the_room(browsing: Browsing, wall: MockGateway) -> None:
    page = browsing.open(wall.link)

    for width, height in [(1366, 768), (1920, 1080), (360, 740)]:
        page.set_viewport_size({"width": width, "height": height})

        expect(page.locator(".verdict-line")).to_contain_text("紧急")
        expect(page.locator(".alarm").first).to_contain_text("燃气泄漏报警")
        expect(page.locator(".incident-row").first).to_contain_text("火情")
        expect(page.locator(".screen-duty")).to_contain_text("第二网格无人值班")
        expect(page.locator(".screen-clock")).to_contain_text("数据")
        expect(page.get_by_role("button", name="退出登录")).to_have_count(0)
        assert (width, overflow(page)) == (width, 0)
        assert (width, violations(page)) == (width, "[]")


def test_whoever_answers_at_the_screen_names_himself_and_proves_it(browsing: Browsing, wall: MockGateway) -> None:
    page = browsing.open(wall.link, width=1366)
    page.get_by_role("button", name="收到,马上去").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("group", name="当班")).to_contain_text("李四")

    dialog.get_by_role("button", name="李四").click()
    expect(dialog.get_by_role("button", name="确定")).to_be_visible()
    page.keyboard.type("111")
    expect(dialog.get_by_role("button", name="确定")).to_be_disabled()
    page.keyboard.type("1")
    dialog.get_by_role("button", name="确定").click()
    expect(dialog).to_contain_text("PIN 不对,请重新输入")
    press(page, "7531")

    expect(page.locator('.alarm[data-number="2"]')).to_contain_text("已响应:李四")
    expect(dialog).to_have_count(0)
    assert wall.pins.asked == ["pin_missing", "pin_wrong"]


def test_whoever_leaves_the_pin_out_answers_nothing(browsing: Browsing, wall: MockGateway) -> None:
    page = browsing.open(wall.link, width=1366)
    page.get_by_role("button", name="收到,马上去").first.click()

    page.get_by_role("dialog").get_by_role("button", name="取消").click()

    expect(page.locator('.alarm[data-number="2"]')).to_contain_text("没有 PIN,未送达")
    assert not wall.compound.alarms[2]["acked"]


def test_a_screen_whose_data_are_old_says_so_and_sounds_otherwise_than_for_an_alarm(
    browsing: Browsing, wall: MockGateway
) -> None:
    wall.compound.alarms.clear()
    page = browsing.open(wall.link, width=1366, script=NO_WORKER + LISTEN)
    page.get_by_role("button", name="声音未开启,点此开启").click()
    expect(page.locator(".screen-silent")).to_have_count(0)
    page.clock.install()
    wall.stop()

    page.clock.run_for(42_000)

    expect(page.locator(".screen-stale")).to_contain_text("秒未更新")
    page.wait_for_function("() => heard.length > 2")
    assert page.evaluate("heard.slice(0, 3)") == [660, 330, 220]
    assert page.evaluate("heard.includes(988)") is False
    wall.start()
    page.clock.run_for(4_000)
    page.clock.resume()
    expect(page.locator(".screen-stale")).to_have_count(0)
    wall.happen(force_door)
    expect(page.locator(".alarm")).to_contain_text("门被强行打开")


def test_a_phone_asks_for_the_pin_before_a_door_opens_and_for_nothing_else(browsing: Browsing) -> None:
    with MockGateway(MockCompound(size=12), way="phone") as gateway:
        gateway.compound.raise_alarm("door_held", "b3u1")
        page = browsing.open(gateway.link)
        page.get_by_role("button", name="收到,马上去").click()
        expect(page.locator(".alarm")).to_contain_text("已响应:张三")
        page.goto(f"{gateway.url}#/doors/b3u1/door1")
        page.get_by_role("button", name="远程开门").click()
        page.get_by_role("dialog").get_by_role("button", name="访客").click()
        page.get_by_role("dialog").get_by_role("button", name="远程开门").click()

        page.get_by_text("请输入您的 PIN").wait_for()
        expect(page.locator(".outcome")).to_have_text("还没有下发")
        page.keyboard.type("2580")
        page.get_by_role("button", name="确定").click()

        expect(page.get_by_role("dialog")).to_contain_text("已开启")
        assert gateway.pins.asked == ["pin_missing"]


def test_a_phone_asks_for_the_pin_before_it_saves_a_file(browsing: Browsing) -> None:
    with MockGateway(MockCompound(size=12), way="phone") as gateway:
        page = browsing.open(gateway.link)
        page.goto(f"{gateway.url}#/permits")
        page.get_by_role("button", name="导出", exact=True).click()
        page.get_by_text("请输入您的 PIN").wait_for()

        page.keyboard.type("2580")
        with page.expect_download() as saved:
            page.get_by_role("button", name="确定").click()

        assert saved.value.suggested_filename == "permits.csv"
        assert gateway.pins.asked == ["pin_missing"]
