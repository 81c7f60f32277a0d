"""Explanations of social-side traffic say what the file tables, the key index and the clauses say."""

from __future__ import annotations

import pytest
from explain_bench import DF03, PIN, SELECT_SSSE, Bench, advice, explained

from dualcos.explain import Explainer, Power, RawPower, RawSilence, line, text
from dualcos.explain.refusal_reasons import words
from dualcos.explain.rendering import columns, command_hex, grouped, pad, width
from firewall.hardware.power import PowerLoss


@pytest.fixture
def bench():
    return Bench()


def test_a_3_0_holder_file_asks_for_rksse():
    """V2.0 table 3 and the 3.0 terminals' sequence: KID 0A, then EF06."""
    refused = Bench("3.0").send(SELECT_SSSE, "00B2013400")
    assert refused.sw == 0x6982
    assert refused.meaning == "EF06 持卡人的基本信息文件, record 1"
    (reason,) = refused.reasons
    assert reason.gate == "access right"
    assert "key KID 0A of SSSE by external authentication" in words(reason)
    assert "nothing authenticated" in words(reason)
    assert "V2.0 §5" in reason.clause
    (found,) = refused.findings
    assert (found.kind, found.next_step) == ("step.missing", "prove-key")
    assert "RKSSSE 应用数据读取 (PSAM 47/0A): 00 82 00 0A 10" in advice(refused)
    assert refused.notes == ()
    shown = line(refused)
    for piece in ("6982", "READ RECORD 读记录", "EF06", "KID 0A", "V2.0 §5"):
        assert piece in shown


def test_an_insurance_file_takes_pin_or_key(bench):
    """V2.0 table 6: DF03 EF05 is read with PIN or RK2DF03 (KID 85, PSAM 67/2C)."""
    refused = bench.send(SELECT_SSSE, DF03, "00B2012C00")
    assert "the PIN (VERIFY) or key KID 85 of DF03" in words(refused.reasons[0])
    assert [found.next_step for found in refused.findings] == ["prove-key-or-pin"]
    assert "RK2DF03" in advice(refused)
    assert "67/2C" in advice(refused)
    assert "00 20 00 00" in advice(refused)


def test_once_the_pin_is_there_no_advice_asks_for_it(bench):
    refused = bench.send(SELECT_SSSE, DF03, "0020000003" + PIN, "00DC012C03" + "600100")
    assert refused.sw == 0x6982
    assert "proved so far: the PIN" in words(refused.reasons[0])
    assert [found.next_step for found in refused.findings] == ["prove-key"]
    assert "00 20 00 00" not in advice(refused)


def test_select_and_its_answer(bench):
    select = bench.send(SELECT_SSSE)
    assert (select.name, select.zh, select.meaning) == ("SELECT", "选择文件", "SSSE 社会保障系统环境")
    assert (select.place, select.now, select.after) == ("MF", "SSSE", "ssse")
    fetched = bench.send("00C0000018")
    assert fetched.meaning == "of SELECT SSSE 社会保障系统环境"
    said = {detail.name.strip(): detail.text for detail in fetched.received}
    assert said["84 DF Name"].endswith("SSSE 社会保障系统环境")
    assert said["88 Short File Identifier (SFI)"] == "1E"


def test_the_issuer_announces_sm4():
    """SSC-5 §6.11: 9F0C 03 86 01 03, as in the answer of real 3.0 cards."""
    answer = "6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C038601039000"
    exchange = explained(Explainer(), SELECT_SSSE, answer)
    assert exchange.received[-1].text.endswith("algorithm SM4")


def test_records_by_their_tables(bench):
    """V2.0 §8.1.1.3: EF05 record 3 is the edition; table 9: EF06 record 1 the social security number."""
    version = bench.send(SELECT_SSSE, "00B2032C06")
    assert [(one.zh, one.text) for one in version.received] == [("规范版本", "2.00")]
    holder = bench.send("00B2013414")
    assert holder.received[0].zh == "社会保障号码"
    assert line(holder).endswith(f"= {holder.received[0].text}")


def test_a_file_selected_first_is_meant_by_sfi_0(bench):
    assert bench.send(SELECT_SSSE, "00A4020002EF05").meaning == "EF05 发卡机构数据文件"
    assert bench.send("00B2030406").meaning == "EF05 发卡机构数据文件, record 3"


def test_a_refused_select_moves_nothing(bench):
    bench.send(SELECT_SSSE, "00A4020002EF05")
    refused = bench.send("00A4040006D156000005FF")
    assert (refused.sw, refused.place, refused.now) == (0x6A82, "SSSE", "SSSE")
    assert bench.send("00B2030406").meaning.startswith("EF05")


@pytest.mark.parametrize(
    ("p2", "said"),
    [
        ("0A", "RKSSSE 应用数据读取 (KID 0A)"),
        ("06", "PUK 个人密码解锁 (KID 06)"),
        ("05", "BK 卡片锁定 (KID 05)"),
        ("84", "RK1DF03 应用数据读取 (KID 84)"),
        ("00", "master key 主控密钥 (KID 00)"),
        ("0C", "KID 0C"),
    ],
)
def test_keys_by_name(bench, p2, said):
    """密钥索引表 2013; SSC-5 table 14: b8 means the current application's key."""
    bench.send(SELECT_SSSE, DF03)
    exchange = bench.send(f"008200{p2}10" + "11" * 16)
    assert exchange.meaning == said
    assert [detail.name for detail in exchange.sent] == ["authentication data", "original information"]


def test_a_command_of_the_other_side_has_its_name_and_no_false_clause(bench):
    refused = bench.send(SELECT_SSSE, "80CA9F3600")
    assert (refused.name, refused.sw) == ("GET DATA", 0x6D00)
    assert refused.reasons[0].clause == ""


def test_a_reason_without_clause_gets_the_commands(bench):
    refused = bench.send(SELECT_SSSE, "00B0850010")
    assert (refused.sw, refused.reasons[0].clause) == (0x6981, "SSC-5 §6.9")


def test_no_apdu_at_all(bench):
    refused = bench.send("FF")
    assert (refused.name, refused.sw, refused.reasons[0].gate) == ("no APDU", 0x6700, "APDU")


def test_creation_and_key_loading_of_a_blank_chip():
    """Personalisation dialect: CREATE FILE frames, WRITE KEY forms by class."""
    explainer = Explainer()
    explainer.explain(RawPower("cold"))
    made = explained(explainer, "80E0010015" + "0022" + "00FF01" + "DF03" + "02" + "00" * 8 + "D156000005", "9000")
    assert (made.name, made.sent[0].text) == ("CREATE FILE", "DF03 ADF")
    file = explained(explainer, "80E0010010" + "000000" + "0082" + "EF05" + "C6" + "00" + "05" + "00FF00000044", "9000")
    assert "EF05, SFI 05, linear variable, 130 bytes" in file.sent[0].text
    key = explained(explainer, "84D4010024" + "AB" * 36, "9000")
    assert key.meaning == "master key 主控密钥 of MF, enciphered 加密, with MAC 带MAC"


def test_medical_amounts_in_yuan():
    """SSC-5 §7: GET BALANCE answers the account in fen, four bytes."""
    explainer = Explainer()
    explained(explainer, SELECT_SSSE, "9000")
    balance = explained(explainer, "B026000104", "000030399000")
    assert balance.received[0].text == "123.45 元"


def test_power_and_silence():
    explainer = Explainer()
    on = explainer.explain(RawPower("cold", bytes.fromhex("3B6D00")))
    assert "3B 6D 00" in line(on)
    assert "power on" in text(on)
    mute = explainer.explain(RawSilence(bytes.fromhex("0020000003123456"), "power was lost"))
    assert isinstance(mute, Power)
    assert "VERIFY" in line(mute)
    assert "123456" not in line(mute)


def test_a_cut_is_told_and_goes_on():
    bench = Bench()
    bench.send(SELECT_SSSE)
    bench.bare.rail.cut_after(0)
    with pytest.raises(PowerLoss):
        bench.card.exchange(bytes.fromhex("0020000003999999"))
    assert isinstance(bench.happened[-1], Power)
    assert bench.happened[-1].kind == "silent"


def test_columns_line_up_with_chinese_in_them():
    assert width("读记录ab") == 8
    assert pad("读", 4) == "读  "
    assert columns([("读记录", "x"), ("ab", "y")]) == ["读记录  x", "ab      y"]


def test_hex_in_groups():
    assert grouped(bytes.fromhex("0102030405")) == "01020304 05"
    assert command_hex(bytes.fromhex("00B2013400")) == "00 B2 01 34  00"
    assert command_hex(bytes.fromhex("00A4000002DF0300")) == "00 A4 00 00  02  DF03  00"


def test_every_line_begins_with_its_number_and_word(bench):
    bench.send(SELECT_SSSE, "00C0000018", "00B2013400")
    for number, happening in enumerate(bench.happened, 1):
        assert line(happening).split()[0] == str(number)
