"""Voice calls by Aliyun (Dyvmsapi, 2017-05-25). What was pressed is asked for: nothing is open towards the box.

A plain call is SingleCallByTts; with a menu template it is IvrCall. QueryCallDetailByCallId tells the state of the call, and
the key as `dtmf`.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.deliver.channels.aliyun import Aliyun
from gateway.deliver.channels.aliyun_sms import BYTES_A_CHARACTER, one_variable
from gateway.deliver.channels.contract import ChannelDown, Kind, Limits, Receipt
from gateway.deliver.channels.receipts import Receipts
from gateway.deliver.channels.web import Web
from gateway.notice import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.deliver.channels.aliyun_config import AliyunVoiceConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

ASK_SECONDS: Final = 3.0
LONGEST_CALL_SECONDS: Final = 180.0
"""Ringing for a minute, reading out three times, and the record that comes a little later."""

KEY_SECONDS: Final = 60.0
"""For so long after the record says that a call was answered, the key may still turn up in it."""

PLAIN_CALLS, MENU_CALLS = "11000000300006", "11000000300005"
"""ProdId of QueryCallDetailByCallId: voice notices, and IVR."""

_ANSWERED: Final = "200000"
"""The state of a call that was taken; any other that begins with 2 is one that was not."""


@dataclass(slots=True)
class _Call:
    reference: str
    number: str
    alarm: int | None
    at_utc: float
    since: float
    taken_at: float | None = None


class AliyunVoice:
    """The channel. Aliyun calls the same number at most once a minute, 5 times an hour and 20 times a day."""

    kind = Kind.RING
    group = False

    def __init__(self, config: AliyunVoiceConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self.limits = Limits(60, 40, longest_bytes=config.longest_characters * BYTES_A_CHARACTER)
        self._config = config
        self._clock = wiring.clock
        self._web = Web()
        self._aliyun = Aliyun(self._web, config.url, config.key_id, config.key_secret, wiring.clock)
        self._calls: Receipts[_Call] = Receipts()

    async def send(self, message: Message) -> Receipt:
        """Have somebody called."""
        config, number = self._config, message.to[0].to
        spoken = one_variable(config.variable, _spoken(message), config.longest_characters)
        asked = {"CalledNumber": number, "PlayTimes": str(config.times), "OutId": message.subject[:40]}
        if config.caller:
            asked["CalledShowNumber"] = config.caller
        if config.menu_template:
            asked |= {"StartCode": config.template, "StartTtsParams": spoken}
            asked |= {"MenuKeyMap.1.Key": config.key, "MenuKeyMap.1.Code": config.menu_template}
            said = await self._aliyun.call("IvrCall", asked)
        else:
            said = await self._aliyun.call("SingleCallByTts", asked | {"TtsCode": config.template, "TtsParam": spoken})
        reference = str(said.get("CallId", ""))
        if not reference:
            raise ChannelDown("Aliyun took the call and gave no id for it")
        since = asyncio.get_running_loop().time()
        self._calls.expect(_Call(reference, number, message.alarm, self._clock().utc, since), ASK_SECONDS)
        return Receipt(reference=reference)

    async def run(self, inbound: Inbound) -> None:
        """Ask what became of calls, and which key was pressed."""

        async def ask(call: _Call) -> float | None:
            return await self._ask(call, inbound)

        try:
            await self._calls.run(ask)
        finally:
            await self._web.close()

    async def _ask(self, call: _Call, inbound: Inbound) -> float | None:
        now = asyncio.get_running_loop().time()
        if call.taken_at is not None and now - call.taken_at > KEY_SECONDS:
            return None
        if now - call.since > LONGEST_CALL_SECONDS:
            if call.taken_at is None:
                inbound.fated(call.reference, Fate.FAILED, "nothing was said of the call")
            return None
        said = _record(
            await self._aliyun.call(
                "QueryCallDetailByCallId",
                {
                    "CallId": call.reference,
                    "ProdId": MENU_CALLS if self._config.menu_template else PLAIN_CALLS,
                    "QueryDate": str(int(call.at_utc * 1000)),
                },
            )
        )
        state = str(said.get("state", ""))
        if self._config.key in str(said.get("dtmf") or ""):
            inbound.fated(call.reference, Fate.ANSWERED)
            if call.alarm is not None:  # of a test call or a list the key takes no alarm, and none that waits elsewhere
                await inbound.answered(self.id, call.number, call.alarm, "ack")
            return None
        if state == _ANSWERED and call.taken_at is None:
            call.taken_at = now
            inbound.fated(call.reference, Fate.DELIVERED)
        elif state.startswith("2") and state != _ANSWERED:
            inbound.fated(call.reference, Fate.FAILED, f"the call was not taken (state {state[:6]})")
            return None
        return ASK_SECONDS


def _spoken(message: Message) -> str:
    """What can be read out: nobody writes an address down at night."""
    return "\n".join(line for line in message.text.splitlines() if not message.link or message.link not in line)


def _record(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The call as it stands: JSON in a string, and nothing while there is no record yet."""
    data = said.get("Data") or "{}"
    try:
        found = json.loads(data) if isinstance(data, str) else data
    except (ValueError, RecursionError):
        raise ChannelDown("the record of the call is not JSON") from None
    return found if isinstance(found, dict) else {}
