"""Incidents: worst first with the time that is left, one large button for the next step, the desk's acts behind a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_incidents import busy_desk, limit
from tests.page.mock_server import MockGateway

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def sent(gateway: MockGateway) -> list[tuple[str, object]]:
    return [(path, body) for _, path, body in gateway.compound.incidents.sent]


def test_the_worst_stands_first_with_its_time_left_yellow_when_near_and_red_when_over(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(busy_desk)
    gateway.compound.incidents.known[1]["limits"] = [limit("arrive", -6, 1.5)]
    page = at(browsing, gateway, "#/incidents")

    rows = page.locator("[data-incident]")

    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("3号楼 2单元 501 厨房 火情")
    expect(rows.nth(0).locator(".limit.near")).to_contain_text("到场时限 剩余 01:2")
    expect(rows.nth(1).locator(".limit.over")).to_contain_text("处置时限 已超时 02:0")
    expect(rows.nth(2).locator(".limit")).to_have_class("limit ")
    page.get_by_role("link", name="已结").click()
    expect(page.locator("[data-incident]")).to_contain_text("环境卫生")


def test_whoever_goes_sees_one_button_after_the_other_and_sends_photos(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(lambda compound: compound.incidents.open("fire", "b3", 1))
    page = at(browsing, gateway, "#/incidents/1")
    step = page.locator(".next-step")

    expect(step).to_have_text("我去")
    step.click()
    expect(step).to_have_text("到了")
    step.click()
    expect(step).to_have_text("处理完")
    step.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("拍照").set_input_files({"name": "door.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(dialog).to_contain_text("1 张照片已上传")
    dialog.get_by_role("button", name="已排除险情").click()
    dialog.get_by_role("button", name="处理完").click()

    expect(page.locator(".photos img")).to_have_count(1)
    expect(page.locator(".timeline")).to_contain_text("处理完张三")
    assert sent(gateway) == [
        ("incidents/1/go", {}),
        ("incidents/1/arrive", {}),
        ("incidents/photos", {"media": "image/png"}),
        ("incidents/1/handle", {"what": "已排除险情", "photos": [f"{1:064x}"]}),
    ]


def test_a_department_is_called_in_and_its_answer_is_timed(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(busy_desk)
    page = at(browsing, gateway, "#/incidents/1")

    page.get_by_text("其他操作").click()
    page.get_by_role("button", name="吹哨").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("哪个部门").select_option("gas")
    dialog.get_by_role("button", name="请到现场").click()
    dialog.get_by_role("button", name="吹哨").click()

    expect(page.locator(".told-row")).to_contain_text("燃气公司")
    expect(page.locator(".told-row .limit")).to_contain_text("部门报到 剩余 14:")
    assert sent(gateway)[0] == ("incidents/1/whistle", {"department": "gas", "what": "请到现场"})


def test_the_desk_calls_it_false_with_a_cause(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(busy_desk)
    page = at(browsing, gateway, "#/incidents/1")

    page.get_by_text("其他操作").click()
    page.get_by_role("button", name="误报").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="误报").click()
    expect(dialog.locator(".wrong")).to_have_text("请选误报原因")
    dialog.get_by_role("button", name="水汽").click()
    dialog.get_by_role("button", name="误报").click()

    expect(page.locator(".incident-now")).to_contain_text("原因:水汽")
    expect(page.locator(".next-step")).to_have_count(0)
    expect(page.get_by_text("其他操作")).to_have_count(0)


def test_what_no_device_saw_is_reported(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/incidents")

    page.get_by_role("link", name="上报事件").click()
    page.get_by_role("button", name="报修").click()
    page.get_by_label("楼栋").select_option("b4")
    page.get_by_label("看到了什么").fill("单元门关不上")
    page.get_by_role("button", name="上报").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("4号楼")
    assert sent(gateway) == [
        (
            "incidents",
            {"building": "b4", "unit": "", "where": "", "category": "repair", "what": "单元门关不上", "priority": 3},
        )
    ]


@pytest.mark.usefixtures("built")
def test_who_may_only_look_sees_no_menu(browsing: Browsing) -> None:
    with MockGateway(MockCompound(size=8), role="viewer") as gateway:
        gateway.happen(busy_desk)
        page = at(browsing, gateway, "#/incidents/1")

        expect(page.locator(".incident-now")).to_be_visible()
        expect(page.get_by_text("其他操作")).to_have_count(0)
