"""A project that has nothing to do with a card has its tests run as if the plug-in were not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cos.stacks import STACKS

ROOT = Path(__file__).parents[4]


def python(source: str, folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: this one has loaded everything."""
    return subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", source], cwd=folder, env={"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_whoever_asks_for_no_card_loads_none(tmp_path):
    (tmp_path / "test_plain.py").write_text("def test_plain(): pass")
    (tmp_path / "data.json").write_text("[1")
    rooms = {"apdu", "firewall", "keys", "cos", "dualcos", *(stack.label for stack in STACKS)}
    ask = f"""
import sys, pytest
assert pytest.main(["-q", "-p", "dualcos.lab.pytest_plugin", "-p", "no:cacheprovider"]) == 0
print(sorted(name for name in sys.modules if name.partition(".")[0] in {rooms!r}))
"""
    done = python(ask, tmp_path, str(ROOT))
    assert done.stdout.splitlines()[-1] == "['dualcos', 'dualcos.lab', 'dualcos.lab.pytest_plugin']"


def test_a_folder_called_like_a_package_of_the_card_is_in_nobodys_way(tmp_path):
    """Who asks for no card has his own package, and compares his numbers; who asks is told, in one line each."""
    name = "apdu"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("MINE = 1")
    (tmp_path / name / "status.py").touch()
    (tmp_path / "v.json").write_text("[1")
    (tmp_path / "test_plain.py").write_text(
        f"""
import {name}.status
def test_plain(): assert {name}.MINE == 1
def test_numbers(): assert {name}.MINE == 2
"""
    )
    (tmp_path / "test_card.py").write_text(
        """
import pytest
@pytest.mark.dualcos("social-2.0", "social-1.0")
def test_card(card): pass
def test_reader(reader): pass
def test_state(saved_state): pass
def test_psam(psam): pass
def test_by_hand():
    import dualcos
    dualcos.Card
def test_a_room():
    import dualcos.explain
"""
    )
    ask = """
import pytest
for arguments in ["test_plain.py"], ["test_card.py"], ["--dualcos=social-2.0"], ["v.json"]:
    print("<RUN>", int(pytest.main([*arguments, "-p", "dualcos.lab.pytest_plugin", "-p", "no:cacheprovider"])))
"""
    done = python(ask, tmp_path, f"{tmp_path}:{ROOT}")
    sentence = f"dualcos: {tmp_path / name} stands in the way of its package {name}; rename it"
    plain, card, option, vectors, _ = f"{done.stdout}".split("<RUN>")
    assert "1 failed, 1 passed" in plain
    assert "assert 1 == 2" in plain
    assert "dualcos:" not in plain
    assert "2 failed, 4 errors" in card
    assert card.count(f"\n{sentence}") == 4
    assert card.count(f"E       ImportError: {sentence}") == 2
    assert option.startswith(" 1\n")
    assert f"ERROR: {sentence}" in done.stderr
    assert f"\n{sentence}" in vectors
