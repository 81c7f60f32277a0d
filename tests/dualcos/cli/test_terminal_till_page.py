"""What README and ``docs/how-to/pay-at-a-financial-terminal.md`` show of a till comes, command by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualcos.cli.main import run
from tests.dualcos.cli.host_in_shell import host_in_shell
from tests.dualcos.cli.printed_pages import COMMAND, alike

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/pay-at-a-financial-terminal.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8").split("## At the till", 1)[1].split("\n## ", 1)[0]
SERVED = "dualcos host serve --port 6002 --card dual-2.0-3des\n"
REFERENCE = re.compile(r"reference 参考号 +(\d{12})")


@pytest.fixture
def host() -> Iterator[str]:
    """Where the host of the page's other shell listens."""
    with host_in_shell("dual-2.0-3des") as there:
        yield there


@pytest.mark.parametrize("page", [PAGE, README], ids=["how-to", "README"])
def test_every_command_of_the_page_prints_what_stands_there(page, host, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert SERVED in page
    Path("pins").write_text("1234\n", encoding="utf-8")
    for name, content in re.findall(r"^`([a-z.]+)`:\n\n```\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        Path(name).write_text(content, encoding="utf-8")
    drawn: dict[str, str] = {}
    commands = 0
    for block in re.findall(r"^```\n(\$ .*?)^```", page, re.MULTILINE | re.DOTALL):
        for command, printed in COMMAND.findall(block):
            typed = command.replace("\\\n", "").replace("127.0.0.1:6002", host)
            run(drawn.get(word, word) for word in shlex.split(typed))
            told = capsys.readouterr()
            assert alike(printed, told.out + told.err), command + "\n" + told.out + told.err
            drawn |= dict(zip(REFERENCE.findall(printed), REFERENCE.findall(told.out), strict=False))
            commands += 1
    assert commands == page.count("\n$ ") > 1
