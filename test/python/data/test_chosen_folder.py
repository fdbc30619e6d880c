"""The folder in which the agent works: what the user may choose, and what counts when that is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_desktop.data import work_folder
from cachibot_desktop.data.work_folder import FILE, Problem, current, problem_of


@pytest.fixture(name="data")
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "home" / ".cachibot"
    (data / "inside").mkdir(parents=True)
    return data


def test_a_chosen_folder_counts_while_it_exists(data: Path, tmp_path: Path) -> None:
    workspace, chosen = tmp_path / "CachiBot", tmp_path / "Project"
    assert current(data, workspace) == workspace
    chosen.mkdir()
    work_folder.choose(data, chosen)
    assert current(data, workspace) == chosen
    assert Path.cwd() == chosen
    chosen.rename(tmp_path / "moved")
    assert current(data, workspace) == workspace


@pytest.mark.parametrize("content", ["", "[]", "null", '{"folder": 1}', '{"folder": "relative"}', "{"])
def test_a_damaged_choice_does_not_count(data: Path, tmp_path: Path, content: str) -> None:
    (data / FILE).write_text(content)
    assert current(data, tmp_path) == tmp_path


def test_the_agent_does_not_work_where_the_keys_are(data: Path, tmp_path: Path) -> None:
    outside = tmp_path / "Project"
    outside.mkdir()
    (outside / "link").symlink_to(data)
    for folder in (data, data / "inside", data.parent, tmp_path, outside / "link"):
        assert problem_of(folder, data) is Problem.OWN_DATA
    assert problem_of(outside, data) is None
    assert problem_of(outside / "missing", data) is Problem.MISSING
    assert problem_of(Path("Project"), data) is Problem.MISSING
