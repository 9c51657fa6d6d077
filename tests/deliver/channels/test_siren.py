"""A siren: on when told, off when answered, and tried until its device confirms it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from drivers.contract import Command, Result
from drivers.contract import Outcome as Came
from gateway.deliver.channels import siren
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Sounding
from gateway.deliver.channels.siren_config import SirenConfig
from gateway.model import AskCommand, Ended, Refused, Send
from tests.deliver.channels.sending import message, running, until, wiring

if TYPE_CHECKING:
    from collections.abc import Sequence

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
