"""Points and bytes for the tests of planner and decoder."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st

from drivers.modbus.plan import Mapped, Read, mapped, plan
from drivers.product import BlockCheck, Limits, Quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.contract import Value
    from drivers.modbus.decode import Answer

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"


def proof(examples: int, soak_examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """How many examples a property is tried with: few by default, all under GRIDPOST_SOAK=1."""
    return settings(max_examples=soak_examples if SOAK else examples, deadline=None)


def point(key: str, function: int = 3, address: int = 0, **more: object) -> Mapped:
    return mapped(Quantity.model_validate({"key": key, "function": function, "address": address, **more}))


def reading(*points: Mapped, checks: tuple[BlockCheck, ...] = ()) -> Read:
    (read,) = plan(points, Limits(bridge_registers=125, bridge_bits=2000), checks)
    return read


def registers(*words: int) -> bytes:
    return struct.pack(f">{len(words)}H", *words)


def named(read: Read, answer: Answer) -> dict[str, Value]:
    return dict(zip((held.point.key for held in read.points), answer[0], strict=True))


@st.composite
def profiles_points(
    draw: st.DrawFn, *, most: int, reach: int, functions: tuple[int, ...] = (1, 2, 3, 4)
) -> list[Mapped]:
    """Any points at all, overlapping ones too, in any order."""
    count = draw(st.integers(1, most))
    return [draw(any_point(f"p{number}", reach, functions)) for number in range(count)]


@st.composite
def any_point(draw: st.DrawFn, key: str, reach: int, functions: tuple[int, ...]) -> Mapped:
    function = draw(st.sampled_from(functions))
    address = draw(st.integers(0, reach))
    if function in (1, 2):
        return point(key, function, address)
    kind = draw(st.sampled_from(["bit", "u16", "s16", "u32", "s32", "u64", "f32", "bcd16", "bcd32", "ascii", "bytes"]))
    orders = ["ABCD", "BADC"] if kind in ("ascii", "bytes") else ["ABCD", "CDAB", "BADC", "DCBA"]
    more: dict[str, object] = {"type": kind, "order": draw(st.sampled_from(orders))}
    if kind in ("ascii", "bytes"):
        more |= {"length": draw(st.integers(1, 6)), "credential": kind == "bytes" or draw(st.booleans())}
    elif kind == "bit":
        bit = draw(st.integers(0, 15))
        more |= {"bit": bit, "bits": draw(st.integers(1, 16 - bit))}
    else:
        more |= {
            "scale": draw(st.sampled_from([1, 10, 0.1, 0.001, -3, 1e12])),
            "offset": draw(st.sampled_from([0, -40, 0.5])),
            "low": draw(st.sampled_from([None, 0, -100])),
            "high": draw(st.sampled_from([None, 1000])),
        }
    if draw(st.booleans()):
        more["invalid"] = (0xFFFF, 0x8000)
    return point(key, function, address, **more)
