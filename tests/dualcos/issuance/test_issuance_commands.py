"""``dualcos keys``, ``prepare``, ``match``, ``personalise`` as a user types them: one line for every mistake."""

import datetime

import pytest
from issuance_data import bank_input, bureau_input

from dualcos.cli.main import run
from dualcos.issuance.invented_citizens import citizens, write_csv, write_inputs
from dualcos.profile import schema

PARTS = (
    "C2A4E69018B7D35F7E6021F394A8C5DB D08440",
    "6B31F8047D9AE2C6150F7B28D43E90A1 15B6EB",
    "F3898D73636289B41AA1624DE5661E57 7ABB54",
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["keys", "key-file", "lock"]) == 0
    assert run(["keys", "invent", "k", "--seed", "1", "--lock", "file:lock"]) == 0
    return tmp_path


LOCK = ["--lock", "file:lock"]
CUSTODIANS = ["--who", "Custodian A", "--who", "Custodian B"]
STORES = ["--maker", "k/maker.keys", "--social", "k/social.keys", "--bank", "k/bank.keys", *LOCK]


def test_from_rows_to_cards(place, capsys):
    write_inputs(place, citizens(3))
    wanted = ["--synthetic", "--keys", "k/maker.keys", *LOCK, "-o", "b.perso", "--report", "match.csv"]
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", *wanted]) == 0
    assert run(["personalise", "b.perso", "-o", "out", "--jobs", "1", *STORES]) == 0
    assert "batch B0001: 3 made" in capsys.readouterr().out
    assert {path.name for path in (place / "out").iterdir()} == {
        "cards",
        "face.jsonl",
        "feedback.csv",
        "mail.csv",
        "pack.csv",
        "states.csv",
        "stock.db",
    }
    assert len(list((place / "out" / "cards").iterdir())) == 3
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--stock", "out/stock.db"]) == 1
    assert "6 rows ALREADY_MADE" in capsys.readouterr().out


def test_one_card_of_a_batch(place, capsys):
    write_inputs(place, citizens(3))
    wanted = ["--synthetic", "--keys", "k/maker.keys", *LOCK, "-o", "b.perso"]
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", *wanted]) == 0
    assert run(["personalise", "b.perso", "-o", "out", "--jobs", "1", "--only", "2", *STORES]) == 0
    assert "batch B0001: 1 made" in capsys.readouterr().out


def test_step_by_step(place, capsys):
    write_inputs(place, citizens(2))
    social = ["--synthetic", "--keys", "k/social.keys", *LOCK, "-o", "s.perso"]
    bank = ["--synthetic", "--keys", "k/bank.keys", *LOCK, "-o", "b.perso"]
    cards = ["--cards", "chips/cards", "--jobs", "1", *LOCK]
    assert run(["prepare", "--social", "social.csv", *social]) == 0
    assert run(["prepare", "--bank", "bank.csv", *bank]) == 0
    chips = ["--mode", "chips", "--count", "2", "-o", "chips", "--jobs", "1", "--maker", "k/maker.keys", *LOCK]
    assert run(["personalise", *chips]) == 0
    first = ["--mode", "social", "-o", "one", "--social", "k/social.keys", *cards]
    assert run(["personalise", "s.perso", *first]) == 0
    second = ["--mode", "bank", "-o", "two", "--bank", "k/bank.keys", *cards]
    linked = ["--link", "both", "--feedback", "one/feedback.csv"]
    assert run(["personalise", "b.perso", *second, *linked]) == 0
    assert capsys.readouterr().out.count("2 made") == 3
    assert (place / "two" / "mail.csv").exists()
    assert not (place / "one" / "mail.csv").exists()


def test_bad_rows_are_told_and_counted(place, capsys):
    write_csv(place / "social.csv", bureau_input())
    write_csv(place / "bank.csv", bank_input())
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--report", "m.csv"]) == 1
    told = capsys.readouterr()
    assert "social.csv row 5 column ssn: check character is 0, computed 5" in told.err
    assert "4 rows MATCHED" in told.out
    assert run(["prepare", "--social", "social.csv", "--synthetic"]) == 1
    assert "social.csv: 4 good rows, 1 bad" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prepare", "--synthetic"], "one side is wanted"),
        (["match", "--social", "x.csv"], "both sides are wanted"),
        (["match", "--social", "x.csv", "--bank", "y.csv"], "x.csv: No such file"),
        (["match", "--social", "x.csv", "--bank", "y.csv", "-o", "z"], "needs a file MAC key"),
        (["personalise", "-o", "out"], "which keys?"),
        (["personalise", "-o", "out", *STORES], "which batch?"),
        (["personalise", "x", "-o", "out", *STORES], "x: No such file"),
        (["personalise", "-o", "out", "--bank", "k/bank.keys", "--lock", "secret"], "no place on a command line"),
        (["keys", "list", "k/none.keys", *LOCK], "key store k/none.keys: No such file"),
        (["keys", "list", "k/bank.keys", "--lock", "env:NOT_SET"], "NOT_SET is not set"),
        (["keys", "init", "k/bank.keys", "--owner", "bank", *LOCK], "exists already"),
        (["keys", "key-file", "lock"], "exists already"),
    ],
)
@pytest.mark.usefixtures("place")
def test_a_mistake_is_one_line(capsys, words, said):
    capsys.readouterr()
    assert run(words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert "secret" not in told


def test_the_bureaus_store_given_as_the_banks(place, capsys):
    write_inputs(place, citizens(1))
    wanted = ["--synthetic", "--keys", "k/maker.keys", *LOCK, "-o", "b.perso"]
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", *wanted]) == 0
    swapped = ["--maker", "k/maker.keys", "--social", "k/bank.keys", "--bank", "k/social.keys", *LOCK]
    assert run(["personalise", "b.perso", "-o", "out", "--jobs", "1", *swapped]) == 2
    assert "belongs to the bank; the social bureau may not use it" in capsys.readouterr().err


def test_a_key_from_components_and_on_to_another_store(place, capsys):
    for number, part in enumerate(PARTS):
        (place / f"part{number}").write_text(part, encoding="utf-8")
    parts = ["part0", "part1", "part2"]
    for store in ("one", "two"):
        assert run(["keys", "init", store, "--owner", "bank", *LOCK]) == 0
        joined = ["--purpose", "exchange", "--kcv", "575613", *LOCK, *CUSTODIANS]
        assert run(["keys", "components", store, "exchange", *joined, *parts]) == 0
    assert (
        run(["keys", "components", "one", "kmc", "--purpose", "kmc", "--kcv", "575613", *LOCK, *CUSTODIANS, *parts])
        == 0
    )
    capsys.readouterr()
    assert run(["keys", "send", "one", "kmc", "--exchange", "exchange", *LOCK]) == 0
    (place / "block").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["keys", "receive", "two", "kmc", "block", "--exchange", "exchange", *LOCK]) == 0
    assert run(["keys", "list", "two", *LOCK]) == 0
    told = capsys.readouterr().out
    assert "KCV 575613" in told
    assert "5A1C93E7" not in told
    assert (
        run(["keys", "components", "two", "x", "--purpose", "kmc", "--kcv", "000000", *LOCK, *CUSTODIANS, *parts]) == 2
    )
    assert "the joined key has check value 575613, expected 000000" in capsys.readouterr().err
    assert (
        run(
            [
                "keys",
                "components",
                "two",
                "x",
                "--purpose",
                "social-root",
                "--kcv",
                "575613",
                *LOCK,
                *CUSTODIANS,
                *parts,
            ]
        )
        == 2
    )
    assert "belongs to the social bureau, never to the bank" in capsys.readouterr().err


def made_apart(place, *owners):
    """Stores of parties that have never met, and nothing in them."""
    for owner in owners:
        assert run(["keys", "key-file", f"{owner}.lock"]) == 0
        assert run(["keys", "init", f"{owner}.keys", "--owner", owner, "--lock", f"file:{owner}.lock"]) == 0
    for number, part in enumerate(PARTS):
        (place / f"part{number}").write_text(part, encoding="utf-8")


def test_a_ceremony_is_logged_and_no_value_shows(tmp_path, monkeypatch, capsys):
    """Transport key from components in both stores, a file MAC key made by one and sent to the other."""
    monkeypatch.chdir(tmp_path)
    made_apart(tmp_path, "social", "bank")
    parts = ["part0", "part1", "part2"]
    social, bank = (["--lock", f"file:{owner}.lock"] for owner in ("social", "bank"))
    joined = ["--purpose", "exchange", "--kcv", "575613", *CUSTODIANS]
    for owner, its in (("social", social), ("bank", bank)):
        assert run(["keys", "components", f"{owner}.keys", "zmk", *joined, *its, *parts]) == 0
    mac = ["--purpose", "file-mac", "--algorithm", "HMAC", "--who", "A"]
    assert run(["keys", "generate", "social.keys", "file-mac-bank", *mac, *social]) == 0
    capsys.readouterr()
    assert run(["keys", "send", "social.keys", "file-mac-bank", "--exchange", "zmk", "--who", "A", *social]) == 0
    (tmp_path / "block").write_text(capsys.readouterr().out, encoding="utf-8")
    taken = ["--exchange", "zmk", "--who", "B"]
    assert run(["keys", "receive", "bank.keys", "file-mac-social", "block", *taken, *bank]) == 0
    capsys.readouterr()
    assert run(["keys", "log", "social.keys", *social]) == 0
    told = capsys.readouterr().out.splitlines()
    year = datetime.datetime.now(tz=datetime.UTC).year
    assert [line.partition("  ")[2].partition(": ")[2] for line in told][1:] == [
        "joined (3 components): zmk/1 KCV 575613",
        f"generated: {told[2].rpartition(': ')[2]}",
        f"sent (key block under zmk): {told[3].rpartition(': ')[2]}",
    ]
    assert "Custodian A and Custodian B: joined" in told[1]
    assert run(["keys", "list", "social.keys", *social]) == 0
    assert run(["keys", "list", "bank.keys", *bank]) == 0
    listed = capsys.readouterr().out
    assert f"to {year + 5}" in listed
    assert f"to {year + 1}" in listed
    kcv = told[2].rpartition("KCV ")[2]
    assert listed.count(f"KCV {kcv}") == 2
    assert "5A1C93E7" not in listed + "".join(told) + (tmp_path / "social.keys.log").read_text("utf-8")


def test_components_want_two_custodians(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    made_apart(tmp_path, "bank")
    words = [
        "keys",
        "components",
        "bank.keys",
        "kmc",
        "--purpose",
        "kmc",
        "--kcv",
        "575613",
        "--lock",
        "file:bank.lock",
    ]
    assert run([*words, "--who", "A", "--who", "A", "part0", "part1", "part2"]) == 2
    assert "name two custodians" in capsys.readouterr().err


def test_a_log_that_was_touched_stops_the_ceremony(place, capsys):
    log = place / "k" / "bank.keys.log"
    days = ["keys", "validity", "k/bank.keys", "kmc", "--until", "20200101", *LOCK]
    assert run(days) == 0
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)
    for changed, said in (
        (lines[0].replace(b"invented", b"imported") + lines[1], "line 2 does not follow the line before it"),
        (lines[0], "does not hold the last action"),
        (b"", "does not hold the last action"),
        (whole + b"{}\n", "line 3 is no entry"),
    ):
        log.write_bytes(changed)
        capsys.readouterr()
        assert run(days) == 2
        assert said in capsys.readouterr().err
        assert log.read_bytes() == changed
    log.write_bytes(whole)
    assert run(["keys", "log", "k/bank.keys", *LOCK]) == 0


def test_a_key_beyond_its_days_is_told_and_still_works(place, capsys):
    write_inputs(place, citizens(1))
    assert run(["keys", "validity", "k/bank.keys", "kmc", "--until", "20200101", *LOCK]) == 0
    wanted = ["--synthetic", "--keys", "k/bank.keys", *LOCK, "-o", "b.perso"]
    capsys.readouterr()
    assert run(["match", "--social", "social.csv", "--bank", "bank.csv", *wanted]) == 0
    assert run(["personalise", "b.perso", "-o", "out", "--jobs", "1", *STORES]) == 0
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all("key kmc/1, personalisation master key, KCV" in line for line in told)
    assert all("was to be used until 20200101: replace it" in line for line in told)
    assert run(["keys", "validity", "k/bank.keys", "kmc", "--since", "20300101", "--until", "20290101", *LOCK]) == 2
    assert run(["keys", "validity", "k/bank.keys", "kmc", "--until", "20300231", *LOCK]) == 2
    assert "20300231 is no date" in capsys.readouterr().err


def test_two_bodies_with_keys_of_their_own(place, capsys):
    """The first body's feedback is taken with the key the two have in common, and only with it."""
    write_inputs(place, citizens(2))
    prepared = ["--synthetic", *LOCK]
    assert run(["prepare", "--social", "social.csv", "--keys", "k/social.keys", "-o", "s.perso", *prepared]) == 0
    assert run(["prepare", "--bank", "bank.csv", "--keys", "k/bank.keys", "-o", "b.perso", *prepared]) == 0
    common = ["--cards", "chips/cards", "--jobs", "1", *LOCK]
    chips = ["--mode", "chips", "--count", "2", "-o", "chips", "--jobs", "1", "--maker", "k/maker.keys", *LOCK]
    assert run(["personalise", *chips]) == 0
    assert run(["personalise", "s.perso", "--mode", "social", "-o", "one", "--social", "k/social.keys", *common]) == 0
    assert "one/feedback.csv: MAC key file-mac-bank/1" in capsys.readouterr().out
    second = ["--mode", "bank", "-o", "two", "--bank", "k/bank.keys", "--link", "feedback", *common]
    assert run(["personalise", "b.perso", *second, "--feedback", "chips/feedback.csv"]) == 2
    assert "of a file MAC key this party does not have" in capsys.readouterr().err
    assert run(["personalise", "s.perso", *second, "--feedback", "one/feedback.csv"]) == 2
    assert "line 1: its MAC is wrong" in capsys.readouterr().err
    assert run(["personalise", "b.perso", *second, "--feedback", "one/feedback.csv"]) == 0
    states = [line.split(",")[1] for line in (place / "two" / "states.csv").read_text("utf-8").splitlines()]
    assert states == ["state", "CHECKED", "CHECKED"]


def test_a_corrected_row_keeps_everybodys_number(place, capsys):
    """The first row is wrong; corrected, it comes behind those who have their cards."""
    people = list(citizens(3))
    bad = {**people[0].social, "sex": "9"}
    write_csv(place / "social.csv", [bad, people[1].social, people[2].social])
    write_csv(place / "bank.csv", [person.bank for person in people])
    inputs = ["match", "--social", "social.csv", "--bank", "bank.csv", "--synthetic", "--keys", "k/maker.keys", *LOCK]
    assert run([*inputs, "-o", "one.perso"]) == 1
    making = ["-o", "out", "--jobs", "1", *STORES]
    assert run(["personalise", "one.perso", *making]) == 0
    write_csv(place / "social.csv", [person.social for person in people])
    assert run([*inputs, "-o", "anew.perso"]) == 0
    assert run(["personalise", "anew.perso", *making]) == 2
    assert "card 1 of batch B0001 was begun for another person" in capsys.readouterr().err
    assert run([*inputs, "-o", "two.perso", "--amend", "one.perso"]) == 0
    assert run(["personalise", "two.perso", *making]) == 0
    assert "3 made; 2 of them made before this run" in capsys.readouterr().out


def test_a_file_for_a_party_without_a_common_key(place, capsys):
    """Nothing is written that the other side could not check; with a newer common key the newer one is taken."""
    write_inputs(place, citizens(1))
    assert run(["keys", "init", "alone.keys", "--owner", "social", *LOCK]) == 0
    words = ["prepare", "--social", "social.csv", "--synthetic", "--to", "bank", *LOCK, "-o", "s.perso"]
    assert run([*words, "--keys", "alone.keys"]) == 2
    assert "the key store of the social bureau has no key file-mac-bank" in capsys.readouterr().err
    assert not (place / "s.perso").exists()
    newer = ["--purpose", "file-mac", "--algorithm", "HMAC", "--version", "2", *LOCK]
    assert run(["keys", "generate", "k/social.keys", "file-mac-bank", *newer]) == 0
    assert run([*words, "--keys", "k/social.keys"]) == 0
    assert "MAC key file-mac-bank/2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("side", "column"), [("--social", "pan"), ("--bank", "ethnic"), ("--bank", "colour"), ("--social", "Name")]
)
def test_a_column_to_warn_of_is_one_of_the_input(place, capsys, side, column):
    write_inputs(place, citizens(1))
    assert run(["prepare", side, f"{side[2:]}.csv", "--synthetic", "--warn", "name", "--warn", column]) == 2
    assert f"--warn {column}: there is no such column; there are " in capsys.readouterr().err


def test_rows_are_checked_against_the_template(place, capsys):
    write_inputs(place, citizens(1))
    (place / "rare.toml").write_text(
        (schema.file_of("dual-2.0-3des")).read_text("utf-8").replace("[ssse]", '[ssse]\ncharset = "gb18030"'), "utf-8"
    )
    text = (place / "social.csv").read_text("utf-8").replace("测试路", "㛃路")
    (place / "social.csv").write_text(text, "utf-8")
    social = ["prepare", "--social", "social.csv", "--synthetic"]
    assert run([*social, "--template", "social-3.0"]) == 1
    assert "the template makes cards of edition 3.0" in capsys.readouterr().err
    assert run(social) == 1
    assert 'U+36C3 is not in gbk; a template with ssse.charset = "gb18030" takes it' in capsys.readouterr().err
    assert run([*social, "--template", "rare.toml"]) == 0


BOTH = ["match", "--social", "social.csv", "--bank", "bank.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["prepare", "--social", "social.csv", "--template", "bank-only"], "bank-only: its cards have no social side"),
        (["prepare", "--bank", "bank.csv", "--template", "social-2.0"], "social-2.0: its cards have no bank side"),
        (["match", "--social", "social.csv", "--bank", "bank.csv", "--template", "social-2.0"], "have no bank side"),
        (
            ["match", "--social", "social.csv", "--bank", "bank.csv", "--key", "foo"],
            "the bureau's rows have no column foo",
        ),
        (
            ["match", "--social", "social.csv", "--bank", "bank.csv", "--key", "ssn:city_code"],
            "the bank's rows have no",
        ),
        (["prepare", "--social", "."], ". is a folder"),
    ],
)
def test_what_cannot_be_is_told_before_the_rows_are(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    write_inputs(tmp_path, citizens(2))
    assert run([*words, "--synthetic"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_no_text_of_a_log_or_store_makes_a_line_of_its_own(place, capsys):  # noqa: ARG001 - where it happens
    forged = "x\n2026-01-01T00:00:00+00:00  root: generated: trusted/1 KCV AAAAAA"
    assert run(["keys", "init", "t.keys", "--owner", "bank", "--title", forged, "--who", forged, *LOCK]) == 0
    for action, lines in (("log", 1), ("list", 1)):
        capsys.readouterr()
        assert run(["keys", action, "t.keys", *LOCK]) == 0
        told = capsys.readouterr().out.splitlines()
        assert len(told) == lines
        assert "x\\u000a2026-01-01" in told[0]
