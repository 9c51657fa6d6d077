from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.config.load import ConfigError, load

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, place: str) -> Path:
    path = folder / "compound.yaml"
    path.write_text(
        "compound: {id: xfl, name: 幸福里}\n"
        f"backup:\n  key: {{env: KEY}}\n  to:\n    - {{folder: {folder / place}, same_disk_allowed: true}}\n"
    )
    (folder / "data").mkdir()
    return path


@pytest.mark.parametrize("place", ["data", "data/copies", ".", "data/../data"])
def test_a_backup_in_or_above_the_data_folder_is_refused_at_its_key(tmp_path: Path, place: str) -> None:
    path = written(tmp_path, place)

    with pytest.raises(ConfigError) as caught:
        load(path, tmp_path / "data")

    [finding] = caught.value.findings
    assert (finding.line, finding.key) == (5, "backup.to[0].folder")
    assert "the data folder" in finding.what


@pytest.mark.parametrize("place", ["copies", "data-copies"])
def test_one_beside_it_is_taken(tmp_path: Path, place: str) -> None:
    path = written(tmp_path, place)

    assert load(path, tmp_path / "data").backup is not None


def test_a_check_that_knows_no_data_folder_takes_it(tmp_path: Path) -> None:
    assert load(written(tmp_path, "data")).backup is not None
