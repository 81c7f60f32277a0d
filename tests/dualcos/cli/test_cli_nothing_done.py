"""What was asked for and not done never ends in 0: a selection that selects nothing, an empty folder or file, an option
that would be of no effect. And ``send --check``.
"""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path

import pytest
from broken_streams import say

from dualcos.issuance.invented_citizens import citizens, write_inputs

ROOT = Path(__file__).parents[3]
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
LOCK = "--lock file:lock"
CHIPS = f"personalise -o out --mode chips --jobs 1 --maker k/maker.keys {LOCK}"
SECOND = f"personalise b.perso -o two --mode bank --jobs 1 --bank k/bank.keys {LOCK}"


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("nothing")
    with chdir(folder):
        Path("empty").mkdir()
        write_inputs(folder, citizens(1))
        for side in ("social", "bank"):
            head = Path(f"{side}.csv").read_text(encoding="utf-8").splitlines()[0]
            Path(f"{side}.none.csv").write_text(head + "\n", encoding="utf-8")
        for line in (
            "keys key-file lock",
            f"keys invent k --seed 1 {LOCK}",
            f"prepare --bank bank.csv --synthetic -o b.perso --keys k/bank.keys {LOCK}",
            "issue social-2.0 -o one.card",
            f"send social-2.0 --trace t.jsonl {SELECT_SSSE} 0020000003123456",
        ):
            assert say(line.split()).code == 0, line
        lines = Path("t.jsonl").read_text(encoding="utf-8").splitlines()
        Path("masked.jsonl").write_text("\n".join((lines[0], lines[3])), encoding="utf-8")
        Path("head.jsonl").write_text(lines[0], encoding="utf-8")
        Path("nothing.jsonl").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("conform empty", "empty: no vectors in it"),
        (f"conform {ROOT}/vectors/ssse/verify.json empty", "empty: no vectors in it"),
        ("conform --cards empty", "no vectors in it"),
        ("conform --coverage empty", "no vectors in it"),
        ("conform --profile nope ssse/verify.json", "profile nope"),
        ("conform --profile blank ssse/verify.json", "nothing was played: none of 16 vectors applies"),
        ("conform --destructive ssse/verify.json", "--pcsc"),
        ("conform --cards --junit j.xml ssse/verify.json", "--junit"),
        ("lab items empty", "empty: no vectors in it"),
        (f"lab items {ROOT}/vectors/ssse/verify.json item=防拨", "item=防拨 chooses no vector; near it: 防拔"),
        ("send one.card -", "no command to send"),
        ("send one.card #", "no command to send"),
        ("inspect --commands --options", "takes no card"),
        ("inspect one.card --commands", "type `dualcos inspect --commands`"),
        ("explain head.jsonl", "no commands in it"),
        ("explain nothing.jsonl", "no commands in it"),
        ("replay nothing.jsonl", "no commands in it"),
        ("replay head.jsonl", "no commands in it"),
        ("replay t.jsonl --slot sam", "no lines of slot"),
        ("replay masked.jsonl", "no answer in it could be compared"),
        ("replay t.jsonl --pcsc any --seed 1", "--seed"),
        ("fuzz firewall --profile nope", "profile nope"),
        ("fuzz firewall --profile blank", "blank chip"),
        ("fuzz firewall --property F23 --property T --examples 9 --jobs 1", "--examples says nothing of F23, T"),
        ("fuzz firewall --property F23 --hours 1 --jobs 1", "--hours says nothing of F23"),
        ("fuzz firewall --property T --budget commit --jobs 1", "--budget says nothing of T"),
        ("fuzz firewall --property F7b --profile bank-only --jobs 1 --examples 1", "F7b: nothing to ask of bank-only"),
        ("prepare --social social.none.csv --synthetic", "social.none.csv: no rows in it"),
        ("prepare --social social.csv --synthetic --batch B", "-o FILE"),
        ("match --social social.none.csv --bank bank.none.csv --synthetic", "no rows in them"),
        (f"{CHIPS} --count 0", "--count 0"),
        (f"{CHIPS} --patience 3", "--pcsc"),
        (f"{CHIPS} --write-off 1", "is not in the register"),
        (f"{SECOND} --cards empty", "no card files there"),
        (f"{SECOND} --cards empty --link card", "no card files there"),
        (f"{SECOND} --cards empty --feedback f.csv", "--link"),
        (f"{SECOND} --cards empty --only 9", "has no card 9"),
        (f"keys pool none {LOCK}", "no such pool"),
        (f"keys pool none --add -1 {LOCK}", "--add -1"),
        (f"keys validity k/bank.keys none --until 20300101 {LOCK}", "none"),
        ("serve --faults nope", "nope"),
        ("run one.card --sam-faults nope -- true", "--sam"),
    ],
)  # fmt: skip
def test_it_is_said_and_ends_in_2(line, said, world):
    with chdir(world):
        ran = say(line.split())
    assert ran.code == 2, ran
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("before", ["", "--cards", "--coverage", "--json", "--junit j.xml", "--pcsc none"])
@pytest.mark.parametrize("card", ["nosuch.toml", "bank-only --holder nobody", "bank-only --set pse.options.none=1"])
def test_a_wrong_profile_is_told_before_anything_is_played(card, before, world):
    with chdir(world):
        ran = say(f"conform {before} --profile {card} {ROOT}/vectors/ssse/verify.json".split())
        assert not Path("j.xml").exists()
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert card.split()[0] in ran.err


def test_cards_that_are_none_of_the_second_body_are_not_done(world, tmp_path):
    """A blank chip handed to the second body is refused, and the run has not done what it was asked for."""
    with chdir(world):
        assert say(f"{CHIPS} -o {tmp_path / 'chips'}".split()).code == 0
        ran = say(f"{SECOND} --cards {tmp_path / 'chips' / 'cards'} --link card -o {tmp_path / 'two'}".split())
    assert ran.code == 1, ran
    assert "FIRST_SIDE_OPEN" in ran.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (f"social-2.0 {SELECT_SSSE}", 0),
        (f"social-2.0 --check {SELECT_SSSE}", 1),  # 61xx: what waits was not fetched
        (f"social-2.0 --check --fetch {SELECT_SSSE}", 0),
        (f"social-2.0 --check --fetch {SELECT_SSSE} 00B2990400", 1),
        ("social-2.0 --check 0084000008", 0),
        ("social-2.0 --check 0084000008 reset 0084000008", 0),
        ("social-2.0 --check 0085000008 0084000008", 1),  # any of them, not the last one
        ("social-2.0 0085000008", 0),
    ],
)
def test_check(words, code):
    ran = say(("send", *words.split()))
    assert (ran.code, ran.err) == (code, "")
    assert ran.out


def test_the_exit_codes_are_in_the_help():
    shown = say(("--help",)).out.partition("exit codes:\n")[2].splitlines()
    assert [int(line.split()[0]) for line in shown if line[2] != " "] == [
        os.EX_OK, 1, 2, os.EX_SOFTWARE, os.EX_IOERR, 128 + 2, 128 + 13,
    ]  # fmt: skip
