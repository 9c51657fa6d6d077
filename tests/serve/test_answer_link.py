"""One-time links: opening one changes nothing, its button acts once, and everything else is refused and recorded."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from gateway.actor import Actor, Role
from gateway.decide.spent_links import SpentLinks
from gateway.deliver.links import LINK_HOURS, Links
from gateway.model import AckAlarm, AlarmChanged, Change, Refused
from gateway.serve.accounts import actors
from gateway.serve.answer_links import AnswerLinks
from tests.page.conftest import CHROMIUM, FLAGS
from tests.serve.compound import Town, forced, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.linking import LinkAct
    from gateway.model import LogRow, Now, Outcome

KEY = b"k" * 32


@dataclass
class Linked:
    """A town with links, and a judgement that knows which were used."""

    town: Town
    links: Links
    spent: SpentLinks
    zhang: Actor = field(default_factory=lambda: Actor("zhang", "张三", Role.STAFF, frozenset({"g2"}), "link"))
    stuck: bool = False
    refuses: bool = False

    def path(self, number: int = 1, person: str = "zhang", at: float | None = None) -> str:
        url = self.links.url(number, person, time.time() if at is None else at)
        return url.removeprefix("https://post.example.cn")

    def person(self, name: str) -> Actor | None:
        return self.zhang if name == "zhang" else None

    async def act(self, act: LinkAct) -> Sequence[Outcome]:
        if self.stuck:
            raise TimeoutError
        return await self.town.road.release(*self.spent.act(act, now()))

    def take(self, act: AckAlarm, _now: Now) -> Sequence[Outcome]:
        stood = self.town.road.views.standing.get(act.number)
        if stood is None:
            return [Refused(act, "alarm_closed", "it is not open")]
        if self.refuses or stood.alarm.place.grid not in act.actor.grids:
            return [Refused(act, "grid", "not in your grid")]
        taken = replace(stood.alarm, acked=True, acked_by=act.actor.name)
        return [AlarmChanged(taken, Change.ACKED, announce=False, actor=act.actor.name)]

    @property
    def acked_by(self) -> str:
        stood = self.town.road.views.standing.get(1)
        assert stood is not None
        return stood.alarm.acked_by

    async def refused(self) -> list[LogRow]:
        rows = await self.town.house.records.log(0, 1000, "link_refused")
        return list(rows)


@pytest_asyncio.fixture
async def linked(town: Town) -> Linked:
    """With one open alarm."""
    linked = Linked(town, Links(KEY, "https://post.example.cn/"), SpentLinks({}, _nothing))
    linked.spent = SpentLinks({}, linked.take)
    answering = AnswerLinks(linked.links, linked.person, linked.spent.__contains__, linked.act)
    town.app.state.house = replace(town.house, answer_links=answering)
    await town.road.raise_alarm(forced(1, priority=1, why="门磁打开,锁未开"))
    return linked


def _nothing(_act: AckAlarm, _now: Now) -> Sequence[Outcome]:
    return ()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "DELAY_SECONDS", 0.001)


async def test_opening_a_link_again_and_again_shows_the_alarm_and_changes_nothing(linked: Linked) -> None:
    async with linked.town.client(None) as client:
        pages = [await client.get(linked.path()) for _ in range(3)]
        head = await client.head(linked.path())

    assert {page.status_code for page in pages} == {200}
    assert "<h1>1号楼 1单元门禁 门被强行打开</h1>" in pages[2].text
    assert "门磁打开,锁未开" in pages[2].text
    assert pages[2].text.count("<button>") == 1
    assert (head.status_code, head.text) == (200, "")
    assert (linked.acked_by, len(await linked.refused())) == ("", 0)


async def test_the_page_needs_no_script_is_kept_by_nobody_and_names_nobody(linked: Linked) -> None:
    async with linked.town.client(None) as client:
        page = await client.get(linked.path())
        style = await client.get("/a.css")

    assert "script" not in page.text
    assert "style=" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "张三" not in page.text
    assert style.headers["content-type"].startswith("text/css")


async def test_the_button_takes_the_alarm_once_for_whom_the_link_was_made(linked: Linked) -> None:
    path = linked.path()
    async with linked.town.client(None) as client:
        first = await client.post(path)
        opened = await client.get(path)
        second = await client.post(path)

    assert (first.status_code, "已收到" in first.text) == (200, True)
    assert "这个链接已用过" in opened.text
    assert "<button>" not in opened.text
    assert (second.status_code, "这个链接已用过" in second.text) == (409, True)
    assert linked.acked_by == "张三"
    assert [(row.subject, row.body["why"]) for row in await linked.refused()] == [("1", "this link was used already")]


async def test_two_who_press_at_once_use_it_up_once(linked: Linked) -> None:
    path = linked.path()
    async with linked.town.client(None) as client:
        answers = await asyncio.gather(*(client.post(path) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_a_link_that_is_too_old_is_refused(linked: Linked) -> None:
    path = linked.path(at=time.time() - LINK_HOURS * 3600 - 1)
    async with linked.town.client(None) as client:
        opened, pressed = await client.get(path), await client.post(path)

    assert (opened.status_code, pressed.status_code) == (410, 409)
    assert "这个链接已过期" in pressed.text
    assert linked.acked_by == ""
    assert len(await linked.refused()) == 1


async def test_wrong_links_are_refused_slowed_and_recorded_without_filling_the_disk(linked: Linked) -> None:
    right = linked.path()
    forged = (
        Links(b"x" * 32, "https://post.example.cn").url(1, "zhang", time.time()).removeprefix("https://post.example.cn")
    )
    gone = linked.path(person="li")
    async with linked.town.client(None) as client:
        answers = [
            await client.request(method, path)
            for path in (forged, gone, f"{right[:-2]}AA", "/a/x", "/a/%00", f"/a/{'A' * 180}")
            for method in ("GET", "POST")
        ]

    assert {answer.status_code for answer in answers} == {404}
    assert linked.acked_by == ""
    rows = await linked.refused()
    assert [row.body["count"] for row in rows] == [1]
    assert linked.town.app.state.actors.refused == len(answers)


async def test_whoever_was_told_may_take_that_alarm_wherever_his_grids_are(linked: Linked) -> None:
    taken: list[Actor] = []
    linked.spent._take = lambda act, at: taken.append(act.actor) or linked.take(act, at)  # type: ignore[func-returns-value]
    async with linked.town.client(None) as client:
        await client.post(linked.path())

    assert [(actor.id, actor.role, actor.grids, actor.way) for actor in taken] == [
        ("zhang", Role.STAFF, frozenset({"g1"}), "link")
    ]


async def test_what_is_refused_is_said_and_uses_nothing_up(linked: Linked) -> None:
    linked.refuses = True
    path = linked.path()
    async with linked.town.client(None) as client:
        refused = await client.post(path)
        linked.refuses = False
        later = await client.post(path)

    assert (refused.status_code, "没有记录" in refused.text) == (409, True)
    assert later.status_code == 200


async def test_an_alarm_that_is_over_or_taken_asks_for_nothing(linked: Linked) -> None:
    async with linked.town.client(None) as client:
        over = await client.get(linked.path(number=99))
        pressed = await client.post(linked.path(number=99))
        await linked.town.road.raise_alarm(forced(1, acked=True, acked_by="李四"), Change.ACKED)
        taken = await client.get(linked.path())

    assert ("已结束" in over.text, "已结束" in pressed.text) == (True, True)
    assert ("已有人收到" in taken.text, "李四" in taken.text, "<button>" in taken.text) == (True, False, False)


async def test_a_disk_that_does_not_answer_is_said_and_uses_nothing_up(linked: Linked) -> None:
    linked.stuck = True
    path = linked.path()
    async with linked.town.client(None) as client:
        stuck = await client.post(path)
        linked.stuck = False
        later = await client.post(path)

    assert (stuck.status_code, later.status_code) == (503, 200)


async def test_another_site_cannot_press_the_button(linked: Linked) -> None:
    async with linked.town.client(None) as client:
        for origin in ("https://evil.example", "null"):
            answer = await client.post(linked.path(), headers={"Origin": origin})
            assert answer.status_code == 403
        own = await client.post(linked.path(), headers={"Origin": linked.town.url})

    assert own.status_code == 200


async def test_without_a_public_address_there_are_no_links(town: Town) -> None:
    async with town.client(None) as client:
        answer = await client.get("/a/AAAA")

    assert answer.status_code == 404
    assert Links(KEY, "").url(1, "zhang", 0.0) == ""


async def test_a_real_browser_without_scripts_presses_the_button(linked: Linked) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
        page = await context.new_page()
        page.set_default_timeout(8_000)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))

        await page.goto(f"{linked.town.url}{linked.path()}")
        button = await page.get_by_role("button").bounding_box()
        await page.get_by_role("button", name="收到,马上去").click()
        heading = await page.get_by_role("heading").inner_text()
        await browser.close()

    assert button is not None
    assert (button["width"] >= 300, button["height"] >= 90) == (True, True)
    assert heading == "已收到"
    assert linked.acked_by == "张三"
    assert complaints == []
