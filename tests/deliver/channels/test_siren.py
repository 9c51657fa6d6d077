"""A siren: on when told, off when answered, and tried until its device confirms it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Command, Link, LinkChanged, Result
from drivers.contract import Outcome as Came
from gateway.config.alarm_rules import rules_of
from gateway.config.load import load
from gateway.decide.judge import Judge
from gateway.deliver.channels import siren
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Sounding
from gateway.deliver.channels.siren_config import SirenConfig
from gateway.model import AskCommand, Ended, Refused, Send
from tests.deliver.channels.sending import message, now, running, until, wiring

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.deliver.channels.siren import Siren
    from gateway.model import Act, LineChanged, Outcome


class RelayRoad:
    """A road with one relay at its end. `says` is what becomes of the next commands; done when it is empty."""

    def __init__(self) -> None:
        self.asked: list[AskCommand] = []
        self.sounding = False
        self.says: list[str] = []

    async def act(self, act: Act, /) -> Sequence[Outcome]:
        assert isinstance(act, AskCommand)
        self.asked.append(act)
        await asyncio.sleep(0)
        said = self.says.pop(0) if self.says else "done"
        if said == "timeout":
            raise TimeoutError
        if said in {"too_soon", "device_unknown"}:
            return [Refused(act, said, "no")]
        command = Command(len(self.asked), act.device, act.name, act.arguments, 0)
        if said == "done":
            self.sounding = bool(act.arguments["on"])
        result = Result(Came(said), {}, "" if said == "done" else "no answer")
        return [Send(command, act.actor.name, act.reason), Ended(command, result, act.actor.name)]

    def line_changed(self, _changed: LineChanged, /) -> None:
        raise AssertionError("no lines here")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(siren, "AGAIN_SECONDS", 0.01)


def channel(road: RelayRoad, **more: Any) -> Siren:
    written = {
        "id": "horn",
        "kind": "siren",
        "device": "relays",
        "sound": {"command": "relay1.switch", "arguments": {"on": True}},
        "silence": {"command": "relay1.switch", "arguments": {"on": False}},
    }
    return SirenConfig.model_validate({**written, **more}).build(wiring(road))


async def test_it_sounds_until_everything_that_it_sounds_for_was_answered() -> None:
    road = RelayRoad()
    horn = channel(road)
    async with running(horn):
        receipt = await horn.send(message(subject="alarm:12"))
        await horn.send(message(subject="alarm:13"))
        await horn.hush("alarm:12")
        await asyncio.sleep(0.02)
        still = road.sounding
        await horn.hush("alarm:13")
        await until(lambda: not road.sounding)

    assert receipt.delivered
    assert still
    assert [act.arguments["on"] for act in road.asked] == [True, False]


async def test_its_commands_walk_the_road_under_its_own_name_with_a_reason() -> None:
    road = RelayRoad()
    async with running(channel(road)) as _:
        await channel(road).send(message(subject="alarm:12"))

    act = road.asked[0]
    assert (act.device, act.name, act.actor.id, act.actor.way) == ("relays", "relay1.switch", "channel:horn", "channel")
    assert act.reason == "alarm:12"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("failed", ChannelDown),
        ("unknown", ChannelDown),
        ("timeout", ChannelDown),
        ("too_soon", ChannelDown),
        ("device_unknown", ChannelRefused),
    ],
)
async def test_what_the_device_did_not_confirm_is_no_siren(said: str, error: type[Exception]) -> None:
    road = RelayRoad()
    road.says = [said]
    horn = channel(road)
    async with running(horn):
        with pytest.raises(error):
            await horn.send(message())
        await horn.send(message())

    assert road.sounding


async def test_switching_off_is_tried_until_the_device_confirms_it() -> None:
    road = RelayRoad()
    horn = channel(road)
    async with running(horn):
        await horn.send(message(subject="alarm:12"))
        road.says = ["too_soon", "unknown", "timeout", "failed"]
        await horn.hush("alarm:12")
        await until(lambda: not road.sounding)

    assert len(road.asked) == 6


async def test_what_comes_while_it_cannot_be_switched_off_keeps_it_on() -> None:
    road = RelayRoad()
    horn = channel(road)
    async with running(horn):
        await horn.send(message(subject="alarm:12"))
        road.says = ["failed"] * 3
        await horn.hush("alarm:12")
        await until(lambda: len(road.says) < 3)
        road.says = []
        await horn.send(message(subject="alarm:13"))
        await asyncio.sleep(0.05)

    assert road.sounding


async def test_it_does_not_sound_for_ever() -> None:
    road = RelayRoad()
    horn = channel(road, most_minutes=0.001)
    async with running(horn):
        await horn.send(message(subject="alarm:12"))
        await until(lambda: not road.sounding)
        await horn.send(message(subject="alarm:14"))

    assert [act.arguments["on"] for act in road.asked] == [True, False, True]


async def test_after_a_restart_the_first_answer_silences_it_and_the_next_asks_for_nothing() -> None:
    road = RelayRoad()
    road.sounding = True
    horn = channel(road)
    async with running(horn):
        await horn.hush("alarm:11")
        await until(lambda: not road.sounding)
        await horn.hush("alarm:12")
        await asyncio.sleep(0.02)

    assert len(road.asked) == 1


def test_it_is_one_that_must_be_hushed() -> None:
    assert isinstance(channel(RelayRoad()), Sounding)


class GateRoad:
    """A road with the real judgement on it; what it sends is done at once."""

    def __init__(self, config: Path) -> None:
        plan = load(config)
        rules = rules_of(plan, {line: driver.devices for line, driver in plan.drivers.items()})
        self._judge = Judge(rules, {}, now())
        self._judge.adopt(rules, now())
        self._judge.take(LinkChanged("relays", Link.UP, "", now().boottime_ns), now())
        self.switched: list[object] = []

    async def act(self, act: Act, /) -> Sequence[Outcome]:
        out = self._judge.take(act, now())
        sent = [outcome for outcome in out if isinstance(outcome, Send)]
        self.switched += [send.command.arguments["on"] for send in sent]
        return [*out, *(Ended(send.command, Result(Came.DONE), send.actor) for send in sent)]

    def line_changed(self, _changed: LineChanged, /) -> None:
        raise AssertionError("no lines here")


async def test_the_command_gate_lets_it_sound_and_fall_silent(tmp_path: Path) -> None:
    config = tmp_path / "compound.yaml"
    config.write_text(
        "compound: {id: c1, name: 幸福里}\n"
        "lines: [{id: field, host: 127.0.0.1, devices: [{id: relays, product: relay-8, unit: 1}]}]\n",
        "utf-8",
    )
    road = GateRoad(config)
    written = {"command": "relay1.switch", "arguments": {"on": True}}
    silence = {"command": "relay2.switch", "arguments": {"on": False}}  # another part: the gate spaces one part by 2 s
    horn = SirenConfig.model_validate(
        {"id": "horn", "kind": "siren", "device": "relays", "sound": written, "silence": silence}
    ).build(wiring(road))
    async with running(horn):
        await horn.send(message(subject="alarm:12"))
        await horn.hush("alarm:12")
        await until(lambda: len(road.switched) == 2)
        with pytest.raises(ChannelDown, match="2 s"):  # too soon for the gate: the notifier tries it again
            await horn.send(message(subject="alarm:13"))

    assert road.switched == [True, False]
