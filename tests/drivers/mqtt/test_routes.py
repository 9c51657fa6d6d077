"""Which device a message is for."""

from __future__ import annotations

import pytest

from drivers.mqtt.routes import matches


@pytest.mark.parametrize(
    ("name", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/", False),
        ("a/b", "A/b", False),
        ("a/+", "a/b", True),
        ("a/+", "a/", True),
        ("a/+", "a", False),
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/b/b/c", False),
        ("a/#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/#", "b", False),
        ("+", "", True),
        ("/a", "/a", True),
        ("/a", "a", False),
    ],
)
def test_a_filter_fits_as_the_standard_has_it(*, name: str, topic: str, fits: bool) -> None:
    assert matches(tuple(name.split("/")), topic.split("/")) is fits
