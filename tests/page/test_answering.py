"""One alarm: found real or false on site, paused, who was told of it; and what the overview says of a weak house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_answering import weak_house

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_compound import MockCompound
    from tests.page.mock_server import MockGateway


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def kitchen(compound: MockCompound) -> None:
    """A pre-alarm: no P1, and no less a fire."""
    compound.raise_detector_alarm("smoke", "b3-2-501-smoke")["priority"] = 2


def test_a_fire_is_answered_in_the_list_and_verified_on_its_own_page(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(kitchen)
    page = at(browsing, gateway, "#/alarms/unanswered")

    page.get_by_role("button", name="收到,马上去").click()
    page.goto(f"{gateway.url}#/alarms/answered")
    page.get_by_role("link", name="核实 / 误报").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3号楼 2单元 501 烟感 烟雾报警")
    page.get_by_role("button", name="核实为真火警").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("只在现场看到后按")
    dialog.get_by_role("button", name="核实为真火警").click()

    expect(page.locator(".alarm")).to_contain_text("张三 现场核实为真")
    expect(page.locator(".timeline")).to_contain_text("现场核实张三")
    expect(page.get_by_role("button", name="误报")).to_have_count(0)
    assert gateway.compound.answering.sent == [("POST", "alarms/1/verify", {"real": True, "cause": "", "note": ""})]


def test_a_fire_is_never_paused_and_a_false_alarm_needs_its_cause(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(kitchen)
    page = at(browsing, gateway, "#/alarms/1")
    page.get_by_role("button", name="误报").click()
    dialog = page.get_by_role("dialog")

    expect(page.get_by_role("button", name="暂停提醒")).to_have_count(0)

    dialog.get_by_role("button", name="误报").click()
    expect(dialog.locator(".wrong")).to_have_text("请选误报原因")
    dialog.get_by_role("button", name="做饭油烟").click()
    dialog.get_by_role("button", name="误报").click()

    expect(page.locator(".alarm")).to_contain_text("张三 现场核实为误报")
    assert gateway.compound.answering.sent[0][2]["cause"] == "cooking"


def test_an_alarm_is_paused_for_as_long_as_its_priority_allows_and_told_again(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(lambda compound: compound.raise_alarm("door_held", "b6u1", part="地下室门"))
    page = at(browsing, gateway, "#/alarms/1")

    page.get_by_role("button", name="暂停提醒").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("最多 8 小时,仍在监测")
    expect(dialog.get_by_role("button", name="24 小时")).to_have_count(0)
    dialog.get_by_role("button", name="1 小时").click()
    dialog.get_by_role("button", name="已知情况,等配件").click()
    dialog.get_by_role("button", name="暂停提醒").click()

    expect(page.locator(".alarm-standing")).to_contain_text("暂停提醒(仍在监测) · 到")
    assert gateway.compound.answering.sent[0][2] == {"minutes": 60, "reason": "已知情况,等配件"}
    page.get_by_role("button", name="恢复提醒").click()
    expect(page.locator(".alarm-standing")).to_have_text("未响应")


def test_who_was_told_by_which_channel_and_what_became_of_it(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(kitchen)
    answering = gateway.compound.answering
    answering.tell(1, "zhang", "wecom", "failed", why="does not answer")
    answering.tell(1, "zhao", "voice", "answered", step=1)
    page = at(browsing, gateway, "#/alarms/1")

    rows = page.locator(".told-row")

    expect(rows.nth(0)).to_contain_text("张三 wecom没有送达:没有应答")
    expect(rows.nth(1)).to_contain_text("赵六 voice第 2 级已响应")


def test_an_alarm_on_trial_is_marked_calls_nobody_and_says_what_would_have_followed(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.happen(weak_house)
    page = at(browsing, gateway, "#/alarms/1")

    expect(page.locator(".alarm")).to_contain_text("【试运行】5号楼 1单元门禁 消防联动信号")
    expect(page.locator(".call")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("释放的门:b5u1/door1 b5u1/door2")
    expect(page.locator(".banner.urgent")).to_have_count(0)


def test_the_overview_says_first_what_weakens_the_house(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/")
    expect(page.locator(".verdict-line")).to_have_text("全部正常")
    expect(page.locator(".house-notes")).to_have_count(0)

    gateway.happen(weak_house)
    page.reload()

    notes = page.locator(".house-notes")
    for said in (
        "无人值班", "通知渠道发不出:没有应答", "网关电池还能用 42 分钟", "1 个探测器停用中", "1 栋楼试运行中",
        "1 条告警暂停提醒",
    ):  # fmt: skip
        expect(notes).to_contain_text(said)
    notes.get_by_role("link", name="1 条告警暂停提醒").click()
    expect(page.locator(".alarm")).to_contain_text("门开着太久")


def test_a_detector_goes_out_of_service_by_two_persons(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/detector/b3-2-501-smoke")

    page.get_by_role("button", name="申请停用").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="室内施工").click()
    dialog.get_by_label("工单号").fill("GD-7")
    dialog.get_by_role("button", name="申请停用").click()
    expect(dialog.locator(".wrong")).to_have_text("请先告知住户")
    dialog.get_by_label("已告知住户").check()
    dialog.get_by_role("button", name="申请停用").click()
    expect(page.locator(".outage-now")).to_contain_text("要另一个人同意。")
    expect(page.get_by_role("button", name="同意停用")).to_have_count(0)

    gateway.compound.answering.pending["b3-2-501-smoke"]["by"] = "李四"
    page.reload()
    page.get_by_role("button", name="同意停用").click()

    expect(page.locator(".outage-now")).to_contain_text("停用中,剩余")
    page.get_by_role("button", name="恢复使用").click()
    expect(page.get_by_role("button", name="申请停用")).to_be_visible()
    assert [(method, path) for method, path, _ in gateway.compound.answering.sent] == [
        ("POST", "detectors/b3-2-501-smoke/outage"),
        ("POST", "detectors/b3-2-501-smoke/outage/confirm"),
        ("DELETE", "detectors/b3-2-501-smoke/outage"),
    ]


def test_a_trial_ends_with_the_number_of_its_report(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(weak_house)
    page = at(browsing, gateway, "#/building/b5")
    page.get_by_role("link", name="试运行到").click()
    expect(page.locator("main")).to_contain_text("只通知:张三、赵六")

    page.get_by_role("button", name="结束试运行").click()
    page.get_by_role("dialog").get_by_label("验收报告编号").fill("YS-2026-31")
    page.get_by_role("dialog").get_by_role("button", name="结束试运行").click()

    expect(page.get_by_role("button", name="开始试运行")).to_be_visible()
    assert gateway.compound.answering.sent == [("DELETE", "buildings/b5/trial", {"report": "YS-2026-31"})]
