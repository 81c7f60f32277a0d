"""Whose settlement it is (人社信息函〔2012〕38号 1, 3): read from the card, told on line, kept of one made off line."""

from __future__ import annotations

import pytest

from dualcos.messages.social_services import PreSettlementAsked
from dualcos.terminal.social.medical_entry import eligible_basics, insured_person
from dualcos.terminal.social.medical_records import InsuredPerson, SettlementMode
from dualcos.terminal.social.terminal_stopped import TerminalStopped
from tests.dualcos.terminal.social.medical_bench import FROM_2_0, MedicalBench
from tests.dualcos.terminal.social.test_temporary_offline import bench_with
from tests.dualcos.terminal.terminal_bench import SOCIAL

HOLDER = InsuredPerson(social_number="990000190001010016", name="测试持卡人", insured_at="990000")


@pytest.mark.parametrize("profile", SOCIAL)
def test_number_name_and_place_of_insurance_are_the_cards(profile):
    """A card of 1.0 has no place of insurance: at its tag stands the name of a hospital."""
    bench = MedicalBench(profile)
    at = bench.insert()
    at.demand_pin()
    person = insured_person(at, eligible_basics(at, bench.terms))
    place = HOLDER.insured_at if profile in FROM_2_0 else ""
    assert person == InsuredPerson(social_number=HOLDER.social_number, name=HOLDER.name, insured_at=place)


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (b"\x54\x03\x12", ""),
        (b"\x84\x03\xff\xff\xff", ""),
        (b"\x84\x03\x99\x0a\x00", ""),
        (b"\x84\x03\x33\x01\x00", "330100"),
    ],
)
def test_a_place_that_is_none_is_empty(record, told):
    bench = MedicalBench()
    at = bench.insert()
    at.demand_pin()
    basics = {record[0]: record[2:]}
    assert insured_person(at, basics).insured_at == told


@pytest.mark.parametrize("word", ["6A83", "6982"])
def test_a_name_without_its_extension_is_a_name(word):
    bench = MedicalBench()
    at = bench.insert()
    at.demand_pin()
    basics = eligible_basics(at, bench.terms)
    bench.instead(bytes.fromhex("00B24E"), word)
    if word == "6A83":
        assert insured_person(at, basics).name == HOLDER.name
    else:
        with pytest.raises(TerminalStopped, match=word):
            insured_person(at, basics)


def test_the_back_end_is_told():
    bench = MedicalBench(mode=SettlementMode.ONLINE)
    bench.bureau.down = True
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 1_000))
    (stored,) = bench.journal.records()
    asked = stored.record.asked
    assert isinstance(asked, PreSettlementAsked)
    assert (asked.social_number, asked.name, asked.insured_at) == (
        HOLDER.social_number,
        HOLDER.name,
        HOLDER.insured_at,
    )


def test_a_record_made_off_line_says_whose_it_is():
    bench = bench_with()
    done = bench.desk.settle(bench.insert(), 1_000)
    assert done.record.person == HOLDER
