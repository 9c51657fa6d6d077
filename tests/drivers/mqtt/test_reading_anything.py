"""Whatever a device sends, reading it ends in data or in a reason, and never in both."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Fault, Kind
from drivers.mqtt.product import MqttProduct, Said, mqtt_products

PRODUCTS = mqtt_products()
OWN = "own/device"

WORDS = sorted(
    {"v", "id", "ts", "seq", "boot", "q", "d", "p", "c", "e", "st", "on", "cmd", "ports", "no", "time", "t", "relay", "data",
     "boxes", "boxNo", "ask", "code", "tag", "sid", "POWER", "ENERGY", "port", "p01", "c07", "msgId"}
)  # fmt: skip
VALUES = [
    "begin",
    "end",
    "stored",
    "pickup",
    "authorize",
    "heart",
    "status",
    "st",
    "over",
    "p01",
    "c07",
    "ok",
    "2026-11-21T09:00:00Z",
]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(VALUES),
    st.text(max_size=8),
    st.integers(-1, 14),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), below, max_size=6)
    ),
    max_leaves=24,
)
KINDS: dict[Kind, tuple[type, ...]] = {
    Kind.BOOLEAN: (bool,), Kind.INTEGER: (int,), Kind.REAL: (float,), Kind.TEXT: (str,),
}  # fmt: skip


def topics(product: MqttProduct) -> list[str]:
    return [filter_.replace("+", "1") for filter_, _ in product.subscriptions(OWN)]


ON_SOME_TOPIC = st.sampled_from([(name, topic) for name, product in PRODUCTS.items() for topic in topics(product)])


def check(product: MqttProduct, topic: str, payload: bytes) -> Said:
    said = product.read(topic, OWN, payload, lambda what, _: f"<{what}>")

    if said.rejected:
        assert said == Said(rejected=said.rejected)
        assert len(said.rejected) < 120
    kinds = [[point.kind for point in group.points] for group in product.device("d").groups]
    for group, index, value in said.readings:
        assert isinstance(value, Fault) or type(value) in KINDS[kinds[group][index]]
    json.dumps([event.body for event in said.events] + [ask.body for ask in said.asks], allow_nan=False).encode()
    return said


@settings(max_examples=80, deadline=None)
@given(at=ON_SOME_TOPIC, whole=ANYTHING)
def test_any_json_says_something_sound_or_is_refused(at: tuple[str, str], whole: Any) -> None:
    name, topic = at

    check(PRODUCTS[name], topic, json.dumps(whole).encode())


@settings(max_examples=80, deadline=None)
@given(stream=st.sampled_from(["state", "tele", "event", "ask", "ack"]), d=ANYTHING, locker=st.booleans())
def test_any_data_in_a_right_envelope_says_something_sound_or_is_refused(stream: str, d: Any, *, locker: bool) -> None:
    product = PRODUCTS["gridpost-locker-60" if locker else "gridpost-ebike-12"]
    whole = {"v": 1, "id": "m", "ts": "2026-11-21T09:00:00Z", "seq": 1, "boot": 1, "q": "ok", "d": d}

    said = check(product, f"{OWN}/{stream}", json.dumps(whole).encode())

    assert said.rejected or (said.seq, said.boot) == (1, "1") or (locker and stream == "tele")


@settings(max_examples=40, deadline=None)
@given(at=ON_SOME_TOPIC, payload=st.binary(max_size=200))
def test_any_bytes_are_refused_or_sound(at: tuple[str, str], payload: bytes) -> None:
    name, topic = at

    check(PRODUCTS[name], topic, payload)
