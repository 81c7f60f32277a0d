"""Whose card is this? Each check of linking and of feedback files, with the smallest difference that it must see.

A card or a file that lacks something differs from nothing (总体方案 五（二）2: two ways, one person).
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io

import pytest

from dualcos.issuance.exchange import feedback_file
from dualcos.issuance.exchange.feedback_file import FeedbackError, FeedbackRow
from dualcos.issuance.exchange.personalisation_file import BankData, CardRecord, Paper, person_hash
from dualcos.issuance.personaliser.linking import Linked, LinkError, MixedUp, OwnData, agreed

MAC = bytes(range(32))  # test key
ONE, OTHER = "999901198802290011", "999901198802290012"
PAN, PAN_TOO = "6299990000000000019", "6299990000000000018"


@pytest.mark.parametrize(
    ("read", "listed", "whose"),
    [
        (Linked(ONE), None, Linked(ONE)),
        (None, Linked(ONE), Linked(ONE)),
        (Linked(ONE), Linked(ONE), Linked(ONE)),
        (Linked("", PAN), Linked(ONE), Linked(ONE, PAN)),  # a passport at the bank: the card says no social number
        (Linked("", PAN), Linked(ONE, PAN), Linked(ONE, PAN)),
        (Linked(ONE, PAN), Linked(ONE), Linked(ONE, PAN)),
        (Linked(), Linked(ONE), Linked(ONE)),
        (Linked(ONE), Linked(OTHER), MixedUp),
        (Linked(ONE, PAN), Linked(ONE, PAN_TOO), MixedUp),
        (Linked("", PAN), Linked(ONE, PAN_TOO), MixedUp),
        (Linked(ONE), Linked(ONE[:-1]), MixedUp),
        (Linked(ONE), Linked("0" + ONE), MixedUp),
        (None, None, LinkError),
        (Linked(), None, LinkError),
        (Linked(), Linked(), LinkError),
    ],
)
def test_both_ways_name_the_same_person(read, listed, whose):
    if isinstance(whose, Linked):
        assert agreed(read, listed) == whose
    else:
        with pytest.raises(whose):
            agreed(read, listed)


def record(seq: int, ssn: str, pan: str = "") -> CardRecord:
    bank = BankData(row=seq, template="debit", pan=pan, psn="01", dki=1, elements={}) if pan else None
    return CardRecord(seq=seq, person=person_hash(ssn), paper=Paper(ssn=ssn, name="测试"), bank=bank)


OWN = (record(1, ONE, PAN), record(2, OTHER, PAN_TOO), record(3, ""))


@pytest.mark.parametrize(
    ("linked", "seq"),
    [
        (Linked(ONE), 1),
        (Linked("", PAN_TOO), 2),
        (Linked(ONE, PAN), 1),
        (Linked("999999199001010011", PAN), 1),  # a document that is no social number: the account tells
        (Linked(ONE, PAN_TOO), "NO_LINK"),
        (Linked(ONE + "0"), "NO_DATA"),
        (Linked(ONE[:-1]), "NO_DATA"),
        (Linked("", PAN[:-1]), "NO_DATA"),
        (Linked(), "NO_DATA"),
    ],
)
def test_the_row_of_the_person_and_of_nobody_nearly_called_so(linked, seq):
    if isinstance(seq, int):
        assert OwnData(OWN).record(linked).seq == seq
    else:
        with pytest.raises(LinkError, match=seq):
            OwnData(OWN).record(linked)


ATR = "3B6D00000081444F4F86009900000001"


@pytest.mark.parametrize(
    ("rows", "atr", "whose"),
    [
        ([FeedbackRow(1, ssn=ONE, atr=ATR, result="made")], ATR, Linked(ONE)),
        ([FeedbackRow(1, ssn=ONE, bank_pan=PAN, atr=ATR, result="made")], ATR, Linked(ONE, PAN)),
        ([FeedbackRow(1, ssn=ONE, atr=ATR, result="made")], ATR[:-1] + "2", "not in the first body's"),
        ([FeedbackRow(1, ssn=ONE, atr=ATR, result="made")], ATR[:-2], "not in the first body's"),
        ([FeedbackRow(1, ssn=ONE, atr=ATR, result="failed")], ATR, "reports this card as failed"),
        ([FeedbackRow(1, ssn=ONE, atr=ATR, result="spoiled")], ATR, "reports this card as spoiled"),
        ([FeedbackRow(1, ssn=ONE, result="failed"), FeedbackRow(2, ssn=OTHER, result="failed")], ATR, "not in"),
    ],
)
def test_a_card_is_looked_up_by_its_whole_answer_to_reset(rows, atr, whose):
    own = OwnData(OWN, rows)
    if isinstance(whose, Linked):
        assert own.by_feedback(bytes.fromhex(atr)) == whose
    else:
        with pytest.raises(LinkError, match=whose):
            own.by_feedback(bytes.fromhex(atr))


@pytest.mark.parametrize("what", [{"ssn": OTHER}, {"bank_pan": PAN_TOO}, {"result": "failed"}])
def test_a_feedback_that_says_two_things_of_one_card_is_mixed_up(what):
    row = FeedbackRow(1, ssn=ONE, bank_pan=PAN, atr=ATR, result="made")
    OwnData(OWN, [row, row._replace(seq=2)])
    with pytest.raises(MixedUp, match="1 and 2"):
        OwnData(OWN, [row, row._replace(seq=2, **what)])


# --- feedback files ------------------------------------------------------------------------------------------------


def signed(table: list[list[str]], mac=lambda right: right) -> bytes:
    """A feedback file of any content, its MAC right but for what ``mac`` does to it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    body = text.getvalue().encode()
    return body + f"#MAC,{mac(hmac.new(MAC, body, hashlib.sha256).hexdigest())}\r\n".encode()


def read(tmp_path, content: bytes):
    (tmp_path / "f.csv").write_bytes(content)
    return feedback_file.read(tmp_path / "f.csv", [MAC])


COLUMNS = feedback_file.DIALECTS
ROW = {"seq": "7", "ssn": ONE, "atr": ATR, "result": "made"}


def table(dialect: str) -> list[list[str]]:
    return [list(COLUMNS[dialect]), [ROW.get(column, "") for column in COLUMNS[dialect]]]


@pytest.mark.parametrize("dialect", COLUMNS)
@pytest.mark.parametrize(
    "change",
    {
        "unknown column": lambda rows: [rows[0] + ["colour"], rows[1] + ["red"]],
        "a letter of another case": lambda rows: [[rows[0][0].upper(), *rows[0][1:]], rows[1]],
        "two columns swapped": lambda rows: [[rows[0][1], rows[0][0], *rows[0][2:]], rows[1]],
        "two names swapped": lambda rows: [[*rows[0][:4], rows[0][5], rows[0][4], *rows[0][6:]], rows[1]],
        "a column missing": lambda rows: [rows[0][:-1], rows[1][:-1]],
        "a column twice": lambda rows: [rows[0] + rows[0][-1:], rows[1] + rows[1][-1:]],
        "no header": lambda rows: rows[1:],
        "a value more": lambda rows: [rows[0], rows[1] + [""]],
        "a value less": lambda rows: [rows[0], rows[1][:-1]],
        "no number": lambda rows: [rows[0], ["", *rows[1][1:]]],
        "a number with a sign": lambda rows: [rows[0], ["-7", *rows[1][1:]]],
        "a number of another script": lambda rows: [rows[0], ["７", *rows[1][1:]]],
        "nothing": lambda _: [],
    }.items(),
    ids=lambda named: named[0],
)
def test_a_form_that_is_nearly_known_is_refused(tmp_path, dialect, change):
    assert [row.seq for row in read(tmp_path, signed(table(dialect)))] == [7]
    with pytest.raises(FeedbackError, match="line"):
        read(tmp_path, signed(change[1](table(dialect))))


@pytest.mark.parametrize(
    "mac",
    {
        "one digit": lambda right: right[:-1] + ("0" if right[-1] != "0" else "1"),
        "half of it": lambda right: right[:32],
        "eight digits of it": lambda right: right[:8],
        "none": lambda _: "",
        "twice": lambda right: right * 2,
        "capitals": lambda right: right.upper(),
    }.items(),
    ids=lambda named: named[0],
)
def test_nothing_but_the_whole_mac_is_the_mac(tmp_path, mac):
    with pytest.raises(FeedbackError, match="its MAC is wrong"):
        read(tmp_path, signed(table("own"), mac[1]))
