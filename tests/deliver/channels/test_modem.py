"""Short messages by a modem on a pseudo-terminal, with everything that modems do beside what they should."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gateway.deliver.channels import modem, modem_reports, modem_talk
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.modem_config import ModemConfig
from gateway.notice import Fate
from tests.deliver.channels.sending import TEXT, message, running, until, wiring
from tests.deliver.channels.toy_modem import ToyModem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from gateway.deliver.channels.modem import Modem
    from tests.deliver.channels.sending import Heard

LONG = "门没开:3号楼1单元、3号楼2单元。" * 8
TO = "+8613800138000"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modem_talk, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(modem_talk, "PROMPT_SECONDS", 0.5)
    monkeypatch.setattr(modem, "TRY_SECONDS", 0.1)
    monkeypatch.setattr(modem, "SUBMIT_SECONDS", 0.5)
    monkeypatch.setattr(modem_reports, "LATER_SECONDS", 0.01)


def channel(toy: ToyModem, **more: Any) -> Modem:
    return ModemConfig.model_validate({"id": "sim", "kind": "sms_modem", "path": toy.path} | more).build(wiring())


@asynccontextmanager
async def plugged_in(**settings: Any) -> AsyncIterator[tuple[ToyModem, Modem, Heard]]:
    toy = ToyModem()
    for name, value in settings.items():
        setattr(toy, name, value)
    async with toy:
        sending = channel(toy)
        async with running(sending) as heard:
            yield toy, sending, heard


async def test_a_text_goes_out_in_ucs2_within_an_hour_or_not_at_all() -> None:
    async with plugged_in() as (toy, sending, _):
        await sending.send(message(to=TO))

    part = toy.parts[0]
    assert (part.number, part.text, part.of, part.report, part.hours) == (TO, TEXT, None, True, 1.0)
    assert toy.settings == {"CMEE": "1", "CMGF": "0", "CNMI": "2,1,0,1,0"}


async def test_a_long_text_goes_out_in_parts_that_the_phone_puts_together() -> None:
    async with plugged_in() as (toy, sending, _):
        await sending.send(message(to="13800138000", text=LONG + "🔥"))

    assert "".join(part.text for part in toy.parts) == LONG + "🔥"
    assert [part.of for part in toy.parts] == [(0, 3, 1), (0, 3, 2), (0, 3, 3)]
    assert {part.number for part in toy.parts} == {"13800138000"}


@pytest.mark.parametrize(
    "manner",
    [
        {"echo": True, "noise": b"\r\n^RSSI:18\r\n\xff\x00\r\n"},
        {"piecemeal": True},
        {"noise": b'\r\n+CMTI: "SM",3\r\nRING\r\n', "piecemeal": True},
        {"registered": {"CREG": "0", "CEREG": "5"}},
    ],
)
async def test_echo_noise_and_answers_in_pieces_change_nothing(manner: dict[str, Any]) -> None:
    async with plugged_in(**manner) as (toy, sending, _):
        await sending.send(message(to=TO))

    assert [part.text for part in toy.parts] == [TEXT]


async def test_a_message_has_arrived_when_all_its_parts_have() -> None:
    async with plugged_in() as (toy, sending, heard):
        receipt = await sending.send(message(to=TO, text=LONG))
        toy.report(252, 0x30)  # the network goes on trying
        toy.report(251, 0x00)
        toy.report(252, 0x00)
        toy.report(77, 0x00)  # nobody's
        await asyncio.sleep(0.05)
        before = list(heard.fates)
        toy.report(253, 0x01)
        await until(lambda: heard.fates)

    assert before == []
    assert heard.fates == [(receipt.reference, Fate.DELIVERED, "")]


async def test_a_message_of_which_a_part_is_given_up_has_failed() -> None:
    async with plugged_in() as (toy, sending, heard):
        receipt = await sending.send(message(to=TO, text=LONG))
        toy.report(251, 0x46)
        toy.report(252, 0x00)
        await until(lambda: heard.fates)
        await asyncio.sleep(0.05)

    assert heard.fates == [(receipt.reference, Fate.FAILED, "the network gave it up (status 0x46)")]


async def test_a_report_in_the_middle_of_a_dialogue_is_heard_and_half_a_one_is_not() -> None:
    async with plugged_in() as (toy, sending, heard):
        first = await sending.send(message(to=TO))
        toy.say(b"\r\n+CDS: 25\r\n07\xff9\r\n")
        second = asyncio.create_task(sending.send(message(to=TO)))
        toy.report(251, 0x00)
        await second
        await until(lambda: heard.fates)

    assert heard.fates == [(first.reference, Fate.DELIVERED, "")]


@pytest.mark.parametrize(
    ("error", "raised", "misconfigured"),
    [
        ("+CMS ERROR: 42", ChannelDown, False),
        ("+CMS ERROR: 500", ChannelDown, False),
        ("ERROR", ChannelDown, False),
        ("+CMS ERROR: 1", ChannelRefused, False),
        ("+CMS ERROR: 330", ChannelRefused, True),
        ("+CME ERROR: 10", ChannelRefused, True),
    ],
)
async def test_each_error_says_who_can_cure_it(error: str, raised: type[Exception], misconfigured: bool) -> None:  # noqa: FBT001
    async with plugged_in(error=error) as (_, sending, _):
        with pytest.raises(raised) as refused:
            await sending.send(message(to=TO))

    assert getattr(refused.value, "misconfigured", False) is misconfigured


async def test_after_an_error_the_next_message_goes_out() -> None:
    async with plugged_in(error="+CMS ERROR: 42") as (toy, sending, _):
        with pytest.raises(ChannelDown):
            await sending.send(message(to=TO))
        toy.error = ""

        await sending.send(message(to=TO))

    assert len(toy.parts) == 1


@pytest.mark.parametrize("silent_to", ["AT", "AT+CREG?", "AT+CMGS"])
async def test_a_silent_modem_is_given_up_and_found_again_when_it_talks(silent_to: str) -> None:
    async with plugged_in() as (toy, sending, _):
        await until(lambda: "AT+CREG?" in toy.commands)
        toy.silent_to = silent_to
        with pytest.raises(ChannelDown, match="silent"):
            await sending.send(message(to=TO))
        toy.silent_to = ""

        await sending.send(message(to=TO))

    assert [part.text for part in toy.parts] == [TEXT]


async def test_half_an_answer_to_a_message_is_no_proof_that_it_went_out() -> None:
    async with plugged_in(silent_after_pdu=True) as (toy, sending, _):
        with pytest.raises(ChannelDown, match="silent"):
            await sending.send(message(to=TO))
        toy.silent_after_pdu = False

        await sending.send(message(to=TO))

    assert len(toy.parts) == 2


async def test_the_late_end_of_a_dialogue_that_was_broken_off_is_not_taken_for_the_next_answer() -> None:
    async with plugged_in(noise=b"\r\n+CMGS: 17\r\n\r\nOK\r\n") as (toy, sending, heard):
        receipt = await sending.send(message(to=TO))
        toy.report(251, 0x00)
        await until(lambda: heard.fates)

    assert [part.text for part in toy.parts] == [TEXT]
    assert heard.fates == [(receipt.reference, Fate.DELIVERED, "")]


async def test_a_modem_that_still_waits_for_a_message_is_freed_of_it() -> None:
    async with plugged_in(_takes_pdu=True) as (toy, sending, _):
        await sending.send(message(to=TO))

    assert [part.text for part in toy.parts] == [TEXT]


async def test_a_modem_that_came_back_as_another_device_is_found_by_its_lasting_name(tmp_path: Path) -> None:
    link = tmp_path / "usb-modem"
    async with ToyModem() as gone, ToyModem() as back:
        link.symlink_to(gone.path)
        sending = channel(gone, path=str(link))
        await sending.send(message(to=TO, text="一"))
        gone.silent_to = "AT"
        link.unlink()
        link.symlink_to(back.path)
        with pytest.raises(ChannelDown):
            await sending.send(message(to=TO, text="二"))

        await sending.send(message(to=TO, text="二"))
        sending._let_go()

    assert [part.text for part in back.parts] == ["二"]


async def test_a_modem_that_was_reset_is_set_up_again() -> None:
    async with plugged_in() as (toy, sending, heard):
        await sending.send(message(to=TO))
        toy.reset()

        receipt = await sending.send(message(to=TO))
        toy.report(252, 0x00)
        await until(lambda: heard.fates)

    assert toy.settings["CMGF"] == "0"
    assert heard.fates == [(receipt.reference, Fate.DELIVERED, "")]


async def test_a_modem_that_is_pulled_out_may_come_back() -> None:
    async with plugged_in() as (toy, sending, _):
        await sending.send(message(to=TO))
        toy.unplug()

        with pytest.raises(ChannelDown):
            await sending.send(message(to=TO))


async def test_a_message_that_was_interrupted_does_not_spoil_the_next() -> None:
    async with plugged_in(silent_after_pdu=True) as (toy, sending, _):
        interrupted = asyncio.create_task(sending.send(message(to=TO, text="一")))
        await until(lambda: toy.parts)
        interrupted.cancel()
        await asyncio.wait([interrupted])
        toy.silent_after_pdu = False

        await sending.send(message(to=TO, text="二"))

    assert [part.text for part in toy.parts] == ["一", "二"]


async def test_the_network_must_have_the_sim() -> None:
    async with plugged_in(registered={"CREG": "2", "CEREG": "0"}) as (_, sending, _):
        with pytest.raises(ChannelDown, match="no network"):
            await sending.send(message(to=TO))
    async with plugged_in(registered={"CREG": "3", "CEREG": "0"}) as (_, sending, _):
        with pytest.raises(ChannelDown, match="refuses the SIM"):
            await sending.send(message(to=TO))


async def test_a_sim_that_is_missing_or_locked_is_for_a_person() -> None:
    for sim, why in (("", "there is no SIM"), ("SIM PIN", "write `pin`"), ("SIM PUK", "SIM PUK")):
        async with plugged_in(sim=sim) as (_, sending, _):
            with pytest.raises(ChannelRefused, match=why):
                await sending.send(message(to=TO))


@pytest.mark.parametrize("tells_tries", [True, False])
async def test_a_pin_is_given_and_a_wrong_one_only_once(tells_tries: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.setenv("SIM_PIN", "1234")
    toy = ToyModem()
    toy.sim, toy.pin, toy.tells_tries = "SIM PIN", "1234", tells_tries
    async with toy:
        sending = channel(toy, pin={"env": "SIM_PIN"})
        await sending.send(message(to=TO))
        toy.sim, toy.pin = "SIM PIN", "9999"
        for _ in range(3):
            with pytest.raises(ChannelRefused, match="PIN"):
                await sending.send(message(to=TO))
        sending._let_go()

    assert toy.commands.count('AT+CPIN="1234"') == 2
    assert len(toy.parts) == 1


async def test_a_pin_that_was_refused_before_a_restart_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIM_PIN", "1234")
    toy = ToyModem()
    toy.sim, toy.pin, toy.tries = "SIM PIN", "9999", 2
    async with toy:
        sending = channel(toy, pin={"env": "SIM_PIN"})
        with pytest.raises(ChannelRefused, match="refused a PIN before"):
            await sending.send(message(to=TO))
        sending._let_go()

    assert toy.tries == 2


async def test_what_is_no_number_never_reaches_the_modem() -> None:
    async with plugged_in() as (toy, sending, _):
        for to in ("", "12", "+86x", "１３８００"):
            with pytest.raises(ChannelRefused) as refused:
                await sending.send(message(to=to))
            assert not refused.value.misconfigured

    assert toy.parts == []


async def test_without_receipts_none_are_asked_for() -> None:
    async with ToyModem() as toy:
        sending = channel(toy, receipts=False)

        receipt = await sending.send(message(to=TO))
        sending._let_go()

    assert (receipt.reference, toy.parts[0].report, "CNMI" in toy.settings) == ("", False, False)


async def test_a_port_that_is_not_there_is_for_a_person() -> None:
    config = ModemConfig.model_validate({"id": "sim", "kind": "sms_modem", "path": "/dev/no-such-modem"})

    with pytest.raises(ChannelRefused, match="is not there"):
        await config.build(wiring()).send(message(to=TO))
