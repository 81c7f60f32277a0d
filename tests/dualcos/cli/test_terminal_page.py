"""What README and ``docs/how-to/settle-at-a-social-terminal.md`` show of terminals comes, command by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualcos.cli.main import run
from tests.dualcos.cli.host_in_shell import back_end_in_shell
from tests.dualcos.cli.printed_pages import COMMAND

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/settle-at-a-social-terminal.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8").split("## At the counter", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def back_end() -> Iterator[str]:
    """Where the back end of the page's other shell listens."""
    assert "dualcos backend serve --port 6001 --card social-2.0\n" in PAGE
    with back_end_in_shell("social-2.0") as there:
        yield there


@pytest.mark.parametrize("page", [PAGE, README], ids=["how-to", "README"])
def test_every_command_of_the_page_prints_what_stands_there(page, back_end, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, content in re.findall(r"^`([a-z.]+)`:\n\n```\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    commands = 0
    for block in re.findall(r"^```\n(\$ .*?)^```", page, re.MULTILINE | re.DOTALL):
        for command, printed in COMMAND.findall(block):
            run(shlex.split(command.replace("\\\n", "").replace("127.0.0.1:6001", back_end)))
            told = capsys.readouterr()
            assert printed in ("…\n", told.out + told.err), command
            commands += 1
    assert commands == page.count("\n$ ") > 2
