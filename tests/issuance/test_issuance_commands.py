"""``dualcos keys``, ``prepare``, ``match``, ``personalise`` as a user types them: one line for every mistake."""

import pytest
from issuance_data import bank_rows, social_rows

from cli.main import run
from issuance.citizens import citizens, write_csv, write_inputs

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
    write_csv(place / "social.csv", social_rows())
    write_csv(place / "bank.csv", bank_rows())
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
        joined = ["--purpose", "exchange", "--kcv", "575613", *LOCK]
        assert run(["keys", "components", store, "exchange", *joined, *parts]) == 0
    assert run(["keys", "components", "one", "kmc", "--purpose", "kmc", "--kcv", "575613", *LOCK, *parts]) == 0
    capsys.readouterr()
    assert run(["keys", "send", "one", "kmc", "--exchange", "exchange", *LOCK]) == 0
    (place / "block").write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["keys", "receive", "two", "kmc", "block", "--exchange", "exchange", *LOCK]) == 0
    assert run(["keys", "list", "two", *LOCK]) == 0
    told = capsys.readouterr().out
    assert "KCV 575613" in told
    assert "5A1C93E7" not in told
    assert run(["keys", "components", "two", "x", "--purpose", "kmc", "--kcv", "000000", *LOCK, *parts]) == 2
    assert "the joined key has check value 575613, expected 000000" in capsys.readouterr().err
    assert run(["keys", "components", "two", "x", "--purpose", "social-root", "--kcv", "575613", *LOCK, *parts]) == 2
    assert "belongs to the social bureau, never to the bank" in capsys.readouterr().err
