"""Folders with a sound file for every argument that names one (``commands_with_files``)."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    from commands_with_files import make_sound_files  # noqa: PLC0415 - only where it is asked for: it builds a parser

    folder = tmp_path_factory.mktemp("sound")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_sound_files(folder)
    return folder


@pytest.fixture
def there(sound, tmp_path, monkeypatch):
    """A folder with sound files, and nothing else."""
    folder = tmp_path / "f"
    shutil.copytree(sound, folder)
    monkeypatch.chdir(folder)
    return folder
