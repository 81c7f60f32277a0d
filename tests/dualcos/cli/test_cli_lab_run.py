"""``dualcos lab run`` as a laboratory types it: what is said, how it ends, how it goes on; with real signals, and on a
card in a reader of our own service.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import signal
import stat
import threading
from pathlib import Path

import pytest

import dualcos
from dualcos.cardfile.card_in_file import write_card
from dualcos.cli import lab_run
from dualcos.cli.main import run
from dualcos.cli.stop_asked import StopAsked
from dualcos.cli.user_faults import INTERRUPTED
from dualcos.lab.evidence.campaign_file import CampaignFile
from dualcos.lab.evidence.campaign_records import SessionEnded, VectorBegun
from dualcos.reader.hot_plug import HotPlug
from tests.dualcos.lab.campaign.campaign_desk import judged, records
from tests.dualcos.lab.campaign.kills import Interruption, ended, interrupted, reader, start
from tests.dualcos.lab.campaign.spoiling_vectors import write_vectors, wrong_pin

TERMINATED = 128 + signal.SIGTERM


@pytest.fixture(scope="module")
def vectors(tmp_path_factory) -> Path:
    return write_vectors(tmp_path_factory.mktemp("v") / "spoil.json")


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Run ``dualcos lab run`` in a folder of its own; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(*argv: object) -> tuple[int, str, str]:
        code = run(["lab", "run", *map(str, argv)])
        return (code, *capfd.readouterr())

    return call


@pytest.fixture
def flipped(vectors, tmp_path) -> Path:
    """The vectors, of which one is wrong."""
    path = tmp_path / "flipped.json"
    text = vectors.read_text("utf-8")
    assert text.count('"0084000001", "expect": ["9000", "6700"]') == 1
    path.write_text(
        text.replace('"0084000001", "expect": ["9000", "6700"]', '"0084000001", "expect": ["6A82"]'), "utf-8"
    )
    return path


# --- what is said -----------------------------------------------------------------------------------------------------


def test_each_vector_is_a_line_as_conform_says_it(said, vectors, capfd):
    code, out, err = said(vectors, "--jobs", 1)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert run(["conform", str(vectors)]) == 0
    assert lines[:-1] == capfd.readouterr().out.splitlines()[:-1]
    assert lines[-1] == "12 vectors: 12 pass, 0 fail, 0 inconclusive, 0 not-applicable, 0 waiting"
    assert not list(Path.cwd().iterdir()), "without --campaign nothing is kept"


def test_what_failed_is_said_and_the_code_tells(said, flipped):
    code, out, _ = said(flipped, "-q", "--campaign", "c")
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines()[:1]] == [["fail", "TEST-KEEP-00"]]
    again = said(flipped, "-q", "--campaign", "c")
    assert (again[0], again[1].splitlines()[0]) == (1, "12 of 12 vectors were judged before")
    assert again[1].splitlines()[1:] == out.splitlines(), "what failed is told again"


def test_known_failures_are_told_and_do_not_count(said, flipped):
    entry = (
        '[[fault]]\nid = "TEST-KEEP-00"\nwhere = "steps[[]1]"\ncame = "{}"\nreason = "r"\nlink = "l"\nexpires = {}\n'
    )
    fault = entry.replace("steps[[]1]", "steps[1]")
    for text, day, expected in (("6700", "2099-12-31", 0), ("6F00", "2099-12-31", 1), ("6700", "2020-01-01", 1)):
        Path("known.toml").write_text(fault.format(text, day), "utf-8")
        code, out, _ = said(flipped, "-q", "--known", "known.toml")
        assert code == expected
        assert ("known       TEST-KEEP-00" in out) is (expected == 0)
        assert ("known fault TEST-KEEP-00" in out) is (expected == 1)


def test_facts_are_those_of_the_whole_campaign(said, flipped):
    code, out, err = said(flipped, "--json", "--campaign", "c")
    *each, last = map(json.loads, out.splitlines())
    assert (code, err, len(each)) == (1, "", 12)
    assert last["schema"] == "dualcos.lab.run/1"
    assert (last["passed"], last["failed"], last["waiting"], last["ended"]) == (11, 1, 0, "complete")
    assert (last["failed_vectors"], last["known_failures"], last["go_on"]) == (["TEST-KEEP-00"], [], None)
    assert (last["campaign"], last["signature"]) == ("c", None)


def test_a_card_file_and_a_profile_are_samples(said, vectors):
    assert run(["issue", "social-2.0", "-o", "one.card"]) == 0
    code, out, _ = said(vectors, "-q", "--card", "one.card")
    assert (code, "12 vectors: 12 pass" in out) == (0, True)
    code, out, _ = said("ssse/verify.json", "-q", "--card", "one.card", "--jobs", 1)
    assert code == 0
    assert out.splitlines()[0] == "16 vectors: 16 pass, 0 fail, 0 inconclusive, 0 not-applicable, 0 waiting"
    assert out.splitlines()[1] == "for this card: 16 of 16 vectors asked for"
    code, out, _ = said("ssse/verify.json", "-q", "--card", "social-2.0", "--set", "ssse.pin_tries=5", "--jobs", 1)
    assert code == 0
    code, out, _ = said("ssse/verify.json", "--card", "social-2.0", "--faults", "wrong-words", "--jobs", 1)
    assert code == 2
    assert "expected 9000, came 6A81" in out


def test_a_real_card_is_refused_in_words(said):
    card = dualcos.card("social-2.0")
    card.provenance = {}
    write_card(card, "one.card")
    code, _, err = said("ssse/verify.json", "--card", "one.card")
    assert code == 2
    assert "one.card is not marked as a card of test keys" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("nope-* --vectors ssse/verify.json", "nope-* chooses no vector"),
        ("ssse/verify.json --card nope", "no such profile and no such card file"),
        ("ssse/verify.json --card blank", "nothing was played: none of 16 vectors applies"),
        ("ssse/verify.json --card social-2.0 --faults nope", "built in are"),
        ("ssse/verify.json --set ssse.pin_tries=5", "name it with --card PROFILE"),
        ("ssse/verify.json --profile social-2.0", "it goes with --pcsc; else --card PROFILE"),
        ("ssse/verify.json --destructive", "--destructive is about the card in a reader"),
        ("ssse/verify.json --pcsc x --jobs 2", "there is one card in a reader"),
        ("ssse/verify.json --pcsc x --cluster tcp://127.0.0.1:1", "there is one card in a reader"),
        ("ssse/verify.json --pcsc x --faults garbled", "--faults is about a card in this process"),
        ("ssse/verify.json --pcsc x --card social-2.0", "not allowed with argument"),
        ("ssse/verify.json --again", "name it with --campaign"),
        ("ssse/verify.json --key k", "say where with --campaign"),
        ("ssse/verify.json --lock file:x", "name it with --key"),
        ("ssse/verify.json --campaign no/c", "no does not exist"),
        ("ssse/verify.json --campaign letter", "ends in what is no line of a campaign file"),
        ("ssse/verify.json --jobs -1", "--jobs -1"),
        ("letter --jobs 1", "letter"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_nothing_is_written(said, words, told):
    Path("letter").write_text("Dear Sir,")
    code, _, err = said(*words.split())
    assert code == 2
    assert err.count("\n") == 1
    assert told in err, err
    assert [path.name for path in Path.cwd().iterdir()] == ["letter"]
    assert Path("letter").read_text() == "Dear Sir,"


def test_settings_are_no_affair_of_a_card_file(said):
    assert run(["issue", "social-2.0", "-o", "one.card"]) == 0
    code, _, err = said("ssse/verify.json", "--card", "one.card", "--set", "ssse.pin_tries=5")
    assert (code, "its settings are burnt in" in err) == (2, True)


# --- going on ---------------------------------------------------------------------------------------------------------


def test_another_campaign_is_refused_in_one_line(said, vectors):
    assert said(vectors, "--campaign", "c", "-q")[0] == 0
    before = Path("c").read_bytes()
    code, _, err = said("ssse/verify.json", "--campaign", "c")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("dualcos: c: the campaign file holds another campaign: it is about ")
    assert "; you ask for ssse/verify.json (16 vectors" in err
    assert Path("c").read_bytes() == before


def test_a_second_program_does_not_write_the_same_file(said, vectors):
    assert said(vectors, "--campaign", "c", "-q")[0] == 0
    with CampaignFile(Path("c")):
        code, _, err = said(vectors, "--campaign", "c")
    assert (code, err) == (2, "dualcos: c is being written by another campaign\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(said, vectors):
    Path("closed").mkdir()
    Path("closed").chmod(stat.S_IRUSR | stat.S_IXUSR)
    code, _, err = said(vectors, "--campaign", "closed/c")
    assert (code, err.count("\n")) == (2, 1)


def stopping(monkeypatch, number: int, after: int = 3) -> None:
    """The signal comes when so many verdicts have been told."""
    judged_one, count = lab_run._Watch.judged, []

    def judged(self: lab_run._Watch, verdict) -> None:
        judged_one(self, verdict)
        count.append(verdict.id)
        if len(count) == after:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(lab_run._Watch, "judged", judged)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)])
def test_a_signal_stops_it_and_the_command_goes_on(said, vectors, monkeypatch, number, code):
    monkeypatch.setattr("dualcos.lab.campaign.vector_shards._MOST", 4)
    words = ("--vectors", vectors, "--jobs", 1, "--campaign", "a campaign", "-q")
    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        stopping(patch, number)
        got, out, err = said(*words)
    assert signal.getsignal(number) is before
    assert got == code
    assert "8 waiting" in out
    first, last = err.splitlines()
    assert first == "stopping behind those that are being played; Ctrl-C again stops at once"
    assert last.startswith("stopped; a campaign keeps what was judged, `dualcos lab run --vectors ")
    assert isinstance(records(Path("a campaign"))[-1], SessionEnded)
    command = shlex.split(last.split("`")[1])
    assert run(command[1:]) == 0
    assert len(judged(Path("a campaign"))) == 12


def test_without_a_campaign_file_it_says_that_nothing_is_kept(said, vectors, monkeypatch):
    monkeypatch.setattr("dualcos.lab.campaign.vector_shards._MOST", 4)
    stopping(monkeypatch, signal.SIGINT)
    code, _, err = said(vectors, "--jobs", 1, "-q")
    assert code == INTERRUPTED
    assert err.splitlines()[-1] == "stopped; nothing is kept: --campaign FILE keeps a campaign that can go on"


def test_the_second_signal_stops_at_once(said, vectors, monkeypatch):
    stopping(monkeypatch, signal.SIGINT, after=1)
    one = lab_run._Watch.judged

    def judged(self: lab_run._Watch, verdict) -> None:
        one(self, verdict)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(lab_run._Watch, "judged", judged)
    code, _, err = said(vectors, "--jobs", 1, "-q", "--campaign", "c")
    assert code == INTERRUPTED
    assert err.splitlines()[-1].startswith("interrupted; c keeps what was judged")


def test_a_secret_setting_is_not_said_again(said, monkeypatch):
    monkeypatch.setattr("dualcos.lab.campaign.vector_shards._MOST", 4)
    stopping(monkeypatch, signal.SIGINT)
    words = (
        "ssse/verify.json",
        "--card",
        "social-2.0",
        "--set",
        "ssse.pin=864213",
        "--campaign",
        "c",
        "--jobs",
        1,
        "-q",
    )
    _, out, err = said(*words)
    assert "the same command goes on" in err
    assert "864213" not in out + err + Path("c").read_text()


def test_in_another_thread_nothing_is_caught():
    caught: list[bool] = []
    thread = threading.Thread(target=lambda: caught.append(StopAsked(lambda: None).__enter__()()))
    thread.start()
    thread.join()
    assert caught == [False]


# --- in a reader ------------------------------------------------------------------------------------------------------


def _in_reader(test):
    """A test of real programs with a reader."""
    missing = importlib.util.find_spec("smartcard") is None
    why = "pyscard is not installed (pip install 'dualcos[pcsc]')"
    return pytest.mark.pcsc(pytest.mark.skipif(missing, reason=why)(test))


@_in_reader
def test_a_campaign_in_a_reader_is_killed_and_pulled_and_goes_on(vectors, tmp_path):
    """Real processes on our own PC/SC service: killed, gone on with, the card pulled by a hand."""
    file = tmp_path / "c"
    words = [str(vectors), "--pcsc", "dualcos", "--profile", "social-2.0", "--destructive", "--campaign", str(file)]
    with reader("social-2.0") as bay:
        assert interrupted(bay, words, Interruption(15, pull=False, pause=0.0))
        pull = HotPlug(bay.hand._slot)
        bay.card.at[len(bay.card.commands) + 14] = pull.take
        code, err = ended(start(words, bay.environment))
        assert code == 2
        assert "the card was taken out; " in err
        assert "keeps what was judged, `" in err
        assert all(bay.card.times(wrong_pin(number)) <= 1 for number in range(6))
    found = judged(file)
    assert 4 < len(found) < 12
    assert {each.verdict for each in found.values() if not each.kind} == {"pass"}
    assert {each.kind for each in found.values()} == {"", "interrupted"}
    session = records(file)[1]
    assert session.reader == "dualcos Card Slot 00 00"
    assert session.driver.startswith("dualcos embedded reader, pyscard ")
    assert session.atr == "3B6D0000008144434F860099000000A1B2"
    assert any(isinstance(each, VectorBegun) for each in records(file))


@_in_reader
def test_a_reader_that_is_not_there_is_one_line(said, vectors):
    """Whether there is a service here or not."""
    code, out, err = said(vectors, "--pcsc", "no such reader", "--campaign", "c")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not Path("c").exists()
