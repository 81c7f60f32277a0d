"""Explanations of bank traffic: lists steer how terminal data are cut (worked example with invented test keys)."""

from __future__ import annotations

import pytest
from explain_bench import Bench, explained

from apdu import tlv
from dualcos.explain import Explainer, RawPower

AID = "A000000333010101"
FCI = tlv.encode(
    0x6F,
    tlv.encode(0x84, bytes.fromhex(AID)),
    tlv.encode(
        0xA5,
        tlv.encode(0x50, b"DEBIT"),
        tlv.encode(0x9F38, bytes.fromhex("9F1A02")),
        tlv.encode(0xBF0C, tlv.encode(0x9F4D, b"\x0b\x0a"), tlv.encode(0x9F4F, bytes.fromhex("9A039F02069C01"))),
    ),
).hex()
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E14"
CDOL2 = "8A029F02069F03069F1A0295055F2A029A039C019F37049F2103"
RECORD = "70" + f"{len(CDOL1 + CDOL2) // 2 + 4:02X}" + f"8C{len(CDOL1) // 2:02X}{CDOL1}8D{len(CDOL2) // 2:02X}{CDOL2}"
GAC1 = (
    "80AE800034" + "000000012345" + "000000000000" + "0156" + "0000048000" + "0156" + "260315" + "00" + "3F7C21A9"
    + "143052" + "4455414C434F5320544553542053484F50202020" + "00"
)  # fmt: skip
ARQC = "8013" + "80" + "0012" + "E3F2918989673FFD" + "07010103A0000201" + "9000"


def by_name(details):
    return {detail.name.strip().partition(" ")[0]: detail for detail in details}


@pytest.fixture
def explainer():
    started = Explainer()
    started.explain(RawPower("cold"))
    return started


@pytest.fixture
def selected(explainer):
    explained(explainer, "00A4040008" + AID + "00", FCI + "9000")
    return explainer


def test_the_application_by_name(explainer):
    exchange = explained(explainer, "00A4040008" + AID + "00", FCI + "9000")
    assert exchange.meaning == "UnionPay debit 银联借记"
    assert (exchange.after, exchange.now) == ("pse", "PSE/ADF")
    assert "DEBIT" in by_name(exchange.received)["50"].text


def test_options_by_the_pdol(selected):
    """PBOC-5 §7: 83 and the values the PDOL asked for."""
    exchange = explained(selected, "80A80000048302015600", "800A7C0008010100100102019000")
    assert by_name(exchange.sent)["9F1A"].text == "0156"
    assert "82" in by_name(exchange.received)
    assert "94" in by_name(exchange.received)


def test_cryptograms_by_cdol1_and_cdol2(selected):
    """PBOC-5 §B.6: data field by CDOL1, then by CDOL2; answer 80: CID, ATC, AC, IAD."""
    explained(selected, "00B2021C00", RECORD + "9000")
    first = explained(selected, GAC1, ARQC)
    assert first.meaning.startswith("first: ARQC")
    said = by_name(first.sent)
    assert said["9F02"].text.endswith("12345")
    assert said["9A"].text.endswith("2026-03-15")
    assert said["9F37"].text == "3F7C21A9"
    assert by_name(first.received)["9F26"].text == "E3F2918989673FFD"
    assert by_name(first.received)["9F36"].text == "0012"
    data = "3030" + "000000012345000000000000015600000480000156260315003F7C21A9" + "143052"
    answer = "8013400012" + "74D1D49DD4AA32AF" + "0701010360000201"
    second = explained(selected, f"80AE400022{data}00", answer + "9000")
    assert second.meaning.startswith("second: TC")
    assert "8A" in by_name(second.sent)


def test_a_cryptogram_fetched_with_get_response(selected):
    explained(selected, "00B2021C00", RECORD + "9000")
    explained(selected, GAC1[:-2], "6115")
    fetched = explained(selected, "00C0000015", ARQC)
    assert fetched.meaning == "of GENERATE AC first: ARQC, go online 联机"
    assert by_name(fetched.received)["9F26"].text == "E3F2918989673FFD"


def test_the_transaction_log_by_its_format(selected):
    """PBOC-5 §18.1: 9F4D names the file, 9F4F the layout."""
    exchange = explained(selected, "00B2015C00", "260315" + "000000012345" + "00" + "9000")
    assert "transaction log" in exchange.meaning
    assert [detail.name.partition(" ")[0] for detail in exchange.received] == ["9A", "9F02", "9C"]


def test_put_data_and_external_authenticate(selected):
    put = explained(selected, "04DA9F5805055CDCDDF0", "9000")
    assert by_name(put.sent)["9F58"].text == "05"
    assert put.sent[-1].text == "5CDCDDF0"
    authenticated = explained(selected, "008200000A57825135A7B12C593030", "9000")
    assert authenticated.sent[0].text == "57825135A7B12C59"
    assert "'00'" in authenticated.sent[1].text


def test_a_blocked_applications_warning_then_its_fci(explainer):
    """PBOC-5 §6.4: 6283 goes out first, the FCI waits."""
    explained(explainer, "00A4040008" + AID, "6283")
    fetched = explained(explainer, "00C0000033", FCI + "9000")
    assert fetched.meaning.startswith("of SELECT UnionPay debit")
    assert fetched.place == "PSE/ADF"


def test_the_personalisation_channel(explainer):
    """PBOC-10 §8.2: KMCID 6, CSN 4, version, protocol, counter 2, challenge 6, cryptogram 8."""
    explained(explainer, "00A404000E315041592E5359532E4444463031", "9000")
    answer = "999999FFFFFF" + "0000A1B2" + "01" + "02" + "0001" + "AABBCCDDEEFF" + "1122334455667788"
    opened = explained(explainer, "80500000080011223344556677", answer + "9000")
    assert [detail.text for detail in opened.received][:5] == ["999999FFFFFF", "0000A1B2", "01", "02", "0001"]
    stored = explained(explainer, "80E200000A" + "0103" + "07" + "9F620100" + "9F6101"[:6], "6A80")
    assert stored.sent[0].name == "DGI 0103"


def test_the_card_itself_both_sides_in_one_trace():
    """A PIN in the wrong environment stays a PIN; the card's notes come along."""
    bench = Bench(name="dual-2.0-3des")
    assert bench.send("00A4040008" + AID).now == "PSE/ADF"
    right = bench.send("0020008008" + "26123456FFFFFFFF")
    assert right.masked
    assert right.meaning == "PIN block 密码块"
    early = bench.send("80AE4000010000")
    assert early.refused
    assert early.reasons
    assert "PBOC-5" in early.reasons[0].clause
    assert bench.send("00A404000F7378312E73682EC9E7BBE1B1A3D5CF").now == "SSSE"


@pytest.mark.parametrize(
    ("name", "content"),
    [("315041592E5359532E4444463031", "directory entries"), ("A000000333010101", "track data and name")],
    ids=["environment", "application"],
)
def test_a_record_is_what_it_is_where_it_is_stored(name, content):
    """PBOC-3 §12.2: in the environment a record is one of the directory file."""
    explainer = Explainer()
    for chosen in ("315041592E5359532E4444463031", name):
        explained(
            explainer,
            f"00A40400{len(chosen) // 2:02X}{chosen}",
            f"6F{len(chosen) // 2 + 2:02X}84{len(chosen) // 2:02X}{chosen}9000",
        )
    stored = explained(explainer, "80E200000A" + "010107" + "70056103870101", "9000")
    assert (stored.sent[0].name, stored.sent[0].text) == ("DGI 0101", content)
