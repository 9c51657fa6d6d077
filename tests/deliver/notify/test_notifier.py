"""What goes out when, and what becomes of it."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Receipt
from gateway.model import Place, Priority
from gateway.notice import Fate, Notice
from tests.decide.escalation.street import FORCED, GAS, HELD, SMOKE
from tests.deliver.notify.station import CHANNELS, RecordingConfig, Station, at_once


def test_a_p1_is_out_at_once_in_one_group_message_that_calls_everybody() -> None:
    async def story() -> None:
        async with Station() as station:
            station.raise_now(GAS)
            await station.sleep(0.2)

            ((_, message),) = station.channels["group"].sent
            assert {to.person for to in message.to} == {"zhang", "li"}
            assert {to.to for to in message.to} == {"zhang@group", "li@group"}
            assert (message.alarm, message.answers, message.subject) == (1, True, "alarm:1")
            assert {station.fates[number] for number in message.numbers} == {Fate.SENT}
            assert [len(station.channels[name].sent) for name in ("sms", "voice", "siren")] == [1, 2, 1]

    at_once(story)


def test_nothing_stands_between_the_road_and_the_first_send() -> None:
    async def story() -> None:
        async with Station() as station:
            raised = station.loop.time()
            station.raise_now(GAS)
            await station.sleep(0.2)

            assert station.channels["group"].tried[0] - raised < 0.006  # the commit alone

    at_once(story)


@pytest.mark.parametrize("p1s", [5, 40])
def test_a_storm_lets_every_p1_out_first_and_folds_the_rest_and_loses_nothing(p1s: int) -> None:
    """500 alarms in 60 s through a bot that bears 20 a minute: 15 tokens, 5 of them for P1."""

    async def story() -> None:
        chance = random.Random(7)
        kinds = [GAS] * p1s + [SMOKE] * (200 - p1s) + [FORCED] * 150 + [HELD] * 150
        chance.shuffle(kinds)
        async with Station() as station:
            begun = station.loop.time()
            raised: dict[str, float] = {}
            for number, rule in enumerate(kinds):
                await station.sleep(begun + number * 60 / len(kinds) - station.loop.time())
                station.raise_now(rule, f"d{number}", building=f"b{number % 40}")
                if rule is GAS:
                    raised[f"alarm:{number + 1}"] = station.loop.time()
            for number, rule in enumerate(kinds):
                if rule is GAS:
                    station.ack_now(rule, f"d{number}")
            await station.sleep(130)

            bot = station.channels["group"]
            for subject, at in raised.items():
                first = next((sent for sent, message in bot.sent if message.subject == subject), None)
                left = 15 - sum(at - 60 < tried <= at for tried in bot.tried)
                assert left > 0 or p1s > 5, "the reserve is enough for so few"
                if left > 0:
                    assert first is not None
                    assert first - at < 2
                ahead = [m for sent, m in bot.sent if at + 0.2 < sent < (first or at) and m.priority > Priority.P1]
                assert ahead == []
            times = sorted(bot.tried)
            assert all(later - earlier >= 60 for earlier, later in zip(times, times[15:], strict=False))
            of_group = [notice.number for notice in station.notices if notice.channel == "group"]
            carried = sorted(number for _, message in bot.sent for number in message.numbers)
            withdrawn = [number for number in of_group if station.fates[number] is Fate.WITHDRAWN]
            assert sorted({*carried, *withdrawn}) == sorted(of_group)
            assert len(carried) == len(set(carried))
            assert Fate.WAITING not in {station.fates[number] for number in of_group}
            folded = [number for number in of_group if station.fates[number] is Fate.FOLDED]
            assert len(folded) > 400
            assert all(len(message.text.encode()) <= 2048 for _, message in bot.sent)

    at_once(story)


def test_p1s_beyond_the_bucket_go_one_by_one_as_tokens_come_back() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(20):
                station.raise_now(GAS, f"d{number}")
            await station.sleep(1)
            assert len(station.channels["group"].sent) == 15

            await station.sleep(58)
            assert len(station.channels["group"].sent) == 15
            await station.sleep(2)

            firsts = [message.subject for _, message in station.channels["group"].sent]
            assert set(firsts) >= {f"alarm:{number}" for number in range(1, 21)}
            assert all(message.answers for _, message in station.channels["group"].sent)

    at_once(story)


def test_what_is_no_p1_never_touches_the_reserve() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(12):
                station.raise_now(FORCED, f"d{number}", grid="g1", building=f"b{number}")
                await station.sleep(0.3)
            for number in range(12, 24):
                await station.sleep(31)
                station.raise_now(FORCED, f"d{number}")
            tries = station.channels["group"].tried
            assert max(sum(at - 60 < tried <= at for tried in tries) for at in tries) <= 10

    at_once(story)


def test_the_same_of_a_grid_goes_out_once_in_30_seconds() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(5):
                station.raise_now(FORCED, f"d{number}")
                await station.sleep(1)
            assert len(station.channels["group"].sent) == 1
            await station.sleep(30)

            first, together = station.channels["group"].sent
            assert len(first[1].numbers) == 1
            assert len(together[1].numbers) == 4
            assert {station.fates[number] for number in together[1].numbers} == {Fate.FOLDED}
            assert "4 处" in together[1].text

    at_once(story)


def test_in_a_flood_there_is_one_summary_a_minute() -> None:
    async def story() -> None:
        async with Station(flooded=True) as station:
            for number in range(100):
                station.raise_now((FORCED, HELD, SMOKE)[number % 3], f"d{number}")
                await station.sleep(1.5)
            p1 = station.loop.time()
            station.raise_now(GAS, "kitchen")
            await station.sleep(120)

            summaries = [(at, m) for at, m in station.channels["group"].sent if "合并" in m.text]
            gaps = [later[0] - earlier[0] for earlier, later in pairwise(summaries)]
            assert len(summaries) >= 3
            assert all(gap >= 59.9 for gap in gaps)
            gas = [at for at, message in station.channels["group"].sent if message.alarm == 101]
            assert gas[0] - p1 < 0.2

    at_once(story)


def test_an_answer_stops_what_waits_and_hushes_what_sounds() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(20):
                station.raise_now(GAS, f"d{number}")
            await station.sleep(1)
            for number in range(20):
                station.ack_now(GAS, f"d{number}")
            await station.sleep(300)

            assert len(station.channels["group"].sent) == 15
            assert set(station.channels["siren"].hushed) == {f"alarm:{number}" for number in range(1, 21)}
            assert Fate.WAITING not in station.fates.values()

    at_once(story)


# ---------------------------------------------------------------- channels that fail


def test_a_channel_that_is_down_is_tried_again_and_works_on() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].trouble = ChannelDown("no answer")
            station.raise_now(GAS)
            await station.sleep(4)
            station.channels["group"].trouble = None
            await station.sleep(6)

            assert len(station.channels["group"].sent) == 1
            assert Fate.FAILED not in station.fates.values()

    at_once(story)


def test_people_hear_of_a_channel_that_fails_before_anything_is_given_up() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].trouble = ChannelDown("")
            station.raise_now(HELD)
            await station.sleep(20)

            assert [(said.source, said.abnormal) for said in station.house] == [("group", True)]
            assert Fate.FAILED not in station.fates.values()

    at_once(story)


def test_what_passed_while_it_waited_is_not_told() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(3):
                station.raise_now(FORCED, f"d{number}")
                await station.sleep(1)
            station.now = station.clock()
            station.commit(station.cleared(FORCED, "d2"))
            await station.sleep(40)

            told = {n for _, m in station.channels["group"].sent for n in m.numbers}
            about = {notice.subject for notice in station.notices if notice.number in told and notice.kind == "raised"}
            assert about == {"alarm:1", "alarm:2"}

    at_once(story)


def test_a_p1_takes_the_next_way_after_ten_seconds_and_is_tried_on_where_it_failed() -> None:
    async def story() -> None:
        staff_ways = ("group", "sms")
        async with Station() as station:
            station.staff.ways["li"] = staff_ways
            station.channels["sms"].trouble = ChannelRefused("no such number", misconfigured=False)
            station.channels["group"].trouble = ChannelDown("nonsense")
            station.raise_now(GAS)
            await station.sleep(14)
            failing = [said for said in station.house if said.source == "group"]
            assert [said.abnormal for said in failing] == [True]
            assert next(iter(station.notifier or ())).failed == 2  # each notice once, however long it is tried on
            station.channels["group"].trouble = None
            await station.sleep(40)

            assert [message.subject for _, message in station.channels["group"].sent][:1] == ["alarm:1"]
            assert [said.abnormal for said in station.house if said.source == "group"] == [True, False]
            assert not [said for said in station.house if said.source == "sms"]

    at_once(story)


def test_while_a_p1_waits_a_channel_that_is_down_is_tried_every_ten_seconds() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].trouble = ChannelDown("nonsense")
            station.raise_now(GAS)
            await station.sleep(170)

            tried = station.channels["group"].tried
            assert max(later - earlier for earlier, later in pairwise(tried)) < 11

    at_once(story)


def test_nobody_is_called_for_a_summary_of_what_went_another_way() -> None:
    async def story() -> None:
        async with Station() as station:
            station.staff.ways = dict.fromkeys(station.staff.ways, ("voice",))
            station.channels["voice"].trouble = ChannelDown("nonsense")
            station.raise_now(FORCED)
            await station.sleep(70)
            assert Fate.FAILED in station.fates.values()
            station.channels["voice"].trouble = None
            await station.sleep(130)

            assert station.channels["voice"].texts
            assert not any("通道已恢复" in said for said in station.channels["voice"].texts)

    at_once(story)


def test_what_a_server_refuses_goes_the_next_way_at_once() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].trouble = ChannelRefused("wrong key")
            station.raise_now(SMOKE)
            await station.sleep(1)

            ((_, message),) = station.channels["sms"].sent
            assert [to.person for to in message.to] == ["zhang"]
            assert [said.why for said in station.house] == ["wrong key"]
            assert next(iter(station.notifier or ())).state.value == "refused"

    at_once(story)


def test_a_server_that_asks_for_ten_minutes_gets_them_and_p1s_do_not_wait_for_it() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].trouble = ChannelDown("send too fast", after_seconds=600)
            station.raise_now(GAS)
            await station.sleep(1)
            failed = [number for number, fate in station.fates.items() if fate is Fate.FAILED]
            station.channels["group"].trouble = None
            await station.sleep(590)

            assert len(failed) == 2
            assert len(station.channels["group"].tried) == 1
            await station.sleep(15)
            assert station.channels["group"].sent

    at_once(story)


def test_after_an_outage_there_is_one_summary_and_no_replay_but_of_unanswered_p1s() -> None:
    async def story() -> None:
        async with Station() as station:
            for channel in station.channels.values():
                channel.trouble = ChannelDown("no Internet")
            station.raise_now(GAS, "kitchen")
            station.raise_now(GAS, "answered")
            for number in range(30):
                station.raise_now(FORCED, f"d{number}")
                await station.sleep(10)
            station.ack_now(GAS, "answered")
            await station.sleep(650)
            for channel in station.channels.values():
                channel.trouble = None
            await station.sleep(120)

            sent = [message for _, message in station.channels["group"].sent]
            assert [m.alarm for m in sent if m.priority is Priority.P1][:1] == [1]
            assert 2 not in [message.alarm for message in sent]
            summaries = [message for message in sent if "通道已恢复" in message.text]
            assert len(summaries) == 1
            assert len(sent) < 8
            assert {station.fates[number] for number in summaries[0].numbers} == {Fate.FOLDED}

    at_once(story)


def test_a_receipt_that_comes_later_is_said_too() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["sms"].receipt = Receipt(reference="r1")
            (chat,) = station.raise_now(SMOKE)
            station.channels["group"].trouble = ChannelRefused("gone")
            await station.sleep(1)
            inbound = station.channels["sms"].inbound
            assert inbound is not None
            inbound.fated("r1", Fate.DELIVERED)
            inbound.fated("somebody else's", Fate.DELIVERED)
            await station.sleep(1)

            assert station.fates[chat.number] is Fate.FAILED
            assert station.fates[chat.number + 1] is Fate.DELIVERED

    at_once(story)


def test_a_call_that_nobody_took_counts_as_a_failure_although_it_was_sent() -> None:
    async def story() -> None:
        async with Station() as station:
            station.channels["group"].receipt = Receipt(reference="r1")
            station.raise_now(SMOKE)
            await station.sleep(1)
            inbound = station.channels["group"].inbound
            assert inbound is not None
            inbound.fated("r1", Fate.FAILED, "switched off")
            await station.sleep(1)

            assert [to.person for _, message in station.channels["sms"].sent for to in message.to] == ["zhang"]

    at_once(story)


# ---------------------------------------------------------------- restarts, reloads, simulation


def test_what_waited_at_a_kill_goes_out_after_it_and_once() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(20):
                station.raise_now(GAS, f"d{number}")
            await station.sleep(1)
            before = {number for _, message in station.channels["group"].sent for number in message.numbers}
            await station.killed()
            await station.sleep(30)

            after = [number for _, message in station.channels["group"].sent for number in message.numbers]
            of_group = {notice.number for notice in station.notices if notice.channel == "group" and notice.step == 0}
            assert before.isdisjoint(after)
            assert before | set(after) == of_group

    at_once(story)


def test_what_is_old_at_a_start_and_no_p1_goes_into_one_summary_and_what_was_answered_nowhere() -> None:
    async def story() -> None:
        async with Station() as station:
            for number in range(5):
                station.commit(station.raised(HELD, f"d{number}"))
            station.commit(station.acked(HELD, "d4"))
            old = [
                Notice(
                    1000 + number, "group", "zhang", "raised", Priority.P1 if number == 1 else Priority.P3,
                    f"alarm:{number}", Place("b1", grid="g1"), station.clock().utc - 3600, rule="door_held",
                )
                for number in (1, 2, 3, 4, 5, 99)
            ]  # fmt: skip
            assert station.notifier is not None
            await station.notifier.stop()
            await station.begin(old)
            await station.sleep(2)

            urgent, summary = sorted((m for _, m in station.channels["group"].sent), key=lambda m: m.priority)
            assert urgent.numbers == (1001,)
            assert summary.numbers == (1002, 1003, 1004)
            assert "未及时送达" in summary.text
            assert {station.fates[number] for number in (1005, 1099)} == {Fate.WITHDRAWN}

    at_once(story)


def test_a_channel_that_is_taken_out_gives_what_waits_to_the_next_way() -> None:
    async def story() -> None:
        async with Station() as station:
            assert station.notifier is not None
            station.channels["group"].trouble = ChannelDown("no answer")
            station.raise_now(SMOKE)
            await station.sleep(1)
            await station.notifier.adopt(station.tasks, CHANNELS[1:], station.notifier._wiring)
            await station.sleep(1)

            assert [to.person for _, message in station.channels["sms"].sent for to in message.to] == ["zhang"]

    at_once(story)


def test_what_was_on_its_way_by_a_channel_that_is_taken_out_goes_the_next_way() -> None:
    async def story() -> None:
        async with Station() as station:
            assert station.notifier is not None
            station.channels["group"].seconds = 9.0
            station.raise_now(SMOKE)
            await station.sleep(1)
            await station.notifier.adopt(station.tasks, CHANNELS[1:], station.notifier._wiring)
            await station.sleep(1)

            assert [to.person for _, message in station.channels["sms"].sent for to in message.to] == ["zhang"]

    at_once(story)


def test_of_a_simulated_compound_nothing_leaves_the_box_unless_it_is_allowed() -> None:
    async def story() -> None:
        away = RecordingConfig(id="group", group=True, there=False)
        allowed = RecordingConfig(id="sms", way="sms", there=False, allow_simulated=True)
        async with Station(simulated=True, configs=(away, allowed, *CHANNELS[2:])) as station:
            station.raise_now(GAS)
            await station.sleep(1)

            assert "group" not in station.channels
            assert all(text.startswith("【模拟】") for text in station.channels["sms"].texts)
            assert station.channels["sms"].sent
            of_group = {station.fates[notice.number] for notice in station.notices if notice.channel == "group"}
            assert of_group == {Fate.WITHDRAWN}
            assert station.steps(1) == [(0, 0.0)]

    at_once(story)


def test_what_could_not_be_recorded_goes_out_marked_so() -> None:
    async def story() -> None:
        async with Station(recorded_on_disk=False) as station:
            station.raise_now(GAS)
            await station.sleep(1)

            assert station.channels["group"].texts[0].startswith("【未留存】")

    at_once(story)


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(("number", "acks"), [(1, True), (None, True), (9, False)])
def test_whoever_was_told_answers_in_the_chat_with_the_number_or_without(number: int | None, *, acks: bool) -> None:
    async def story() -> None:
        async with Station() as station:
            station.raise_now(GAS)
            await station.sleep(1)
            inbound = station.channels["group"].inbound
            assert inbound is not None

            said = await inbound.answered("group", "zhang@group", number, "ack")
            again = await inbound.answered("group", "li@group", 1, "ack")

            assert ("已记录" in said) is acks
            if acks:
                (act,) = station.acts
                actor = act.actor
                assert (actor.id, actor.person, actor.grids, actor.way) == (
                    "zhang",
                    "zhang",
                    frozenset({"g1"}),
                    "chat:group",
                )
                assert again == "告警 1 已有人收到。"
                assert "zhang" not in said + again

    at_once(story)


def test_whoever_was_told_answers_for_that_place_and_for_no_other() -> None:
    async def story() -> None:
        async with Station() as station:
            station.raise_now(SMOKE, grid="g2")
            station.raise_now(SMOKE, "d2", grid="")
            await station.sleep(1)
            inbound = station.channels["group"].inbound
            assert inbound is not None

            await inbound.answered("group", "zhao@group", 1, "ack")
            await inbound.answered("group", "zhao@group", 2, "real")

            assert [act.actor.grids for act in station.acts] == [frozenset({"g2"}), frozenset({"g1", "g2"})]

    at_once(story)


def test_nobody_that_is_known_and_several_that_wait_get_a_sentence() -> None:
    async def story() -> None:
        async with Station() as station:
            station.raise_now(GAS)
            station.raise_now(SMOKE, "d2")
            await station.sleep(1)
            inbound = station.channels["group"].inbound
            assert inbound is not None

            stranger = await inbound.answered("group", "thief@group", 1, "ack")
            several = await inbound.answered("group", "zhang@group", None, "ack")
            nothing = await inbound.answered("sms", "sun@sms", None, "ack")

            assert station.acts == []
            assert "没有找到" in stranger
            assert "1、2" in several
            assert nothing == "没有在等您响应的告警。"

    at_once(story)
