"""Who is known by an address, and what of it outlives a new list."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.ble.peer import Peer
from drivers.ble.peers import Peers
from drivers.ble.product import air_products
from tests.drivers.ble.air import KEYS, START_NS, Sensor
from tests.drivers.ble.packets import HEARTBEAT

PRODUCTS = air_products()
ONE, OTHER = Sensor(1), Sensor(2)


def level(stock: dict[str, Any] | None = None, **mounted: dict[str, Any]) -> dict[str, Any]:
    return {"mounted": mounted, "stock": stock or {}}


def heard(peer: Peer | None, sensor: Sensor) -> Peer:
    """The peer once a packet of its sensor was accepted."""
    assert peer is not None
    peer.prepare(PRODUCTS, "", KEYS, None)
    peer.gate.judge(sensor.packet(HEARTBEAT), peer.mac, peer.cipher, START_NS, keyed=True)
    return peer


def prepared(peer: Peer | None) -> Peer:
    assert peer is not None
    peer.prepare(PRODUCTS, "", KEYS, None)
    return peer


def test_an_entry_that_is_the_same_is_not_looked_at() -> None:
    peers = Peers(("d1", "d2"))
    first, second = ONE.entry(), OTHER.entry()
    peers.want(level(d1=first, d2=second))
    before = dict(peers.by_device)

    peers.want(level(d1=first, d2=dict(second)))

    assert peers.by_device == before


def test_only_detectors_of_the_line_have_sensors_and_new_ones_get_theirs() -> None:
    peers = Peers(("d1",))
    peers.want(level(d1=ONE.entry(), d2=OTHER.entry()))
    before = peers.find(OTHER.number)

    peers.adopt(("d2",))

    assert before is None
    assert peers.find(ONE.number) is None
    assert [*peers.by_device] == ["d2"]


def test_what_is_taken_down_or_lifted_is_a_stranger() -> None:
    peers = Peers(("d1", "d2"))
    entry = OTHER.entry()
    peers.want(level(d1=ONE.entry(), d2=entry))
    gone = peers.find(ONE.number)

    peers.want(level(d2=entry))

    assert gone is not None
    assert gone.gone
    assert peers.find(ONE.number) is None
    assert peers.find(OTHER.number) is not None
    peers.want(None)
    assert peers.find(OTHER.number) is None


def test_a_sensor_that_leaves_the_stock_is_a_stranger() -> None:
    peers = Peers(())
    entry = ONE.entry()
    peers.want(level({ONE.address: entry}))
    known = peers.find(ONE.number)
    peers.want(level({ONE.address: entry}))
    still = peers.find(ONE.number)

    peers.want(level({}))

    assert known is not None
    assert still is known
    assert peers.find(ONE.number) is None
    assert known.gone


@pytest.mark.parametrize("via", ["stock", "another place", "sealed anew", "sealed twice", "another product"])
def test_the_counter_of_a_sensor_outlives_its_move(via: str) -> None:
    peers = Peers(("d1", "d2"))
    entry = ONE.entry()
    peers.want(level({ONE.address: entry}) if via == "stock" else level(d1=entry))
    counter = heard(peers.find(ONE.number), ONE).gate.counter

    if via == "stock":
        peers.want(level(d1=entry))
    elif via == "another place":
        peers.want(level(d2=entry))
    elif via == "another product":
        peers.want(level(d1={**entry, "product": "bthome-smoke"}))
    else:
        peers.want(level(d1=ONE.entry()))
        if via == "sealed twice":
            peers.want(level(d1=ONE.entry()))

    assert prepared(peers.find(ONE.number)).gate.counter == counter


def test_another_key_begins_anew() -> None:
    peers = Peers(("d1",))
    peers.want(level(d1=ONE.entry()))
    heard(peers.find(ONE.number), ONE)

    peers.want(level(d1={**ONE.entry(), "sealed_key": KEYS.seal(ONE.address, bytes(16))}))

    assert prepared(peers.find(ONE.number)).gate.counter is None


def test_a_key_of_the_wrong_length_is_named_without_the_key() -> None:
    sealed = KEYS.seal(ONE.address, b"0123456789")

    peer = prepared(Peer(ONE.address, "d1", {**ONE.entry(), "sealed_key": sealed}))

    assert "10 bytes" in peer.wrong
    assert "0123456789" not in peer.wrong
    assert peer.cipher is None


def test_without_a_site_key_no_key_opens() -> None:
    peer = Peer(ONE.address, "d1", ONE.entry())

    peer.prepare(PRODUCTS, "smoke", None, None)

    assert "there is no site key" in peer.wrong


@pytest.mark.parametrize("cursor", [None, 5, {}, {"counter": "9"}, {"address": ONE.address, "key": "", "counter": 9}])
def test_a_cursor_that_says_nothing_is_no_base(cursor: Any) -> None:
    peer = Peer(ONE.address, "d1", ONE.entry())

    peer.prepare(PRODUCTS, "smoke", KEYS, cursor)

    assert peer.gate.counter is None
