"""What is opened as a card file, and what is read as a profile."""

from __future__ import annotations

import pytest

from dualcos.profile.opened_card import is_card_file

SQLITE = b"SQLite format 3\0" + bytes(84)


@pytest.mark.parametrize(
    ("name", "content", "file"),
    [
        ("mine.card", SQLITE, True),
        ("mine.card", b"\xff\xfe\x00\x00\x00\x81" * 16, True),
        ("mine.card", b"", True),
        ("mine.card", b'title = "a card"\n', False),
        ("social-2.0", SQLITE, False),
        ("mine.toml", SQLITE, False),
        ("not-there.card", None, False),
        ("folder", None, False),
    ],
    ids=["a card", "neither", "empty", "a profile", "called as one of ours", "by its ending", "none", "folder"],
)
def test_a_card_file_is_a_file_that_is_no_profile(name, content, file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert is_card_file(name) is file
