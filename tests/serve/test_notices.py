from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.notify.lane import ChannelStanding
from gateway.deliver.outlet import State
from gateway.model import Entry, Place, Priority
from gateway.notice import Fate, Notice, Noticed, Notify
from gateway.serve import notices
from tests.serve.compound import forced, now

if TYPE_CHECKING:
    from tests.serve.compound import Town

SAID = Notice(
    1, "bot", "zhang", "raised", Priority.P2, "alarm:1", Place("b1", grid="g1"), 1_732_226_400.0, rule="door_forced"
)


async def told(town: Town) -> None:
    """An alarm in g1, of which a person, a department and a siren were told."""
    await town.road.raise_alarm(forced(1))
    several = (
        SAID,
        replace(SAID, number=2, person="department:gas", channel="sms", step=1, kind="escalated"),
        replace(SAID, number=3, person="", channel="siren", step=1),
        replace(SAID, number=4, subject="alarm:2"),
    )
    fates = (Noticed((1,), Fate.SENT), Noticed((2,), Fate.FAILED, "no such number"))
    await town.journal.submit(Entry(now(), (*map(Notify, several), *fates)))


async def test_who_was_told_of_an_alarm_is_shown_with_what_became_of_it(town: Town) -> None:
    await told(town)

    async with town.client("staff") as client:
        shown = notices.Notices.model_validate_json((await client.get("/api/v1/alarms/1/notices")).text)

    assert [(each.number, each.step, each.channel, each.fate, each.why) for each in shown.notices] == [
        (1, 0, "bot", "sent", ""),
        (2, 1, "sms", "failed", "no such number"),
        (3, 1, "siren", "waiting", ""),
    ]
    assert [each.person and each.person.name for each in shown.notices] == ["张三", "燃气公司", None]
    assert [each.sent is not None for each in shown.notices] == [True, False, False]


@pytest.mark.parametrize("who", ["viewer", "auditor"])
async def test_whoever_answers_no_alarms_sees_that_somebody_was_told_and_not_who(town: Town, who: str) -> None:
    await told(town)

    async with town.client(who) as client:
        text = (await client.get("/api/v1/alarms/1/notices")).text

    shown = notices.Notices.model_validate_json(text)
    assert [each.person for each in shown.notices] == [None, None, None]
    assert "zhang" not in text


async def test_an_alarm_of_another_grid_or_of_nowhere_is_unknown(town: Town) -> None:
    await told(town)
    await town.road.raise_alarm(replace(forced(2), place=Place("b2", grid="g2")))

    async with town.client("bound") as client:
        elsewhere = await client.get("/api/v1/alarms/2/notices")
        nowhere = await client.get("/api/v1/alarms/99/notices")

    assert (elsewhere.status_code, nowhere.status_code) == (404, 404)


async def test_channels_show_what_waits_and_what_is_wrong(town: Town) -> None:
    standing = ChannelStanding(
        "bot",
        "dingtalk",
        "oapi.dingtalk.com",
        "chat",
        State.FAILING,
        "send too fast",
        1_732_226_400.0,
        12,
        3,
        None,
        40,
        2,
    )
    town.app.state.house = replace(town.house, channels=lambda: [standing])

    async with town.client("staff") as client:
        (shown,) = notices.Channels.model_validate_json((await client.get("/api/v1/channels")).text).channels

    assert (shown.id, shown.state, shown.why) == ("bot", "failing", "send too fast")
    assert (shown.sent, shown.failed, shown.waiting, shown.tokens_left, shown.last_sent) == (12, 3, 40, 2, None)


async def test_a_viewer_does_not_see_where_messages_go(town: Town) -> None:
    async with town.client("viewer") as client:
        answer = await client.get("/api/v1/channels")

    assert answer.status_code == 403
