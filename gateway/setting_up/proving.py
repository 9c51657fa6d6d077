"""A channel proved: a real message by it, with four digits that its reader types in, or a receipt from his telephone.

Outside the road, because there is nobody yet whom an alarm could be told to: the channel is made for this one message.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Final

from dashboards.texts import text
from gateway.deliver.channels.contract import Addressee, ChannelDown, ChannelRefused, Message
from gateway.logs import log_of
from gateway.model import Priority
from gateway.notice import Fate
from gateway.serve.setup.keeper import EnteredWrong, ProofView, WrongField

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from gateway.deliver.channels.contract import Channel, ChannelConfig, ChannelWiring, Said
    from gateway.serve.setup.keeper import ProofFate

RECEIPT_SECONDS: Final = 180.0
"""How long a receipt is waited for; an SMS may take as long."""

SEND_SECONDS: Final = 60.0
"""More than any channel takes for one message (`Channel.send`)."""

REMEMBERED: Final = 20
TRIES: Final = 5
"""So many wrong codes are taken for one message: 10,000 are possible."""

CODE_DIGITS: Final = 4

log = log_of("set-up")


@dataclass(slots=True)
class _Proof:
    view: ProofView
    code: str
    proved: Callable[[], None]
    """Told once, when the message is known to have been read or delivered."""
    wrong: int = 0
    reference: str = ""
    early: dict[str, tuple[Fate, str]] = field(default_factory=dict)
    """Receipts that came before the message's own reference."""

    def becomes(self, fate: Fate, why: str) -> None:
        """What its channel says of it."""
        if self.view.fate == "answered" or fate not in _SHOWN:
            return
        self.view.fate, self.view.why = _SHOWN[fate], why
        if fate in (Fate.DELIVERED, Fate.ANSWERED):
            self.proved()


_SHOWN: Final[Mapping[Fate, ProofFate]] = {
    Fate.SENT: "sent",
    Fate.DELIVERED: "delivered",
    Fate.ANSWERED: "answered",
    Fate.FAILED: "failed",
}


class Proofs:
    """The test messages of a set-up. `beside` runs what carries one."""

    def __init__(
        self,
        wiring: ChannelWiring,
        language: Callable[[], str],
        beside: Callable[[Coroutine[None, None, None], str], object],
    ) -> None:
        self._wiring = wiring
        self._language = language
        self._beside = beside
        self._numbers = count(1)
        self._known: dict[int, _Proof] = {}

    def begin(self, config: ChannelConfig, to: str, proved: Callable[[], None]) -> int:
        """Send a message by a channel; the number by which it is asked after."""
        number = next(self._numbers)
        code = "".join(str(secrets.randbelow(10)) for _ in range(CODE_DIGITS))
        proof = self._known[number] = _Proof(ProofView(number, config.id), code, proved)
        for old in list(self._known)[:-REMEMBERED]:
            del self._known[old]
        self._beside(self._carry(config, to, proof), f"proof {number}")
        return number

    def view(self, number: int) -> ProofView | None:
        """How a message stands; None for one that is not known (any more)."""
        proof = self._known.get(number)
        return None if proof is None else proof.view

    def answer(self, number: int, typed: str) -> ProofView | None:
        """Somebody types what he read. Raises EnteredWrong for anything else than the message's code."""
        proof = self._known.get(number)
        if proof is None or proof.view.fate == "answered":
            return None if proof is None else proof.view
        right = proof.wrong < TRIES and secrets.compare_digest("".join(typed.split()).encode(), proof.code.encode())
        if not right:
            proof.wrong += 1
            if proof.wrong >= TRIES:
                raise EnteredWrong(WrongField("code", "too many wrong codes: send another message", "proof_spent"))
            raise EnteredWrong(WrongField("code", "this is not what stands in the message", "proof_code"))
        proof.becomes(Fate.ANSWERED, "")
        return proof.view

    async def _carry(self, config: ChannelConfig, to: str, proof: _Proof) -> None:
        try:
            channel = config.build(self._wiring)
            hearing = asyncio.get_running_loop().create_task(channel.run(_Ear(proof)), name=f"hearing {config.id}")
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    receipt = await channel.send(self._message(channel, to, proof))
                proof.becomes(Fate.DELIVERED if receipt.delivered else Fate.SENT, "")
                if receipt.reference and proof.view.fate == "sent":
                    proof.reference = receipt.reference
                    if receipt.reference in proof.early:
                        proof.becomes(*proof.early[receipt.reference])
                    await asyncio.sleep(RECEIPT_SECONDS)
            finally:
                hearing.cancel()
                await asyncio.wait([hearing])
        except (ChannelDown, ChannelRefused, TimeoutError) as wrong:
            proof.becomes(Fate.FAILED, str(wrong) or f"no answer within {SEND_SECONDS:.0f} s")
        except Exception as bug:  # an edge is supervised: whatever a channel does, the wizard goes on
            log.exception("a channel failed in a way that nobody thought of")
            proof.becomes(Fate.FAILED, repr(bug))

    def _message(self, channel: Channel, to: str, proof: _Proof) -> Message:
        language = self._language()
        said = text(language, "notice.channel_proof", code=" ".join(proof.code))
        longest = channel.limits.longest_bytes
        return Message(
            said.encode()[:longest].decode("utf-8", "ignore"),
            text(language, "notice.channel_proof_title"),
            Priority.P3,
            (Addressee("", to),),
            f"proof:{proof.view.number}",
            (proof.view.number,),
        )


@dataclass(frozen=True, slots=True)
class _Ear:
    """What comes back by the channel while its message is waited for."""

    proof: _Proof

    async def answered(self, _channel: str, _to: str, _number: int | None, _what: Said, _cause: str = "") -> str:
        self.proof.becomes(Fate.ANSWERED, "")
        return ""

    def fated(self, reference: str, fate: Fate, why: str = "") -> None:
        if not self.proof.reference:
            self.proof.early[reference] = fate, why
        elif reference == self.proof.reference:
            self.proof.becomes(fate, why)
