"""The issuer and cards: whose cryptogram it is, and what the card makes of the answer."""

from __future__ import annotations

from typing import TypeVar

import pytest

from apdu import tlv
from apdu.status import SW
from dualcos.dialogue.bank import BankSession, parse_cryptogram, parse_options
from dualcos.dialogue.driver import Dialogue, perform
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder, UnsendableScript
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisationRequest, Business
from dualcos.profile.schema import load, names
from keys.bank_cryptography import pin_block
from tests.demonstration_bank import ONLINE_PIN, demonstration_issuer
from tests.dualcos.terminal.terminal_bench import made_card
from tests.paying_cards import PayingCard

BANK = tuple(name for name in names() if load(name).pse is not None)
OF_REQUEST = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)
ARQC, TC, AAC = 0x80, 0x40, 0x00
AUTHENTICATES_ISSUER = 0x04  # of 82: bit 3
B = Business
Result = TypeVar("Result")


class CardOnLine:
    """A card of a profile in a dialogue, and its requests; ``sm``: it is asked for the SM algorithms."""

    def __init__(self, name: str, *, sm: bool = False) -> None:
        self.played = PayingCard(name)
        self.terminal = {
            0x9F02: bytes.fromhex("000000010000"),
            0x9F1A: b"\x01\x56",
            0x5F2A: b"\x01\x56",
            0x95: bytes(5),
            0x9A: bytes.fromhex("260115"),
            0x9F37: bytes.fromhex("3F7C21A9"),
            0x9F7A: b"\x00",
            0xDF69: bytes((sm,)),
        }
        profile = load(name)
        assert profile.pse is not None
        self.profile = profile.pse
        self.session = BankSession(bytes.fromhex(self.profile.aid), self.terminal)
        self.card = made_card(name)
        self.card.power_on()
        self.aip = b""

    def does(self, dialogue: Dialogue[Result]) -> Result:
        return perform(self.card, dialogue)

    def request(self) -> AuthorisationRequest:
        """A transaction's first part; with a PIN that is right, where the card has one."""
        shown = self.session.fci
        if (
            self.does(self.session.select()).sw != SW.OK
        ):  # blocked: it shows nothing, and its lists are known from before
            self.session.fci = shown
        options = parse_options(self.does(self.session.options()).data)
        self.aip = options.aip
        self.does(self.session.records(options.files))
        if self.profile.pin:
            self.does(self.session.verify(pin_block(self.profile.pin)))
        assert self.does(self.session.generate(ARQC)).sw == SW.OK
        return self.played.asks(B.PURCHASE, 10000, chip=self.chip())

    def chip(self, **changed: bytes) -> bytes:
        """Field 55 of the transaction; ``changed`` behind the card's back."""
        first = self.session.first
        assert first is not None
        known = {tag: self.session.sent.get(tag, self.terminal.get(tag, b"")) for tag in OF_REQUEST}
        known |= {0x82: self.aip, 0x9F36: first.atc, 0x9F26: first.ac, 0x9F10: first.iad}
        known |= {int(tag[1:], 16): value for tag, value in changed.items()}
        return b"".join(tlv.encode(tag, value) for tag, value in known.items())

    def complete(self, answer: AuthorisationAnswer) -> tuple[int, list[int]]:
        """The answer handed to the card: CID of the second cryptogram, status words of the script's commands."""
        if self.aip[0] & AUTHENTICATES_ISSUER:
            assert self.does(self.session.authenticate_issuer(tlv.find(answer.chip, 0x91))).sw == SW.OK
        second = self.does(self.session.complete(TC if answer.code == "00" else AAC, answer.code.encode()))
        return parse_cryptogram(second.data).cid, self.script(answer)

    def script(self, answer: AuthorisationAnswer) -> list[int]:
        commands = [item.value for item in tlv.parse(tlv.find(answer.chip, 0x72) or b"") if item.tag == 0x86]
        return [int(self.does(self.session.send(each)).sw) for each in commands]


CARDS = [(name, False) for name in BANK] + [("pboc-sm", True)]


@pytest.mark.parametrize(("name", "sm"), CARDS, ids=[f"{name}{'-sm4' * sm}" for name, sm in CARDS])
def test_a_card_of_every_profile_is_believed_and_believes(name, sm):
    issuer, card = demonstration_issuer([name]), CardOnLine(name, sm=sm)
    request = card.request()
    assert request.chip[-1] == (0x04 if sm else 0x01)  # of 9F10: the algorithm
    answer = issuer.answer(request)
    assert answer.code == "00"
    assert card.complete(answer) == (TC, [])
    card.request()
    refused = issuer.answer(card.played.asks(B.PURCHASE, 10000, chip=card.chip(T9F37=bytes(4))))
    assert (refused.code, refused.chip) == ("59", b"")
    issuer.close()


def test_a_decline_is_proved_as_well():
    issuer, card = demonstration_issuer(["dual-2.0-3des"], opening=0), CardOnLine("dual-2.0-3des")
    answer = issuer.answer(card.request())
    assert answer.code == "51"
    assert card.complete(answer) == (AAC, [])
    issuer.close()


def test_another_pens_cryptograms_and_proofs():
    """pyemv's ARQC is taken, and the issuer's ARPC is pyemv's, for what is approved and what is not."""
    issuer, card = demonstration_issuer(["dual-2.0-3des"]), PayingCard()
    for amount, code in ((100, "00"), (10**7, "61"), (2_000_000, "51")):
        answer = issuer.answer(card.asks(B.PURCHASE, amount))
        assert (answer.code, tlv.find(answer.chip, 0x91)) == (code, card.expected(code))
    issuer.close()


def test_numbers_that_were_worked_out_apart():
    """Numbers worked out apart from both: card key, ATC 0012, ARQC and 91 (PBOC-5 D; test keys of the profile)."""
    issuer, card = demonstration_issuer(["bank-dda"], now=lambda: "20260315093000"), PayingCard("bank-dda")
    card.terminal = {0x9A: "260315", 0x9C: "00", 0x9F37: "3F7C21A9"}
    chip = card.chip(12345, "03A00002", atc=0x12)
    assert card.cryptogram.hex().upper() == "E3F2918989673FFD"
    answer = issuer.answer(card.asks(B.PURCHASE, 12345, chip=chip))
    assert answer.chip.hex().upper() == "910A57825135A7B12C593030"
    issuer.close()


# --- scripts on cards -------------------------------------------------------------------------------------------------

PIN_CHANGED = "246810"


def scripts(card: PayingCard) -> dict[str, ScriptOrder]:
    return {
        "application block": ScriptOrder.block_application(),
        "card block": ScriptOrder.block_card(),
        "PIN unblock": ScriptOrder.unblock_pin(),
        "PIN change": ScriptOrder.change_pin(card.pin(PIN_CHANGED)),
        "PUT DATA": ScriptOrder.put_data(0x9F58, b"\x05"),
        "UPDATE RECORD": ScriptOrder.update_record(4, 1, bytes.fromhex("70089F1401059F230109")),
    }


@pytest.mark.parametrize("kind", [*scripts(PayingCard())])
@pytest.mark.parametrize("name", ["dual-2.0-3des", "pboc-sm"])
def test_a_card_carries_out_the_issuers_script(name, kind):
    issuer, card = demonstration_issuer([name]), CardOnLine(name, sm=name == "pboc-sm")
    identifier = issuer.queue_script(card.played.pan, scripts(card.played)[kind])
    answer = issuer.answer(card.request())
    assert tlv.find(answer.chip, 0x72, 0x9F18) == bytes.fromhex(identifier)
    assert card.complete(answer) == (TC, [0x9000])
    (paper,) = issuer.scripts.scripts(card.played.pan)
    assert (paper.state, paper.reference) == ("sent", answer.reference)
    if kind == "PIN change":
        assert card.does(card.session.select()).sw == SW.OK
        card.does(card.session.options())
        assert card.does(card.session.verify(pin_block(PIN_CHANGED))).sw == SW.OK
    issuer.close()


def test_what_a_lost_report_would_have_said_the_card_says_itself():
    issuer, card = demonstration_issuer(["dual-2.0-3des"]), CardOnLine("dual-2.0-3des")
    issuer.queue_script(card.played.pan, scripts(card.played)["PUT DATA"])
    answer = issuer.answer(card.request())
    card.complete(answer)
    again = issuer.answer(card.request())
    assert tlv.find(again.chip, 0x72) is None
    assert [each.state for each in issuer.scripts.scripts(card.played.pan)] == ["done"]
    issuer.close()


def test_a_script_that_no_card_has_got_is_sent_again():
    """The card is pulled before the end: it says that its transaction on line was not completed."""
    issuer, card = demonstration_issuer(["dual-2.0-3des"]), CardOnLine("dual-2.0-3des")
    issuer.queue_script(card.played.pan, scripts(card.played)["PUT DATA"])
    first = issuer.answer(card.request())
    second = issuer.answer(card.request())
    assert tlv.find(first.chip, 0x72, 0x9F18) == tlv.find(second.chip, 0x72, 0x9F18)
    assert card.complete(second) == (TC, [0x9000])
    issuer.close()


def test_a_blocked_application_comes_back():
    """The issuer's own counter: an AAC is declined, and the script that unblocks rides on that."""
    issuer, card = demonstration_issuer(["dual-2.0-3des"]), CardOnLine("dual-2.0-3des")
    pan = card.played.pan
    issuer.queue_script(pan, ScriptOrder.block_application())
    card.complete(issuer.answer(card.request()))
    issuer.queue_script(pan, ScriptOrder.unblock_application())
    request = card.request()
    assert card.session.first is not None
    assert card.session.first.cid == AAC
    answer = issuer.answer(request)
    assert answer.code == "05"
    assert card.script(answer) == [0x9000]
    assert card.does(card.session.select()).sw == SW.OK
    issuer.close()


def test_a_script_is_no_longer_than_terminals_take():
    issuer, card = demonstration_issuer(["dual-2.0-3des"]), PayingCard()
    issuer.queue_script(card.pan, ScriptOrder.update_record(4, 1, bytes(110)))
    with pytest.raises(UnsendableScript, match="129 bytes"):
        issuer.queue_script(card.pan, ScriptOrder.update_record(4, 1, bytes(111)))
    with pytest.raises(UnsendableScript, match="no PIN block"):
        issuer.queue_script(card.pan, ScriptOrder.change_pin(bytes(8)))
    template = issuer.answer(card.asks(B.PURCHASE, 100)).chip
    assert len(tlv.find(template, 0x72) or b"") == 128
    issuer.close()


@pytest.mark.parametrize("name", names())
def test_no_pin_of_a_demonstration_card_is_taken_for_another(name):
    """Who types the social PIN at the bank's pad, or the other way round, is not let through."""
    profile = load(name)
    pins = [each.pin for each in (profile.ssse, profile.pse) if each is not None and each.pin]
    assert len({*pins, ONLINE_PIN}) == len(pins) + 1
