"""What docs/channels.md shows is taken as it stands, and its table names every kind of channel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from gateway.config.channels import AnyChannel
from gateway.config.compound import CompoundFile

PAGE = (Path(__file__).parents[2] / "docs" / "channels.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split()[-1])
def test_each_example_is_right(example: str) -> None:
    file = CompoundFile.model_validate(yaml.safe_load(example))

    assert file.channels or file.heartbeat or file.http


def test_every_kind_stands_in_the_table() -> None:
    union, *_ = get_args(AnyChannel)
    kinds = {get_args(config.model_fields["kind"].annotation)[0] for config in get_args(union)}

    table = PAGE.partition("\n\n| `kind`")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", table)) >= kinds


def test_the_examples_show_every_kind_of_their_own() -> None:
    shown = {
        channel.kind for text in EXAMPLES for channel in CompoundFile.model_validate(yaml.safe_load(text)).channels
    }

    assert shown == {
        "mail",
        "aliyun_voice",
        "aliyun_sms",
        "sms_http",
        "sms_modem",
        "siren",
        "mqtt",
        "apprise",
    }
