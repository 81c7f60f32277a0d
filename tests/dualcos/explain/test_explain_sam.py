"""Explanations of a terminal's PSAM: keys by the user card's names, calculations masked where they encipher."""

from __future__ import annotations

import pytest
from explain_bench import Bench

from dualcos.explain import line

APPLICATION = "00A4040006D15600000590"  # SSC-9 §5
FACTORS = "3331303130307378" + "1122334455667788"


@pytest.fixture
def bench():
    return Bench(name="psam-3des")


def test_environment_and_application(bench):
    selected = bench.send(APPLICATION)
    assert (selected.place, selected.now) == ("PSAM", "PSAM/DF01")
    assert "终端安全模块应用" in selected.meaning


def test_keys_by_the_index_table(bench):
    """密钥索引表 2013: usage type 07, identifier 0A is the root of RKSSSE."""
    delivered = bench.send(APPLICATION, "BFDE270A10" + FACTORS)
    assert delivered.meaning == "RKSSSE 应用数据读取, usage 27 identifier 0A, 1 steps"
    assert [detail.name for detail in delivered.sent] == ["factor 1", "session factor"]


@pytest.mark.parametrize(("place", "meaning"), [("4813", "UK1SSSE 应用数据更新"), ("485D", "RKEF0C 地方扩充")])
def test_regional_keys_have_names(place, meaning):
    """As reader programs have them beside the national keys."""
    delivered = Bench(name="psam-mixed-tiers").send(APPLICATION, f"BFDE{place}18" + FACTORS + "1122334455667788")
    assert delivered.meaning == f"{meaning}, usage 48 identifier {place[2:]}, 2 steps"


def test_a_national_name_goes_before_a_regional_one(bench):
    """48/5B: LKDF06 in the index of 2013, the update key of DF03/EF0F in a reader program."""
    assert bench.send(APPLICATION, "BFDE485B18" + FACTORS + "1122334455667788").meaning.startswith("LKDF06")


def test_enciphering_is_masked_and_a_mac_is_not(bench):
    """SSC-9 §9.8: P1 00 enciphers, and a PIN goes this way; P1 05 computes a MAC over what is sent anyway."""
    bench.send(APPLICATION, "BFDE270A10" + FACTORS)
    enciphered = bench.send("80FA000008" + "C0FFEE5AFEC0DE12")
    assert enciphered.masked
    assert "C0FFEE" not in line(enciphered) + repr(enciphered).upper()
    assert not bench.send("80FA050010" + "00" * 8 + "8424000004800000").masked


def test_files_by_name(bench):
    assert bench.send("00B0950010").meaning == "0015 public information 公共信息, from byte 0"
