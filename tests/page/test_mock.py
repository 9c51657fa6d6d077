"""The cardboard gateway speaks as the real one does, so that a page that works with it works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.serve import alarm_shapes, shapes, store_shapes
from tests.page.mock_compound import MockCompound, now_iso
from tests.page.mock_server import lose_data, trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.serve.shape import Shape


@pytest.mark.parametrize(
    ("shape", "say"),
    [
        (shapes.Overview, lambda compound: {"seq": 1, **compound.overview()}),
        (shapes.BuildingView, lambda compound: {"seq": 1, **compound.building("b3")}),
        (shapes.Device, lambda compound: compound.devices["b9u1"]),
        (alarm_shapes.Alarms, lambda compound: {"seq": 1, "alarms": list(compound.alarms.values())}),
        (store_shapes.Stores, lambda compound: compound.stores.body()),
        (store_shapes.Quarantine, lambda compound: {"lines": compound.stores.quarantine}),
        (shapes.History, lambda compound: compound.history("b3u1", "supply", now_iso(), now_iso())),
    ],
)
def test_what_the_mock_says_has_the_shape_of_the_real_answer(
    shape: type[Shape], say: Callable[[MockCompound], object]
) -> None:
    compound = MockCompound(size=12)
    trouble(compound)
    lose_data(compound)

    shape.model_validate(say(compound))
