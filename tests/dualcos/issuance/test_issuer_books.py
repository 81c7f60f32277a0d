"""The issuer's books: all of a request or nothing of it, wherever the disk or the power fails; no secret in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dualcos.issuance.bank.authorisation.bank_books import BankBooks, named
from dualcos.issuance.bank.authorisation.bank_ledger import BankLedger
from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.messages.authorisation import Business, IssuerRequest, MessageKey
from dualcos.profile.schema import load
from dualcos.sqlitefile.double_entry_books import BooksError
from tests.demonstration_bank import AGREED_MERCHANT, BANK_OPENING, demonstration_issuer
from tests.failing_disk import BROKEN, FULL, Disk
from tests.paying_cards import PayingCard
from tests.stored_secrets import lies_in

STRIPE = f"{PayingCard().pan}=30121200000000000"
NAMES = ("dual-2.0-3des", "dual-3.0-sm4")
B = Business


def story(card: PayingCard) -> dict[str, tuple[list[IssuerRequest], IssuerRequest]]:
    """What goes before, and the request whose writes are cut one after the other."""
    bought = card.asks(B.PURCHASE, 10_000, key=card.message(merchant=AGREED_MERCHANT), member="M1")
    void = card.asks(B.VOID, 10_000, original=bought.key)
    refund = card.asks(B.REFUND, 3_000, original=bought.key)
    wrong = card.asks(B.WITHDRAWAL, 500, pin_block=card.pin("999999"))
    transfer = card.asks(B.TRANSFER, 500, account_to=PayingCard(NAMES[1]).pan)
    change = card.asks(B.PIN_CHANGE, new_pin=card.pin("654321"))
    return {
        "first purchase": ([], bought),
        "wrong PIN": ([bought], wrong),
        "void": ([bought], void),
        "refund": ([bought], refund),
        "transfer": ([bought], transfer),
        "PIN change": ([bought], change),
        "reversal of a purchase": ([bought, refund], card.reverses(bought)),
        "reversal of a void": ([bought, void], card.reverses(void)),
        "reversal of nothing": ([], card.reverses(bought)),
    }


def everything(issuer: IssuerCore) -> object:
    """All that the books hold but for the series of numbers."""
    tables = ("message", "authorisation", "entry", "posting", "paper", "counter")
    return [issuer.books._ask(f"SELECT * FROM {name} ORDER BY 1, 2") for name in tables]  # noqa: S608 - constants


def told(path: Path, *requests: IssuerRequest) -> object:
    """All that the books on that disk hold behind these requests."""
    issuer = demonstration_issuer(NAMES, path)
    try:
        for each in requests:
            issuer.answer(each)
        assert BankLedger(issuer.books).sums_to_zero()
        return everything(issuer)
    finally:
        issuer.close()


@pytest.mark.parametrize("failure", [FULL, BROKEN], ids=str)
@pytest.mark.parametrize("name", [*story(PayingCard())])
def test_a_cut_leaves_all_or_nothing(tmp_path, name, failure):
    """Cut at every write in turn; then the same request is asked again, and all is as if nothing had happened."""
    path, card = tmp_path / "books.db", PayingCard()
    before, request = story(card)[name]
    with Disk().in_use():  # which syncs nothing, and never fails
        untouched = told(path, *before)
        kept = path.read_bytes()
        done = told(path, request)
    assert done != untouched
    at, cut = 0, True
    while cut:
        at += 1
        path.write_bytes(kept)
        disk = Disk(at, failure)
        with disk.in_use(), suppress(BooksError):
            told(path, request)
        cut = disk.count >= at
        with Disk().in_use():
            assert told(path) in (untouched, done)
            assert told(path, request) == done
    assert at > 5


def test_a_break_inside_a_request_leaves_nothing(monkeypatch):
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    request = card.asks(B.PURCHASE, 100)
    untouched = everything(issuer)
    with monkeypatch.context() as patch:
        patch.setattr(issuer.books, "keep_answer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            issuer.answer(request)
    assert everything(issuer) == untouched
    assert issuer.answer(request).code == "00"
    issuer.close()


def test_what_was_answered_is_answered_again_after_a_restart(tmp_path):
    card, path = PayingCard(), tmp_path / "books.db"
    first = demonstration_issuer(NAMES, path)
    request = card.asks(B.PURCHASE, 100)
    answer = first.answer(request)
    first.close()
    second = demonstration_issuer(NAMES, path, now=lambda: "20260116000000", opening=5)
    assert second.answer(structs.replace(request, moment="0116000000")) == answer
    assert second.answer(structs.replace(request, chip=request.chip + b"\x9f\x03\x00")).code == "94"
    assert second.books.balance(f"account/{second.cards[card.pan].account}") == BANK_OPENING - 100
    assert second.answer(card.asks(B.BALANCE)).balances == (BANK_OPENING - 100, BANK_OPENING - 100)
    second.close()


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({"reason": "06"}, True),
        ({"chip": b"\x95\x00"}, True),
        ({"moment": "0116000000"}, True),
        ({"amount": 99}, False),
    ],
)
def test_a_terminal_may_reverse_for_another_reason_than_before(changed, same):
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    request = card.asks(B.PURCHASE, 100)
    issuer.answer(request)
    reversal = card.reverses(request)
    assert issuer.answer(reversal).code == "00"
    assert (issuer.answer(structs.replace(reversal, **changed)).code == "00") is same
    issuer.close()


def test_many_may_ask_at_once():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    requests = [card.asks(B.DEPOSIT, 100, chip=b"", entry="021", track2=STRIPE) for _ in range(40)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(issuer.answer, requests + requests))
    assert {each.code for each in answers} == {"00"}
    assert answers[:40] == answers[40:]
    assert issuer.books.balance(f"account/{issuer.cards[card.pan].account}") == BANK_OPENING + 4000
    issuer.close()


def test_a_purchase_and_its_reversal_may_have_one_number():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    request = card.asks(B.PURCHASE, 100)
    assert request.key == card.reverses(request).key
    assert [issuer.answer(each).code for each in (request, card.reverses(request))] == ["00", "00"]
    issuer.close()


def test_numbers_are_told_apart_wherever_they_differ():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    first = card.asks(B.PURCHASE, 100)
    others = [first.key._replace(**{name: "9"}) for name in MessageKey._fields]
    others += [first.key._replace(**{name: f" {getattr(first.key, name)}"}) for name in MessageKey._fields]
    requests = [first, *(card.asks(B.PURCHASE, 100, key=key) for key in others)]
    requests.append(card.asks(B.PURCHASE, 100, key=first.key, acquirer="09090909"))
    assert [issuer.answer(each).code for each in requests] == ["00"] * len(requests)
    issuer.close()


PART = st.text("1/%2F ", max_size=3)
KEY = st.builds(MessageKey, PART, PART, PART, PART)


@given(KEY, KEY)
def test_two_keys_have_two_names(one, other):
    """Also where parts that are run together would be the same."""
    assert (named(one) == named(other)) is (one == other)


def test_what_the_card_says_with_a_reversal_is_kept():
    """It declined behind an approval: 9F10 of its AAC comes with the reversal."""
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    request = card.asks(B.PURCHASE, 100)
    issuer.answer(request)
    says = "9F100807010103200000019F36020001"
    assert issuer.answer(card.reverses(request, reason="06", chip=bytes.fromhex(says))).code == "00"
    (row,) = issuer.books.authorisations()
    assert row.state == "reversed"
    assert row.remarks == ("reversed for 06", "9F10 at the reversal: 0701010320000001")
    other = card.asks(B.PURCHASE, 100)
    issuer.answer(other)
    assert issuer.answer(card.reverses(other, chip=b"\x9f")).code == "00"
    issuer.close()


def test_nothing_secret_is_in_the_books_or_in_texts(tmp_path):
    card, path = PayingCard(), tmp_path / "books.db"
    issuer = demonstration_issuer(NAMES, path)
    issuer.queue_script(card.pan, ScriptOrder.change_pin(card.pin("864209")))
    requests = [
        card.asks(B.WITHDRAWAL, 100, track2=f"{card.pan}=30122201234567"),
        card.asks(B.BALANCE, pin_block=card.pin("975310")),
        card.asks(B.PIN_CHANGE, new_pin=card.pin("753190")),
    ]
    answers = [issuer.answer(each) for each in requests]
    assert [each.code for each in answers] == ["00", "55", "00"]
    papers = issuer.scripts.scripts(card.pan)
    texts = repr([requests, card.reverses(requests[0]), card.reports(requests[0], "2000000001"), papers])
    texts += repr([issuer.cards[card.pan], [*issuer.books.authorisations()], issuer.books.memory(card.pan)])
    texts += repr([issuer._means, issuer._means.pins, ScriptOrder.change_pin(card.pin("864209"))])
    issuer.close()
    file = path.read_bytes()
    held = file.upper()
    profile = load(card.name)
    keys = [profile.bank_key(name) for name in ("ac", "mac", "enc")]
    for pin in ("123456", "864209", "975310", "753190"):
        assert pin.encode() not in held
        assert pin not in texts
        assert not lies_in(file, bytes.fromhex(f"06{pin}FFFFFFFF"))
    for key in keys:
        assert not lies_in(file, key)
        assert key.hex().upper() not in texts.upper()
    for secret in (b"2201234567", *(card.pin(pin) for pin in ("123456", "975310", "753190"))):
        assert not lies_in(file, secret)
        assert secret.hex().upper() not in texts.upper()
    assert "2201234567" not in texts
    assert card.pan not in texts
    assert card.pin("864209").hex().upper() not in texts.upper()


def test_a_pin_goes_from_the_books_with_its_script():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    issuer.queue_script(card.pan, ScriptOrder.change_pin(card.pin("864209")))
    request = card.asks(B.PURCHASE, 100)
    issuer.answer(request)
    (paper,) = issuer.scripts.scripts(card.pan)
    assert paper.pin_block
    issuer.answer(card.reports(request, f"20{paper.identifier}"))
    assert [(each.state, each.pin_block) for each in issuer.scripts.scripts(card.pan)] == [("done", "")]
    issuer.close()


def test_damage_is_one_line():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    request = card.asks(B.PURCHASE, 100)
    issuer.answer(request)
    issuer.books._ask("UPDATE message SET answer = x'7B'")
    with pytest.raises(BooksError, match=r"an? AuthorisationAnswer in it is damaged"):
        issuer.answer(request)
    issuer.books._ask("UPDATE authorisation SET debited = 'x'")
    issuer.books._ask("UPDATE authorisation SET body = x'00'")
    with pytest.raises(BooksError, match=r"an? Authorisation in it is damaged"):
        list(issuer.books.authorisations())
    issuer.close()


def test_the_ledger_names_what_it_holds():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    key = card.message(merchant=AGREED_MERCHANT)
    issuer.answer(card.asks(B.PURCHASE, 1000, key=key, member="M1"))
    ledger = BankLedger(issuer.books)
    kinds = {each.name.partition("/")[0]: each.kind.points for each in ledger.accounts()}
    assert kinds == {"account": False, "acquirer": False, "opening": False, "points": True, "programme": True}
    assert [each.kind for each in ledger.lines()] == ["opening balance", "purchase", "points"]
    issuer.books.post("20260115093000", "mixed", "1", {"points/X/A": 5, "opening": -5})
    assert not ledger.sums_to_zero()
    issuer.books.post("20260115093000", "mixed", "1", {"points/X/A": -5, "nobody": 5})
    with pytest.raises(BooksError, match="'nobody'"):
        ledger.accounts()
    issuer.close()


def test_a_movement_that_was_changed_is_seen():
    issuer, card = demonstration_issuer(NAMES), PayingCard()
    issuer.answer(card.asks(B.PURCHASE, 1000))
    ledger = BankLedger(issuer.books)
    issuer.books._ask("UPDATE posting SET fen = fen + 1 WHERE entry = 1 AND account = 'opening'")
    issuer.books._ask("UPDATE posting SET fen = fen - 1 WHERE entry = 2 AND account LIKE 'acquirer%'")
    assert sum(issuer.books.balances().values()) == 0
    assert not ledger.sums_to_zero()
    issuer.close()


def test_other_books_are_refused(tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"a,b\n" * 50)
    with pytest.raises(BooksError, match="is no books of an issuer"):
        BankBooks(path)
