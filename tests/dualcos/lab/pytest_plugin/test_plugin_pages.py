"""What README and the page on terminals' tests show is run as it stands, and prints what stands there."""

from __future__ import annotations

import importlib
import re
import shlex
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
README = (ROOT / "README.md").read_text("utf-8")
PAGE = (ROOT / "docs/how-to/test-your-terminal.md").read_text("utf-8")
PYTHON = re.compile(r"`(test_\w+\.py)`:\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^\$ pytest ([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUT = "   …\n"


def files(text: str) -> dict[str, str]:
    found = PYTHON.findall(text)
    assert len(dict(found)) == len(found)
    return {name.replace(".py", "_dot_py"): source for name, source in found}


def test_the_first_test_of_readme_has_six_lines_and_passes(inner):
    ((name, source),) = files(README).items()
    assert len(source.splitlines()) == 6
    assert inner(**{name: source}).outcomes == {"passed": 1}
    assert files(PAGE)[name] == source


def test_what_readme_shows_of_a_failure_is_what_is_printed(inner):
    (shown,) = SHOWN.findall(README.partition("## In your own tests")[2].partition("\n## ")[0])
    ran = inner("", *shlex.split(shown[0]), **files(README))
    assert ran.outcomes == {"failed": 1}
    pieces = [piece for piece in shown[1].split(CUT) if piece.strip()]
    assert len(pieces) > 1
    at = -1
    for piece in pieces:
        at = ran.out.find(piece, at + 1)
        assert at >= 0, piece


def test_every_test_of_the_page_passes_side_by_side(inner):
    """In processes of their own: libpcsclite keeps the first socket that it finds."""
    pytest.importorskip("smartcard")
    pytest.importorskip("xdist")
    ran = inner("", "-p", "xdist", "-n", "2", "--dist", "worksteal", apart=True, **files(PAGE))
    wanted = sum(source.count("\ndef test_") + source.startswith("def test_") for source in files(PAGE).values())
    assert ran.outcomes == {"passed": wanted + 1}  # one of them runs on two cards


def test_every_option_of_the_page_is_there(inner):
    told = inner("", "--help").out
    options = set(re.findall(r"--dualcos[\w-]*", PAGE + README))
    assert len(options) > 4
    assert {option for option in options if f"{option}=" not in told and f"{option} " not in told} == set()


def test_pytest_finds_the_plug_in_where_it_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (where,) = project["entry-points"]["pytest11"].values()
    assert importlib.import_module(where).card
