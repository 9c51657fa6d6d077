from __future__ import annotations

import random
import struct
from math import inf
from typing import TYPE_CHECKING

import pytest

from drivers.contract import DeviceEvent, Misconfigured
from drivers.credential import card_hash
from drivers.modbus.config import ModbusConfig
from drivers.modbus.mailbox import MailboxDuty
from tests.drivers.modbus.drained import Disk, Line, unit_of
from tests.drivers.modbus.points import SOAK
from tests.drivers.modbus.servers import Box, Host
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import running, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import Value
    from drivers.modbus.unit import Unit

HISTORIES = 3000 if SOAK else 50
WAITING, RESTARTED = 1004, 1005
REARM = struct.pack(">BHH", 5, WAITING, 0)


class Inveo:
    """Keeps one card until it is re-armed; what is shown meanwhile is not read (IND-U4/U2 manual, page 21)."""

    product = "inveo-rfid-ind"

    def __init__(self) -> None:
        self.card = 0
        self.waiting = False
        self.taken: list[int] = []
        """Every card that it read, in order."""

    def show(self, card: int) -> None:
        if not self.waiting:
            self.card, self.waiting = card, True
            self.taken.append(card)

    def answer(self, pdu: bytes) -> bytes | None:
        function, address, count = struct.unpack(">BHH", pdu[:5])
        if function == 1:
            bits = {WAITING: self.waiting}
            packed = sum(bits.get(address + place, False) << place for place in range(count))
            return bytes((1, (count + 7) // 8)) + packed.to_bytes((count + 7) // 8, "little")
        if function == 3:
            words = [*struct.unpack(">5H", self.card.to_bytes(10, "big")), 1, 2, 3]
            return bytes((3, 2 * count)) + struct.pack(f">{count}H", *words[address - 1000 : address - 1000 + count])
        assert pdu == REARM
        self.waiting = False
        return pdu


class RfIdeas:
    """Counts cards and shows the last one."""

    product = "rfideas-rdr-80581"

    def __init__(self) -> None:
        self.card = 0
        self.count = 0

    def show(self, card: int) -> None:
        self.card, self.count = card, (self.count + 1) % 0x10000

    def answer(self, pdu: bytes) -> bytes | None:
        _, address, count = struct.unpack(">BHH", pdu)
        words = [self.count, 1, 64, *struct.unpack(">16H", self.card.to_bytes(32, "big"))]
        return bytes((4, 2 * count)) + struct.pack(f">{count}H", *words[address : address + count])


class Reader:
    """A reader, the duty that empties it, and a line between them."""

    def __init__(self, box: Inveo | RfIdeas, unit: Unit) -> None:
        self.box = box
        self.unit = unit
        self.disk = Disk()
        self.bend: Callable[[bytes, bytes | None], bytes | None] = lambda _request, reply: reply
        self.start()

    def start(self) -> None:
        """We are started anew."""
        self.duty = MailboxDuty(self.unit)
        self.line = Line(self.duty, self.disk, lambda pdu: self.bend(pdu, self.box.answer(pdu)))

    def poll(self) -> None:
        for poll in self.unit.polls:
            if poll.period < 1.0:
                self.line.regular_poll(poll)

    def fetch(self, seconds: float = 1.0) -> None:
        self.poll()
        self.line.work(seconds)

    @property
    def shown(self) -> list[DeviceEvent]:
        return self.disk.events


@pytest.fixture(scope="module")
def inveo() -> Unit:
    return unit_of("inveo-rfid-ind")


@pytest.fixture(scope="module")
def rfideas() -> Unit:
    return unit_of("rfideas-rdr-80581")


# ---------------------------------------------------------------- a reader that is re-armed


def test_a_card_is_on_disk_before_the_reader_takes_the_next(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.box.show(4711)
    reader.poll()
    reader.line.step()

    reader.line.step()  # the disk is still at it
    assert REARM not in reader.line.frames
    reader.line.work(1.0)

    (event,) = reader.shown
    assert (event.epoch, event.sequence, event.kind, event.body["part"]) == ("mailbox", 1, "card_shown", "")
    assert len(event.body["card"]) >= 12
    assert "maybe_repeated" not in event.body
    assert reader.line.frames.count(REARM) == 1


def test_an_empty_reader_costs_nothing_but_its_polls(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.fetch()
    before = reader.line.transactions

    reader.poll()
    reader.line.work(60.0)

    assert reader.line.transactions - before == sum(poll.period < 1.0 for poll in inveo.polls)
    assert reader.duty.due == inf


def test_the_same_card_twice_is_two_events(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    for _ in range(2):
        reader.box.show(4711)
        reader.fetch()

    assert [event.sequence for event in reader.shown] == [1, 2]
    assert not any("maybe_repeated" in event.body for event in reader.shown)
    assert reader.duty.numbers() == {"events": 2, "gaps": 0}


def test_a_card_that_was_kept_but_not_taken_before_we_died_may_come_twice_and_says_so(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.box.show(4711)
    reader.poll()
    reader.line.step()
    reader.line.break_off(committed=True)
    reader.start()

    reader.fetch()

    assert ["maybe_repeated" in event.body for event in reader.shown] == [False, True]
    assert not reader.box.waiting if isinstance(reader.box, Inveo) else False


def test_another_card_after_we_died_is_surely_another(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.box.show(4711)
    reader.poll()
    reader.line.step()
    reader.line.break_off(committed=True)
    reader.box.answer(REARM)
    reader.box.show(4712)
    reader.start()

    reader.fetch()

    assert not any("maybe_repeated" in event.body for event in reader.shown)
    assert len(reader.shown) == 2


def test_a_card_that_did_not_reach_the_disk_is_read_again(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.box.show(4711)
    reader.poll()
    reader.line.step()
    reader.line.break_off(committed=False)
    reader.line = Line(reader.duty, reader.disk, reader.box.answer)
    reader.duty.unit_back()

    reader.fetch()

    (event,) = reader.shown
    assert "maybe_repeated" not in event.body


def test_a_refused_rearming_is_tried_again_without_another_event(inveo: Unit) -> None:
    reader = Reader(Inveo(), inveo)
    reader.bend = lambda request, reply: bytes((0x85, 6)) if request == REARM else reply
    reader.box.show(4711)
    reader.fetch(3.0)
    assert len(reader.shown) == 1

    reader.bend = lambda _request, reply: reply
    reader.line.work(10.0)

    assert len(reader.shown) == 1
    assert reader.disk.cursor("d1")["armed"]


@pytest.mark.parametrize("part", range(2))
def test_no_card_is_lost_and_only_marked_ones_come_twice(inveo: Unit, part: int) -> None:
    for seed in range(part, HISTORIES, 2):
        dice = random.Random(seed)
        box = Inveo()
        reader = Reader(box, inveo)
        reader.bend = lambda _request, reply, dice=dice: None if dice.random() < 0.1 else reply  # type: ignore[misc]
        for step in range(200):
            if dice.random() < 0.2 and step < 150:
                box.show(dice.randrange(1, 4))
            reader.poll()
            if reader.duty.due <= reader.line.now:
                reader.line.step()
            reader.line.now += 0.25
            if dice.random() < 0.03 and step < 150:
                reader.line.break_off(committed=dice.random() < 0.5)
                if dice.random() < 0.5:
                    reader.start()
                else:
                    reader.line = Line(reader.duty, reader.disk, reader.line._answer)
                    reader.duty.unit_back()
            elif dice.random() < 0.7:
                reader.line.write_on()
        reader.bend = lambda _request, reply: reply
        for _ in range(30):
            reader.fetch()

        hashes = _hashes(inveo)
        sure = [event.body["card"] for event in reader.shown if "maybe_repeated" not in event.body]
        every = [event.body["card"] for event in reader.shown]
        taken = [hashes[card] for card in box.taken]
        assert _within(sure, taken), seed
        assert _within(taken, every), seed
        assert not reader.disk.repeated


def _hashes(unit: Unit) -> dict[int, str]:
    hashes = {}
    for card in range(1, 4):
        reader = Reader(Inveo(), unit)
        reader.box.show(card)
        reader.fetch()
        hashes[card] = reader.shown[0].body["card"]
    return hashes


def _within(some: list[str], every: list[str]) -> bool:
    """Whether `some` stand in `every`, in order."""
    rest = iter(every)
    return all(card in rest for card in some)


# ---------------------------------------------------------------- a reader that counts


def test_each_count_is_an_event_also_of_the_same_card(rfideas: Unit) -> None:
    reader = Reader(RfIdeas(), rfideas)
    reader.fetch()
    for card in (5, 5, 6):
        reader.box.show(card)
        reader.fetch()

    first, second, third = (event.body["card"] for event in reader.shown)
    assert first == second != third
    assert not reader.disk.gaps


def test_an_unchanged_count_costs_nothing(rfideas: Unit) -> None:
    reader = Reader(RfIdeas(), rfideas)
    reader.box.show(5)
    reader.fetch()
    reader.fetch()
    before, keeps = reader.line.transactions, reader.disk.keeps

    reader.fetch(60.0)

    assert reader.line.transactions - before == 1
    assert reader.disk.keeps == keeps


def test_cards_that_were_counted_unseen_are_a_gap(rfideas: Unit) -> None:
    reader = Reader(RfIdeas(), rfideas)
    reader.box.show(5)
    reader.fetch()
    for card in (6, 7, 8):
        reader.box.show(card)

    reader.fetch()

    (gap,) = reader.disk.gaps
    assert gap.body == {"from": 2, "to": 4, "why": "overrun"}
    assert len(reader.shown) == 2


def test_the_count_goes_on_over_its_end(rfideas: Unit) -> None:
    box = RfIdeas()
    box.count = 0xFFFE
    reader = Reader(box, rfideas)
    for card in (5, 6, 7):
        box.show(card)
        reader.fetch()

    assert len(reader.shown) == 3
    assert not reader.disk.gaps


def test_a_reader_that_counts_anew_leaves_a_gap_of_unknown_length(rfideas: Unit) -> None:
    box = RfIdeas()
    box.count = 900
    reader = Reader(box, rfideas)
    box.show(5)
    reader.fetch()
    box.count = 0
    box.show(6)

    reader.fetch()

    (gap,) = reader.disk.gaps
    assert gap.body == {"from": 902, "to": None, "why": "reader restarted"}
    assert len(reader.shown) == 2


def test_the_card_that_a_new_device_shows_may_be_an_old_one(rfideas: Unit) -> None:
    box = RfIdeas()
    box.show(5)
    reader = Reader(box, rfideas)

    reader.fetch()

    (event,) = reader.shown
    assert event.body["maybe_repeated"]


def test_a_count_whose_card_is_not_there_is_a_gap(rfideas: Unit) -> None:
    box = RfIdeas()
    reader = Reader(box, rfideas)
    reader.fetch()
    box.show(0)

    reader.fetch()

    (gap,) = reader.disk.gaps
    assert (gap.body["from"], gap.body["to"]) == (1, 2)
    assert not reader.shown


def test_cards_wait_for_a_slow_disk_and_none_is_lost_when_it_is_too_slow(rfideas: Unit) -> None:
    reader = Reader(RfIdeas(), rfideas)
    reader.fetch()
    reader.box.show(1)
    reader.poll()
    reader.line.step()
    for card in range(2, 100):
        reader.box.show(card)
        reader.poll()
        if reader.duty.due <= reader.line.now:
            reader.line.step()

    reader.line.work(1.0)
    reader.fetch()

    (gap,) = reader.disk.gaps
    assert len(reader.shown) + gap.body["to"] - gap.body["from"] == 99


def test_every_counted_card_is_kept_or_in_a_gap_whatever_befalls_us(rfideas: Unit) -> None:
    for seed in range(HISTORIES):
        dice = random.Random(seed)
        box = RfIdeas()
        reader = Reader(box, rfideas)
        reader.bend = lambda _request, reply, dice=dice: None if dice.random() < 0.1 else reply  # type: ignore[misc]
        for step in range(100):
            for _ in range(dice.choice([0, 0, 0, 1, 1, 3]) if step < 80 else 0):
                box.show(dice.randrange(1, 1000))
            reader.poll()
            if reader.duty.due <= reader.line.now:
                reader.line.step()
            if dice.random() < 0.05 and step < 80:
                reader.line.break_off(committed=dice.random() < 0.5)
                if dice.random() < 0.5:
                    reader.start()
                else:
                    reader.line = Line(reader.duty, reader.disk, reader.line._answer)
                    reader.duty.unit_back()
            elif dice.random() < 0.7:
                reader.line.write_on()
        reader.bend = lambda _request, reply: reply
        for _ in range(3):
            reader.fetch()

        first = next(iter(reader.disk.kept.values()))
        lost = sum(gap.body["to"] - gap.body["from"] for gap in reader.disk.gaps)
        unseen = box.count - len(reader.shown) - lost
        assert not reader.disk.repeated
        assert unseen == 0 or (first.body.get("maybe_repeated") and unseen > 0), seed


@pytest.mark.parametrize("product", ["relay-8", "acp1-2door"])
def test_a_product_without_a_mailbox_has_no_cards_to_fetch(product: str) -> None:
    with pytest.raises(Misconfigured, match="needs `mailbox`"):
        MailboxDuty(unit_of(product))


async def test_a_reader_knows_a_card_by_the_hash_under_which_its_permit_stands() -> None:
    site_key = bytes(range(32))
    box = Box()
    box.set(4, 0, 1, 1, 64, *struct.unpack(">16H", (4711).to_bytes(32, "big")))
    post = RecordingPost()
    async with Host({1: box}) as host:
        config = ModbusConfig.model_validate(
            {
                "id": "l1",
                "driver": "modbus",
                "host": "127.0.0.1",
                "port": host.port,
                "credential_key": site_key.hex(),
                "devices": [{"id": "reader", "product": RfIdeas.product, "unit": 1}],
            }
        )
        async with running(config.build(), post):
            await until(lambda: bool(post.samples("reader")))

    said: tuple[Value, ...] = post.samples("reader")[0].values
    assert card_hash(site_key, 4711) in said
