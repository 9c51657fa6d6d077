"""What becomes of a packet of a known sensor: judged by its gate, believed or not, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from drivers.ble.bthome import Verdict
from drivers.ble.gate import Judgement
from drivers.ble.kinds import CONDITION, SAFETY
from drivers.ble.oddities import BATTERY_CHANGED, UNVERIFIED_ALARM, Events, Oddities
from drivers.ble.readings import CHANGED, CONDITION_CHANGED, SUPPLY_CHANGED, URGENT
from drivers.ble.strangers import Presses
from drivers.contract import Link, LinkChanged, Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.ble.bthome import Packet, Values
    from drivers.ble.handover import Handover
    from drivers.ble.inbox import Heard
    from drivers.ble.peer import Peer
    from drivers.ble.product import AirProduct
    from drivers.ble.tally import Tally
    from drivers.contract import DeviceEvent, Post
    from drivers.sealed_key import SensorKeys

ALIVE_EVERY_NS: Final = 1_000_000_000
"""Unchanged values are told as a sign of life once a second at the most: an alarm burst has ten packets in it."""
CONDITION_EVERY_NS: Final = 60_000_000_000
"""Signal and humidity are told once a minute at the most; the battery at once."""


class Listening:
    """Judges packets for as long as one run lasts. `products` and `kinds` may be changed at any time."""

    def __init__(
        self,
        products: Mapping[str, AirProduct],
        kinds: Mapping[str, str],
        keys: SensorKeys | None,
        wrong: dict[str, str],
        tally: Tally,
        post: Post,
        handover: Handover,
    ) -> None:
        self.products = products
        self.kinds = kinds
        self.unkept: set[Peer] = set()
        """Whose counter moved since it was last kept."""
        self.presses = Presses()
        self._keys = keys
        self._wrong = wrong
        self._tally = tally
        self._post = post
        self._handover = handover
        self._events = Events()

    def take(self, heard: Heard) -> None:
        """Take a packet of a known sensor; never raises."""
        peer, receiver, advert = heard
        if not peer.prepared:
            self._prepare(peer, advert.received_ns)
        if peer.product is None:
            self._tally.no_product += 1
            return
        passage = peer.gate.judge(advert.data, peer.mac, peer.cipher, advert.received_ns, keyed=peer.keyed)
        judgement, packet = passage
        if judgement is Judgement.REPEAT:
            self._tally.repeat += 1
            self._copy(heard)
        elif packet is None:
            self._tally.late += 1
        elif judgement is Judgement.NEW or judgement is Judgement.RENEWED:
            self._tally.ok += packet.verdict is Verdict.OK
            self._tally.partial += packet.verdict is Verdict.PARTIAL
            peer.signal.hear(receiver, advert.rssi, advert.received_ns)
            self._accept(heard, peer.product, packet, renewed=judgement is Judgement.RENEWED)
        elif judgement is Judgement.LATE:
            self._tally.late += 1
            self._suspect(heard, peer.product, packet.values, "old counter")
        elif judgement is Judgement.REPLAY:
            self._tally.replay += 1
            self._attack(heard, "replay")
            self._suspect(heard, peer.product, packet.values, "old counter")
        elif judgement is Judgement.REFUSED:
            self._refuse(heard, peer.product, packet)
        else:
            assert_never(judgement)

    def mended(self, mounted: Mapping[str, Peer], now_ns: int) -> None:
        """Take back what was said against detectors at which nothing hangs any more."""
        for device in [device for device in self._wrong if device not in mounted]:
            del self._wrong[device]
            if device in self.kinds:
                self._post.report(LinkChanged(device, Link.UNKNOWN, "", now_ns))

    def note_counters(self) -> None:
        """Keep the counters that moved, but those that are on their way to the disk with something older."""
        noted = [peer for peer in self.unkept if peer.gone or self._handover.note(peer.device, peer.cursor())]
        self.unkept.difference_update(noted)

    # ------------------------------------------------------------ whose it is

    def _prepare(self, peer: Peer, now_ns: int) -> None:
        device = peer.device
        peer.prepare(
            self.products, self.kinds.get(device, ""), self._keys, self._post.cursor(device) if device else None
        )
        if not device:
            return
        if peer.gate.counter is not None:
            self.unkept.add(peer)
        if peer.wrong != self._wrong.get(device, ""):
            link = Link.MISCONFIGURED if peer.wrong else Link.UP
            self._wrong[device] = peer.wrong
            self._post.report(LinkChanged(device, link, peer.wrong, now_ns))

    # ------------------------------------------------------------ believed

    def _accept(self, heard: Heard, product: AirProduct, packet: Packet, *, renewed: bool) -> None:
        peer, receiver, advert = heard
        if not peer.device:
            if product.pressed(packet.values):
                self.presses.pressed(peer, product.title, receiver, advert, self._post)
            return
        self.unkept.add(peer)
        now_ns = advert.received_ns
        if renewed:
            body = {"receiver": receiver, "rssi": advert.rssi}
            self._keep(peer, self._events.make(peer.device, BATTERY_CHANGED, body, now_ns))
        change = peer.readings.take(product.take(packet.values))
        if change & URGENT:
            peer.safety_told_ns = now_ns
            self._keep(peer, self._safety(peer, now_ns))
        elif change & CHANGED or now_ns - peer.safety_told_ns >= ALIVE_EVERY_NS:
            peer.safety_told_ns = now_ns
            self._handover.report(self._safety(peer, now_ns))
        if change & SUPPLY_CHANGED or now_ns - peer.condition_told_ns >= CONDITION_EVERY_NS:
            self._tell_condition(peer, now_ns, changed=bool(change & CONDITION_CHANGED))

    def _safety(self, peer: Peer, now_ns: int) -> Sample:
        return Sample(peer.device, SAFETY, peer.readings.safety, peer.readings.safety_faults, now_ns)

    def _tell_condition(self, peer: Peer, now_ns: int, *, changed: bool) -> None:
        readings = peer.readings
        if (news := peer.signal.news(now_ns)) is not None:
            readings.hear(*news)
        elif not changed:
            return
        peer.condition_told_ns = now_ns
        self._handover.report(Sample(peer.device, CONDITION, readings.condition, readings.condition_faults, now_ns))

    def _copy(self, heard: Heard) -> None:
        peer, receiver, advert = heard
        peer.signal.hear(receiver, advert.rssi, advert.received_ns)
        if not peer.device:
            self.presses.copy(peer, receiver, advert)

    def _keep(self, peer: Peer, record: Sample | DeviceEvent) -> None:
        self._handover.keep(record, peer.cursor())

    # ------------------------------------------------------------ not believed

    def _refuse(self, heard: Heard, product: AirProduct, packet: Packet) -> None:
        peer, _, advert = heard
        tally = self._tally
        match packet.verdict:
            case Verdict.BAD_MIC:
                tally.bad_mic += 1
                odd = _odd(peer)
                odd.count("bad_mic")
                if odd.spoofed(advert.received_ns):
                    self._attack(heard, "spoof")
            case Verdict.DOWNGRADE:
                tally.downgrade += 1
                self._attack(heard, "downgrade")
                self._suspect(heard, product, packet.claimed, "plain")
            case Verdict.NO_KEY:
                tally.no_key += 1
                _odd(peer).count("no_key")
            case _:
                tally.malformed += 1
                _odd(peer).count("malformed")

    def _attack(self, heard: Heard, why: str) -> None:
        peer, receiver, advert = heard
        odd = _odd(peer)
        odd.count(why)
        if peer.device and (count := odd.due(why, advert.received_ns)):
            self._keep(peer, self._events.attack(peer.device, why, count, receiver, advert))

    def _suspect(self, heard: Heard, product: AirProduct, claimed: Values, why: str) -> None:
        """People hear of an alarm that cannot be believed; nothing else comes of it."""
        peer, receiver, advert = heard
        alarm = product.alarm_claimed(claimed)
        if not peer.device or not alarm or peer.readings.stands(alarm):
            return
        self._tally.unverified += 1
        if _odd(peer).due(UNVERIFIED_ALARM, advert.received_ns):
            self._keep(peer, self._events.unverified(peer.device, alarm, why, receiver, advert))


def _odd(peer: Peer) -> Oddities:
    if peer.odd is None:
        peer.odd = Oddities()
    return peer.odd
