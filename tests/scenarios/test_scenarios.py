from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.replay import Replay

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/events.jsonl"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_what_happened_has_the_consequences_that_are_written_down(case: Path, tmp_path: Path) -> None:
    expected = [json.loads(line) for line in (case / "expected.jsonl").read_text("utf-8").splitlines() if line]

    followed = await Replay(case, tmp_path).run()

    assert followed == expected
