"""A file of any length is prepared and matched within little memory; where rows wait, nobody can read them."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from issuance_data import POLICY

from dualcos.issuance.bank.bank_rows import BankRow, BankTerms
from dualcos.issuance.bureau.social_rows import SocialRow
from dualcos.issuance.exchange import enciphered_spool, personalisation_file, value_index
from dualcos.issuance.exchange.checked_input import CheckedInput
from dualcos.issuance.exchange.enciphered_spool import EncipheredSpool
from dualcos.issuance.exchange.matching import Class, MatchError, match
from dualcos.issuance.exchange.personalisation_file import Header
from dualcos.issuance.exchange.value_index import ValueIndex
from dualcos.issuance.invented_citizens import citizens, write_csv, write_inputs
from dualcos.issuance.parties_together import bank_templates, prepare_bank, prepare_both, prepare_social
from dualcos.textforms import text_files
from keys.custody.sealing import Lock, new_key_file

BYTES_PER_ROW = 300
SECRET = "测试持卡人的个人密码"


@settings(max_examples=40)
@given(st.lists(st.one_of(st.text(max_size=20), st.integers(0, 40)), max_size=30))
def test_a_spool_is_a_list(steps):
    spool, model = EncipheredSpool(str), []
    for step in steps:
        if isinstance(step, str):
            spool.append(step)
            model.append(step)
        elif model:
            assert spool[step % len(model)] == model[step % len(model)]
    assert list(spool) == model
    assert len(spool) == len(model)
    assert spool[1:-1] == model[1:-1]
    with pytest.raises(IndexError):
        spool[len(model)]


def test_what_lies_on_the_disk_says_nothing(monkeypatch):
    files = []

    def disk(*_, **__):
        files.append(TemporaryFile())  # noqa: SIM115 - the spool closes it
        return files[-1]

    monkeypatch.setattr(enciphered_spool, "SpooledTemporaryFile", disk)
    spools = [EncipheredSpool(str, [SECRET, SECRET]) for _ in range(2)]
    raw = []
    for file in files:
        file.seek(0)
        raw.append(file.read())
    assert len({*raw}) == 2  # another key each time
    assert raw[0][: len(raw[0]) // 2] != raw[0][len(raw[0]) // 2 :]  # and another stream for each value
    for content in raw:
        assert not any(SECRET[:2].encode(code) in content for code in ("utf-8", "gb18030", "utf-16-le"))
    assert [list(spool) for spool in spools] == [[SECRET, SECRET]] * 2


def test_a_full_disk_for_temporary_files_is_named(monkeypatch):
    full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the spool closes it
    monkeypatch.setattr(enciphered_spool, "SpooledTemporaryFile", lambda *_, **__: full)
    with pytest.raises(OSError, match="TMPDIR"):
        EncipheredSpool(str, ["x"])


VALUES = st.sampled_from("abcdefg")


@given(st.lists(VALUES, max_size=12), st.lists(VALUES, max_size=12))
def test_an_index_finds_what_rows_have_in_common(here, there):
    index = ValueIndex()
    for side, values in enumerate((here, there)):
        for place, value in enumerate(values):
            index.note((value, "x"), place, side)
    ours, theirs = Counter(here), Counter(there)
    groups = list(index.groups(0))
    assert [here[group.firsts[0]] for group in groups] == list(dict.fromkeys(here))
    assert [group.counts for group in groups] == [(ours[value], theirs[value]) for value in dict.fromkeys(here)]
    others = list(index.groups(1))
    assert [there[group.firsts[1]] for group in others] == [v for v in dict.fromkeys(there) if v not in ours]
    for group in (*groups, *others):
        value = here[group.firsts[0]] if group.counts[0] else there[group.firsts[1]]
        for side, values in enumerate((here, there)):
            assert index.places(group, side) == [at for at, each in enumerate(values) if each == value]
    assert list(index.repeats()) == [(here.index(v), at) for at, v in enumerate(here) if here.index(v) < at]
    assert index.shared(1) == (sum(n for n in theirs.values() if n > 1), sum(n == 1 for n in theirs.values()))
    index.close()


def test_composite_values_are_told_apart_by_their_parts():
    index = ValueIndex()
    index.note(("ab", "c"), 0)
    index.note(("a", "bc"), 1)
    assert list(index.repeats()) == []
    index.close()


def rows(kind, keys, **further):
    return tuple(
        kind(number, {"ssn": key, "name": "测试", "id_type": "01", **further}, {}, *((b"",) * (kind is SocialRow)))
        for number, key in enumerate(keys, 1)
    )


@given(st.lists(VALUES, max_size=9), st.lists(VALUES, max_size=9))
def test_every_row_ends_in_the_class_its_number_of_partners_says(ours, theirs):
    social = CheckedInput("s", rows(SocialRow, ours, apply_type="new"), (), frozenset())
    bank = CheckedInput("b", rows(BankRow, theirs, id_type="00", id_no="", kyc_result="ok"), (), frozenset())
    bank = bank._replace(rows=tuple(row._replace(values={**row.values, "id_no": row.ssn}) for row in bank.rows))

    def expected(key, side):
        mine, other = (ours.count(key), theirs.count(key))[:: 1 if side == 0 else -1]
        if mine > 1 and other > 1:
            return Class.DUP_BOTH
        if mine > 1 or other > 1:
            return (Class.DUP_SOCIAL, Class.DUP_BANK)[side if mine > 1 else 1 - side]
        return Class.MATCHED if other else (Class.SOCIAL_ONLY, Class.BANK_ONLY)[side]

    try:
        report = match(social, bank)
    except MatchError:
        assert any(
            sum(n for n in Counter(keys).values() if n > 1) > max(2, sum(n == 1 for n in Counter(keys).values()))
            for keys in (ours, theirs)
        )
        return
    got = {(side, line[2 + side]): line.outcome for line in report.lines for side in (0, 1) if line[2 + side]}
    wanted = {
        (side, number): expected(key, side)
        for side, keys in enumerate((ours, theirs))
        for number, key in enumerate(keys, 1)
    }
    assert got == wanted
    assert [pair.social.ssn for pair in report.pairs] == [pair.bank.ssn for pair in report.pairs]
    assert len(report.pairs) == sum(outcome is Class.MATCHED for outcome in got.values()) // 2


def peak(folder, count):
    """Most bytes that matching ``count`` people and writing their file takes."""
    folder.mkdir()
    social, bank = write_inputs(folder, citizens(count, 1))
    terms = BankTerms(bank_templates("dual-2.0-3des"), plain_pins=True)
    lock = Lock(new_key_file())
    gc.collect()
    tracemalloc.start()
    both = prepare_both(social, bank, terms, POLICY)
    records = both.matched().records
    header = Header(format=1, batch="B", template="dual-2.0-3des", sides="both", count=len(records), mac_kcv="")
    personalisation_file.write(folder / "b.perso", header, records, bytes(32), lock)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(records) == count
    return most


def test_memory_hardly_grows_with_the_rows(tmp_path, monkeypatch):
    # What is held of any file, however short, is made small beside a hundred rows.
    monkeypatch.setattr(enciphered_spool, "_IN_MEMORY", 1 << 12)
    monkeypatch.setattr(value_index, "_AT_ONCE", 16)
    monkeypatch.setattr(text_files, "_CHUNK", 1 << 12)
    few, many = 60, 200
    peak(tmp_path / "warm", few)
    grown = peak(tmp_path / "many", many) - peak(tmp_path / "few", few)
    assert grown / (many - few) < BYTES_PER_ROW


def test_who_has_a_bad_row_on_the_other_side_is_not_called_absent(tmp_path):
    """And gets no card without a bank side, though ``social_only`` is asked for."""
    social, bank = write_inputs(tmp_path, citizens(4, 1))
    lines = bank.read_text("utf-8").splitlines()
    lines[1] = lines[1].replace(",debit,", ",credit,")
    bank.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    lines = social.read_text("utf-8").splitlines()
    lines[2] = lines[2].replace(",2.00,", ",9.00,")
    social.write_text("\n".join(lines) + "\n", encoding="utf-8")
    terms = BankTerms(bank_templates("dual-2.0-3des"), plain_pins=True)
    both = prepare_both(social, bank, terms, POLICY)
    matched = both.matched(social_only=True)
    told = {line.social_row: (line.outcome, line.message) for line in matched.report.lines if line.social_row}
    assert told[4] == (Class.SOCIAL_ONLY, "its row 1 in bank.csv cannot be used")
    assert told[1] == (Class.SOCIAL_ONLY, "not in bank.csv")
    theirs = {line.bank_row: (line.outcome, line.message) for line in matched.report.lines if not line.social_row}
    assert theirs[3] == (Class.BANK_ONLY, "its row 2 in social.csv cannot be used")
    assert [record.sides for record in matched.records] == ["both", "social"]


@pytest.mark.parametrize("side", ["social", "bank"])
def test_a_person_who_is_there_twice_gets_no_card_where_nothing_is_matched(tmp_path, side):
    people = list(citizens(3, 1))
    again = {
        "ssn": people[0].social["ssn"],
        "birth_date": people[0].social["birth_date"],
        "sex": people[0].social["sex"],
    }
    again |= {"id_no": again["ssn"]} if side == "bank" else {}
    rows = [dict(getattr(person, side)) for person in people]
    rows[2] |= again
    write_csv(tmp_path / "rows.csv", rows)
    terms = BankTerms(bank_templates("dual-2.0-3des"), plain_pins=True)
    path = tmp_path / "rows.csv"
    prepared = prepare_social(path, POLICY) if side == "social" else prepare_bank(path, terms, POLICY)
    assert prepared.given.bad == {1, 3}
    assert [record.paper.ssn for record in prepared.records] == [rows[1]["ssn"]]
    assert "is the same as in row 3: which of them is right?" in str([str(each) for each in prepared.given.findings])
