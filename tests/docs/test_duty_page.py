"""What docs/duty.md shows is taken as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.config.load import load
from gateway.config.people import people_rules

PAGE = Path(__file__).parents[2] / "docs" / "duty.md"
AROUND = """\
compound: {id: happy, name: 幸福里}
channels:
  - {id: wecom, kind: mqtt, host: 127.0.0.1, topic: a}
  - {id: voice, kind: mqtt, host: 127.0.0.1, topic: b}
  - {id: sms, kind: mqtt, host: 127.0.0.1, topic: c}
"""


def test_the_example_of_people_and_shifts_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    others = "".join(
        f"  - {{id: {name}, name: {name}, reach: [{{channel: sms, to: x}}]}}\n"
        for name in ("chen", "sun", "zhao", "qian")
    )
    path = tmp_path / "compound.yaml"
    path.write_text(AROUND + example.replace("  # chen, sun, zhao, qian alike\n", others), encoding="utf-8")

    rules = people_rules(load(path))

    assert [shift.name for shift in rules.shifts["g1"]] == ["白班", "夜班"]
    assert set(rules.departments) == {"gas"}
