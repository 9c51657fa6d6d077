"""One person's data, and records for an authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway


def test_a_person_is_found_handed_out_and_forgotten_only_by_the_typed_name(
    browsing: Browsing, administered: MockGateway
) -> None:
    page = browsing.enter(administered, "#/privacy")
    page.get_by_role("button", name="查找").click()
    expect(page.locator(".wrong")).to_have_text("请填写")
    page.get_by_label("姓名").fill("陈一")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("[data-person]")).to_have_count(1)

    page.get_by_role("button", name="导出").click()
    page.get_by_role("button", name="本人要求").click()
    with page.expect_download() as saved:
        page.locator(".dialog").get_by_role("button", name="导出", exact=True).click()
    page.get_by_role("button", name="删除", exact=True).click()
    page.get_by_role("button", name="已迁出").click()
    act = page.get_by_role("button", name="永久删除")
    expect(act).to_be_disabled()
    page.get_by_label("请输入「陈一」以确认").fill("陈一")
    act.click()

    expect(page.locator(".dialog")).to_contain_text("通行证 2 张、记录 17 条")
    page.get_by_role("button", name="知道了").click()
    expect(page.locator("[data-person]")).to_have_count(0)
    expect(page.locator(".audit-row")).to_have_count(2)
    assert saved.value.suggested_filename == "person-p-7f.zip"
    assert administered.records.sent[-1] == ("POST", "privacy/erase", {"person": "p-7f", "reason": "已迁出"})


def test_an_investigation_needs_another_person_and_a_window_of_31_days(
    browsing: Browsing, administered: MockGateway
) -> None:
    page = browsing.enter(administered, "#/investigations")
    mine, other = page.locator('[data-investigation="i2"]'), page.locator('[data-investigation="i1"]')

    expect(mine).to_contain_text("等待另一位经理或管理员确认")
    expect(mine.get_by_role("button", name="同意提供")).to_have_count(0)
    other.get_by_role("button", name="同意提供").click()
    expect(other).to_contain_text("这段记录正在留存")
    with page.expect_download() as saved:
        other.get_by_role("button", name="下载存档").click()
    page.get_by_role("button", name="登记请求").click()
    page.get_by_label("要求的机关").fill("翠湖派出所")
    page.get_by_label("文书编号").fill("翠公调字2026-119")
    page.get_by_label("3号楼").check()
    page.get_by_label("从", exact=True).fill("2026-01-01T00:00")
    page.locator(".dialog").get_by_label("原因").fill("盗窃案")
    page.get_by_role("button", name="提交,等待另一人确认").click()

    expect(page.locator(".dialog .wrong")).to_have_text("最长 31 天")
    expect(page.get_by_label("文书编号")).to_have_value("翠公调字2026-119")
    assert saved.value.suggested_filename == "investigation-i1.zip"
