"""History, health, long work and the simulator on the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway
from tests.page.test_doors import at

if TYPE_CHECKING:
    from tests.page.conftest import Browsing

TWO = "#/history/b3u1%2Fsupply%2Cb3u1%2Fdoor1.open/7"


def test_points_are_chosen_by_their_device_and_the_address_keeps_them(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/history")
    page.get_by_role("searchbox").fill("b3u1")
    page.get_by_role("button", name=re.compile("b3u1$")).click()
    page.get_by_role("button", name="供电电压").click()
    page.get_by_role("button", name="温度").click()
    page.get_by_role("button", name="30 天").click()

    expect(page.locator(".plot canvas")).to_have_count(2)
    expect(page.locator(".plot-panel h2")).to_have_text(["电压 V", "温度 °C"])
    assert unquote(page.url).endswith("#/history/b3u1/supply,b3u1/temperature/30")

    page.reload()
    expect(page.locator(".series a")).to_have_text([re.compile("供电电压"), re.compile("温度")])
    page.get_by_role("button", name=re.compile("^去掉 .*温度")).click()
    expect(page.locator(".plot canvas")).to_have_count(1)


def test_one_pointer_goes_through_all_pictures_and_all_are_one_file(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, TWO)
    expect(page.locator(".plot canvas")).to_have_count(2)

    box = page.locator(".plot .u-over").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.05, box["y"] + 30)

    expect(page.locator(".series-value").first).to_have_text(re.compile(r"V"))
    expect(page.locator(".series-value").last).to_have_text(re.compile("开着|关着"))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="导出这些测点 CSV").click()
    assert downloading.value.suggested_filename == "history.csv"
    assert gateway.watching.asked[-1].startswith("history/export?points=b3u1%2Fsupply%2Cb3u1%2Fdoor1.open&from_utc=")


def test_the_ill_stand_first_with_their_day_and_the_well_are_there_when_asked_for(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.compound.set_link("b9u1", "lost", "no reply")
    page = at(browsing, gateway, "#/health")

    row = page.locator(".health-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("离线")
    expect(row.get_by_role("img")).to_have_attribute("aria-label", re.compile("48 段中 8 段没有收到"))

    page.get_by_role("button", name=re.compile("^全部")).click()
    expect(row).to_have_count(24)
    expect(row.first).to_have_attribute("data-device", "b9u1")


def test_long_work_has_a_bar_and_a_word_for_its_end(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/works")

    expect(page.locator("[data-work=permits]")).to_contain_text("21 / 37")
    expect(page.locator("[data-work=permits] progress")).to_have_attribute("value", "21")
    assert page.locator("[data-work=backup-1] progress").get_attribute("value") is None
    expect(page.locator("[data-work=export-4]")).to_contain_text("没有完成")

    gateway.watching.works[0]["done"] = 37
    expect(page.locator("[data-work=permits]")).to_contain_text("37 / 37")


def test_a_controller_is_broken_and_mended_on_the_simulators_page(browsing: Browsing) -> None:
    with MockGateway(MockCompound(size=3), role="installer") as gateway:
        page = at(browsing, gateway, "#/simulator")
        page.get_by_role("button", name="开始故障").click()
        expect(page.locator(".wrong")).to_have_count(2)

        page.get_by_label("控制器", exact=True).select_option("b1u1")
        page.get_by_label("故障", exact=True).select_option("silent")
        page.get_by_role("button", name="开始故障").click()
        expect(page.locator(".broken li", has_text="b1u1: 不应答")).to_be_visible()

        page.locator(".broken li", has_text="b1u1").get_by_role("button").click()
        expect(page.locator(".broken li", has_text="b1u1")).to_have_count(0)
        assert gateway.watching.broken == {"b2u1": "late"}
