"""What the issuer remarks and lets pass, PINs and their counter, special prices and points, scripts that wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from apdu import tlv
from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS
from dualcos.issuance.bank.authorisation.chip_data import UnreadableField55, chip_data
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.merchant_agreements import MerchantAgreement
from dualcos.issuance.bank.authorisation.registered_bank_cards import CardLimits, IssuerTerms
from dualcos.issuance.bank.authorisation.risk_rules import RISK_RULES, RiskAction, RiskSource
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisationRequest, Business, ReversalRequest
from tests.demonstration_bank import AGREED_MERCHANT, BANK_OPENING, MEMBER, ONLINE_PIN, demonstration_issuer
from tests.paying_cards import ASKS_AFTER_PIN, MERCHANT, PayingCard

NAMES = ("dual-2.0-3des", "dual-3.0-sm4")
B = Business


@pytest.fixture
def issuer():
    it = demonstration_issuer(NAMES)
    yield it
    it.close()


def remarks(issuer: IssuerCore) -> tuple[str, ...]:
    return [each.remarks for each in issuer.books.authorisations()][-1]


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RISK_RULES, ids=lambda rule: f"{rule.source.value}-{rule.byte}.{rule.bit}")
def test_each_bit_does_what_its_row_says(issuer, rule):
    """The bit alone, without a PIN and with one."""
    length, usual = (4, "03A00000") if rule.source is RiskSource.CARD else (5, "0000000000")
    value = bytearray.fromhex(usual)
    value[rule.byte - 1] |= 1 << rule.bit - 1
    assert len(value) == length
    text = value.hex()
    card = PayingCard()

    def asked(**more: bytes) -> str:
        chip = card.chip(100, text) if rule.source is RiskSource.CARD else card.chip(100, T95=text)
        return issuer.answer(card.asks(B.PURCHASE, 100, chip=chip, **more)).code

    without, with_pin = asked(), asked(pin_block=card.pin())
    assert (without == "00") is (rule.action is RiskAction.REMARK)
    assert (with_pin == "00") is (rule.action is not RiskAction.DECLINE)
    if with_pin == "00":
        assert remarks(issuer) == (f"{rule.source.value} {rule.byte}.{rule.bit}: {rule.name}",)


def test_no_bit_stands_twice():
    places = [(rule.source, rule.byte, rule.bit) for rule in RISK_RULES]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("day", ["260114", "260115", "260116"])
def test_clocks_may_be_a_day_apart(issuer, day):
    card = PayingCard(terminal={0x9A: day})
    assert issuer.answer(card.asks(B.PURCHASE, 100)).code == "00"
    upload = card.asks(B.PURCHASE, 100, chip=card.chip(100, "03900000"), offline=True)
    assert issuer.answer(upload).code == "00"


def test_an_upload_may_come_days_later(issuer):
    card = PayingCard(terminal={0x9A: "251101"})
    assert issuer.answer(card.asks(B.PURCHASE, 100, chip=card.chip(100, "03900000"), offline=True)).code == "00"


@pytest.mark.parametrize(("jump", "told"), [(500, ()), (501, ("the card's counter has jumped",))])
def test_a_jump_of_the_counter_is_remarked(issuer, jump, told):
    card = PayingCard(atc=1000)
    assert issuer.answer(card.asks(B.PURCHASE, 100)).code == "00"
    assert remarks(issuer) == ()
    card.atc += jump - 1
    assert issuer.answer(card.asks(B.PURCHASE, 100)).code == "00"
    assert remarks(issuer) == told


def test_a_wrong_cryptogram_moves_no_counter(issuer):
    card = PayingCard()
    wrong = card.asks(B.PURCHASE, 100, chip=card.chip(100, atc=0x7000, T9F26="0123456789ABCDEF"))
    assert issuer.answer(wrong).code == "59"
    memory = issuer.books.memory(card.pan)
    assert (memory.atc, memory.wrong_cryptograms) == (0, 1)
    assert issuer.answer(card.asks(B.PURCHASE, 100)).code == "00"


def test_a_decline_moves_the_counter(issuer):
    card = PayingCard()
    assert issuer.answer(card.asks(B.PURCHASE, BANK_OPENING + 1)).code == "51"
    chip = card.chip(100, atc=card.atc)
    answer = issuer.answer(card.asks(B.PURCHASE, 100, chip=chip))
    assert (answer.code, answer.chip) == ("94", b"")


def test_the_stripe_as_a_fallback_is_remarked(issuer):
    card = PayingCard()
    track = f"{card.pan}D30122200000000000F"
    request = card.asks(B.PURCHASE, 100, chip=b"", entry="801", track2=track, pin_block=card.pin())
    assert issuer.answer(request).code == "00"
    assert remarks(issuer) == ("stripe of a chip card, as a fallback",)
    through_chip = card.asks(B.PURCHASE, 100, track2=track)
    assert issuer.answer(through_chip).code == "00"
    assert remarks(issuer) == ()


def test_what_an_upload_says_is_booked_whatever_is_left():
    """The merchant has delivered: a card without money, lost by now, an older counter."""
    issuer, card = demonstration_issuer(NAMES, opening=50), PayingCard(atc=9)
    assert issuer.answer(card.asks(B.BALANCE)).code == "00"
    for atc, cvr in ((5, "03900000"), (6, "03600000")):
        chip = card.chip(100, cvr, atc=atc)
        answer = issuer.answer(card.asks(B.PURCHASE, 100, chip=chip, offline=True))
        assert (answer.code, answer.chip) == ("00", b"")
    assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == -150
    assert issuer.books.memory(card.pan).atc == 10
    issuer.close()


def test_an_upload_whose_reversal_came_may_come_again(issuer):
    """Nobody answered on line, the card approved by itself: the request is reversed, then its TC is uploaded."""
    card = PayingCard()
    request = card.asks(B.PURCHASE, 100)
    assert issuer.answer(request).code == "00"
    upload = card.asks(B.PURCHASE, 100, chip=card.chip(100, "03610000", atc=card.atc), offline=True)
    assert issuer.answer(card.reverses(request)).code == "00"
    assert issuer.answer(upload).code == "00"
    assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == BANK_OPENING - 100


@pytest.mark.parametrize("reversed_too", [False, True])
def test_an_upload_behind_a_no_needs_its_reversal(issuer, reversed_too):
    """A terminal that has not heard the no reverses first, and then the card's own word holds."""
    card = PayingCard()
    request = card.asks(B.PURCHASE, BANK_OPENING + 1)
    assert issuer.answer(request).code == "51"
    if reversed_too:
        assert issuer.answer(card.reverses(request)).code == "00"
    chip = card.chip(BANK_OPENING + 1, "03610000", atc=card.atc)
    upload = card.asks(B.PURCHASE, BANK_OPENING + 1, chip=chip, offline=True)
    assert issuer.answer(upload).code == ("00" if reversed_too else "05")


def test_a_no_that_proves_nothing_keeps_no_upload_out(issuer):
    """Anybody can ask with a counter of the card's; only the card can with its cryptogram."""
    card = PayingCard()
    for state in ("active", "stolen"):
        issuer.cards[card.pan] = structs.replace(issuer.cards[card.pan], state=state)
        forged = card.asks(B.PURCHASE, 100, chip=card.chip(100, atc=1, T9F26="0123456789ABCDEF"))
        assert issuer.answer(forged).code in ("59", "43")
    told = card.asks(B.PRICE, 100, key=card.message(merchant=AGREED_MERCHANT), chip=forged.chip)
    issuer.cards[card.pan] = structs.replace(issuer.cards[card.pan], state="active")
    assert issuer.answer(told).code == "00"
    upload = card.asks(B.PURCHASE, 100, chip=card.chip(100, "03900000", atc=1), offline=True)
    assert issuer.answer(upload).code == "00"


@given(st.one_of(st.binary(max_size=40), st.integers(1, 40).map(lambda end: PayingCard().chip(100)[:-end])))
def test_what_is_no_field_55_is_nothing_worse(field):
    """Garbage, and what breaks off."""
    with pytest.raises(UnreadableField55):
        chip_data(field)


# --- the holder -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [bytes(8), bytes(7), PayingCard("dual-3.0-sm4").pin()])
def test_what_is_no_pin_counts_as_a_wrong_one(issuer, block):
    """Under other accounts a block says 99 or 55: whoever could ask for ever would learn its PIN."""
    card = PayingCard()
    codes = [issuer.answer(card.asks(B.BALANCE, pin_block=block)).code for _ in range(4)]
    assert codes == ["99", "99", "75", "75"]
    assert issuer.books.memory(card.pan).wrong_pins == 3
    assert issuer.answer(card.asks(B.BALANCE)).code == "75"


def test_a_right_pin_clears_the_counter(issuer):
    card = PayingCard()

    def shown(pin: str) -> str:
        return issuer.answer(card.asks(B.BALANCE, pin_block=card.pin(pin))).code

    typed = ("999999", "999998", ONLINE_PIN, "999999", "999998")
    assert list(map(shown, typed)) == ["55", "55", "00", "55", "55"]
    assert [shown(pin) for pin in ("999997", ONLINE_PIN)] == ["75", "75"]
    again = card.asks(B.BALANCE, pin_block=card.pin("1234"))
    assert issuer.answer(again).code == issuer.answer(again).code == "75"


@pytest.mark.parametrize("order", sorted(CARD_ORDERS))
def test_who_gives_a_pin_its_tries_back(issuer, order):
    """UNBLOCK and what makes a card usable again; nothing else does, and a wrong one counts from nought again."""
    card = PayingCard()

    def shown(pin: str) -> str:
        return issuer.answer(card.asks(B.BALANCE, pin_block=card.pin(pin))).code

    assert [shown("999999") for _ in range(4)] == ["55", "55", "75", "75"]
    issuer.order(card.pan, CARD_ORDERS[order])
    again = order in ("active", "unblock-pin")
    assert issuer.books.memory(card.pan).wrong_pins == (0 if again else 3)
    if again:
        assert [shown("999999"), shown(ONLINE_PIN)] == ["55", "00"]


def test_a_pin_that_the_card_has_compared_will_do(issuer):
    card = PayingCard()
    chip = card.chip(100, ASKS_AFTER_PIN, T9C="01")
    assert issuer.answer(card.asks(B.WITHDRAWAL, 100, chip=chip, pin_block=b"")).code == "00"


def test_a_repeated_wrong_pin_counts_once(issuer):
    card = PayingCard()
    request = card.asks(B.BALANCE, pin_block=card.pin("999999"))
    assert [issuer.answer(request).code for _ in range(5)] == ["55"] * 5
    assert issuer.books.memory(card.pan).wrong_pins == 1


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_limit_is_what_may_just_be_spent():
    limits = CardLimits(once=500, day=800, times=2)
    day = ["20260115"]
    issuer = demonstration_issuer(NAMES, limits=limits, business_day=lambda: day[0])
    card = PayingCard()
    for amount, code in ((501, "61"), (500, "00"), (301, "61"), (300, "00"), (1, "61")):
        assert issuer.answer(card.asks(B.PURCHASE, amount)).code == code
    day[0] = "20260116"
    for amount, code in ((1, "00"), (1, "00"), (1, "65")):
        assert issuer.answer(card.asks(B.WITHDRAWAL, amount)).code == code
    assert issuer.answer(card.asks(B.DEPOSIT, 10_000)).code == "00"
    issuer.close()


def test_all_that_is_open_may_be_refunded(issuer):
    card = PayingCard()
    bought = card.asks(B.PURCHASE, 1000)
    assert issuer.answer(bought).code == "00"
    for amount, code in ((600, "00"), (400, "00"), (1, "13")):
        assert issuer.answer(card.asks(B.REFUND, amount, original=bought.key)).code == code


@pytest.mark.parametrize(("now", "code"), [("20301231235959", "00"), ("20310101000000", "54")])
def test_a_card_is_good_until_its_month_ends(now, code):
    issuer, card = demonstration_issuer(NAMES, now=lambda: now), PayingCard(terminal={0x9A: now[2:8]})
    assert issuer.answer(card.asks(B.PURCHASE, 100)).code == code
    issuer.close()


def test_the_last_fen_may_be_spent(issuer):
    card = PayingCard()
    assert issuer.answer(card.asks(B.WITHDRAWAL, BANK_OPENING)).balances == (0, 0)
    assert issuer.answer(card.asks(B.WITHDRAWAL, 1)).code == "51"


# --- special prices ---------------------------------------------------------------------------------------------------


def at_merchant(
    issuer: IssuerCore, card: PayingCard, business: Business, amount: int, **more: object
) -> AuthorisationAnswer:
    return issuer.answer(card.asks(business, amount, key=card.message(merchant=AGREED_MERCHANT), **more))


def test_a_special_price_is_asked_paid_and_told(issuer):
    card = PayingCard()
    price = at_merchant(issuer, card, B.PRICE, 1099, member=MEMBER)
    assert (price.code, price.price, price.points) == ("00", 990, (0, 0))
    for nobody in ("", "M2", "m1", "M1 "):
        usual = at_merchant(issuer, card, B.PRICE, 1099, member=nobody)
        assert (usual.code, usual.price) == ("00", 1099)
    key = card.message(merchant=AGREED_MERCHANT)
    bought = card.asks(B.PURCHASE, 990, key=key, before_discount=1099, member=MEMBER)
    assert issuer.answer(bought).points == (18, 18)
    other = at_merchant(issuer, card, B.PURCHASE, 5000, member=MEMBER)
    assert other.points == (100, 118)
    back = issuer.answer(card.asks(B.REFUND, 800, original=bought.key))
    assert back.points == (2, 102)
    assert issuer.answer(card.reverses(bought)).code == "00"
    assert at_merchant(issuer, card, B.PRICE, 100, member=MEMBER).points == (0, 100)
    for nobody in ("", "M2"):
        assert at_merchant(issuer, card, B.PURCHASE, 100, member=nobody).points is None


@pytest.mark.parametrize(("percent", "price", "paid"), [(0, 999, 999), (10, 999, 900), (99, 100, 1), (50, 1, 1)])
def test_what_is_taken_off_is_rounded_down(percent, price, paid):
    assert MerchantAgreement(programme="P", percent_off=percent).special_price(price) == paid


def test_an_agreement_is_of_one_merchant():
    terms = IssuerTerms(agreements={"M": MerchantAgreement(programme="P", points_per_yuan=1)})
    issuer, card = demonstration_issuer(NAMES, terms=terms), PayingCard()
    request = card.asks(B.PURCHASE, 100, key=card.message(merchant="M"), member=MEMBER)
    assert issuer.answer(request).points == (1, 1)
    for other in (MERCHANT, " M"):
        key = card.message(merchant=other)
        assert issuer.answer(card.asks(B.PURCHASE, 100, key=key, member=MEMBER)).points is None
    issuer.close()


# --- scripts ----------------------------------------------------------------------------------------------------------


def states(issuer: IssuerCore, card: PayingCard) -> list[str]:
    return [each.state for each in issuer.scripts.scripts(card.pan)]


def sent(issuer: IssuerCore, card: PayingCard, cvr: str = "03A00000") -> tuple[AuthorisationRequest, bytes]:
    """The next transaction, and the identifier of the script that rides on its answer."""
    request = card.asks(B.PURCHASE, 100, chip=card.chip(100, cvr))
    return request, tlv.find(issuer.answer(request).chip, 0x72, 0x9F18) or b""


BLOCK, UNBLOCK = ScriptOrder.block_application(), ScriptOrder.unblock_application()
LIMIT = ScriptOrder.put_data(0x9F58, b"\x05")


def test_contrary_scripts_that_nobody_has_sent_cancel_each_other(issuer):
    card = PayingCard()
    issuer.queue_script(card.pan, BLOCK)
    assert issuer.queue_script(card.pan, UNBLOCK) == ""
    assert states(issuer, card) == ["cancelled"]
    assert sent(issuer, card)[1] == b""


def test_a_block_that_was_sent_is_unblocked(issuer):
    card = PayingCard()
    issuer.queue_script(card.pan, BLOCK)
    sent(issuer, card)
    identifier = issuer.queue_script(card.pan, UNBLOCK)
    assert states(issuer, card) == ["cancelled", "queued"]
    assert sent(issuer, card)[1].hex().upper() == identifier


def test_of_two_about_the_same_the_later_is_sent(issuer):
    card = PayingCard()
    for order in (LIMIT, ScriptOrder.put_data(0x9F59, b"\x09"), ScriptOrder.put_data(0x9F58, b"\x06"), BLOCK, BLOCK):
        issuer.queue_script(card.pan, order)
    assert states(issuer, card) == ["cancelled", "queued", "queued", "cancelled", "queued"]


def test_one_script_an_answer_the_oldest_first(issuer):
    card = PayingCard()
    names = [issuer.queue_script(card.pan, order) for order in (LIMIT, BLOCK)]
    assert [sent(issuer, card, cvr)[1].hex().upper() for cvr in ("03A00000", "03A00010")] == names
    assert states(issuer, card) == ["done", "sent"]


@pytest.mark.parametrize(
    ("result", "state"), [("20", "done"), ("11", "failed"), ("1F", "failed"), ("00", "queued"), ("30", "failed")]
)
def test_a_terminals_report_ends_a_script(issuer, result, state):
    card = PayingCard()
    issuer.queue_script(card.pan, LIMIT)
    request, identifier = sent(issuer, card)
    assert issuer.answer(card.reports(request, "20FFFFFFFF" + result + identifier.hex())).code == "00"
    assert states(issuer, card) == [state]


@pytest.mark.parametrize(
    ("cvr", "state"),
    [("03A00010", "done"), ("03A00020", "done"), ("03A00018", "failed"), ("03A00000", "sent"), ("03A08010", "sent")],
)
def test_the_card_tells_what_a_lost_report_would_have(issuer, cvr, state):
    """Not performed, or never completed: it is sent again with the same answer."""
    card = PayingCard()
    issuer.queue_script(card.pan, LIMIT)
    _, first = sent(issuer, card)
    _, again = sent(issuer, card, cvr)
    assert states(issuer, card) == [state]
    assert again == (first if state == "sent" else b"")


@pytest.mark.parametrize(("result", "state"), [("20", "done"), ("11", "failed"), ("", "sent")])
def test_a_reversal_brings_scripts_results_too(issuer, result, state):
    """DF31 beside the card's last word; what cannot be read keeps nothing from being reversed."""
    card = PayingCard()
    issuer.queue_script(card.pan, LIMIT)
    request, identifier = sent(issuer, card)
    told = tlv.encode(0xDF31, bytes.fromhex(result) + identifier)
    assert issuer.answer(card.reverses(request, reason="06", chip=told)).code == "00"
    assert states(issuer, card) == [state]
    assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == BANK_OPENING


def test_a_report_is_believed_of_what_was_sent_with_that_answer_alone(issuer):
    """Neither of a script that waits nor of one that went with another answer, in a report or in a reversal."""
    card = PayingCard()
    older = card.asks(B.PURCHASE, 100)
    assert issuer.answer(older).code == "00"
    identifier = issuer.queue_script(card.pan, BLOCK)
    for told in (card.reports(older, "20" + identifier), reversal_telling(card, older, "20" + identifier)):
        assert issuer.answer(told).code == "00"
    assert states(issuer, card) == ["queued"]
    request, carried = sent(issuer, card)
    assert carried.hex().upper() == identifier
    for told in (card.reports(older, "20" + identifier), reversal_telling(card, older, "20" + identifier)):
        assert issuer.answer(told).code == "00"
    assert states(issuer, card) == ["sent"]
    assert issuer.answer(card.reports(request, "20" + identifier)).code == "00"
    assert states(issuer, card) == ["done"]


def reversal_telling(card: PayingCard, request: AuthorisationRequest, results: str) -> ReversalRequest:
    chip = tlv.encode(0xDF31, bytes.fromhex(results))
    return card.reverses(request, key=card.message(), reason="06", chip=chip)


def test_a_late_report_changes_nothing_that_has_ended(issuer):
    card = PayingCard()
    issuer.queue_script(card.pan, LIMIT)
    request, identifier = sent(issuer, card)
    for result in ("20", "11"):
        issuer.answer(card.reports(request, result + identifier.hex()))
    assert states(issuer, card) == ["done"]


def test_a_card_that_proves_nothing_gets_no_script(issuer):
    card = PayingCard()
    issuer.queue_script(card.pan, LIMIT)
    for request in (card.asks(B.PURCHASE, 100, chip=card.chip(100, T9F26="00" * 8)), card.asks(B.PRICE, 100)):
        assert issuer.answer(request).chip == b""
    assert states(issuer, card) == ["queued"]


def test_a_pin_under_another_key_of_the_line_is_not_sent(issuer, monkeypatch):
    card = PayingCard()
    issuer.queue_script(card.pan, ScriptOrder.change_pin(card.pin("864209")))
    (paper,) = issuer.scripts.scripts(card.pan)
    monkeypatch.setattr(
        issuer.scripts, "_pins", issuer._means.pins._replace(zone=issuer._means.pins.zone.derive(bytes(16)))
    )
    request = card.asks(B.PURCHASE, 100)
    answer = issuer.answer(request)
    assert (answer.code, tlv.find(answer.chip, 0x72)) == ("00", None)
    assert states(issuer, card) == ["failed"]
    assert paper.pin_block


def test_a_lost_card_gets_its_block_with_the_decline(issuer):
    card = PayingCard()
    issuer.queue_script(card.pan, BLOCK)
    lost = structs.replace(issuer.cards[card.pan], state="written loss")
    issuer.cards[card.pan] = lost
    answer = issuer.answer(card.asks(B.PURCHASE, 100))
    assert answer.code == "41"
    assert tlv.find(answer.chip, 0x91) == card.expected("41")
    assert tlv.find(answer.chip, 0x72, 0x86) is not None


# --- money back -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("business", [B.VOID, B.REFUND])
@pytest.mark.parametrize("state", ["inactive", "oral loss", "written loss", "stolen", "stopped"])
def test_a_card_that_may_not_pay_gets_its_money_back(issuer, business, state):
    card = PayingCard()
    bought = card.asks(B.PURCHASE, 1000)
    assert issuer.answer(bought).code == "00"
    issuer.cards[card.pan] = structs.replace(issuer.cards[card.pan], state=state)
    assert issuer.answer(card.asks(business, 1000, original=bought.key)).code == "00"
    assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == BANK_OPENING


@pytest.mark.parametrize("state", ["replaced", "cancelled", "destroyed"])
def test_an_account_that_is_closed_gets_nothing(issuer, state):
    card = PayingCard()
    bought = card.asks(B.PURCHASE, 1000)
    assert issuer.answer(bought).code == "00"
    issuer.cards[card.pan] = structs.replace(issuer.cards[card.pan], state=state)
    assert issuer.answer(card.asks(B.REFUND, 1000, original=bought.key)).code == "14"


def test_a_card_that_has_expired_gets_its_money_back():
    """Its chip may say so too; what was paid is its account's all the same."""
    now = ["20301231093000"]
    issuer, card = demonstration_issuer(NAMES, now=lambda: now[0]), PayingCard(terminal={0x9A: "301231"})
    bought = [card.asks(B.PURCHASE, 1000) for _ in range(2)]
    assert [issuer.answer(each).code for each in bought] == ["00", "00"]
    now[0] = "20310101093000"
    chip = card.chip(1000, T9C="20", T95="0040000000")
    refunds = [card.asks(B.REFUND, 1000, original=bought[0].key)]
    refunds.append(card.asks(B.REFUND, 1000, original=bought[1].key, chip=chip))
    assert [issuer.answer(each).code for each in refunds] == ["00", "00"]
    issuer.close()
