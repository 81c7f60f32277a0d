"""``dualcos lab run --pcsc READER --sam READER`` as a laboratory types it, on readers with cards in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.cli import lab_run
from dualcos.cli.main import run
from dualcos.lab.evidence.campaign_file import chain_of
from dualcos.lab.evidence.campaign_records import CampaignBegun, SessionBegun, SessionEnded, VectorJudged
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone

CARD, SAM, OTHER = "Fake card reader 00", "Fake SAM reader 01", "Fake reader of others 02"
WORDS = ("lab", "run", "ssse/internal-authentication.json", "--pcsc", "card", "--profile", "social-2.0", "-q")
KEPT = (*WORDS, "--sam", "SAM", "--campaign", "c")
DELIVER, CIPHER = b"\xbf\xde", b"\x80\xfa"


class ReaderOnDesk(AroundCard[SmartCard]):
    """A reader with a card in this process; ``spoil`` gets command and answer, and may raise."""

    def __init__(self, reader: str, card: SmartCard) -> None:
        super().__init__(card)
        self.reader = reader
        self.spoil: Callable[[bytes, bytes], bytes] = lambda _, answer: answer
        self.closed = False

    def exchange(self, command: bytes) -> bytes:
        return self.spoil(command, super().exchange(command))

    def wait(self, *, present: bool, seconds: float) -> bool:  # noqa: ARG002 - the shape of readers
        return present

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def cards():
    made = {CARD: "social-2.0", SAM: "psam-3des", OTHER: "social-1.0"}
    return {reader: dualcos.card(name, seed=5) for reader, name in made.items()}


@pytest.fixture
def desk(monkeypatch, tmp_path, cards):
    """The readers by name; what is played here leaves the cards as they are."""
    monkeypatch.chdir(tmp_path)
    readers = {name: ReaderOnDesk(name, card) for name, card in cards.items()}

    def named(text: str) -> str:
        found = [name for name in readers if text in name]
        if len(found) != 1:
            raise PcscError(f"no reader has {text!r} in the name")
        return found[0]

    monkeypatch.setattr(lab_run, "reader_named", named)
    monkeypatch.setattr(lab_run, "driver", lambda _: "none")
    monkeypatch.setattr(lab_run, "PcscLink", readers.__getitem__)
    return readers


def kept() -> tuple[object, ...]:
    return chain_of(Path("c").read_bytes()).records


def test_the_psam_computes_and_the_campaign_says_so(desk, capsys):
    assert run((*KEPT, "--json")) == 0
    *vectors, counts = map(json.loads, capsys.readouterr().out.splitlines())
    assert vectors == []
    assert counts["passed"] >= 5
    assert {"why": "needs another group of a key than this PSAM has", "vectors": 2} in counts["reasons"]
    (begun,) = (each for each in kept() if isinstance(each, CampaignBegun))
    (session,) = (each for each in kept() if isinstance(each, SessionBegun))
    assert begun.sample.psam
    assert session.sam_reader == SAM
    assert session.psam.endswith("terminal 990000000001; the card proved itself to the PSAM by IRK")
    assert [name for name, reader in desk.items() if not reader.closed] == [OTHER]


@pytest.mark.usefixtures("desk")
def test_who_goes_on_without_the_psam_does_something_else(capsys):
    assert run(KEPT) == 0
    assert run((*WORDS, "--campaign", "c")) == 2
    assert "with a PSAM's keys for a card as social-2.0" in capsys.readouterr().err


@pytest.mark.parametrize("within", [False, True], ids=["before a vector", "within a vector"])
def test_a_pulled_psam_ends_the_session_and_the_command_goes_on(desk, capsys, within):
    """A vector of which the card was sent something is inconclusive; all others are as they would have been."""
    seen: list[bytes] = []

    def pull(command: bytes, answer: bytes) -> bytes:
        seen.append(command)
        mine = command.startswith(CIPHER) and (any(command[5:]) if within else len(seen) > 30 and not any(command[5:]))
        if mine and len(seen) > 30:
            raise CardGone("pulled")
        return answer

    desk[SAM].spoil = pull
    assert run(KEPT) == 2
    err = capsys.readouterr().err
    assert "the PSAM was taken out of its reader: pulled; c keeps what was judged" in err
    assert "lab run ssse/internal-authentication.json" in err
    desk[SAM].spoil = lambda _, answer: answer
    assert run(KEPT) == (2 if within else 0)
    assert [each.why for each in kept() if isinstance(each, SessionEnded)] == ["reader gone", "complete"]
    verdicts = {each.id: each for each in kept() if isinstance(each, VectorJudged)}.values()
    interrupted = [each.text for each in verdicts if each.verdict == "inconclusive"]
    assert interrupted == ["the PSAM was taken out of its reader: pulled while it was played"] * within
    assert {each.verdict for each in verdicts} - {"inconclusive"} == {"pass", "not-applicable"}


def test_a_psam_that_refuses_is_told_in_its_words(desk, capsys):
    """After the card has proved itself to it."""
    seen: list[bytes] = []

    def refuse(command: bytes, answer: bytes) -> bytes:
        seen.append(command)
        return bytes.fromhex("6982") if command.startswith(DELIVER) and len(seen) > 30 else answer

    desk[SAM].spoil = refuse
    assert run((*WORDS, "--sam", "SAM")) == 2
    out = capsys.readouterr().out
    assert "DELIVERY SESSION KEY 分散过程密钥 (IRK 内部认证, usage 27 identifier 08, 1 steps) with 6982" in out
    assert " 0 fail, " in out


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("sam", "err"),
    [
        ("card reader", f"--sam card reader: this is the reader with the card, {CARD}; the PSAM is in another"),
        ("nowhere", "no reader has 'nowhere' in the name"),
        ("others", "this is no PSAM of the social security card: the PSAM answered SELECT"),
    ],
)
def test_what_is_no_psam(capsys, sam, err):
    assert run((*WORDS, "--sam", sam)) == 2
    assert err in capsys.readouterr().err


def test_a_psam_is_for_a_card_in_a_reader(capsys):
    assert run(("lab", "run", "ssse/internal-authentication.json", "--card", "social-2.0", "--sam", "SAM")) == 2
    assert (
        "--sam says in which reader the PSAM is for a card in another: it goes with --pcsc" in capsys.readouterr().err
    )
