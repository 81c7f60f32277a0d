"""What leaves the body and what comes to it, column by column: written a second time, and held whole and in order.

A column in another's place is a wrong value in a foreign program, and no reader of ours would see it. The provincial
forms are those of two independent programs on one interface; what either issuer hands in is the agreed inner format.
"""

from __future__ import annotations

import csv
import io
import itertools
import json

import pytest
from msgspec import structs

from cos.ssse.tables import card_numbers
from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.exchange import feedback_file
from dualcos.issuance.exchange.feedback_file import FeedbackRow
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_findings import InputError
from dualcos.issuance.exchange.matching import match
from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord, Header, Paper
from dualcos.issuance.invented_citizens import citizens, write_csv
from dualcos.issuance.personaliser import handover_files
from dualcos.issuance.personaliser.batch_runs import BatchReport, note
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import JobOutcome
from dualcos.profile.schema import load

MAC = bytes(range(32))  # test key
POLICY = Policy(synthetic=True, today="20261123")
TERMS = BankTerms({"debit": load("dual-2.0-3des").pse}, plain_pins=True)

FEEDBACK = {
    # 序号 社保卡号 社会保障号码 姓名 发卡日期 卡有效期 卡识别码 卡复位码 服务银行 银行卡号 个人帐户 装箱位置 失败环节
    # 失败原因
    "tec": "seq card_no ssn name issue_date expiry card_ident atr bank_code bank_pan social_account box_pos fail_stage "
    "fail_reason",
    # The other has no bank, the personal account before the bank card, and the bank's account behind it.
    "kio": "seq card_no ssn name issue_date expiry card_ident atr social_account bank_pan bank_account box_pos "
    "fail_stage fail_reason",
    "own": "seq card_no ssn name issue_date expiry card_ident atr bank_code bank_pan social_account bank_account "
    "box_pos fail_stage fail_reason sides csn pse_keydata kcv_set apdu_log_hash operator time perso_body result",
}
HANDED_OVER = {
    "pack.csv": "box_pos in_box card_no name ssn unit_no unit_name outlet_code bank_code city_code",
    "mail.csv": "card_no recipient mobile post_code mail_addr agent_name agent_id letter tracking_no",
}
STATES = "seq state chip stage reason"
MATCH = "class key social_row bank_row columns message"

# M must be there, all others may; which of them a row then needs (C) its checks say.
SOCIAL_INPUT = {
    "M": "row_id batch_no ssn name id_type sex ethnic birth_date city_code card_class spec_version init_org issue_date "
    "expiry_date card_no apply_type bank_code outlet_code",
    "": "birth_place reg_type reg_addr reg_region res_addr res_region phone guardian_name guardian_phone "
    "guardian_id_type guardian_id employ_state marital employer employer_code identity_class nationality "
    "medical_scheme medical_region "
    "medical_kind medical_account extra photo pin apply_reason old_card_no mobile post_code mail_addr "
    "recipient unit_no unit_name card_ident",
}
BANK_INPUT = {
    "M": "row_id batch_no ssn name id_type id_no pan psn expiry service_code profile dki kyc_result",
    "": "name_latin account_no birth_date sex effective track2_disc track1_disc product_flags ca_index issuer_key_id "
    "offline_pin ptl kyc_reason limits",
}
# The bureau's kinds of document as the bank has them (9F62): 01 is 00; 02, 03 are 01; 08 is 02; 04 to 06 are 03; all
# others 05.
BANKS_DOCUMENT = {
    **dict.fromkeys(["07", "09", "10", "11", "12", "13", "14", "15", "90", "99"], "05"),
    "01": "00",
    "02": "01",
    "03": "01",
    "04": "03",
    "05": "03",
    "06": "03",
    "08": "02",
}


@pytest.mark.parametrize("dialect", FEEDBACK)
def test_feedback_in_its_columns(dialect):
    assert set(FEEDBACK) == set(feedback_file.DIALECTS)
    row = FeedbackRow(5, *(f"<{name}>" for name in FeedbackRow._fields[1:]))
    header, cells, _ = csv.reader(io.StringIO(feedback_file.as_csv([row], MAC, dialect).decode()))
    assert header == FEEDBACK[dialect].split()
    assert cells == ["5", *(f"<{name}>" for name in FEEDBACK[dialect].split()[1:])]


def batch(*seqs: int) -> Batch:
    fields = [name for name in Paper.__struct_fields__ if name != "ssn"]
    papers = {seq: Paper(ssn="999901198802290011", **{name: f"<{name}>" for name in fields}) for seq in seqs}
    records = tuple(CardRecord(seq=seq, person=f"p{seq}", paper=paper) for seq, paper in papers.items())
    header = Header(format=1, batch="B1", template="t", sides="both", count=len(records), mac_kcv="")
    return Batch(header=header, records=records)


def report(*outcomes: JobOutcome) -> BatchReport:
    return BatchReport("B1", outcomes, (), 0, 0.0)


@pytest.mark.parametrize("made", [True, False])
def test_what_is_handed_over_has_its_columns_and_without_a_card_too(made):
    verdict = "made" if made else "spoiled"
    told = handover_files.deliveries(report(JobOutcome(1, 5, verdict)), batch(1))
    tables = {name: list(csv.reader(io.StringIO(text.decode()))) for name, text in told.items() if name.endswith("csv")}
    assert {name: rows[0] for name, rows in tables.items()} == {
        name: columns.split() for name, columns in HANDED_OVER.items()
    }
    if not made:
        assert all(len(rows) == 1 for rows in tables.values())
        return
    worked_out = {"box_pos": "B1-1-1-1", "in_box": "1", "ssn": "999901**********11", "city_code": ""}
    worked_out |= {"agent_name": "", "agent_id": "", "letter": "new", "tracking_no": ""}
    for name, (header, *cells) in tables.items():
        wanted = [worked_out.get(column, f"<{column}>") for column in HANDED_OVER[name].split()]
        assert [dict(zip(header, each, strict=True)) for each in cells] == [dict(zip(header, wanted, strict=True))]
    (face,) = map(json.loads, told["face.jsonl"].splitlines())
    labels = ["姓名", "社会保障号码", "社会保障卡卡号", "发卡日期", "有效期限"]
    assert [each["label"] for each in face["lines"]] == labels
    assert list(face) == ["seq", "card_no", "size_mm", "places_mm", "photo_mm", "lines", "photo", "track2"]


def test_states_and_matching_have_their_columns(tmp_path):
    for some in (batch(), batch(1)):
        assert handover_files.states(report(), some).decode().splitlines()[0] == STATES.replace(" ", ",")
    read = inputs(tmp_path, [next(citizens(1))])
    assert next(match(*read).as_csv()).decode().strip() == MATCH.replace(" ", ",")


def inputs(folder, people):
    write_csv(folder / "s.csv", [each.social for each in people])
    write_csv(folder / "b.csv", [each.bank for each in people])
    return social_rows.load(folder / "s.csv", POLICY), bank_rows.load(folder / "b.csv", TERMS, POLICY)


@pytest.mark.parametrize(
    ("wanted", "read"),
    [
        (SOCIAL_INPUT, lambda path: social_rows.load(path, POLICY)),
        (BANK_INPUT, lambda path: bank_rows.load(path, TERMS, POLICY)),
    ],
    ids=["social", "bank"],
)
def test_an_input_has_these_columns_and_no_others(tmp_path, wanted, read):
    every = [*wanted["M"].split(), *wanted[""].split()]
    path = tmp_path / "input.csv"

    def refused(columns):
        path.write_text(",".join(columns) + "\n" + ",".join("" for _ in columns) + "\n", encoding="utf-8")
        try:
            read(path)
        except InputError as error:
            return str(error).partition("input.csv: ")[2]
        return ""

    assert refused(every) == ""
    assert refused(wanted["M"].split()) == ""
    for column in wanted["M"].split():
        assert refused(each for each in list(every) if each != column) == f"columns missing: {column}"
    known = refused([*every, "colour"])
    assert known == f"unknown columns colour; known are {', '.join(sorted(every))}"
    nearly = [near for column in every for near in (column[:-1], column.upper()) if near not in every]
    assert f"{', '.join(nearly[:6])} and {len(nearly) - 6} more;" in refused([*every, *nearly])


def test_the_kinds_of_document_of_both_sides(tmp_path):
    """Every kind of the bureau's beside every kind of the bank's: which of them are the same."""
    (person,) = citizens(1)
    kinds = [f"{n:02d}" for n in (*range(1, 16), 90, 99)]
    pairs = list(itertools.product(kinds, [f"{n:02d}" for n in range(6)]))
    people = [paired(person, number, *pair) for number, pair in enumerate(pairs, 1)]
    social, bank = inputs(tmp_path, people)
    assert not [str(each) for each in (*social.findings, *bank.findings) if each.level == "error"]
    found = {
        pair[0]: pair[1]
        for pair, line in zip(pairs, sorted(match(social, bank).lines, key=lambda line: line.social_row), strict=True)
        if line.outcome.value == "MATCHED"
    }
    assert found == BANKS_DOCUMENT


def paired(person, number, bureaus, banks):
    """The same person under a number of its own, with these kinds of document."""
    body = f"999901{person.social['birth_date']}{number * 2 + 1:03d}"
    ssn = body + card_numbers.citizen_check(body)
    card = f"T{number:07d}"
    card += card_numbers.card_number_check(card)
    pan = f"629999{number:012d}"
    pan += card_numbers.luhn_digit(pan)
    row = {"row_id": str(number), "ssn": ssn}
    nationality = "XXA" if bureaus in ("07", "08") else ""
    social = {"id_type": bureaus, "card_no": card, "sex": "1", "nationality": nationality}
    return person._replace(
        social={**person.social, **row, **social},
        bank={**person.bank, **row, "id_type": banks, "id_no": ssn, "pan": pan, "sex": "1"},
    )


# Verdict of a card, where it stopped: what the register remembers, what the feedback tells, which state a centralised,
# a social and a bank body's file name.
TOLD = {
    ("made", ""): "MADE | made  | CHECKED SOCIAL_DONE BANK_DONE",
    ("rejected", "card"): "REJECTED | failed card | REJECTED REJECTED REJECTED",
    ("rejected", "social"): "REJECTED | failed card | REJECTED REJECTED REJECTED",
    ("rejected", "bank"): "REJECTED | failed bank | REJECTED REJECTED REJECTED",
    ("spoiled", "card"): "SPOILED | spoiled card | SPOILED SPOILED SPOILED",
    ("spoiled", "social"): "SPOILED | spoiled card | SPOILED SPOILED SPOILED",
    ("spoiled", "bank"): "SPOILED | spoiled bank | SPOILED SPOILED SPOILED",
    ("spoiled", "check"): "SPOILED | spoiled card | SPOILED SPOILED SPOILED",
    ("unfinished", "card"): "CLAIMED | failed card | CLAIMED CLAIMED CLAIMED",
    ("unfinished", "social"): "CLAIMED | failed card | CLAIMED CLAIMED CLAIMED",
    ("unfinished", "bank"): "CLAIMED | failed bank | SOCIAL_DONE CLAIMED CLAIMED",
    ("unfinished", "check"): "CLAIMED | failed card | DONE DONE DONE",
    ("unfinished", "file"): "CLAIMED | failed card | CLAIMED CLAIMED CLAIMED",
    ("unfinished", "disk"): "CLAIMED | failed card | CLAIMED CLAIMED CLAIMED",
}


def numbered(seq: int) -> Batch:
    """A batch of one card with a number of its own."""
    some = batch(seq)
    (record,) = some.records
    paper = structs.replace(record.paper, card_no=f"T{seq}")
    return structs.replace(some, records=(structs.replace(record, paper=paper),))


def test_what_became_of_a_card_as_everybody_is_told(tmp_path):
    found = {}
    with StockRegister(tmp_path / "stock.db", "central") as register:
        for seq, (verdict, stage) in enumerate(TOLD, 1):
            some = numbered(seq)
            (claim,) = register.claim("B1", some.records)
            note(register, JobOutcome(seq, claim.serial, verdict, stage, "why"))
            (outcome,) = [each for each in register.history("B1") if each.seq == seq]
            whole = report(JobOutcome(seq, claim.serial, verdict, stage, "why"))
            (row,) = handover_files.feedback_rows(whole, some, {}, handover_files.MadeBy())
            states = " ".join(handover_files.state(whole.outcomes[0], side) for side in ("central", "social", "bank"))
            found[verdict, stage] = f"{outcome.state.value} | {row.result} {row.fail_stage} | {states}"
    assert found == TOLD
