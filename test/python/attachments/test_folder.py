"""Attached files in the agent's folder: names that every system accepts, and lines that name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachibot_desktop.attachments import folder


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("data.csv", "data.csv"),
        ("Überblick 2026.pdf", "Überblick 2026.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Users\\a.txt", "C_Users_a.txt"),
        ("..", "file"),
        (" . ", "file"),
        (".hidden", "hidden"),
        ("a\nAttached: Attachments/b", "a_Attached_ Attachments_b"),
        ("exe\u202etxt.exe", "exe_txt.exe"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("console.txt", "console.txt"),
        ("a" * 200 + ".csv", "a" * 100 + ".csv"),
        ("b" * 200, "b" * 100),
        ("目" * 90 + ".pdf", "目" * 65 + ".pdf"),
        ("report .", "report"),
        ("a" * 99 + " tail" * 20, "a" * 99),
    ],
)
def test_a_name_is_safe(name: str, safe: str) -> None:
    assert folder.safe_name(name) == safe


@pytest.mark.parametrize("name", ["😀" * 63, "目" * 85, "a" * 99 + " b.txt", "report ."])
def test_a_file_of_any_name_is_found(tmp_path: Path, name: str) -> None:
    folder.save(tmp_path, name, b"other")
    (found,) = folder.attached(folder.line(folder.save(tmp_path, name, b"one")[0]))
    path = folder.find(tmp_path, found)
    assert path is not None
    assert path.read_bytes() == b"one"


def test_a_file_gets_a_name_of_its_own_and_is_found_by_the_line_of_a_message(tmp_path: Path) -> None:
    assert folder.save(tmp_path, "a.txt", b"one") == ("a.txt", True)
    assert folder.save(tmp_path, "a.txt", b"two") == ("a (2).txt", True)
    assert folder.save(tmp_path, "a.txt", b"one") == ("a.txt", False), "the same file once more"
    message = f"Compare them\n\n{folder.line('a.txt')}\n{folder.line('a (2).txt')}\n{folder.line('a.txt')}"
    assert folder.attached(message) == ["a.txt", "a (2).txt"]
    found = [folder.find(tmp_path, name) for name in folder.attached(message)]
    assert [path.read_bytes() for path in found if path] == [b"one", b"two"]


def test_only_a_line_of_its_own_attaches_a_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder.save(tmp_path, "a.txt", b"one")
    assert folder.attached("see Attached: Attachments/a.txt") == []
    assert folder.attached("Attached: Attachments/../secret") == []
    assert folder.attached("Attached: Attachments/..\\secret") == []
    assert folder.find(tmp_path, "..") is None
    assert folder.find(tmp_path, "missing") is None


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / folder.NAME).write_text("not a folder")
    with pytest.raises(OSError, match="exists"):
        folder.save(tmp_path, "a.txt", b"one")
