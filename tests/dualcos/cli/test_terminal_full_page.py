"""What README and ``docs/how-to/settle-and-pay-at-a-full-function-terminal.md`` show comes, command by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualcos.cli.main import run
from tests.dualcos.cli.host_in_shell import back_end_in_shell, host_in_shell
from tests.dualcos.cli.printed_pages import COMMAND, alike

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/settle-and-pay-at-a-full-function-terminal.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8").split("## Both in one insertion", 1)[1].split("\n## ", 1)[0]
SERVED = "dualcos backend serve --port 6001 --card dual-2.0-3des\ndualcos host serve --port 6002 --card dual-2.0-3des\n"


@pytest.fixture(params=[PAGE, README], ids=["how-to", "README"])
def page(request) -> Iterator[str]:
    """One of them, with the places where back end and host of its other shells listen."""
    with back_end_in_shell("dual-2.0-3des") as back_end, host_in_shell("dual-2.0-3des") as host:
        yield request.param.replace("127.0.0.1:6001", back_end).replace("127.0.0.1:6002", host)


def test_every_command_of_the_page_prints_what_stands_there(page, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert SERVED in page
    for name, content in re.findall(r"^`([a-z.]+)`:\n\n```\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    for line, name in re.findall(r"^echo (\S+) > (\S+)$", page, re.MULTILINE):
        Path(name).write_text(f"{line}\n", encoding="utf-8")
    commands = 0
    for block in re.findall(r"^```\n(\$ .*?)^```", page, re.MULTILINE | re.DOTALL):
        for command, printed in COMMAND.findall(block):
            run(shlex.split(command.replace("\\\n", "")))
            told = capsys.readouterr()
            assert alike(printed, told.out + told.err), command + "\n" + told.out + told.err
            commands += 1
    assert commands == page.count("\n$ ") > 1
