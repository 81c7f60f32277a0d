# ruff: noqa: S603, S607 - the command lines are our own, and a shell's
"""Whatever command a message tells its reader to paste works when it is pasted, however the program was started."""

from __future__ import annotations

import ast
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from dualcos.cli.commands_to_paste import program, to_paste
from dualcos.cli.main import run
from dualcos.cli.subcommand import SUBCOMMANDS

ROOT = Path(__file__).parents[3]
PRODUCT = ("apdu", "firewall", "keys", "cos", "dualcos")
SCRIPT = f"#!{sys.executable}\nimport sys\nfrom dualcos.cli.main import run\nsys.exit(run())\n"  # as pip writes it
SUBCOMMAND = re.compile(rf"\bdualcos ({'|'.join(SUBCOMMANDS)})\b")
# No advice: who found a vector, and who wrote a report.
ORIGINS = {
    "dualcos/lab/search/found_as_vector.py",
    "dualcos/lab/conformance/run_report.py",
    "dualcos/lab/report/campaign_junit.py",
}


class Way(NamedTuple):
    """How somebody starts the program from the folder they are in, what is on their path, and what to type again."""

    argv0: str
    path: str
    typed: str


PYTHON = Path(sys.executable)
WAYS = {
    "in a checkout": Way(".venv/bin/dualcos", "", ".venv/bin/dualcos"),
    "by its whole path, with a space": Way("{here}/a b/dualcos", "", "'{here}/a b/dualcos'"),
    "on the path": Way("{here}/.venv/bin/dualcos", "{here}/.venv/bin", "dualcos"),
    "another one is on the path": Way("{here}/.venv/bin/dualcos", "{here}/a b", "{here}/.venv/bin/dualcos"),
    "as a module": Way(f"{ROOT}/dualcos/__main__.py", "", f"{shlex.quote(sys.executable)} -m dualcos"),
    "as a module, activated": Way(f"{ROOT}/dualcos/__main__.py", str(PYTHON.parent), "python3? -m dualcos"),
    "inside another program": Way("/usr/bin/pytest", "", "dualcos"),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with two of them installed in it."""
    for folder in (".venv/bin", "a b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "dualcos").write_text(SCRIPT, encoding="utf-8")
        (tmp_path / folder / "dualcos").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=WAYS)
def typed(request, here, monkeypatch) -> str:
    """The program, started in some way; what it is called by, as a pattern."""
    way = WAYS[request.param]
    monkeypatch.setattr(sys, "argv", [way.argv0.format(here=here)])
    monkeypatch.setenv("PATH", way.path.format(here=here))
    monkeypatch.setenv("COLUMNS", "500")
    return way.typed.format(here=here)


def test_the_program_is_named_as_it_was_called(typed, capsys):
    assert re.fullmatch(typed, program())
    assert run(["issue"]) == 2
    assert re.search(rf"see `{typed} issue --help`\n", capsys.readouterr().err)
    assert run(["keys", "list"]) == 2
    assert re.search(rf"see `{typed} keys list --help`\n", capsys.readouterr().err)
    assert run(["inspect", "no such"]) == 2
    assert re.search(rf"`{typed} issue PROFILE -o 'no such'` makes", capsys.readouterr().err)
    assert run(["explain", "--help"]) == 0
    assert re.search(rf"usage: {typed} explain.*as `{typed} serve`", " ".join(capsys.readouterr().out.split()))


def test_packages_are_for_the_python_that_runs(monkeypatch):
    monkeypatch.setenv("PATH", "")
    told = to_paste("a cluster needs Dask: `pip install 'dualcos[cluster]'`")
    assert told == f"a cluster needs Dask: `{sys.executable} -m pip install 'dualcos[cluster]'`"


# --- in a shell -----------------------------------------------------------------------------------------------------


def in_a_shell(line: str, here: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line], cwd=here, env=environment(), capture_output=True, text=True, check=False, timeout=60
    )


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


def test_what_the_banner_says_works_when_pasted(here):
    profile = here / "my own.toml"
    profile.write_bytes((ROOT / "dualcos" / "profile" / "cards" / "blank.toml").read_bytes())
    serving = subprocess.Popen(
["a b/dualcos", "serve", profile.name, "--socket", str(here / "s")],
        cwd=here, env=environment(), stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        assert serving.stdout
        banner = "".join(iter(serving.stdout.readline, "\n"))
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=20)
    told = re.search(r"^or at once +(.+) COMMAND$", banner, re.MULTILINE)
    assert told
    assert "`'a b/dualcos' issue`" in banner
    pasted = in_a_shell(f"{told[1]} echo $((6 * 7))", here)
    assert (pasted.stdout, pasted.stderr) == ("42\n", "")


# --- everywhere -----------------------------------------------------------------------------------------------------


def messages() -> Iterator[tuple[str, str]]:
    """Every text of the product but docstrings, with the place; what is put in when it is written is ``x``."""
    for path in sorted(path for room in PRODUCT for path in (ROOT / room).rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "dualcos " not in source and "pip install" not in source:
            continue
        place = path.relative_to(ROOT).as_posix()
        yield from ((place, text) for text in _texts(ast.parse(source)))


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str) and not isinstance(tree, ast.Expr):  # that is a docstring
                yield node.value
        else:
            yield from _texts(node)


def bare(text: str) -> bool:
    """Whether a command stands in ``text`` without backticks: only what has them is named anew."""
    return bool(re.search(rf"(?<!`){SUBCOMMAND.pattern}|(?<!`)(?<!-m )pip install", text))


def test_every_command_in_a_message_is_marked_as_one():
    assert [(place, text) for place, text in messages() if bare(text) and place not in ORIGINS] == []
    assert bare("for both, dualcos match")
    assert bare("it needs pip install gmssl")


def test_every_command_in_a_message_exists(capsys):
    told = {command for _, text in messages() for command in re.findall(r"`dualcos ([^`]+)`", text)}
    assert len(told) > 5
    for command in sorted(told):
        words = re.match(r"([a-z]+)( [a-z][a-z-]+)*", command)
        if words and words[1] != "x":  # else the subcommand itself is put in when the message is written
            assert run([*words[0].split(), "--help"]) == 0, command
            usage = capsys.readouterr().out
            assert [option for option in re.findall(r"(?<!\S)--?[a-z]+", command) if option not in usage] == []
