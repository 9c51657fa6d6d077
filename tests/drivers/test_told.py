"""What a profile says about telling, and where it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from drivers.contract import Pace
from drivers.modbus.plan import device
from drivers.product import Profile, Quantity
from drivers.profile import load_profile, products

if TYPE_CHECKING:
    from drivers.contract import Device

PACES = {Pace.FAST: 0.25, Pace.NORMAL: 1.0, Pace.SLOW: 60.0}


def quantity(**more: Any) -> Quantity:
    return Quantity.model_validate({"key": "level", "function": 3, "address": 0, **more})


def built(*points: Quantity, **more: Any) -> Device:
    profile = Profile(product="toy", title="toy", source="this test", points=points, **more)
    return device("b1u1", profile, PACES)[0]


def test_a_points_deadband_and_secrecy_arrive_at_the_point() -> None:
    level = built(quantity(scale=0.1, deadband=0.5))
    card = built(quantity(key="card", type="u32", credential=True))

    told = [(point.deadband, point.personal) for one in (level, card) for group in one.groups for point in group.points]

    assert told == [(0.5, False), (0.0, True)]


def test_no_card_of_a_shipped_product_leaves_the_box() -> None:
    shipped = [device("b1u1", load_profile(product), PACES) for product in products()]

    cards = {read.point: read.credential for _, reads in shipped for one in reads for read in one.points}

    assert [point.personal for point in cards] == list(cards.values())
    assert any(cards.values())


def test_a_heartbeat_comes_from_the_pace_and_a_profile_may_say_otherwise() -> None:
    points = [quantity(key=pace.value, address=n, pace=pace) for n, pace in enumerate(Pace)]

    usual = {group.points[0].key: group.heartbeat_seconds for group in built(*points).groups}
    own = {
        group.points[0].key: group.heartbeat_seconds for group in built(*points, heartbeat_seconds={"slow": 5}).groups
    }

    assert usual == {"fast": 60.0, "normal": 60.0, "slow": 600.0}
    assert own == {"fast": 60.0, "normal": 60.0, "slow": 5.0}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"deadband": -1}, "greater than or equal to 0"),
        ({"deadband": float("nan")}, "finite"),
        ({"function": 1, "deadband": 1}, "deadband belong to numbers, and this is boolean"),
        ({"type": "ascii", "length": 4, "deadband": 1}, "deadband belong to numbers, and this is text"),
    ],
)
def test_a_deadband_that_means_nothing_is_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        quantity(**wrong)


@pytest.mark.parametrize("name", ["time", "faults", "building", "compound", "device", "grid", "simulated"])
def test_a_point_never_takes_a_name_that_stands_beside_it_in_a_line(name: str) -> None:
    with pytest.raises(ValidationError, match="own meaning in telemetry"):
        quantity(key=name)


@pytest.mark.parametrize("seconds", [0, -1, 100_000])
def test_a_heartbeat_is_between_nothing_and_a_day(seconds: float) -> None:
    with pytest.raises(ValidationError, match="heartbeat_seconds"):
        built(quantity(), heartbeat_seconds={"slow": seconds})
