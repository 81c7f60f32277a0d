"""``dualcos blacklist`` as a bureau types it, and the page that says how: what is said, and how it ends."""

from __future__ import annotations

import json
import re
import runpy
import shlex
from pathlib import Path

import pytest

from dualcos.cli.main import run

PAGE = (Path(__file__).parents[3] / "docs/how-to/keep-a-blacklist.md").read_text("utf-8")
SHOWN = re.compile(r"^\$ dualcos ([^\n]*)\n((?:[^$`\n][^\n]*\n)*)", re.MULTILINE)
CODE = "330400D156000005000000010A0B0C0D"


def as_pattern(line: str) -> str:
    """An ellipsis stands for anything, alone for lines."""
    return "(?:.*\n)+?" if line == "…" else re.escape(line).replace("…", ".*") + "\n"


@pytest.fixture
def page(tmp_path, monkeypatch, capsys) -> Path:
    """A folder in which all commands of the page were typed, each with what the page shows."""
    monkeypatch.chdir(tmp_path)
    for command, shown in SHOWN.findall(PAGE):
        assert run(shlex.split(command)) == 0, command
        printed = capsys.readouterr().out
        assert re.fullmatch("".join(map(as_pattern, shown.splitlines())), printed), (command, printed)
    return tmp_path


def test_the_page_runs_as_it_stands(page, capsys):
    source, printed = re.findall(r"^```(?:python)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[-2:]
    (page / "terminal.py").write_text(source, encoding="utf-8")
    runpy.run_path("terminal.py")
    assert capsys.readouterr().out == printed


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (f"add city.list --card {CODE[2:]} A12345670 --reason 02 --until 20991231", 2, "takes 32 hex digits"),
        (f"add city.list --card {CODE} A12345670 --reason 05 --until 20991231", 2, "invalid choice"),
        (f"add city.list --card {CODE} A12345670 --reason 02 --until 20990230", 2, "20990230 is no date"),
        (f"add city.list --card {CODE} A12345670 --reason 02 --from 1 --until 20991231", 2, "1 is no date"),
        (f"add city.list --card {CODE} A12345670 --reason 02 --until 20200101", 2, "end before its beginning"),
        (f"add city.list --card {CODE} A1 --reason 02 --until 20991231 --from 20200101", 2, "$.number takes"),
        ("add city.list --reason 02 --until 20991231", 2, "--card --range is required"),
        ("add city.list --range A2 A1 --reason 02 --until 20991231", 2, "$.first takes"),
        (f"remove city.list --card {CODE} A12345670", 2, "is not on the list"),
        ("remove nope --range A20000000 A20000999", 2, "nope: No such file"),
        ("publish city.list --key other.key --lock file:me.txt", 2, "terminals know the key"),
        ("publish city.list --key me.txt --lock file:me.txt", 2, "signing key me.txt"),
        ("new city.list --publisher X --region 330400 --public-key bureau.pub", 2, "choose another name"),
        ("new next.list --publisher x --region 330400 --public-key bureau.pub", 2, "--publisher: $.publisher takes"),
        ("new next.list --publisher X --region 33 --public-key bureau.pub", 2, "--region: $.regions"),
        ("show city.list --after -5", 2, "--after -5: the last list is 2, and 0 asks for everything: nothing to send"),
        ("show city.list --after 3 -o next.lists", 2, "--after 3: the last list is 2"),
        ("publish city.list --key bureau.key --lock file:me.txt --from 2", 2, "list 2 is published: 2 is not above it"),
        ("publish city.list --key bureau.key --lock file:me.txt --from -1", 2, "-1 is not above it"),
        ("show /dev/zero", 2, "/dev/zero is no regular file"),
        ("show bureau.pub", 2, "bureau.pub: not JSON"),
        ("verify today.lists --public-key other.pub", 1, "NOT signed by the key"),
        ("verify bureau.pub --public-key bureau.pub", 1, "line 1: it is no signed blacklist"),
    ],
)
def test_what_is_told_is_one_line(page, capsys, words, code, said):
    for more in ("key new other.key", "key show other.key -o other.pub"):
        assert run(["blacklist", *more.split(), "--lock", "file:me.txt"]) == 0
    capsys.readouterr()
    before = {path.name: path.read_bytes() for path in page.iterdir()}
    assert run(["blacklist", *words.split()]) == code
    told = capsys.readouterr()
    assert said in told.out + told.err
    assert told.err.count("\n") == (code == 2)
    assert {path.name: path.read_bytes() for path in page.iterdir()} == before


@pytest.mark.usefixtures("page")
def test_codes_are_taken_in_small_letters(capsys):
    assert run(["blacklist", "add", "city.list", "--card", CODE.lower(), "A12345670", "--reason", "02", "--until",
                "20991231"]) == 0  # fmt: skip
    assert run(["blacklist", "remove", "city.list", "--card", CODE.lower(), "A12345670"]) == 0
    assert "no change waits" in capsys.readouterr().out


@pytest.mark.usefixtures("page")
def test_who_has_the_last_list_is_sent_nothing(capsys):
    assert run(["blacklist", "show", "city.list", "--after", "2", "-o", "none.lists"]) == 0
    assert "none.lists: nothing to send to a terminal that holds list 2" in capsys.readouterr().out
    assert Path("none.lists").read_bytes() == b""


@pytest.mark.usefixtures("page")
def test_a_list_that_was_put_back_is_published_on(capsys):
    argv = "blacklist publish city.list --key bureau.key --lock file:me.txt --from 40"
    assert run(argv.split()) == 0
    assert "city.list: whole list 40, " in capsys.readouterr().out
    assert run(["blacklist", "show", "city.list", "--after", "2", "-o", "all.lists"]) == 0
    assert Path("all.lists").read_bytes().count(b"\n") == 1


def test_who_is_on_the_list_is_shown(page, capsys):
    """Published, waiting to be put on, waiting to be taken off; as facts, too."""
    card, span = ("--card", CODE, "A12345670"), ("--range", "A20000000", "A20000999")
    until = ("--reason", "02", "--until", "20991231")
    said = []
    for words in (("add", "city.list", *card, *until), ("add", "city.list", *card, *until),
                  ("add", "city.list", *card, *until[:-1], "20981231"), ("remove", "city.list", *span)):  # fmt: skip
        assert run(("blacklist", *words)) == 0
        said.append(capsys.readouterr().out.splitlines()[-1].strip())
    assert [line.partition(":")[0] for line in said] == [
        "put on", "it was there, and stays as it is", "put in its place", "taken off",
    ]  # fmt: skip
    assert run(("blacklist", "show", "city.list", "--json")) == 0
    named = json.loads(capsys.readouterr().out)["named"]
    assert [(each["number"], each["last"], each["waits"]) for each in named] == [
        ("A20000000", "A20000999", ""), ("A12345670", "", "put-on"), ("A20000000", "A20000999", "taken-off"),
    ]  # fmt: skip
    assert (named[1]["identification"], named[1]["reason"], named[1]["until"]) == (CODE, "02", "20981231")
    for at in range(25):
        assert run(("blacklist", "add", "city.list", "--range", f"A3{at:07}", f"A3{at:07}", *until)) == 0
    capsys.readouterr()
    assert run(("blacklist", "show", "city.list")) == 0
    out = capsys.readouterr().out
    assert "waits to be taken off" not in out
    assert out.endswith("  … and 8 more; --json has them all\n")
    del page
