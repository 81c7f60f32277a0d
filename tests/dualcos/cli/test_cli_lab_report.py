"""``dualcos lab report`` as somebody types it: which vectors it reads, what it must not write over, where words go."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest

from dualcos.cli.main import run
from dualcos.textforms.text_files import text_of
from keys.custody.signing_key import SigningKey
from tests.dualcos.lab.report.reported_vectors import CHALLENGE, play, vector, write_unit
from tests.honest_campaigns import signed, whole, written

WRONG = vector("REP-WRONG", [{"send": "0084000008", "expect": "6985"}])


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run in a folder with a campaign of its own vectors; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    write_unit(Path("own.json"), [WRONG, vector("REP-RIGHT", [CHALLENGE])])
    play(Path("own.json"), Path("c"))
    capfd.readouterr()

    def call(*argv: str) -> tuple[int, str, str]:
        return (run(argv), *capfd.readouterr())

    return call


def lines(path: str) -> list[dict]:
    return [json.loads(line) for line in text_of(path).splitlines()]


def test_vectors_are_those_that_the_campaign_names(said):
    """Without --vectors: nothing of them is gone, and the command that repeats one does."""
    assert said("lab", "report", "c", "-o", "c.html", "--jsonl", "c.jsonl")[0] == 0
    _, failed, right = lines("c.jsonl")
    assert (failed["standing"], failed["title"], right["standing"]) == ("same", "a test REP-WRONG", "same")
    code, out, _ = said(*shlex.split(failed["repeat"])[1:])
    assert (code, "REP-WRONG" in out) == (1, True)


def test_vectors_that_come_along_need_no_name(said):
    run(("lab", "run", "card/issued.json", "--campaign", "d", "-q", "--jobs", "1"))
    assert said("lab", "report", "d", "-o", "d.html", "--jsonl", "d.jsonl")[0] == 0
    assert {each["standing"] for each in lines("d.jsonl")[1:]} == {"same"}
    assert lines("d.jsonl")[1]["repeat"] == f"dualcos lab run id={lines('d.jsonl')[1]['id']}"


def test_a_campaigns_own_vectors_that_are_not_there_any_more(said, monkeypatch):
    monkeypatch.setattr("dualcos.cli.lab_report._ALL", ("ssse/verify.json",))  # all of them take long to read
    Path("own.json").unlink()
    assert said("lab", "report", "c", "-o", "c.html", "--jsonl", "c.jsonl")[0] == 0
    assert [(each["standing"], each["repeat"]) for each in lines("c.jsonl")[1:]] == [("gone", "")] * 2


def test_two_vectors_of_one_id_are_refused(said):
    write_unit(Path("copy.json"), [WRONG])
    code, _, err = said("lab", "report", "c", "-o", "c.html", "--vectors", "own.json", "copy.json")
    assert (code, err.count("\n"), "id REP-WRONG is taken by" in err) == (2, 1, True)
    assert not Path("c.html").exists()


@pytest.mark.parametrize("there", [True, False])
def test_the_signature_is_not_written_over(said, there):
    """Nor made of a page, where the campaign has none yet."""
    if there:
        key = SigningKey.generated()
        signed(Path("s"), whole(public=key.public), key)
    else:
        written(Path("s"), whole())
    before = Path("s.sig").read_bytes() if there else None
    for name in ("s.sig", "./s.sig"):
        code, _, err = said("lab", "report", "s", "-o", name, "--force")
        assert (code, err.count("\n")) == (2, 1)
        assert "choose another name" in err
    assert (Path("s.sig").read_bytes() if there else None) == before
    assert Path("s.sig").exists() is there


@pytest.mark.parametrize("name", ["own.json", "routines.json"])
def test_vectors_that_the_campaign_names_are_not_written_over(said, name):
    """Nor the routines above them, which only reading them shows."""
    Path("routines.json").write_text('{"routines": {}}', "utf-8")
    before = Path(name).read_bytes()
    code, _, err = said("lab", "report", "c", "-o", name, "--force")
    assert (code, err.count("\n"), "choose another name" in err) == (2, 1, True)
    assert Path(name).read_bytes() == before


def test_a_page_on_the_standard_output_is_alone_there(said):
    code, out, err = said("lab", "report", "c", "-o", "-")
    assert code == 0
    assert out.rstrip().endswith("</html>")
    assert "2 vectors: 1 pass, 1 fail" in err


@pytest.mark.parametrize("words", [("--junit", "-"), ("--jsonl", "/dev/stdout")])
def test_two_files_on_the_standard_output_are_refused(said, words):
    code, out, err = said("lab", "report", "c", "-o", "-", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"-o and {words[0]} both go to the standard output" in err


def test_facts_make_room_for_a_page_on_the_standard_output(said):
    code, out, err = said("lab", "report", "c", "-o", "-", "--json")
    assert (code, out.rstrip()[-7:]) == (0, "</html>")
    assert json.loads(err)["schema"] == "dualcos.lab.report/1"


def test_a_name_in_no_encoding_is_spelled_out(said):
    """Of the campaign and of the vectors, in every form of the report."""
    name = os.fsdecode(b"c\xff")
    Path("c").rename(name)
    Path("own.json").rename(f"{name}.json")
    words = ("-o", "c.html", "--junit", "c.xml", "--jsonl", "c.jsonl", "--vectors", f"{name}.json")
    assert said("lab", "report", name, *words)[0] == 0
    for form in ("c.html", "c.xml", "c.jsonl"):
        assert "c\\udcff" in text_of(form).replace("\\\\", "\\")
