"""Permits: paged by the gateway, ended with a task that says where a card still opens, imported all or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.page.mock_desk import moment
from tests.page.test_doors import at

if TYPE_CHECKING:
    from pathlib import Path

    from tests.page.conftest import Browsing
    from tests.page.mock_server import MockGateway

HEAD = "person,name,building,entrance,flat,card,code,groups,schedule,from,until\n"


def test_eight_thousand_permits_come_by_the_page_and_are_searched_by_the_gateway(
    browsing: Browsing, gateway: MockGateway
) -> None:
    gateway.compound.desk.fill(8_000)
    page = at(browsing, gateway, "#/permits")

    expect(page.locator(".permit")).to_have_count(50)
    expect(page.locator(".count-line")).to_have_text("共 8,005 张")
    page.get_by_role("button", name=re.compile("再看一些")).click()
    expect(page.locator(".permit")).to_have_count(100)
    page.get_by_role("searchbox").fill("b3-2-501")
    expect(page.locator(".permit")).to_have_count(3)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="7 天内到期").click()
    expect(page.locator(".permit")).to_have_count(1)
    page.get_by_role("button", name="已挂失").click()
    expect(page.locator(".permit.blocked")).to_contain_text("周强")

    assert all(asked["limit"] == 50 for asked in gateway.compound.desk.asked)


def test_a_lost_card_is_blocked_with_a_reason(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/permits")

    page.locator('[data-permit="p00001"]').get_by_role("button", name="挂失").click()
    page.get_by_role("dialog").get_by_role("button", name="挂失").click()
    expect(page.get_by_role("dialog")).to_contain_text("请填写原因")
    page.get_by_role("dialog").get_by_role("button", name="卡丢失").click()
    page.get_by_role("dialog").get_by_role("button", name="挂失").click()

    expect(page.locator('[data-permit="p00001"]')).to_have_count(0)
    expect(page.locator(".task")).to_contain_text("已失效 3/4")
    assert gateway.compound.desk.sent == [("POST", "permits/p00001/revoke", {"block": True, "reason": "卡丢失"})]


def test_moving_out_shows_what_ends_and_says_where_the_card_still_opens_until_it_does_nowhere(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = at(browsing, gateway, "#/household/b3-2-501")

    page.get_by_role("button", name="迁出/退租:一次撤销全部").click()
    expect(page.locator(".leaving li")).to_have_count(3)
    page.get_by_role("dialog").get_by_role("button", name="迁出").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销 3 张").click()

    expect(page.locator(".task-progress")).to_have_text("已失效 3/4,3号楼 2单元离线,该卡仍可开门")
    expect(page.locator(".permit.revoked")).to_have_count(3)
    gateway.compound.desk.finish(gateway.compound.desk.tasks[0])
    expect(page.locator(".task-progress")).to_have_text("已全部失效(4/4)")


def test_a_file_is_tried_before_it_counts(browsing: Browsing, gateway: MockGateway, tmp_path: Path) -> None:
    file = tmp_path / "permits.csv"
    file.write_text(HEAD + "1,王芳,b3,2,501,1,,gate,,,\n2,李伟,b3,2,501,2,,gate,,,\n", "utf-8")
    page = at(browsing, gateway, "#/import")

    page.locator("input[type=file]").set_input_files(file)

    expect(page.get_by_role("heading", name="试算结果(还没有导入)")).to_be_visible()
    expect(page.locator(".counts")).to_contain_text("新增2")
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    assert [(body["dry"], body["media"]) for _, _, body in gateway.compound.desk.sent] == [
        (True, "text/csv"),
        (False, "text/csv"),
    ]


def test_every_wrong_row_of_a_file_is_listed_and_nothing_is_imported(
    browsing: Browsing, gateway: MockGateway, tmp_path: Path
) -> None:
    file = tmp_path / "permits.csv"
    file.write_text(HEAD + ",\n" * 300, "utf-8")
    page = at(browsing, gateway, "#/import")

    page.locator("input[type=file]").set_input_files(file)

    expect(page.get_by_role("heading", name="没有导入,有 300 处错误")).to_be_visible()
    expect(page.locator(".findings li")).to_have_count(300)
    expect(page.locator(".findings li").first).to_have_text("第 2 行:没有姓名")
    expect(page.get_by_role("button", name="导入", exact=True)).to_have_count(0)


def test_a_visitors_code_is_shown_once_and_large(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/visitor")
    page.get_by_label("姓名").fill("陈访客")
    page.get_by_label("住户").fill("b3-2-501")
    page.get_by_label("小区大门").check()

    page.get_by_role("button", name="生成访客码").click()

    expect(page.locator("[data-code]")).to_have_text("481516")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    [(_, _, body)] = gateway.compound.desk.sent
    assert (body["name"], body["household"], body["groups"]) == ("陈访客", "b3-2-501", ["gate"])
    page.get_by_role("button", name="再来一个").click()
    expect(page.locator("[data-code]")).to_have_count(0)


def test_a_visitor_is_offered_the_doors_of_his_building_and_others_only_as_the_exception(
    browsing: Browsing, gateway: MockGateway
) -> None:
    for building in ("b3", "b4"):
        gateway.compound.desk.groups[f"{building}u1"] = {
            "id": f"{building}u1", "name": "1单元门禁", "doors": [f"{building}u1/door1"],
        }  # fmt: skip
    page = at(browsing, gateway, "#/visitor")
    choices = page.locator(".picker-choices label")
    expect(choices.filter(has_text="4号楼 1单元门禁")).to_be_visible()

    page.get_by_label("住户").fill("b3-2-501")

    expect(choices.first).to_have_text("3号楼 1单元门禁")
    expect(page.get_by_label("4号楼 1单元门禁")).to_be_hidden()
    page.locator(".picker summary").click()
    page.get_by_label("4号楼 1单元门禁").check()
    expect(choices.first).to_have_text("4号楼 1单元门禁其他楼")


def test_times_are_read_and_typed_by_the_compounds_clock_wherever_one_sits(
    browsing: Browsing, gateway: MockGateway
) -> None:
    page = browsing.open(gateway.link, timezone="America/Los_Angeles")
    page.locator(".tile").first.wait_for()
    page.goto(f"{gateway.url}#/visitor")
    page.get_by_label("姓名").fill("陈访客")
    page.get_by_label("住户").fill("b3-2-501")
    page.get_by_label("小区大门").check()
    page.get_by_label("到期").fill("2027-03-14T08:00")

    page.get_by_role("button", name="生成访客码").click()

    expect(page.locator(".code-card")).to_contain_text("3月14日 08:00")
    assert gateway.compound.desk.sent[-1][2]["valid_until"] == "2027-03-14T00:00:00.000Z"


def test_a_card_is_enrolled_at_a_door_and_no_number_is_typed_or_shown(browsing: Browsing, gateway: MockGateway) -> None:
    desk = gateway.compound.desk
    page = at(browsing, gateway, "#/enrol")
    page.get_by_label("在哪扇门刷卡").select_option("b3u1/door1")
    page.get_by_role("button", name="开始登记").click()
    expect(page.locator(".enrol-ask")).to_have_text("请在 60 秒内在「3号楼 1单元 单元大门」刷卡")
    expect(page.locator(".code")).to_have_text(re.compile(r"^(60|5\d)$"))

    desk.enrolment.update(state="shown")

    expect(page.get_by_text("卡已读到,请填写是谁的")).to_be_visible()
    page.get_by_label("姓名").fill("王芳")
    page.get_by_label("小区大门").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("「王芳」的卡已登记")).to_be_visible()
    path, body = desk.sent[-1][1:]
    assert (path, body["enrolled"], body.keys() & {"card", "code"}) == ("permits", True, set())


def test_an_enrolment_that_nobody_came_to_says_so(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/enrol")
    page.get_by_label("在哪扇门刷卡").select_option("b3u1/door1")
    page.get_by_role("button", name="开始登记").click()
    expect(page.locator(".enrol-ask")).to_be_visible()

    gateway.compound.desk.enrolment.update(state="over", until=moment(seconds=-1))

    expect(page.get_by_role("alert")).to_have_text("60 秒内没有人刷卡,请再来一次")


def test_a_group_is_made_of_doors_and_one_in_use_stays(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/groups")
    page.get_by_role("button", name="新建门组").click()
    page.get_by_label("编号").fill("north")
    page.get_by_label("名称").fill("北门")
    page.get_by_role("searchbox").fill("b2u1")
    page.get_by_label("2号楼 1单元 地下室门", exact=True).check()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".editable")).to_contain_text("北门")
    assert gateway.compound.desk.groups["north"]["doors"] == ["b2u1/door2"]

    page.get_by_role("button", name=re.compile("小区大门")).click()
    page.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="再点一次删除").click()

    expect(page.get_by_role("alert")).to_contain_text("还有通行证在用这个门组")


def test_a_week_has_two_spans_for_each_day(browsing: Browsing, gateway: MockGateway) -> None:
    page = at(browsing, gateway, "#/schedules")
    expect(page.locator(".holidays")).to_contain_text("10-10 国庆节 调休上班")
    page.get_by_role("button", name="新建时段").click()
    page.get_by_label("编号").fill("cleaner")
    page.get_by_label("周一 从 1").fill("06:00")
    page.get_by_label("周一 到 1").fill("09:30")
    page.get_by_role("button", name="周一套用到工作日").click()
    page.get_by_label("周六 从 2").fill("20:00")
    page.get_by_label("周六 到 2").fill("00:00")

    page.get_by_role("button", name="保存").click()

    expect(page.locator(".editable")).to_contain_text("周六 20:00–24:00")
    days = gateway.compound.desk.schedules["cleaner"]["days"]
    assert days == {
        **{day: [[360, 570]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
        "saturday": [[1200, 1440]],
    }


def test_each_controller_says_how_far_its_table_is(browsing: Browsing, gateway: MockGateway) -> None:
    gateway.compound.desk.tables["b6u1"] = {"state": "writing", "left": 25, "total": 37}
    page = at(browsing, gateway, "#/tables")

    expect(page.locator(".count-line")).to_have_text("23/24 台已是最新")
    expect(page.locator('[data-device="b6u1"]')).to_contain_text("正在写名单12/37")
    expect(page.locator('[data-device="b6u1"] progress')).to_have_js_property("value", 12)
