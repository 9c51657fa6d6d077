"""What docs/escalation.md shows is taken as it stands, and its table is that of the shipped policies."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from gateway.config.compound import CompoundFile
from gateway.config.escalation import shipped

PAGE = (Path(__file__).parents[2] / "docs" / "escalation.md").read_text("utf-8")


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_the_example_is_right(example: str) -> None:
    assert len(CompoundFile.model_validate(yaml.safe_load(example)).escalation) == 2


def test_the_seconds_of_the_table_are_those_that_are_shipped() -> None:
    rows = dict(re.findall(r"^\| (P\d) (\|.*)\|$", PAGE, re.MULTILINE))
    policies = {f"P{policy.priority}": policy for policy in shipped() if policy.name != "record"}

    for priority, policy in policies.items():
        said = [int(n) * 60 if unit == "min" else int(n) for n, unit in re.findall(r"(\d+) (s|min) \w", rows[priority])]
        steps = [int(step.after_seconds) for step in policy.steps if step.after_seconds]
        assert said[: len(steps)] == steps
