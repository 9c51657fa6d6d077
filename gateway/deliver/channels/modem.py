"""Short messages by a modem at the box: no Internet is needed. One message at a time, and every time from the beginning.

A modem that was reset, or whose stick was pulled out and put back, has forgotten all settings. Setting it up anew before each
message takes a quarter of a second, and nothing has to be guessed about what it did in between.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING, Final

from drivers.contract import LineLost, Misconfigured
from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.deliver.channels.modem_reports import Reports
from gateway.deliver.channels.modem_talk import ModemError, ModemSilent, Talk, said
from gateway.deliver.channels.sms_pdu import UNITS_IN_PART, NumberUnusable, submits
from gateway.deliver.channels.web import cut
from gateway.logs import log_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.modem_config import ModemConfig

TRIES, TRY_SECONDS = 3, 1.0
"""How often it is called before it counts as silent: some miss the first command after a pause."""

SUBMIT_SECONDS, WHOLE_SECONDS = 30.0, 45.0
"""For the network to take one part, and all of them."""

LOOK_SECONDS: Final = 60.0
"""How often it is looked after while nothing is sent: settings are put back, and a dead one is noticed."""

LONGEST_BYTES: Final = 4 * UNITS_IN_PART * 3
"""Four parts of Chinese text: more takes too long, and nobody reads it."""

_READY: Final = "READY"
_AT_HOME, _ROAMING = "1", "5"
_NO_SIM: Final = frozenset({10, 13, 14, 15})
"""+CME ERROR: SIM not inserted, failure, busy, wrong (3GPP TS 27.007, 9.2.1)."""

_OF_THE_NUMBER: Final = frozenset({1, 28, 29})
"""+CMS ERROR, unassigned number, unidentified and barred subscriber (3GPP TS 24.011, annex E-2): this message alone."""

_FOR_A_PERSON: Final = frozenset({8, 10, 50, 69, 302, 303, 310, 311, 312, 313, 315, 316, 317, 318, 330})
"""+CMS ERROR, barred, not subscribed, not allowed, and all about the SIM and its service centre (27.005, 3.2.5)."""

log = log_of("channels")


class Modem:
    """The channel."""

    kind = Kind.SMS
    group = False

    def __init__(self, config: ModemConfig, _wiring: ChannelWiring) -> None:
        self.id = config.id
        self.limits = Limits(config.per_minute, config.per_minute / 3, longest_bytes=LONGEST_BYTES)
        self._config = config
        self._talk: Talk | None = None
        self._one_at_a_time = asyncio.Lock()
        self._long_ones = count()
        self._reports = Reports()
        self._refused_pin = ""

    async def send(self, message: Message) -> Receipt:
        """Hand over one message, in as many parts as it needs."""
        text = cut(message.text, LONGEST_BYTES)
        try:
            parts = submits(message.to[0].to, text, next(self._long_ones) % 256, report=self._config.receipts)
        except NumberUnusable as wrong:
            raise ChannelRefused(str(wrong), misconfigured=False) from None
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(WHOLE_SECONDS):
                    taken = await self._spoken(parts)
            except TimeoutError:
                raise ChannelDown(f"the network took longer than {WHOLE_SECONDS:.0f} s") from None
        return Receipt(reference=self._reports.expect(taken) if self._config.receipts else "")

    async def run(self, inbound: Inbound) -> None:
        """Listen for reports, and look after the modem."""
        self._reports.inbound = inbound
        wrong = ""
        try:
            while True:
                try:
                    async with self._one_at_a_time:
                        await self._spoken(())
                except (ChannelDown, ChannelRefused) as trouble:
                    if str(trouble) != wrong:
                        wrong = str(trouble)
                        log.warning("the modem cannot be used", channel=self.id, why=wrong)
                else:
                    if wrong:
                        log.info("the modem is back", channel=self.id)
                    wrong = ""
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._reports.inbound = None
            self._let_go()

    async def _spoken(self, parts: Sequence[bytes]) -> list[int]:
        """Set it up and hand over the parts; the numbers that it gave to them."""
        in_order = False
        try:
            talk = self._opened()
            await self._set_up(talk)
            taken = [await self._submitted(talk, part) for part in parts]
            in_order = True
        except ModemError as no:
            in_order = True  # it said no, so it talks
            raise _meaning(no) from None
        except ModemSilent as silent:
            raise ChannelDown(f"the modem is silent: {silent}") from None
        except LineLost as lost:
            raise ChannelDown(str(lost)) from None
        except Misconfigured as wrong:
            raise ChannelRefused(str(wrong)) from None
        finally:
            if not in_order:  # also when it was interrupted in the middle of a dialogue
                self._let_go()
        return taken

    def _opened(self) -> Talk:
        if self._talk is None or self._talk.closed:
            self._talk = Talk.open(self._config.path, self._config.baud, self._reports.take)
        return self._talk

    def _let_go(self) -> None:
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    async def _set_up(self, talk: Talk) -> None:
        await _called(talk)
        await talk.ask("ATE0")
        await talk.ask("AT+CMEE=1")
        await self._unlock(talk)
        await talk.ask("AT+CMGF=0")
        if self._config.receipts:
            await talk.ask("AT+CNMI=2,1,0,1,0")
        await _registered(talk)

    async def _unlock(self, talk: Talk) -> None:
        state = said(await talk.ask("AT+CPIN?", "+CPIN:"), "+CPIN:")
        if state == _READY:
            return
        if state != "SIM PIN":
            raise ChannelRefused(f"the SIM asks for {state or 'something'}: put it into a phone and unlock it there")
        if self._config.pin is None:
            raise ChannelRefused("the SIM asks for its PIN: write `pin`, or switch it off with a phone")
        pin = keys.read(self._config.pin)
        if pin == self._refused_pin or await _was_refused(talk):
            raise ChannelRefused(
                "the SIM refused a PIN before: unlock it with a phone, for the third wrong one locks it"
            )
        try:
            await talk.ask(f'AT+CPIN="{pin}"')
        except ModemError as no:
            self._refused_pin = pin
            raise ChannelRefused(f"the SIM does not take the PIN ({no}); it is not tried again") from None

    async def _submitted(self, talk: Talk, pdu: bytes) -> int:
        # the service centre's address is left to the SIM: one octet 00, which does not count
        lines = await talk.submit(f"AT+CMGS={len(pdu)}", b"\0" + pdu, "+CMGS:", SUBMIT_SECONDS)
        number = said(lines, "+CMGS:").partition(",")[0]
        if not number.isdecimal():
            raise ModemSilent("it does not say that it sent the message")
        return int(number)


async def _called(talk: Talk) -> None:
    """Wake it, and out of whatever it was in the middle of. Raises `ModemSilent`."""
    for left in range(TRIES - 1, -1, -1):
        try:
            await talk.ask("\x1bAT", seconds=TRY_SECONDS)
        except ModemError:
            return  # it talks
        except ModemSilent:
            if not left:
                raise
        else:
            return


async def _was_refused(talk: Talk) -> bool:
    """Whether the SIM counts a wrong PIN already (27.007, 8.65), as after a restart of ours. Many modems do not tell."""
    try:
        told = said(await talk.ask('AT+CPINR="SIM PIN"'), "+CPINR:").split(",")
    except ModemError:
        return False
    return len(told) == 3 and told[1].strip() != told[2].strip()  # noqa: PLR2004 - code, tries left, tries in all


async def _registered(talk: Talk) -> None:
    """Raises `ChannelDown` while no network has it: by +CREG, or +CEREG where it is on 4G alone (27.007, 7.2, 10.1.22)."""
    states = []
    for what in ("CREG", "CEREG"):
        try:
            told = said(await talk.ask(f"AT+{what}?", f"+{what}:"), f"+{what}:")
        except ModemError:  # it does not know this one
            continue
        states.append(told.split(",")[1].strip() if "," in told else told)
        if states[-1] in (_AT_HOME, _ROAMING):
            return
    why = "the network refuses the SIM" if "3" in states else "no network: the antenna, or a mast without power"
    raise ChannelDown(why)


def _meaning(no: ModemError) -> ChannelDown | ChannelRefused:
    if no.kind == "CME" and no.code in _NO_SIM:
        return ChannelRefused(f"there is no SIM, or it does not work ({no})")
    if no.kind == "CMS" and no.code in _OF_THE_NUMBER:
        return ChannelRefused(f"the network has no such subscriber ({no})", misconfigured=False)
    if no.kind == "CMS" and no.code in _FOR_A_PERSON:
        return ChannelRefused(f"the network or the SIM refuses it ({no})")
    return ChannelDown(f"the modem says {no}")
