"""Doors: listed by building, and told to do something at most once, with nothing claimed before the lock said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_server import busy_day

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

NOT_ANSWERED = {"id": 7, "outcome": "unknown", "confirmed": {}, "why": "no answer in time"}
NOT_OPENED: tuple[tuple[tuple[int, dict[str, object]], str, str], ...] = (
    ((200, NOT_ANSWERED), "结果未知,请到现场查看", "超过期限没有应答"),
    ((200, {**NOT_ANSWERED, "outcome": "refused", "why": "expired"}), "没有执行", "超过 5 秒没有送出"),
    (
        (200, {**NOT_ANSWERED, "outcome": "failed", "why": "the relay did not move"}),
        "没有成功",
        "the relay did not move",
    ),
    ((409, {"code": "lockdown", "detail": "locked down"}), "没有执行", "已封闭:先解除封闭"),
    ((403, {"code": "role", "detail": "viewer may not"}), "没有执行", "无权限"),
    ((503, {"code": "not_recorded", "detail": "the disk"}), "结果未知,请到现场查看", "是否执行未知"),
)
TWO_TAPS = "form => { form.requestSubmit(); form.requestSubmit(); }"
"""Faster than the page is drawn again without the button."""
OPENED = "已开启(门锁已确认)"
MORE: tuple[tuple[str, str, dict[str, bool]], ...] = (
    ("设为常开", "door1.hold_free", {"on": True}),
    ("封闭", "lockdown", {"on": True}),
    ("测试继电器", "door1.relay_test", {}),
    ("复位消防释放", "reset_fire_latch", {}),
)


def at(browsing: Browsing, gateway: MockGateway, place: str) -> Page:
    page = browsing.open(gateway.link)
    expect(page.locator(".tile").first).to_be_visible()
    page.goto(f"{gateway.url}{place}")
    return page


def ask_to_open(page: Page, reason: str = "快递") -> None:
    page.get_by_role("button", name="远程开门").click()
    page.get_by_role("dialog").get_by_role("button", name=reason).click()


def send(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name="远程开门").click()


def test_doors_stand_by_building_with_their_state_in_words_and_shape(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.happen(busy_day)
    page = at(browsing, gateway, "#/doors")

    expect(page.locator(".door-row")).to_have_count(48)
    expect(page.locator('[data-door="b1u1/door1"]')).to_contain_text("疏散门")
    expect(page.locator('[data-door="b1u1/door1"]')).to_contain_text("关着 · 已锁 · 刷卡")
    expect(page.locator('[data-door="b1u1/door2"]')).to_contain_text("常开")
    expect(page.locator('[data-door="b2u1/door1"]')).to_contain_text("消防释放")
    expect(page.locator('[data-door="b2u2/door1"]')).to_contain_text("已封闭")
    expect(page.locator('[data-door="b4u1/door1"]')).to_contain_text("离线 · 最后所知:关着")
    expect(page.locator('[data-door="b4u1/door1"] .guess')).to_have_count(1)

    page.get_by_role("searchbox").fill("3号楼 2单元 地下")

    expect(page.locator(".door-row")).to_have_count(1)


def test_a_door_moves_on_its_own_page_while_it_is_looked_at(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")
    expect(page.locator(".door-state")).to_have_text("关着 · 已锁 · 刷卡")

    gateway.happen(lambda compound: compound.set_point("b3u1", "door1.unlocked", True))

    expect(page.locator(".door-state")).to_have_text("关着 · 未锁 · 刷卡")
    expect(page.locator(".passages")).to_contain_text("李四:快递")
    expect(page.locator(".passages")).to_contain_text("缺 12 条记录(控制器存满被覆盖)")


def test_opened_is_said_only_when_the_lock_reported_it_and_a_double_tap_is_one_command(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")
    gateway.hold_answers(hold=True)
    ask_to_open(page)
    expect(page.get_by_role("heading", name="确认开启「3号楼 1单元 单元大门」?")).to_be_visible()

    page.locator("dialog form").evaluate(TWO_TAPS)

    expect(page.locator(".outcome")).to_have_text("已下发,等待门锁确认…")
    assert "已开启" not in page.locator("body").inner_text()
    gateway.hold_answers(hold=False)
    expect(page.locator(".outcome")).to_have_text(OPENED)
    [(device, name, body)] = gateway.compound.desk.commands
    assert (device, name, body["reason"], body["arguments"]) == ("b3u1", "door1.unlock", "快递", {})
    assert len(body["request"]) == 32


def test_whatever_did_not_open_says_so_and_why(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")

    for answer, said, why in NOT_OPENED:
        gateway.compound.desk.answers.append(answer)
        ask_to_open(page)
        send(page)

        expect(page.locator(".outcome")).to_contain_text(said)
        expect(page.locator(".outcome")).to_contain_text(why)
        assert "已开启" not in page.locator("body").inner_text()
        page.keyboard.press("Escape")


def test_a_wish_that_got_no_answer_is_asked_again_under_the_same_name(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")
    ask_to_open(page)
    page.route("**/commands/**", lambda route: (route.fetch(), route.abort())[1])
    send(page)
    expect(page.locator(".outcome.unknown")).to_contain_text("结果未知,请到现场查看")

    page.unroute("**/commands/**")
    send(page)

    expect(page.locator(".outcome.refused")).to_contain_text("没有再做一次")
    first, second = gateway.compound.desk.commands
    assert first == second


def test_a_command_without_a_reason_is_not_sent(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")

    page.get_by_role("button", name="远程开门").click()
    send(page)

    expect(page.get_by_role("dialog")).to_contain_text("请填写原因")
    assert gateway.compound.desk.commands == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_manager_can_do_more_at_a_door(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.compound.set_point("b3u1", "door1.released", True)
    page = at(browsing, gateway, "#/doors/b3u1/door1")

    for act, _, _ in MORE:
        page.get_by_role("button", name=act, exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="检修").click()
        page.get_by_role("dialog").get_by_role("button", name=act).click()
        expect(page.locator(".outcome.done")).to_be_visible()
        page.get_by_role("button", name="知道了").click()

    assert [(name, body["arguments"]) for _, name, body in gateway.compound.desk.commands] == [
        (command, arguments) for _, command, arguments in MORE
    ]


def test_nobody_sees_a_button_that_is_not_for_him(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/doors/b3u1/door1")
    page.set_viewport_size({"width": 1366, "height": 800})  # a phone's bar has no room for permits

    for role, buttons, permits in (("viewer", 0, 0), ("auditor", 0, 0), ("staff", 1, 1), ("installer", 4, 0)):
        gateway.role = role
        page.reload()

        expect(page.locator(".passages li").first).to_be_visible()
        expect(page.locator(".orders button")).to_have_count(buttons)
        expect(page.get_by_role("navigation").get_by_role("link", name="通行证")).to_have_count(permits)
