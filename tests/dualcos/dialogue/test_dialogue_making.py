"""The maker's dialect from the host: the numbers of ``tests/keys/test_keys_t514.py``, commands written out by hand
(SSC-10 §5; SSC-9 §7.1); what a maker who takes up a half-made card does with each answer.
"""

import pytest
from test_dialogue_driver import Told

from dualcos.dialogue.driver import StepRefused, done, perform
from dualcos.dialogue.making import BANK_FORM, PKI_FORM, SOCIAL_FORM, Deleted, Maker, apdu, prove_transport
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

MASTER = bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")
OTHER = bytes.fromhex("A90F3E7C51D8264BB3704C9E1F62D58A")
OLD, NEW = KeyHandle(TDES, MASTER), KeyHandle(TDES, OTHER)
ASKED = ("0084000008", "5AC3907E12F4B86D 9000")
PROOF = "0082000010 86AE4C58445024A6 5AC3907E12F4B86D"
UK = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0x00, 0x44, 16)
UK_VALUE = bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699")
WRITTEN = "84D4000024 DAB9F6100A2F85BAAB99CD6EF909AF7272CAB4C361CDAEAEE23C4D83B97313A6 2C23BBB2"
CREATED = ("80E0010002 DF01", "6A89")
DELETED = ("80E1000202 DF01", "9000")


def held(dialogue, *pairs):
    """What the dialogue comes to on a card that answers so; everything has to be asked."""
    link = Told(*pairs)
    result = perform(link, dialogue)
    assert not link.pairs
    return result


def test_the_transport_key_is_shown_for_the_chip():
    command = prove_transport(
        KeyHandle(TDES, bytes.fromhex("7D21E5B80C96F43A15DB62078EFA3C49")), bytes(7) + bytes.fromhex("31010000A1B2")
    )
    assert command == bytes.fromhex("80E0030008 2D8998C9D3CAA1B6")


def test_a_master_key_is_proved_in_the_form_of_its_side():
    held(Maker().prove(OLD), ASKED, (PROOF, "9000"))
    held(Maker(BANK_FORM).prove(OLD), ASKED, ("0082000008 16C7E4B17F452AB9", "9000"))
    key, random = KeyHandle(SM4, MASTER), bytes(range(16))
    asked = ("0084000010", random.hex() + "9000")
    held(Maker(PKI_FORM).prove(key), asked, ("0082000010" + key.encrypt(random).hex(), "9000"))


def test_keys_and_pins_go_under_the_master_key():
    held(Maker().load_key(OLD, UK, KeyHandle(TDES, UK_VALUE)), ASKED, (WRITTEN, "9000"))
    pin = "84D4000024 745BC02F8CEA1C105A61D5422C97F223AF010F445A4D3CF318A240F98AADCBC3370715E2"
    header = KeyHeader(0x01, 0x00, 0x00, 0xEF, 0x33, 0x11, 0x55, 3)
    held(Maker().load_pin(OLD, header, bytes.fromhex("123456")), ASKED, (pin, "9000"))


def test_a_form_tells_what_the_card_said_and_a_maker_insists():
    """Without a random number the form goes on with zeros, which no card takes; the maker stops there."""
    refused = ("0084000008", "6985")
    zeros = SOCIAL_FORM.proof(OLD, bytes(8)).hex()
    assert held(SOCIAL_FORM.prove(OLD), refused, (zeros, "6985")).sw == 0x6985
    with pytest.raises(StepRefused, match=r"GET CHALLENGE \(00840000\) was answered 6985"):
        held(Maker().prove(OLD), refused)
    with pytest.raises(StepRefused, match=r"master key authentication \(00820000\) was answered 63C2") as told:
        held(Maker().prove(OLD), ASKED, (PROOF, "63C2"))
    assert told.value.sw == 0x63C2


def test_a_handed_over_key_is_replaced_once():
    written = SOCIAL_FORM.key(OLD, KeyHeader(0, 0, 0, 0xEF, 0x33, 0, 0xFF, 16), NEW, bytes.fromhex(ASKED[1][:16]))
    assert written[:4] == bytes.fromhex("84D40100")
    assert held(Maker().take_over(OLD, NEW), ASKED, (PROOF, "9000"), ASKED, (written.hex(), "9000")) is True
    # Interrupted behind that: the old key costs a try, which the new one restores.
    proof = SOCIAL_FORM.proof(NEW, bytes.fromhex(ASKED[1][:16])).hex()
    maker = Maker(resuming=True)
    assert held(maker.take_over(OLD, NEW), ASKED, (PROOF, "63C2"), ASKED, (proof, "9000")) is False
    with pytest.raises(StepRefused, match="63C2"):
        held(Maker().take_over(OLD, NEW), ASKED, (PROOF, "63C2"))


def made(maker, *pairs):
    return held(maker.create("create DF01", 0xDF01, b"\xdf\x01", Deleted.APPLICATION), *pairs)


def test_what_an_interrupted_maker_left_is_made_again():
    maker = Maker(resuming=True)
    assert made(maker, (CREATED[0], "9000")) is True
    assert made(maker, CREATED, DELETED, (CREATED[0], "9000")) is True
    assert made(maker, (CREATED[0], "6985")) is False  # the directory around it is closed
    assert made(maker, CREATED, (DELETED[0], "6985")) is False  # it is closed itself
    with pytest.raises(StepRefused, match="6A84"):
        made(maker, CREATED, DELETED, (CREATED[0], "6A84"))


def test_on_a_fresh_card_nothing_may_exist():
    for word in ("6A89", "6985"):
        with pytest.raises(StepRefused, match=rf"create DF01 \(80E00100\) was answered {word}"):
            made(Maker(), (CREATED[0], word))


def test_only_who_resumes_takes_a_refusal_for_made():
    def step():
        return done("END", apdu("80E00200"))

    refused = ("80E00200", "6985")
    assert held(Maker(resuming=True).unless_made(step(), 0x6985), refused) is None
    assert held(Maker(resuming=True).unless_made(step(), 0x6985), ("80E00200", "9000")) == b""
    for maker, word in ((Maker(), 0x6985), (Maker(resuming=True), 0x6982)):
        with pytest.raises(StepRefused):
            held(maker.unless_made(step(), word), refused)
