"""What README shows of `dualcos send` is what the command prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dualcos.cli.main import run

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
BLOCKS = re.findall(
    r"^\$ dualcos (send (?:[^\n]*\\\n)*[^\n]*)\n   …\n(.*?)^(?:```|\$ )", README, re.DOTALL | re.MULTILINE
)


def test_there_are_some():
    assert len(BLOCKS) > 1


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=range(len(BLOCKS)))
def test_the_end_of_what_is_sent_is_told_so(command, shown, capsys):
    assert run(shlex.split(command.replace("\\\n", ""))) == 0
    assert capsys.readouterr().out.endswith(shown)
