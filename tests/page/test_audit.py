"""The audit as it is read, searched and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway

if TYPE_CHECKING:
    from tests.page.conftest import Browsing


def test_an_auditor_reads_filters_and_verifies(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=12), role="auditor") as gateway:
        page = browsing.enter(gateway, "#/audit")

        expect(page.locator(".audit-row")).to_have_count(50)
        expect(page.locator('[data-seq="59"]')).to_contain_text("已删除")
        expect(page.locator('[data-seq="60"]')).to_contain_text("张三 下发命令:开门 b3u1/door1")
        expect(page.locator('[data-seq="60"]')).to_contain_text("原因:访客")
        page.get_by_role("button", name="更早的").click()
        expect(page.locator(".audit-row")).to_have_count(60)

        page.get_by_text("筛选").click()
        page.get_by_label("做了什么").select_option("export")
        page.get_by_label("从").fill("2026-11-01")
        page.get_by_role("button", name="查看").click()
        expect(page.locator(".audit-row")).to_have_count(20)
        assert page.url.endswith("#/audit?what=export&from=2026-11-01")
        assert "from_utc=1793462400" in gateway.records.asked[-1], "midnight in Shanghai"

        page.get_by_role("button", name="校验").click()
        expect(page.locator(".outcome")).to_contain_text("完整:#1 到 #60 共 60 条")
        gateway.records.broken = [{"seq": 17, "why": "the row is missing: its digest is there, and nobody pruned it"}]
        page.get_by_role("button", name="校验").click()
        expect(page.locator(".outcome")).to_contain_text("已损坏")
        expect(page.locator(".outcome")).to_contain_text("#17 记录缺失,没有清理记录")

        refused = {"code": "role", "right": "audit", "roles": ["auditor", "administrator"]}
        page.route("**/api/v1/audit?*", lambda route: route.fulfill(status=403, json=refused))
        page.goto(f"{gateway.url}#/audit?what=user")
        expect(page.get_by_role("alert")).to_contain_text("需要的角色:审计员、管理员")
