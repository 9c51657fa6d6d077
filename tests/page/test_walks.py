"""Walks: sensors hung up one press after the other, and tested one after the other; and the list that they come in by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.test_detectors import at

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

SECOND_SMOKE = "b5-1-302-smoke"


def choose(page: Page) -> None:
    page.get_by_label("楼栋", exact=True).select_option("b5")
    page.get_by_label("单元", exact=True).select_option("1")
    page.get_by_label("从", exact=True).select_option("3")
    page.get_by_label("到", exact=True).select_option("3")
    page.get_by_role("button", name="烟感", exact=True).click()


def begin_round(browsing: Browsing, gateway: MockGateway) -> Page:
    gateway.happen(lambda compound: compound.detectors.take_all_down("b5"))
    page = at(browsing, gateway, "#/rounds")
    choose(page)
    expect(page.get_by_text("2 个位置,2 个待挂装")).to_be_visible()
    page.get_by_role("button", name="开始走").click()
    expect(page.locator(".next-name")).to_have_text("301 烟感")
    return page


def test_a_press_takes_the_next_place_and_one_tap_takes_it_back(browsing: Browsing, gateway: MockGateway) -> None:
    page = begin_round(browsing, gateway)

    gateway.happen(lambda compound: compound.detectors.step("r1", "A001"))

    expect(page.locator(".latest")).to_contain_text("301 烟感 已挂 A001")
    expect(page.locator(".next-name")).to_have_text("302 烟感")
    expect(page.locator(".round-progress")).to_have_text("1/2")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".next-name")).to_have_text("301 烟感")
    page.get_by_role("button", name="跳过").click()
    expect(page.locator(".latest")).to_contain_text("已跳过")
    expect(page.locator(".next-unit")).to_have_text("5号楼 1单元")


def test_what_is_not_clear_is_tapped_and_what_says_nothing_is_typed(browsing: Browsing, gateway: MockGateway) -> None:
    page = begin_round(browsing, gateway)
    gateway.happen(lambda compound: compound.detectors.offer("r1", "C47A0000A002"))
    expect(page.get_by_role("alert")).to_contain_text("请在下面点选")

    page.get_by_role("button", name="A002 烟感").click()
    expect(page.locator(".next-name")).to_have_text("302 烟感")
    page.get_by_text("没有反应?输入标签").click()
    page.get_by_label("传感器").fill("0000")
    page.get_by_role("button", name="挂这个").click()
    expect(page.get_by_text("库存里没有这个传感器")).to_be_visible()
    page.get_by_label("传感器").fill("A003")
    page.get_by_role("button", name="挂这个").click()
    expect(page.get_by_text("全部挂完")).to_be_visible()
    page.get_by_role("button", name="结束这一轮").click()

    expect(page.get_by_text("这一轮已结束")).to_be_visible()
    assert gateway.compound.detectors.rows[SECOND_SMOKE]["sensor"]["tail"] == "A003"


def test_a_list_of_sensors_is_tried_before_it_is_taken(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/inventory")
    files = page.locator("input[type=file]")

    files.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"bad"})
    expect(page.locator(".findings li")).to_have_text(
        ["第 2 行:没有密钥", "第 3 行:密钥不是 32 位十六进制 (a spreadsheet?)"]
    )
    files.set_input_files({"name": "good.csv", "mimeType": "text/csv", "buffer": b"good"})
    expect(page.get_by_text("试算结果(还没有导入)")).to_be_visible()
    assert [query for _, query, _ in gateway.compound.detectors.sent] == ["dry=true", "dry=true"]
    page.get_by_role("button", name="导入", exact=True).click()

    expect(page.get_by_text("已导入。")).to_be_visible()
    assert [query for _, query, _ in gateway.compound.detectors.sent][2:] == [""]


def test_a_walk_test_lists_who_was_heard_and_goes_to_paper(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/walk_tests")
    page.get_by_role("button", name="30 分钟").click()
    choose(page)
    page.get_by_role("button", name="开始测试").click()
    expect(page.locator(".tested .open")).to_have_count(2)

    gateway.happen(lambda compound: compound.detectors.speak("w1", SECOND_SMOKE))

    heard = page.locator(f'[data-tested="{SECOND_SMOKE}"]')
    expect(heard).to_contain_text("5号楼 1单元 302 烟感测试键")
    expect(heard).to_contain_text("1号楼 弱电间 -64 dBm")
    page.get_by_role("button", name="结束走测").click()
    expect(page.locator(".lead")).to_contain_text("已结束")
    page.emulate_media(media="print")
    expect(page.locator(".record tbody tr")).to_have_count(2)
    expect(page.locator(".record")).to_contain_text("1/2 已测")
    assert gateway.compound.detectors.sent[0][2]["minutes"] == 30


def test_a_sensor_leaves_the_stock_with_a_reason(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/stock")
    expect(page.locator(".permit")).to_have_count(12)

    page.get_by_role("searchbox").fill("A00C")
    expect(page.locator(".count-line")).to_have_text("共 1 个")
    page.get_by_role("button", name="移出").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="损坏").click()
    dialog.get_by_role("button", name="移出").click()

    expect(page.locator(".count-line")).to_have_text("共 0 个")
    assert gateway.compound.detectors.sent == [("DELETE", "sensors/C47A0000A00C", {"reason": "损坏"})]
