"""The page on the real demo: an alarm from the first sound to its closing, a door, many tabs, a browser that can little."""

from __future__ import annotations

import json
import os
import re
import signal
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from playwright.sync_api import expect

from tests.end_to_end.showing import Demo, Visitor, chromium, demo, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
AXE = Path(__file__).parents[2] / "dashboards" / "status" / "node_modules" / "axe-core" / "axe.min.js"
CAN_LITTLE = "delete window.SharedWorker; delete window.EventSource;"
COUNT_BEEPS = """
window.beeps = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.beeps += 1; return start.apply(this, at); };
"""
TABS = 8
"""Two more than a browser opens connections to one host."""

MAIN = {
    "#/": ".tile",
    "#/alarms/all": "#content h1",
    "#/incidents": "#content h1",
    "#/building/b1": "[data-door]",
    "#/doors": ".door-row",
    "#/more": ".more-pages li",
}
"""The pages that every run looks at, each with what shows that it is there."""

REST = {
    "#/device/b1u1/door1.open": "[data-point]",
    "#/doors/b1u1/door1": ".door-state",
    "#/permits": ".permit",
    "#/detectors": ".tile",
    "#/charging": "[data-room], .door-row, .tile",
    "#/lockers": "[data-locker]",
    "#/rounds": "#content h1",
    "#/tables": "#content h1",
    "#/commissioning": "#content h1",
    "#/lines": "#content h1",
    "#/data": "#content h1",
    "#/duty": "#content h1",
    "#/people": ".person",
    "#/channels": "#content h1",
    "#/effects": "#content h1",
    "#/figures": "#content h1",
}
WIDTHS, SCHEMES, LANGUAGES = (360, 390, 1366), ("light", "dark"), ("zh-CN", "en")
LOOKS = list(product(WIDTHS, SCHEMES, LANGUAGES)) if SOAK else [(360, "dark", "zh-CN"), (1366, "light", "en")]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all of them."""
    with demo(tmp_path_factory.mktemp("demo")) as shown:
        yield shown


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for all of them."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def session(shown: Demo, browser: Browser) -> list[Any]:
    """The cookies of the demo's own user, whose link works once."""
    with visitor(browser) as somebody:
        page = somebody.open(shown.link)
        expect(page.locator(".tile").first).to_be_visible()
        assert "#code" not in page.url
        return list(somebody.context.cookies())


def at(somebody: Visitor, shown: Demo, session: list[Any], place: str) -> Page:
    somebody.context.add_cookies(session)
    return somebody.open(f"{shown.address}/{place}")


def happen(page: Page, story: str) -> None:
    page.get_by_role("button", name=story, exact=True).click()


def step(page: Page, name: str) -> None:
    """Press the one large button, which must say this."""
    button = page.locator(".next-step")
    expect(button).to_have_text(name)
    button.click()


def other(page: Page, name: str) -> None:
    """One of the acts behind the menu."""
    menu = page.locator("details.menu")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.get_by_role("button", name=name, exact=True).click()


def test_an_alarm_is_answered_assigned_gone_to_handled_verified_by_another_and_closed(
    shown: Demo, browser: Browser, session: list[Any]
) -> None:
    with visitor(browser) as worker, visitor(browser, width=390) as chief:
        page = at(worker, shown, session, "#/")
        happen(page, "有人强行开门")
        alarm = page.locator(".alarm").filter(has_text="门被强行打开")
        alarm.get_by_role("button", name="收到,马上去").click()
        expect(alarm).to_contain_text("已响应")

        page.goto(f"{shown.address}/#/incidents")
        page.locator("[data-incident]").filter(has_text="门禁异常").first.get_by_role("link").first.click()
        now = page.locator(".incident-now")
        other(page, "受理 / 分派")
        dialog = page.get_by_role("dialog")
        dialog.locator("select").select_option(index=1)
        dialog.get_by_role("button", name="受理 / 分派").click()
        expect(now).to_contain_text("已分派")
        step(page, "我去")
        expect(now).to_contain_text("前往中")
        step(page, "到了")
        expect(now).to_contain_text("已到场")
        step(page, "处理完")
        dialog.get_by_role("button", name="已修复").click()
        dialog.get_by_role("button", name="处理完").click()
        expect(now).to_contain_text("已处置")
        step(page, "反馈")
        dialog.get_by_label("原因").fill("门没有锁好")
        dialog.get_by_role("button", name="反馈").click()
        expect(now).to_contain_text("已反馈")
        other(page, "核查")
        dialog.get_by_role("button", name="核查").click()
        expect(dialog).to_contain_text("要由没有参与处置的人核查")
        shown.order(do="door", controller="b3u1", door="door1", act="close")
        incident = page.url
        page.goto(f"{shown.address}/#/")
        expect(alarm).to_have_count(0)

        desk = chief.open(shown.link_for("chief", "manager"))
        expect(desk.locator(".tile").first).to_be_visible()
        desk.goto(incident)
        now = desk.locator(".incident-now")
        step(desk, "核查")
        desk.get_by_role("dialog").get_by_role("button", name="核查").click()
        expect(now).to_contain_text("已核查")
        step(desk, "结案")
        desk.get_by_role("dialog").get_by_role("button", name="结案").click()
        expect(now).to_contain_text("已结案")
        expect(desk.locator(".timeline")).to_contain_text("chief")

    refusals = [said for said in worker.complaints if "409" not in said]  # that of verifying one's own work
    assert refusals + chief.complaints == []
    assert worker.hosts | chief.hosts == {"127.0.0.1"}


def test_a_door_is_called_open_when_its_lock_reported_it(shown: Demo, browser: Browser, session: list[Any]) -> None:
    with visitor(browser, width=390) as guard:
        page = at(guard, shown, session, "#/doors/b1u1/door1")
        expect(page.locator(".door-state")).to_contain_text("已锁")
        page.get_by_role("button", name="远程开门").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("确认开启「1号楼 1单元 单元大门」?")

        dialog.get_by_role("button", name="远程开门").click()
        expect(dialog).to_contain_text("请填写原因")
        dialog.get_by_role("button", name="快递").click()
        dialog.get_by_role("button", name="远程开门").click()

        expect(page.locator(".outcome")).to_have_text("已开启(门锁已确认)")
        page.keyboard.press("Escape")
        expect(page.locator(".passages")).to_contain_text("快递")

    assert guard.complaints == []


def test_eight_tabs_and_a_browser_that_can_little_see_one_alarm_one_tab_sounds_and_the_answer_outlives_kill_9(
    shown: Demo, browser: Browser, session: list[Any]
) -> None:
    with visitor(browser, script=COUNT_BEEPS) as desk, visitor(browser, width=360, script=CAN_LITTLE) as phone:
        tabs = [at(desk, shown, session, "#/") for _ in range(TABS)]
        for tab in tabs:
            expect(tab.locator(".freshness")).to_have_attribute("data-mode", "live")
        little = at(phone, shown, session, "#/")
        expect(little.locator(".freshness")).to_have_attribute("data-mode", "polling")
        sounding, silent = tabs[0], tabs[1]
        expect(silent.get_by_role("button", name=re.compile("声音未开启")).first).to_be_visible()
        sounding.get_by_role("button", name=re.compile("声音未开启")).first.click()
        expect(sounding.get_by_role("button", name=re.compile("声音已开启")).first).to_be_visible()
        consented = sounding.evaluate("window.beeps")

        happen(silent, "做饭冒烟")

        smoke = "烟雾报警"
        for tab in (*tabs, little):
            expect(tab.locator(".alarm").filter(has_text=smoke).first).to_be_visible()
        sounding.wait_for_function("(before) => window.beeps > before", arg=consented)
        assert silent.evaluate("window.beeps") == 0
        alarm = little.locator(".alarm").filter(has_text=smoke).first
        alarm.get_by_role("button", name="收到,马上去").click()
        for tab in (*tabs, little):
            expect(tab.locator(".alarm").filter(has_text=smoke).first).to_contain_text("已响应")

        before = shown.gateway
        before.send_signal(signal.SIGKILL)
        for tab in (tabs[0], tabs[-1], little):
            expect(tab.get_by_text("连接中断").first).to_be_visible()
        for tab in (tabs[0], tabs[-1], little):
            expect(tab.get_by_text("连接中断").first).to_be_hidden()
        silent.reload()
        expect(silent.locator(".alarm").filter(has_text=smoke).first).to_contain_text("已响应")
        assert shown.gateway.pid != before.pid

    assert [said for said in desk.complaints + phone.complaints if "Failed to load resource" not in said] == []


def test_a_day_of_history_is_there_from_the_start(shown: Demo, session: list[Any]) -> None:
    cookies = {cookie["name"]: cookie["value"] for cookie in session}
    with httpx.Client(base_url=f"{shown.address}/api/v1", cookies=cookies, timeout=20) as client:
        device = client.get("/devices", params={"building": "b1"}).json()["devices"][0]["id"]

        plot = client.get(f"/devices/{device}/points/temperature/history", params={"pixels": 240}).json()

    known = [value for value in plot["mean"] if value is not None]
    assert len(known) > 0.9 * len(plot["t"])
    assert len(set(known)) > 5


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_every_main_page_of_the_real_demo_fits_is_accessible_and_asks_nobody_else(
    shown: Demo,
    browser: Browser,
    session: list[Any],
    width: int,
    scheme: Literal["light", "dark"],
    language: Literal["zh-CN", "en"],
) -> None:
    with visitor(browser, width=width, scheme=scheme, language=language) as somebody:
        page = at(somebody, shown, session, "#/")
        expect(page.locator(".tile").first).to_be_visible()
        assert page.locator("html").get_attribute("lang") == language

        for place, there in (MAIN | REST if SOAK else MAIN).items():
            _turn_to(page, f"{shown.address}/{place}", there)

            assert (place, _overflow(page)) == (place, 0)
            assert (place, _violations(page)) == (place, "[]")

    assert somebody.complaints == []
    assert somebody.hosts == {"127.0.0.1"}


def _turn_to(page: Page, address: str, there: str) -> None:
    """Go there and wait until it is there: the page before stands until the next one was fetched."""
    before = page.locator("#content h1").first.inner_text()
    page.goto(address)
    if address.endswith("/#/"):
        return
    page.wait_for_function(
        "(before) => ![undefined, before].includes(document.querySelector('#content h1')?.innerText)", arg=before
    )
    expect(page.locator(there).first).to_be_visible()


def _overflow(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def _violations(page: Page) -> str:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))  # the page's policy allows no foreign script element
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((result) => result.violations)")
    return json.dumps([[each["id"], [node["html"] for node in each["nodes"]]] for each in found], ensure_ascii=False)
