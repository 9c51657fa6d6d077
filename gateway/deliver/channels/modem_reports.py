"""Which status report belongs to which message: a modem numbers parts from 0 to 255 and begins again."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final

from gateway.deliver.channels.sms_pdu import status_report
from gateway.notice import Fate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.deliver.channels.contract import Inbound
    from gateway.deliver.channels.sms_pdu import StatusReport

LATER_SECONDS: Final = 0.2
"""A report is told a little later, so that whoever sent the message knows its reference by then."""


class Reports:
    """Messages on their way. `inbound` hears what became of them; None: nobody listens."""

    def __init__(self) -> None:
        self.inbound: Inbound | None = None
        self._start = secrets.token_hex(4)
        self._messages = 0
        self._part_of: dict[int, str] = {}

    def expect(self, numbers: Sequence[int]) -> str:
        """A message of these parts went out; its reference."""
        self._messages += 1
        reference = f"{self._start}-{self._messages}"
        for number in numbers:
            self._part_of[number] = reference
        return reference

    def take(self, pdu: bytes) -> None:
        """A report came."""
        report = status_report(pdu)
        if report is not None and report.delivered is not None:
            asyncio.get_running_loop().call_later(LATER_SECONDS, self._tell, report)

    def _tell(self, report: StatusReport) -> None:
        reference = self._part_of.pop(report.reference, None)
        if reference is None or self.inbound is None:
            return
        others = [number for number, of in self._part_of.items() if of == reference]
        if not report.delivered:
            for number in others:
                del self._part_of[number]
            self.inbound.fated(reference, Fate.FAILED, f"the network gave it up (status {report.status:#04x})")
        elif not others:
            self.inbound.fated(reference, Fate.DELIVERED)
