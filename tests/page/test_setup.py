"""The first hour at the page: from the code on the label to a gateway that runs with what was entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_box import KEY
from tests.page.mock_compound import MockCompound
from tests.page.mock_server import MockGateway

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.page.conftest import Browsing


def go_on(page: Page) -> None:
    page.get_by_role("button", name="保存,下一步").click()


def test_a_box_out_of_its_carton_is_set_up_one_question_at_a_time(browsing: Browsing, built: object) -> None:
    assert built
    with MockGateway(MockCompound(size=12, simulated=False), role="administrator") as gateway:
        gateway.box.begin_anew()
        page = browsing.open(gateway.url, width=360)
        page.get_by_role("link", name="首次设置").click()

        page.get_by_label("设置码").fill("WRONG")
        page.get_by_label("管理员用户名").fill("张三")
        page.get_by_label("新密码").fill("a long phrase of mine")
        page.get_by_role("button", name="开始设置").click()
        expect(page.locator(".wrong")).to_have_text("设置码不对,或已用过")
        page.get_by_label("设置码").fill(gateway.box.code)
        page.get_by_role("button", name="开始设置").click()

        expect(page.get_by_text("第 1 步,共 7 步")).to_be_visible()
        go_on(page)
        page.get_by_label("小区名称").fill("幸福里小区")
        go_on(page)
        buildings(page)
        page.get_by_role("button", name="平均分").click()
        expect(page.locator(".preview")).to_have_text("每栋楼都有网格")
        go_on(page)
        channel(page)
        people(page)
        page.locator("input[name=folder]").fill("/mnt/usb")
        go_on(page)
        expect(page.locator(".way-in code")).to_have_text(KEY)
        page.get_by_role("button", name="抄好了,下一步").click()
        expect(page.get_by_text("最后一步")).to_be_visible()
        page.get_by_role("button", name="完成,开始运行").click()

        expect(page.locator(".verdict")).to_be_visible(timeout=15_000)
        sent = [(path.removeprefix("setup/"), body) for _, path, body in gateway.box.sent]
        pattern = {"name": "{n}号楼", "units": 2, "floors": 11, "flats_per_floor": 2}
        assert ("buildings", {"count": 59, **pattern, "exceptions": [{"number": 4, "left_out": True}]}) in sent
        first_grid = {"id": "g1", "name": "第1网格", "code": "", "buildings": [1, 2, 3, *range(5, 12)]}
        assert dict(sent)["grids"]["grids"][0] == first_grid
        roster = dict(sent)["people"]["roster"]
        assert [each["grid"] for each in roster] == [f"g{number}" for number in range(1, len(roster) + 1)]
        assert [tuple(each["shifts"][0].values())[-1] for each in roster] == ["p1", "p2", *["p1"] * (len(roster) - 2)]
        assert [(each["name"], each["from"], each["to"], each["person"]) for each in roster[0]["shifts"]] == [
            ("白班", "07:30", "20:00", "p1"),
            ("夜班", "20:00", "07:30", "p2"),
        ]
        first, again = (body["channels"] for path, body in sent if path == "channel")
        assert first == [
            {"id": "wecom", "kind": "wecom", "settings": {}, "secrets": {"key": "k-123"}},
            {
                "id": "dingtalk",
                "kind": "dingtalk",
                "settings": {"answers.client_id": "ding1"},
                "secrets": {"token": "t-123", "secret": "SEC123", "answers.client_secret": "cs-123"},
            },
        ]
        assert again == [{**each, "secrets": {}} for each in first], "what is kept is not sent again"


def buildings(page: Page) -> None:
    page.get_by_label("最后一栋的号").fill("999")
    go_on(page)
    expect(page.locator(".wrong")).to_have_text("不能大于 300")
    page.get_by_label("最后一栋的号").fill("59")
    expect(page.locator(".preview b")).to_have_text("59 栋楼,118 个单元,2,596 户")
    page.get_by_role("button", name="有一栋不一样").click()
    expect(page.locator(".preview")).to_contain_text("58 栋楼")
    expect(page.locator(".preview")).to_contain_text("1号楼 2号楼 3号楼 … 59号楼")
    go_on(page)


def people(page: Page) -> None:
    """Two shifts, of the same people in all grids but one."""
    page.get_by_label("姓名").fill("李四")
    page.get_by_label("号码").fill("13812345678")
    page.get_by_role("button", name="添加").click()
    page.get_by_label("姓名").nth(1).fill("王五")
    page.get_by_role("button", name="两班").click()
    page.get_by_label("白班开始").fill("07:30")
    page.get_by_label("白班由谁值").select_option("p1")
    page.get_by_label("夜班由谁值").select_option("p2")
    page.get_by_label("各网格的值班人不同").check()
    page.get_by_label("白班由谁值").nth(1).select_option("p2")
    page.get_by_label("网格长").select_option("p1")
    go_on(page)
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_label("白班开始")).to_have_value("07:30")
    expect(page.get_by_label("白班由谁值").nth(1)).to_have_value("p2")
    go_on(page)


def channel(page: Page) -> None:
    """Entered, gone on from, come back to, and proved by what a message said."""
    page.get_by_role("button", name="添加").click()
    page.get_by_label("机器人地址里的 key").fill("k-123")
    page.get_by_label("渠道").select_option("dingtalk")
    page.get_by_role("button", name="添加").click()
    page.get_by_label("access_token").fill("t-123")
    page.get_by_label("密钥", exact=True).fill("SEC123")
    answers = page.get_by_role("group", name="接收回复")
    answers.get_by_label("Client ID").fill("ding1")
    answers.get_by_label("Client Secret").fill("cs-123")
    go_on(page)
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_text("已填过,留空就不变")).to_have_count(4)
    page.get_by_role("button", name="发测试消息").first.click()
    page.get_by_label("消息里的四位数字").fill("4711")
    page.get_by_role("button", name="验证").click()
    expect(page.get_by_text("已验证:消息真的到了")).to_be_visible()
    go_on(page)
