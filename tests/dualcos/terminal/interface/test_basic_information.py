"""“读基本信息” (SC §1) on every social and dual card, by PSAM and in two steps; variants of makers."""

from __future__ import annotations

import pytest

from dualcos.profile.hard_cases import BY_KEY
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.interface_settings import InterfaceSettings
from keys.social_cryptography import authentication_data
from tests.dualcos.terminal.interface.counter_with_library import Counter
from tests.dualcos.terminal.terminal_bench import SOCIAL

EVERY = pytest.mark.parametrize("profile", SOCIAL)
SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def eleven(counter: Counter, terminal: str) -> list[str]:
    person = counter.person
    return [
        person.region,
        person.number,
        person.card_number,
        person.identification.hex().upper(),
        person.name,
        counter.profile.chip.historical.hex().upper(),
        f"{counter.social.version}0",
        person.issued,
        person.expires,
        terminal,
        "DUALCOS000000001",
    ]


def terminal_of(counter: Counter) -> str:
    return {"01": "990000000001", "03": "990000000002"}[counter.algorithm]


def answered_by_hand(counter: Counter, fields: list[str]) -> str:
    """An HSM of our own: the eight fields in, pKey out (SSC-4 §9)."""
    keys, card = counter.keys, counter.of_keys

    def data(name, factor, original):
        made = authentication_data(keys.card_key(name, card, 1), bytes.fromhex(factor), bytes.fromhex(original))
        return made.hex().upper() + original

    external = data("RKSSSE", fields[6], fields[7]) if fields[6] else ""
    return f"{data('IRK', fields[4], fields[5])}|{external}|"


@EVERY
@pytest.mark.parametrize("kind", [1, 3, 4])
def test_eleven_fields_by_psam(profile, kind):
    counter = Counter(profile)
    assert counter.good("iReadCardBas", kind).fields == eleven(counter, terminal_of(counter))
    assert counter.at_rest


@EVERY
def test_two_steps_without_a_psam(profile):
    counter = Counter(profile, sam=None)
    fields = counter.good("iReadCardBas_HSM_Step1", 3).fields
    assert fields[:4] == [
        counter.person.region,
        counter.profile.chip.historical.hex().upper(),
        counter.algorithm,
        counter.person.identification.hex().upper(),
    ]
    numbers = fields[4:]
    assert [len(each) for each in numbers] == ([16] * 4 if counter.is_3 else [16, 16, 0, 0])
    assert counter.slot.powered
    said = counter.good("iReadCardBas_HSM_Step2", answered_by_hand(counter, fields))
    assert said.fields == eleven(counter, "000000000000")
    assert counter.at_rest


@EVERY
def test_two_steps_with_the_bureau_and_a_psam_that_only_names_the_terminal(profile):
    counter = Counter(profile)
    steps, first = counter.steps(), counter.good("iReadCardBas_HSM_Step1", 1)
    key = counter.between(steps.iReadCardBas_HSM_Step1To2, first.text)
    assert counter.good("iReadCardBas_HSM_Step2", key).fields == eleven(counter, terminal_of(counter))


@pytest.mark.parametrize("profile", ["social-3.0", "dual-3.0-sm4"])
def test_the_bytes_of_the_two_steps_are_those_measured(profile):
    """The order that was measured on a 3.0 card: environment, number, version, card number, the environment again, two
    random numbers and internal authentication, two more; then the proof and what is read. The first random number is
    the original information, the second the factor.
    """
    counter = Counter(profile, sam=None)
    fields = counter.good("iReadCardBas_HSM_Step1", 1).fields
    assert counter.card.commands == [
        SSSE,
        "00A4020002EF05",
        "00B2010012",
        "00B2030006",
        "00B207000B",
        SSSE,
        "0084000008",
        "0084000008",
        f"0088000010{fields[4]}{fields[5]}",
        "0084000008",
        "0084000008",
    ]
    randoms = [each.answer[:8].hex().upper() for each in counter.card.passed if each.command[1] == 0x84]
    assert randoms == [fields[5], fields[4], fields[7], fields[6]]
    first = len(counter.card.commands)
    key = answered_by_hand(counter, fields)
    counter.good("iReadCardBas_HSM_Step2", key)
    assert counter.card.commands[first:] == [
        f"0082000A10{key.split('|')[1]}",
        "00A4020002EF05",
        "00B2050006",
        "00B2060006",
        "00A4020002EF06",
        "00B2080014",
        "00B2090020",
        "00B24E0016",
    ]


def test_a_name_in_two_items_is_one_name():
    """SC §10.2: the extension stands behind the name, wherever it was cut."""
    for person in ("name-in-two-items", "character-across-byte-30", "name-of-50-bytes", "name-of-30-bytes"):
        counter = Counter(chosen=(f"holder={person}",))
        assert counter.good("iReadCardBas", 1).fields[4] == BY_KEY[person].name


def test_a_name_outside_gbk_needs_the_wider_charset():
    name = BY_KEY["four-bytes-across-byte-30"].name
    chosen = ("holder=four-bytes-across-byte-30", "ssse.charset=gb18030")
    assert Counter(chosen=chosen).good("iReadCardBas", 1).fields[4] == name.replace("㛃", "?")
    out = CharBuffer(1024)
    assert Counter(chosen=chosen, settings=InterfaceSettings(charset="gb18030")).driver.iReadCardBas(1, out) == 0
    assert out.text.decode("gb18030").split("|")[4] == name


def test_of_a_1_0_card_no_extension_is_asked_for():
    counter = Counter("social-1.0")
    counter.good("iReadCardBas", 1)
    assert not [each for each in counter.card.commands if each.startswith("00B24E")]


def bent_item(tag: int, value: bytes) -> Counter:
    """A card that has another value in one item."""
    counter = Counter()
    head = bytes((tag, len(value)))
    counter.card.bend = lambda _, answer: head + value + answer[-2:] if answer[:2] == head else answer
    return counter


@pytest.mark.parametrize(("value", "number"), [
    (b"AB|CD^EF$", "AB?CD?EF?"), (b"AB\0CDEFGH", "AB?CDEFGH"), (b"AB\nCDEFGH", "AB?CDEFGH"),
])  # fmt: skip
def test_no_character_of_a_card_breaks_the_text(value, number):
    """And the number that was told is the number that is taken."""
    counter = bent_item(0x07, value)
    fields = counter.good("iReadCardBas", 1).fields
    assert (len(fields), fields[2]) == (11, number)
    assert counter.good("iReadCard", 1, 1, f"{fields[3]}|{fields[2]}|", "SSSEEF05|07|$").text == f"SSSEEF05|{number}|$"


def test_a_makers_number_breaks_no_text_either():
    counter = Counter(settings=InterfaceSettings(device_number="a|b"))
    assert counter.good("iReadCardBas", 1).fields[10] == "a?b"


@pytest.mark.parametrize("tag", [0x05, 0x06])
def test_a_year_in_characters_is_a_year(tag):
    """As some issued cards carry it."""
    assert bent_item(tag, b"2024").good("iReadCardBas", 1).fields[tag + 2] == "2024"


# --- variants ---


def test_the_whole_atr_in_the_reset_field():
    counter = Counter(settings=InterfaceSettings(whole_atr=True))
    atr = counter.card.atr.hex().upper()
    assert counter.good("iReadCardBas", 1).fields[5] == atr
    assert counter.good("iReadCardBas_HSM_Step1", 1).fields[1] == atr


@pytest.mark.parametrize(
    ("sam", "number"), [("", "990000000001"), (None, "000000000000"), ("psam-sm4", "990000000002")]
)
def test_nine_fields_in_the_first_step(sam, number):
    counter = Counter(sam=sam, settings=InterfaceSettings(terminal_in_step1=True))
    said = counter.good("iReadCardBas_HSM_Step1", 1)
    assert said.fields[8:] == [number]
    key = counter.between(counter.steps().iReadCardBas_HSM_Step1To2, said.text)
    assert counter.good("iReadCardBas_HSM_Step2", key).fields[9] == number


def test_an_empty_device_number_only_if_asked_for():
    counter = Counter(settings=InterfaceSettings(device_number=""))
    assert counter.good("iReadCardBas", 1).text.endswith("||")
    assert InterfaceSettings().device_number


def test_a_version_of_three_characters():
    assert Counter(settings=InterfaceSettings(short_version=True)).good("iReadCardBas", 1).fields[6] == "2.0"


@pytest.mark.parametrize("bars", ["", "|", "||", "|||"])
def test_bars_at_the_end_that_callers_strip_or_add(bars):
    counter = Counter(sam=None)
    key = answered_by_hand(counter, counter.good("iReadCardBas_HSM_Step1", 1).fields)
    assert key.endswith("||")
    counter.good("iReadCardBas_HSM_Step2", key.rstrip("|") + bars)


@pytest.mark.parametrize(("bars", "code"), [("", -23), ("|", -23), ("||", 0), ("|||", -23)])
def test_bars_to_the_letter(bars, code):
    counter = Counter(sam=None, settings=InterfaceSettings(strict_bars=True))
    key = answered_by_hand(counter, counter.good("iReadCardBas_HSM_Step1", 1).fields)
    assert counter.call("iReadCardBas_HSM_Step2", key.rstrip("|") + bars).code == code


@pytest.mark.parametrize(("profile", "skipped", "code"), [
    ("social-2.0", True, 0), ("social-2.0", False, -42), ("social-3.0", True, -42),
])  # fmt: skip
def test_the_answer_to_internal_authentication_may_be_left_out_below_3_0(profile, skipped, code):
    counter = Counter(profile, sam=None, settings=InterfaceSettings(internal_may_be_skipped=skipped))
    counter.good("iReadCardBas_HSM_Step1", 1)
    assert counter.call("iReadCardBas_HSM_Step2", "|" * 2).code == code


# --- refusals ---


@EVERY
def test_an_hsm_with_other_keys_finds_no_genuine_card(profile):
    counter = Counter(profile, sam=None)
    fields = counter.good("iReadCardBas_HSM_Step1", 1).fields
    key = answered_by_hand(counter, fields)
    spoilt = ("1" if key[0] == "0" else "0") + key[1:]
    said = counter.call("iReadCardBas_HSM_Step2", spoilt)
    assert (said.code, said.text) == (-21, "内部认证失败（用户卡不合法）")
    assert counter.at_rest


def test_a_3_0_card_that_is_not_convinced_counts():
    counter = Counter("social-3.0", sam=None)
    for code in (-25538, -25537, -25536, -27011):
        fields = counter.good("iReadCardBas_HSM_Step1", 1).fields
        internal, external = answered_by_hand(counter, fields).split("|")[:2]
        said = counter.call("iReadCardBas_HSM_Step2", f"{internal}|{'0' * 16}{external[16:]}|")
        assert said.code == code, said


def test_a_3_0_card_is_not_read_without_a_proof():
    counter = Counter("social-3.0", sam=None)
    internal, _ = answered_by_hand(counter, counter.good("iReadCardBas_HSM_Step1", 1).fields).split("|")[:2]
    assert counter.call("iReadCardBas_HSM_Step2", f"{internal}||").code == -27010
