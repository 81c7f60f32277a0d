"""What README and ``docs/how-to/settle-at-a-social-terminal.md`` show of terminals comes, command by command."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualcos.cli.main import run

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/settle-at-a-social-terminal.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8").split("## At the counter", 1)[1].split("\n## ", 1)[0]
COMMAND = re.compile(r"^\$ dualcos ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@pytest.fixture
def back_end() -> Iterator[str]:
    """Where the back end of the page's other shell listens."""
    words = ("backend", "serve", "--port", "0", "--card", "social-2.0", "--json")
    assert "dualcos backend serve --port 6001 --card social-2.0\n" in PAGE
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *words], stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        yield f"127.0.0.1:{json.loads(server.stdout.readline())['port']}"
        server.terminate()


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
