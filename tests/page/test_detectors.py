"""Detectors: nothing is well that was not heard; what is odd stands first; and each is looked after from its own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_server import walk_about

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_compound import MockCompound
    from tests.page.mock_server import MockGateway

SMOKE = "b3-2-501-smoke"
CLAIMED = "smoke, unverified: plain, heard by rx-b3 with -51 dBm"


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def lose_two(compound: MockCompound) -> None:
    compound.detectors.become(SMOKE, state="lost")
    compound.detectors.become("b4-1-101-gas", state="unknown", heard=None)


def test_the_compound_is_not_well_while_a_detector_is_unheard(browsing: Browsing, gateway: MockGateway) -> None:
    page = browsing.open(gateway.link)
    expect(page.locator(".verdict-line")).to_have_text("全部正常")

    gateway.happen(lose_two)

    expect(page.locator(".verdict-line")).to_have_text("无告警,但 2 个探测器未知")
    expect(page.locator(".verdict")).to_have_class("verdict unknown")
    expect(page.locator(".tile.unsure")).to_have_count(2)
    expect(page.locator(".facts")).to_contain_text("1 失联")

    gateway.happen(lambda compound: compound.set_link("b9u1", "lost", "no reply"))

    expect(page.locator(".verdict-line")).to_have_text("无告警,但 2 个探测器、1 个设备未知")


def test_the_alarm_of_a_detector_says_what_to_do_and_never_that_the_place_is_well(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = browsing.open(gateway.link)
    gateway.happen(lambda compound: compound.raise_detector_alarm("smoke", SMOKE))
    gateway.happen(lambda compound: compound.raise_detector_alarm("gas", "b4-1-101-gas"))
    gateway.happen(lambda compound: compound.raise_detector_alarm("smoke", "b5-1-101-smoke", test=True))
    gateway.happen(lambda compound: compound.raise_detector_alarm("unverified_alarm", SMOKE, why=CLAIMED))
    smoke, gas, tested, claimed = (page.locator(f'.alarm[data-number="{number}"]') for number in (1, 2, 3, 4))

    expect(smoke).to_contain_text("烟雾报警")
    expect(smoke.get_by_role("link", name="拨打 119")).to_have_attribute("href", "tel:119")
    expect(gas).to_contain_text("勿按门铃、勿开关电器、勿在楼内打电话")
    expect(gas.locator(".call")).to_have_count(0)
    expect(claimed).to_contain_text("收到报警信号(未经验证)")
    expect(claimed).to_contain_text("烟雾,未经验证:未加密(rx-b3 收到,-51 dBm)")
    expect(tested).to_contain_text("【测试】")
    expect(tested.locator(".alarm-advice, .call")).to_have_count(0)

    gateway.happen(lambda compound: compound.clear(1))

    expect(smoke).to_contain_text("探测器读数已恢复,现场未核实")
    smoke.locator(".alarm-what a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3号楼 2单元 501 烟感")


def test_detectors_are_counted_by_state_found_page_by_page_and_drawn_by_floor(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(walk_about)
    page = at(browsing, gateway, "#/detectors")

    expect(page.locator(".states")).to_contain_text("失联 1")
    expect(page.locator('[data-building="b3"]')).to_contain_text("报警 1")
    page.get_by_role("button", name="失联 1").click()
    expect(page.locator(".detector-row")).to_have_count(1)
    page.get_by_role("button", name="失联 1").click()
    page.get_by_role("searchbox").fill("烟感")
    expect(page.locator(".detector-row")).to_have_count(50)
    page.get_by_role("button", name="再看一些(还有 238 个)").click()
    expect(page.locator(".detector-row")).to_have_count(100)
    page.get_by_role("searchbox").fill("")
    page.locator('[data-building="b3"]').click()

    expect(page.locator(".detector-row").first).to_contain_text("报警")
    expect(page.locator(".detector-row")).to_have_count(5)
    expect(page.locator(".floors .cell")).to_have_count(24)
    page.locator('[data-detector="b3-2-502-smoke"].cell').click()
    expect(page.locator(".cell-said")).to_contain_text("502 烟感失联")


def test_a_battery_is_changed_and_a_sensor_replaced_and_taken_down(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, f"#/detector/{SMOKE}")
    expect(page.locator(".door-state")).to_have_text("正常")

    page.get_by_role("button", name="换电池").click()
    expect(page.locator(".battery-change")).to_contain_text("请现在换电池,剩余 29:5")

    page.get_by_role("button", name="更换传感器").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("传感器").fill("0000")
    dialog.get_by_role("button", name="损坏").click()
    dialog.get_by_role("button", name="更换传感器").click()
    expect(dialog.get_by_role("alert")).to_have_text("库存里没有这个传感器")
    dialog.get_by_label("传感器").fill("A001")
    dialog.get_by_role("button", name="更换传感器").click()
    expect(page.locator(".passages li").first).to_contain_text("更换A001张三损坏")
    expect(page.locator(".door-state")).to_have_text("未知")

    page.get_by_role("button", name="拆下").click()
    dialog.get_by_role("button", name="报废").click()
    dialog.get_by_role("button", name="施工").click()
    dialog.get_by_role("button", name="拆下").click()
    expect(page.locator(".passages li").first).to_contain_text("报废A001张三施工")
    expect(page.locator(".door-state")).to_have_text("未挂装")

    assert [
        (method, path, body) for method, path, body in gateway.compound.detectors.sent if "0000" not in body.values()
    ] == [
        ("POST", f"detectors/{SMOKE}/battery-change", {"minutes": 30}),
        ("POST", f"detectors/{SMOKE}/sensor", {"sensor": "A001", "reason": "损坏"}),
        ("DELETE", f"detectors/{SMOKE}/sensor", {"reason": "施工", "gone": True}),
    ]


def test_a_receiver_that_hears_nothing_stands_first_and_strangers_last(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(walk_about)
    page = at(browsing, gateway, "#/receivers")

    expect(page.locator(".receiver").first).to_have_attribute("data-receiver", "rx-b3")
    expect(page.locator(".receiver").first).to_contain_text("听不到信号")
    expect(page.locator("main")).to_contain_text("AABBCCDDEEFF未登记的 BTHome 传感器3号楼 弱电间 -71 dBm")


def test_nobody_sees_an_act_that_is_not_for_him(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, f"#/detector/{SMOKE}")

    for role, buttons in (("auditor", 0), ("staff", 2), ("installer", 4)):
        gateway.role = role
        page.reload()

        expect(page.locator(".door-now")).to_be_visible()
        expect(page.locator(".orders button")).to_have_count(buttons)
