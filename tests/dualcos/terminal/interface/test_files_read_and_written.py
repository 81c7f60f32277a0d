"""“通用读卡” and “通用写卡” (SC §2, §3): what the caller names, what comes, and which right is earned for it."""

from __future__ import annotations

import pytest

from dualcos.profile.hard_cases import BY_KEY
from dualcos.terminal.interface.caller_buffers import CharBuffer
from keys.social_cryptography import authentication_data
from tests.dualcos.terminal.interface.counter_with_library import Counter, wrong_proof
from tests.dualcos.terminal.terminal_bench import SOCIAL

EVERY = pytest.mark.parametrize("profile", SOCIAL)
NEWER = pytest.mark.parametrize("profile", [name for name in SOCIAL if name != "social-1.0"])
BY_PIN, BY_KEY_TYPE = 1, 2


def proof_by_hand(counter: Counter, text: str, name: str) -> str:
    """pKey of a second step by an HSM of our own (SSC-4 §9)."""
    algorithm, _, factor, original = text.split("|")[:4]
    assert algorithm == counter.algorithm
    service, card = counter.keys, counter.of_keys
    version = 0 if name in ("PUK", "BK") else 1
    key = service.card_key(name, card, version)
    return authentication_data(key, bytes.fromhex(factor), bytes.fromhex(original)).hex().upper() + original


def verified(counter: Counter) -> int:
    return sum(each.startswith("00200000") for each in counter.card.commands if len(each) > 10)


def proved(counter: Counter) -> list[str]:
    return [each[4:8] for each in counter.card.commands if each.startswith("0082")]


@EVERY
def test_free_items_and_no_psam(profile):
    counter = Counter(profile, sam=None)
    person = counter.person
    said = counter.good("iReadCard", 1, BY_PIN, counter.info, "SSSEEF05|07|05|$")
    assert said.text == f"SSSEEF05|{person.card_number}|{person.issued}|$"
    assert (verified(counter), proved(counter), counter.at_rest) == (0, [], True)


@EVERY
def test_the_environment_under_its_other_name(profile):
    counter = Counter(profile)
    said = counter.good("iReadCard", 1, BY_PIN, counter.info, "3F00EF06|09|0A|$")
    assert said.text == f"3F00EF06|{counter.person.name}|1|$"


@NEWER
def test_the_examples_of_the_standard(profile):
    """SC §2.1.2: two files in one question, the second degree of several, a country's code."""
    counter = Counter(profile)
    said = counter.good("iReadCard", 1, BY_KEY_TYPE, counter.info, "DF01EF0A|37|$DF01EF15|2A|40:2|$")
    first, second, end = said.text.split("$")
    assert (first, end) == ("DF01EF0A|CHN|", "")
    name, education, degree, nothing = second.split("|")
    assert (name, education, nothing) == ("DF01EF15", "21", "")
    assert degree.endswith("^")
    assert degree.count("^") == 3


@pytest.mark.parametrize(("auth", "pins", "keys"), [(BY_PIN, 1, []), (BY_KEY_TYPE, 0, ["008A"])])
def test_of_pin_or_key_the_caller_chooses(auth, pins, keys):
    counter = Counter("social-2.0")
    counter.good("iReadCard", 1, auth, counter.info, "DF01EF06|28|$")
    assert (verified(counter), len(proved(counter))) == (pins, len(keys))


def test_of_pin_and_key_the_key_comes_first():
    """SC §2.1.3 step 6."""
    counter = Counter("social-2.0")
    for auth in (BY_PIN, BY_KEY_TYPE):
        counter.good("iReadCard", 1, auth, counter.info, "DF04EF06|90|$")
    sent = [each[:4] for each in counter.card.commands if each.startswith("0082") or each[:8] == "00200000"]
    assert sent == ["0082", "0020", "0020"] * 2  # the tries are asked for first


def test_one_pin_for_several_files():
    counter = Counter("social-2.0")
    counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF05|20|$DF02EF06|4C|$DF04EF05|8F|$")
    assert (verified(counter), len(counter.pad.asked)) == (1, 1)


def test_cyclic_files_whole_or_one_record():
    counter = Counter("social-2.0")
    every = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|$").text
    records = every.removesuffix("$").split("|")[1:-1]
    assert len(records) == 4
    assert {each.count("^") for each in records} == {4}
    assert {each[-1] for each in records} == {"^"}
    one = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|2|$").text
    assert one == counter.good("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|02|$").text
    assert one == f"DF02EF07|{records[1]}|$"
    assert counter.call("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|5|$").code == -27267


@EVERY
def test_a_transparent_file_is_hex(profile):
    counter = Counter(profile)
    text = counter.good("iReadCard", 1, BY_KEY_TYPE, counter.info, "SSSEEF07|$").text
    assert bytes.fromhex(text[9:-2])[:12] == "测试指纹数据".encode("gbk")
    assert len(text) == 9 + 2 * 0x300 + 2


def test_a_photo_is_read_whole():
    counter = Counter("social-3.0")
    text = counter.good("iReadCard", 1, BY_KEY_TYPE, counter.info, "SSSEEF08|$").text
    assert bytes.fromhex(text[9:-2])[:3] == b"\xff\xd8\xff"
    assert len(text) == 9 + 2 * 0x1000 + 2


def test_a_character_whose_second_byte_is_a_bar_splits_nothing():
    """GBK has 7C and 5E as second bytes: texts are split as characters, not as bytes."""
    barred = [chr(each) for each in range(0x4E00, 0x9FA5) if chr(each).encode("gbk", "ignore")[1:] in (b"|", b"^")]
    counter = Counter("social-2.0")
    value = "".join(barred[:10])
    assert len(value) == 10
    counter.good("iWriteCard", 1, counter.info, "DF01EF06|23|$", f"DF01EF06|{value}|$".encode("gbk"))
    assert counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF06|23|$").text == f"DF01EF06|{value}|$"


def test_an_item_of_a_1_0_card_means_what_1_0_says():
    counter = Counter("social-1.0")
    said = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF04EF05|81|$")
    assert said.text.startswith("DF04EF05|测试")


# --- refusals of reading ---


@EVERY
@pytest.mark.parametrize("other", ["identification", "number"])
def test_another_card_than_the_caller_means(profile, other):
    counter = Counter(profile)
    code, number, _ = counter.info.split("|")
    info = f"{code[:-1]}{'1' if code[-1] == '0' else '0'}|{number}|" if other == "identification" else f"{code}|000|"
    for name, arguments in (
        ("iReadCard", (1, 1, info, "SSSEEF05|07|$")),
        ("iReadCard_HSM_Step1", (1, info, "DF04EF06|90|$")),
        ("iWriteCard", (1, info, "DF04EF05|8F|$", "DF04EF05|1|$")),
        ("iWriteCard_HSM_Step1", (1, info, "DF04EF05|8F|$")),
        ("iReloadPIN", (1, info)),
        ("iReloadPIN_HSM_Step1", (1, info)),
        ("iUnblockPIN", (1, info)),
        ("iUnblockPIN_HSM_Step1", (1, info)),
        ("iDoDebit", (1, info, "1.00|1.00|20260101000000|")),
        ("iDoDebit_HSM_Step1", (1, info, "1.00|1.00|20260101000000|")),
    ):
        assert counter.call(name, *arguments).code == -22, name
        assert counter.at_rest
    assert counter.pad.asked == []


@pytest.mark.parametrize(
    "files",
    [
        *("", "$", "|$", "SSSEEF05", "SSSEEF05|07|", "SSSEEF05|07$", "SSSEEF05|$", "SSSEEF05||$", "SSSEEF05|7|$"),
        *("SSSEEF05|07|$DF01EF06", "DF08EF05|07|$", "DF01EE05|07|$", "SSSEEF05|07:0|$", "SSSEEF05|07:|$"),
        *("SSSEEF05|GG|$", "SSSEEF07|01|$", "DF02EF07|0|$", "DF02EF07|AA|$", "DF02EF07|255|$", "sxxxEF05|07|$"),
        *("SSSEEF05|07|$$", "SSSEEF05|07|05$"),
    ],
)
def test_file_addresses_that_are_none(files):
    counter = Counter("social-2.0")
    said = counter.call("iReadCard", 1, 1, counter.info, files)
    assert said.code == -23, said
    assert counter.at_rest


@pytest.mark.parametrize(("files", "code"), [
    ("DF01EF99|01|$", -27266), ("DF05EF06|01|$", -27266), ("SSSEEF05|08|$", -27267),
    ("DF02EF07|254|$", -27267), ("DF01EF15|40:9|$", -27267),
])  # fmt: skip
def test_what_the_card_does_not_have(files, code):
    counter = Counter("social-2.0")
    assert counter.call("iReadCard", 1, 1, counter.info, files).code == code


def test_a_text_longer_than_its_parameter():
    counter = Counter()
    assert counter.call("iReadCard", 1, 1, counter.info, "SSSEEF05|07|$" * 79).code == -42
    assert counter.call("iReadCard", 1, 1, counter.info + "0" * 128, "SSSEEF05|07|$").code == -42


# --- with an HSM ---


@EVERY
def test_reading_in_two_steps(profile):
    counter = Counter(profile, sam=None)
    address = "DF04EF06|90|$"
    first = counter.good("iReadCard_HSM_Step1", 1, counter.info, address)
    assert [len(each) for each in first.fields] == [2, 4, 16, 16]
    assert first.fields[1] == "0182"  # RK1DF04
    assert verified(counter) == 1  # PIN and key: the PIN here
    said = counter.good("iReadCard_HSM_Step2", proof_by_hand(counter, first.text, "RK1DF04"))
    assert said.text.startswith("DF04EF06|")
    assert said.text.endswith("|$")
    assert counter.at_rest


@EVERY
def test_writing_in_two_steps(profile):
    counter = Counter(profile, sam=None)
    first = counter.good("iWriteCard_HSM_Step1", 1, counter.info, "DF04EF05|8F|$")
    assert first.fields[1] == "00AC"  # UK1DF04
    key = proof_by_hand(counter, first.text, "UK1DF04")
    assert counter.good("iWriteCard_HSM_Step2", key, "DF04EF05|2|$").text == ""
    assert counter.good("iReadCard", 1, BY_PIN, counter.info, "DF04EF05|8F|$").text == "DF04EF05|2|$"


@pytest.mark.parametrize("behind", ["DF04EF05|8F|$", "DF04", "$$$", "DF99|"])
def test_of_two_files_in_a_step_the_first_counts(behind):
    """SC §2.2.2: what is behind it is not even looked at."""
    counter = Counter("social-2.0", sam=None)
    first = counter.good("iReadCard_HSM_Step1", 1, counter.info, f"DF01EF06|28|${behind}")
    said = counter.good("iReadCard_HSM_Step2", proof_by_hand(counter, first.text, "RK1DF01"))
    assert said.text == "DF01EF06|13800000000|$"
    first = counter.good("iWriteCard_HSM_Step1", 1, counter.info, f"DF01EF06|28|${behind}")
    key = proof_by_hand(counter, first.text, "UK4DF01")
    counter.good("iWriteCard_HSM_Step2", key, f"DF01EF06|13900000000|${behind}")
    assert counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF06|28|$").text == "DF01EF06|13900000000|$"


@pytest.mark.parametrize("files", ["SSSEEF05|07|$", "DF04EF08|$"])
def test_what_needs_no_key_needs_no_hsm(files):
    """-2204, for free files and those behind the PIN alone (SC §2.2.3)."""
    counter = Counter("social-2.0")
    assert counter.call("iReadCard_HSM_Step1", 1, counter.info, files).code == -2204
    assert counter.at_rest


def test_a_wrong_proof_reads_nothing():
    counter = Counter("social-2.0", sam=None)
    first = counter.good("iReadCard_HSM_Step1", 1, counter.info, "DF01EF06|28|$")
    said = counter.call("iReadCard_HSM_Step2", wrong_proof(first.text))
    assert said.code == -25538
    assert "剩余次数2次" in said.text
    assert counter.at_rest


# --- writing ---


@EVERY
def test_written_values_come_back(profile):
    counter = Counter(profile)
    counter.good("iWriteCard", 1, counter.info, "DF04EF05|8F|8A|$SSSEEF06|0B|$", "DF04EF05|2|测A1|$SSSEEF06|05|$")
    said = counter.good("iReadCard", 1, BY_KEY_TYPE, counter.info, "DF04EF05|8F|8A|$SSSEEF06|0B|$")
    assert said.text == "DF04EF05|2|测A1|$SSSEEF06|05|$"


@NEWER
def test_one_of_several_records_with_a_tag_is_written(profile):
    counter = Counter(profile)
    before = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF15|40|40:2|40:3|$").text.split("|")
    counter.good("iWriteCard", 1, counter.info, "DF01EF15|40:2|$", "DF01EF15|201^654321^测试学校^|$")
    after = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF15|40|40:2|40:3|$").text.split("|")
    assert after[1:4] == [before[1], "201^654321^测试学校^", before[3]]


def test_a_cyclic_file_gets_a_new_record():
    counter = Counter("social-2.0")
    before = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|$").text.split("|")
    record = "7654321^20250101^20251231^测试新单位^"
    counter.good("iWriteCard", 1, counter.info, "DF02EF07|$", f"DF02EF07|{record}|$")
    after = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF02EF07|$").text.split("|")
    assert after[1:5] == [record, *before[1:4]]


def test_a_transparent_file_is_written_whole():
    counter = Counter("social-2.0")
    content = bytes(range(256)).hex().upper()
    counter.good("iWriteCard", 1, counter.info, "DF01EF16|$", f"DF01EF16|{content}|$")
    text = counter.good("iReadCard", 1, BY_PIN, counter.info, "DF01EF16|$").text
    assert text == f"DF01EF16|{content}{'00' * 40}|$"


@pytest.mark.parametrize(("files", "data", "code"), [
    ("DF04EF05|8F|$", "DF04EF05|1|", -23),
    ("DF04EF05|8F|$", "DF04EF06|1|$", -23),
    ("DF04EF05|8F|$", "DF04EF05|1|2|$", -23),
    ("DF04EF05|8F|8A|$", "DF04EF05|1|$", -23),
    ("DF04EF05|8F|$", "DF04EF05|1|$DF04EF05|1|$", -23),
    ("DF04EF05|8F|$", "DF04EF05|12|$", -42),
    ("DF04EF05|80|$", "DF04EF05|2024x101|$", -41),
    ("DF04EF05|80|$", "DF04EF05|202401011|$", -42),
    ("DF04EF05|80|$", "DF04EF05|2024010A|$", -41),
    ("DF04EF05|80|$", "DF04EF05|2024010F|$", -41),
    ("DF01EF06|23|$", "DF01EF06|a^b|$", -41),
    ("DF01EF06|23|$", "DF01EF06|a\x01|$", -41),
    ("SSSEEF05|01|$", "SSSEEF05|AF1|$", -42),
    ("SSSEEF05|04|$", "SSSEEF05|99FF|$", -41),
    ("DF04EF05|77|$", "DF04EF05|1|$", -27267),
    ("DF01EF15|40|$", "DF01EF15|201|$", -23),
    ("DF01EF15|40:4|$", "DF01EF15|201^x^|$", -27267),
    ("DF02EF07|1|$", "DF02EF07|7654321^20250101^20251231^x^|$", -23),
    ("DF02EF07|$", "DF02EF07|7654321^20250101^|$", -23),
    ("DF02EF07|$", "DF02EF07|7654321^20250101^20251231^x^x|$", -23),
    ("DF01EF16|$", "DF01EF16|0G|$", -41),
    ("DF01EF16|$", f"DF01EF16|{'00' * 297}|$", -42),
    ("DF04EF08|$", "DF04EF08|0001^2^990000000001^20260101000000^00000000^00000000^00000000^|$", -27010),
])  # fmt: skip
def test_data_that_cannot_be_written(files, data, code):
    counter = Counter("social-2.0")
    said = counter.call("iWriteCard", 1, counter.info, files, data)
    assert said.code == code, said
    assert not [each for each in counter.card.commands if each[2:4] in ("DC", "D6")]


def test_nothing_is_written_if_the_last_value_is_wrong():
    counter = Counter("social-2.0")
    assert counter.call("iWriteCard", 1, counter.info, "DF04EF05|8F|80|$", "DF04EF05|2|9999999999|$").code == -42
    assert counter.good("iReadCard", 1, BY_PIN, counter.info, "DF04EF05|8F|$").text == "DF04EF05|1|$"


def test_characters_outside_the_charset_are_not_written():
    counter = Counter("social-2.0")
    assert BY_KEY["four-byte-character"].name[-1] == "㛃"
    said = counter.call("iWriteCard", 1, counter.info, "DF01EF06|23|$", "DF01EF06|㛃|$".encode("gb18030"))
    assert said.code == -41


def test_codes_of_the_users_own_go_through_as_they_are():
    """AAA1 to AFFE and the like: two bytes of GBK that stand for a private-use code point (用户自定义区)."""
    counter = Counter("social-2.0")
    raw = bytes.fromhex("AAA1F8A1A1A4") + "测试".encode("gbk")
    counter.good("iWriteCard", 1, counter.info, "DF01EF06|23|$", b"DF01EF06|" + raw + b"|$")
    out = CharBuffer(1024)
    assert counter.driver.iReadCard(1, BY_PIN, counter.info, "DF01EF06|23|$", out) == 0
    assert out.text == b"DF01EF06|" + raw + b"|$"


def test_a_log_that_the_card_alone_writes_takes_no_step():
    counter = Counter("social-2.0")
    assert counter.call("iWriteCard_HSM_Step1", 1, counter.info, "DF04EF08|$").code == -27010
