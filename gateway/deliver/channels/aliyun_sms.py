"""Short messages by Aliyun: SendSms, and QuerySendDetails for what became of them (Dysmsapi, 2017-05-25)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from gateway.deliver.channels.aliyun import Aliyun
from gateway.deliver.channels.contract import Kind, Limits, Receipt
from gateway.deliver.channels.receipts import Receipts
from gateway.deliver.channels.web import Web
from gateway.notice import Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.deliver.channels.aliyun_config import AliyunSmsConfig
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message

ASK_AFTER_SECONDS: Final = 5.0
GIVE_UP_SECONDS: Final = 900.0
"""A receipt that has not come in a quarter of an hour is of no use to an escalation any more."""

BYTES_A_CHARACTER: Final = 3
"""Of Chinese in UTF-8."""

_THEIR_DAY: Final = ZoneInfo("Asia/Shanghai")
_FAILED, _DELIVERED = 2, 3
"""SendStatus of QuerySendDetails; 1 is "waiting for the receipt"."""


@dataclass(frozen=True, slots=True)
class _Sent:
    reference: str
    number: str
    day: str
    since: float


class AliyunSms:
    """The channel. One message for each person: a receipt is about one number."""

    kind = Kind.SMS
    group = False

    def __init__(self, config: AliyunSmsConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self.limits = Limits(60, 20, longest_bytes=config.longest_characters * BYTES_A_CHARACTER)
        self._config = config
        self._clock = wiring.clock
        self._web = Web()
        self._aliyun = Aliyun(self._web, config.url, config.key_id, config.key_secret, wiring.clock)
        self._receipts: Receipts[_Sent] = Receipts()

    async def send(self, message: Message) -> Receipt:
        """Hand over one message."""
        config, number = self._config, message.to[0].to
        said = await self._aliyun.call(
            "SendSms",
            {
                "PhoneNumbers": number,
                "SignName": config.sign,
                "TemplateCode": config.template,
                "TemplateParam": one_variable(config.variable, message.text, config.longest_characters),
            },
        )
        reference = str(said.get("BizId", ""))
        if reference:
            day = datetime.fromtimestamp(self._clock().utc, _THEIR_DAY).strftime("%Y%m%d")
            sent = _Sent(reference, number, day, asyncio.get_running_loop().time())
            self._receipts.expect(sent, ASK_AFTER_SECONDS)
        return Receipt(reference=reference)

    async def run(self, inbound: Inbound) -> None:
        """Ask for receipts."""

        async def ask(sent: _Sent) -> float | None:
            return await self._ask(sent, inbound)

        try:
            await self._receipts.run(ask)
        finally:
            await self._web.close()

    async def _ask(self, sent: _Sent, inbound: Inbound) -> float | None:
        waited = asyncio.get_running_loop().time() - sent.since
        if waited > GIVE_UP_SECONDS:
            return None
        details = _details(
            await self._aliyun.call(
                "QuerySendDetails",
                {
                    "PhoneNumber": sent.number,
                    "BizId": sent.reference,
                    "SendDate": sent.day,
                    "PageSize": "1",
                    "CurrentPage": "1",
                },
            )
        )
        status = details.get("SendStatus")
        if status == _DELIVERED:
            inbound.fated(sent.reference, Fate.DELIVERED)
            return None
        if status == _FAILED:
            inbound.fated(sent.reference, Fate.FAILED, f"the carrier says {str(details.get('ErrCode', ''))[:100]}")
            return None
        return max(ASK_AFTER_SECONDS, waited)


def one_variable(name: str, text: str, longest: int) -> str:
    """A template's parameters as JSON; a line break would be refused, and what is too long as well."""
    flat = " ".join(text.split())
    return json.dumps({name: flat if len(flat) <= longest else flat[: longest - 1] + "…"}, ensure_ascii=False)


def _details(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first entry of SmsSendDetailDTOs, nothing while there is none."""
    listed = said.get("SmsSendDetailDTOs")
    entries = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
    return entries[0] if isinstance(entries, list) and entries and isinstance(entries[0], dict) else {}
