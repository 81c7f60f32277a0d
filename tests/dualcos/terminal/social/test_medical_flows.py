"""Load and settlement in the three modes on every card of ours, by PSAM and HSM (SSC-7 §10 to §12).

What must come out is reckoned here from the region's terms (人社信息函〔2012〕38号): the fund pays 70 % of what is
above 10 yuan, the account the rest as far as it goes. Cards are read by APDUs of the bench's own.
"""

from __future__ import annotations

import pytest

from dualcos.leash.leash_rules import LeashRule
from dualcos.terminal.social.medical_record_states import RecordState, UploadState
from dualcos.terminal.social.medical_records import CardFigures, SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.demonstration_desk import OPENING
from tests.dualcos.terminal.social.medical_bench import (
    DEBIT,
    FROM_2_0,
    INITIALIZE,
    MedicalBench,
    SpoiltOnTheWay,
    on_card,
    prepared_card,
)
from tests.dualcos.terminal.terminal_bench import SOCIAL

ONLINE, EITHER, OFFLINE = SettlementMode
EVERYWHERE = pytest.mark.parametrize("profile", SOCIAL)
BOTH_PATHS = pytest.mark.parametrize("path", PathKind, ids=[each.value for each in PathKind])


def one_bit_false(answer: bytes) -> bytes:
    """In front of the status word."""
    return answer[:-3] + bytes((answer[-3] ^ 1,)) + answer[-2:]


def holder_of(bench: MedicalBench) -> str:
    return next(name for name in bench.bureau.desk.books.balances() if name.startswith("holder/"))


@EVERYWHERE
@BOTH_PATHS
def test_online_the_card_keeps_the_journal_and_the_back_end_the_money(profile, path):
    bench = MedicalBench(profile, ONLINE, path)
    done = bench.desk.settle(bench.insert(), 10_000)
    assert (done.record.state, done.upload.state) == (RecordState.COMPLETE, UploadState.TAKEN)
    assert (done.record.shares, done.record.mac2_right) == ((3_700, 6_300, 0), True)
    balance, self_paid, pooled, log = on_card(bench.own_card)
    assert (balance, self_paid, pooled) == (0, 10_000, 10_000)  # the total; the account's and the fund's part together
    terminal = "990000000009" if path is PathKind.HSM else done.record.terminal
    assert log == ["000032" + terminal + done.record.time + "00000000" + "00002710" * 2]
    books = bench.bureau.desk.books.balances()
    assert books[holder_of(bench)] == OPENING - 3_700
    assert (books["fund"], books[f"provider/{terminal}"]) == (-6_300, 10_000)


@pytest.mark.parametrize("profile", FROM_2_0)
@BOTH_PATHS
def test_mode_2_on_line_takes_and_brings_the_temporary_offline_file(profile, path):
    shown = CardFigures(True, 1_234, 3)
    bench = MedicalBench(profile, EITHER, path, card=prepared_card(profile, offline_account=False, figures=shown))
    at = bench.insert()
    done = bench.desk.settle(at, 5_000)
    assert done.record.shown == shown
    assert done.record.figures.written
    place = at.place("DF04", 0xEF06)
    assert [at.read_item(place, tag) for tag in (0x90, 0x92, 0x93)] == [b"1", bytes.fromhex("00001234"), b"03"]


@EVERYWHERE
@BOTH_PATHS
def test_mode_3_the_card_holds_the_money(profile, path):
    bench = MedicalBench(profile, OFFLINE, path)
    at = bench.insert()
    loaded = bench.desk.load(at, 20_000)
    assert (loaded.record.state, loaded.upload.state) == (RecordState.COMPLETE, UploadState.TAKEN)
    spent = bench.desk.settle(at, 9_000, amounts=OrderAmounts(5_000, 1_000, 3_000))
    assert (spent.record.state, spent.upload.state) == (RecordState.COMPLETE, UploadState.WAITING)
    assert bench.desk.balance(at)[:3] == (15_000, 1_000, 3_000)
    assert [(each.kind, each.account, each.time) for each in bench.desk.log(at)] == [
        ("32", 5_000, spent.record.time),
        ("31", 20_000, loaded.record.time),
    ]
    assert on_card(bench.own_card)[:3] == (15_000, 1_000, 3_000)
    assert [each.record for each in bench.desk.upload().taken] == [spent.number]
    books = bench.bureau.desk.books.balances()
    purse = next(fen for name, fen in books.items() if name.startswith("purse/"))
    assert (purse, books[holder_of(bench)], books["transit"]) == (15_000, OPENING - 20_000, 0)
    assert bench.desk.upload() == ((), (), 0)


def test_a_settlement_without_parts_is_the_accounts():
    bench = MedicalBench("social-3.0", OFFLINE)
    at = bench.insert()
    bench.desk.load(at, 20_000)
    assert bench.desk.settle(at, 9_000).record.account == 9_000


# --- what is refused, and what is kept of it ------------------------------------------------------------------------


def test_more_than_the_card_has():
    """9401; the card goes back to idle and the record is closed, nothing is reported (SSC-7 §12.2)."""
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    stopped = bench.stopped(lambda: bench.desk.settle(at, 1))
    assert (stopped.cause, stopped.sw, stopped.code) == (StopCause.REFUSED, 0x9401, -37889)
    assert [each.record.state for each in bench.journal.records()] == [RecordState.GIVEN_UP]
    assert bench.journal.waiting() == []


def test_a_key_index_that_the_card_has_not():
    """9403 (SSC-7 §12.2); the back end is told that its voucher is free."""
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.instead(INITIALIZE, "9403")
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).sw == 0x9403
    assert [type(each.request).__name__ for each in bench.desk.upload().taken] == ["SettlementGivenUp"]
    assert bench.bureau.desk.books.balances()[holder_of(bench)] == OPENING


SPOILT_DEBITS = {
    "9302": lambda command: command[:19] + bytes((command[19] ^ 1,)) + command[20:],
    "9302 at its beginning": lambda command: command[:16] + bytes((command[16] ^ 0x80,)) + command[17:],
    "6A86": lambda command: command[:2] + b"\x02" + command[3:],
    "6700": lambda command: command[:4] + b"\x0e" + command[5:19] + command[20:],
    "6E00": lambda command: b"\xd0" + command[1:],
}
"""What happens to DEBIT on its way, so that the card hears something that it refuses."""


@pytest.mark.parametrize("why", SPOILT_DEBITS)
@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0"])
def test_a_debit_that_the_card_refuses_has_not_come_to_be(profile, why):
    """The card has heard it, has refused, and has no proof: it is closed at once (SSC-7 §14)."""
    bench = MedicalBench(profile)
    at = bench.insert()
    bench.card.card = SpoiltOnTheWay(bench.own_card, DEBIT, SPOILT_DEBITS[why])
    stopped = bench.stopped(lambda: bench.desk.settle(at, 500))
    assert (stopped.cause, f"{stopped.sw}") == (StopCause.REFUSED, why[:4])
    assert [each.record.state for each in bench.journal.records()] == [RecordState.GIVEN_UP]
    assert on_card(bench.own_card)[1:] == (0, 0, [])


def test_a_wrong_mac1_is_9302():
    """The card checks MAC1 (SSC-7 §12.5)."""
    bench = MedicalBench("social-2.0", path=PathKind.HSM)
    bench.bureau.rules(LeashRule(match={"service": "purchase-mac"}, wrong=("mac1",)))
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).sw == 0x9302
    assert on_card(bench.own_card)[1:] == (0, 0, [])


@pytest.mark.parametrize(
    ("profile", "path"), [("social-1.0", PathKind.PSAM), ("social-3.0", PathKind.PSAM), ("dual-2.0-3des", PathKind.HSM)]
)
def test_a_wrong_mac2_hands_nothing_out(profile, path):
    """The PSAM says 63CF or 9302 (SSC-9 §9.10), the HSM refuses. The card is debited: the record is kept and told."""
    bench = MedicalBench(profile, path=path)
    at = bench.insert()

    def bent(_, answer):
        """TAC ‖ MAC2 ‖ 9000, at once or fetched."""
        debited = any(each.command[:2] == DEBIT for each in bench.card.passed)
        return one_bit_false(answer) if debited and len(answer) == 10 else answer

    bench.card.bend = bent
    stopped = bench.stopped(lambda: bench.desk.settle(at, 700))
    assert stopped.cause is StopCause.MAC2_WRONG
    bench.card.bend = None
    assert bench.desk.recover(bench.insert()) == ()
    ((_, record),) = bench.journal.records()
    assert (record.state, record.mac2_right) == (RecordState.SUSPICIOUS, False)
    (told,) = bench.desk.upload().taken
    assert told.request.mac2_wrong
    books = bench.bureau.desk.books.balances()
    assert (books[holder_of(bench)], books["disputed"]) == (OPENING - 700, 700)
    assert books.get(f"provider/{record.terminal}", 0) == 0


def test_a_wrong_mac2_of_a_load_is_9302():
    bench = MedicalBench("social-2.0", OFFLINE)
    bench.bureau.rules(LeashRule(match={"service": "load"}, wrong=("mac2",)))
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.load(at, 500)).sw == 0x9302
    bench.desk.upload()
    books = bench.bureau.desk.books.balances()
    assert (books[holder_of(bench)], books["transit"]) == (OPENING, 0)


def test_a_wrong_mac1_of_a_load_is_the_hosts_to_see():
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    bench.card.bend = lambda _, answer: one_bit_false(answer) if len(answer) == 18 else answer
    assert bench.stopped(lambda: bench.desk.load(at, 500)).cause is StopCause.MAC1_WRONG
    bench.card.bend = None
    ((_, record),) = bench.journal.records()
    assert (record.state, record.refusal.code, bench.journal.waiting()) == (RecordState.GIVEN_UP, "mac1-wrong", [])


def test_a_back_end_that_refuses():
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement"}, refuse="not-insured"))
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.BACK_END_REFUSED
    ((_, record),) = bench.journal.records()
    assert (record.state, record.refusal.code) == (RecordState.GIVEN_UP, "not-insured")
    assert on_card(bench.own_card)[3] == []


@pytest.mark.parametrize("pooled", [1, 2_799, 2_801])
def test_shares_that_are_not_the_total_are_none(pooled):
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.bureau.rules(LeashRule(match={"service": "pre-settlement"}, answer={"pooled": pooled}))
    assert bench.stopped(lambda: bench.desk.settle(at, 5_000)).cause is StopCause.BACK_END_REFUSED
    assert [type(each.request).__name__ for each in bench.desk.upload().taken] == ["SettlementGivenUp"]


# --- how the card is used --------------------------------------------------------------------------------------------


@EVERYWHERE
def test_the_cards_mode_of_use(profile):
    """用卡方式 1: on line; 2: the card's own account (SSC-7 §10.3)."""
    account = MedicalBench(profile, OFFLINE)
    assert account.desk.enter(account.insert()).offline_account
    bench = MedicalBench(profile, ONLINE)
    at = bench.insert()
    assert not bench.desk.enter(at).offline_account
    for act in (
        lambda: bench.desk.load(at, 500),
        lambda: bench.desk.balance(at),
        lambda: bench.desk_in(OFFLINE).settle(at, 500),
    ):
        assert bench.stopped(act).cause is StopCause.USE_FLAG
    assert bench.journal.records() == []


def test_a_mode_of_use_that_is_none():
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    place = at.place("DF04", 0xEF05)
    at.earn(place, place.file.update)
    at.write_item(place, 0x8F, b"3")
    assert bench.stopped(lambda: bench.desk.enter(at)).cause is StopCause.USE_FLAG


def test_a_regions_rule_judges_the_basic_data():
    bench = MedicalBench("social-2.0", OFFLINE)
    bench.terms = bench.terms._replace(eligible=lambda basics: basics[0x84] == b"\x11\x00\x00")
    bench.start()
    at = bench.insert()
    for act in (lambda: bench.desk.enter(at), lambda: bench.desk.load(at, 500)):
        assert bench.stopped(act).cause is StopCause.NOT_ELIGIBLE


@pytest.mark.parametrize("mode", SettlementMode)
@pytest.mark.parametrize("down", [False, True])
def test_a_regions_rule_is_asked_in_every_mode(mode, down):
    """SSC-7 §10.2, before anybody is asked who pays; with the network down too."""
    bench = MedicalBench("social-2.0", mode)
    bench.terms = bench.terms._replace(eligible=lambda basics: basics[0x84] == b"\x11\x00\x00")
    bench.bureau.down = down
    bench.start()
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.NOT_ELIGIBLE
    assert (bench.bureau.asked, bench.journal.records()) == ([], [])


@pytest.mark.parametrize(
    ("total", "amounts"),
    [
        (0, None),
        (-1, None),
        (1 << 32, None),
        (500, OrderAmounts(100, 100, 100)),
        (500, OrderAmounts(-100, 300, 300)),
    ],
)
def test_amounts_that_are_none(total, amounts):
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, total, amounts=amounts)).cause is StopCause.AMOUNT
    if amounts is None:
        assert bench.stopped(lambda: bench.desk.load(at, total)).cause is StopCause.AMOUNT


def test_who_pays_is_the_back_ends_in_modes_1_and_2():
    bench = MedicalBench("social-2.0", ONLINE)
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 3, amounts=OrderAmounts(1, 1, 1))).cause is StopCause.AMOUNT


# --- the card's year, its log, the PSAM's numbers --------------------------------------------------------------------


def test_the_year_is_the_cards():
    """The card rolls over by the terminal's date (SSC-7 §12.5)."""
    bench = MedicalBench("social-2.0", OFFLINE)
    at = bench.insert()
    bench.desk.load(at, 50_000)
    bench.desk.settle(at, 300, amounts=OrderAmounts(100, 100, 100))
    assert bench.desk.balance(at) == (49_900, 100, 100, "2026")
    bench.clock._now = bench.clock._now.replace(year=2027)
    bench.desk.settle(at, 30, amounts=OrderAmounts(10, 10, 10))
    assert bench.desk.balance(at) == (49_890, 10, 10, "2027")


def test_a_psam_whose_numbers_have_a_gap():
    """The PSAM counts what it began, also what never came to a card (SSC-9 §5.4); the back end minds no gap."""
    bench = MedicalBench("social-3.0", OFFLINE)
    at = bench.insert()
    bench.desk.load(at, 5_000)
    first = bench.desk.settle(at, 100).record
    bench.instead(DEBIT, "9302")
    bench.stopped(lambda: bench.desk.settle(at, 100))
    bench.instead()
    second = bench.desk.settle(at, 100).record
    gap = int(second.terminal_sequence, 16) - int(first.terminal_sequence, 16)
    assert (gap, int(second.sequence, 16) - int(first.sequence, 16)) == (2, 1)
    assert len(bench.desk.upload().taken) == 2


def test_a_psam_that_cannot_check_mac2_any_more():
    """It is asked directly behind MAC1 and nowhere else (SSC-9 §9.10). Taken out in between, the TAC has to do."""
    bench = MedicalBench("social-2.0")
    at = bench.insert()
    bench.card.bend = lambda command, answer: bench.sam.pull() or answer if command[:2] == DEBIT else answer
    stopped = bench.stopped(lambda: bench.desk.settle(at, 600))
    assert stopped.cause is StopCause.NO_PSAM
    ((_, record),) = bench.journal.records()
    assert (record.state, record.mac2_right) == (RecordState.ANSWERED, None)
    bench.sam.put_back()
    bench.desk.upload()
    ((_, record),) = bench.journal.records()
    assert record.state is RecordState.COMPLETE
    assert bench.bureau.desk.books.balances()[f"provider/{record.terminal}"] == 600


@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0"])
def test_the_psam_is_asked_twice_and_nothing_between(profile):
    """80 70, then 80 72, in one session of the PSAM."""
    bench = MedicalBench(profile, OFFLINE)
    at = bench.insert()
    bench.desk.load(at, 5_000)
    bench.sam.passed.clear()
    bench.desk.settle(at, 100)
    asked = [each[:8] for each in bench.sam.commands]
    assert asked[asked.index("80700100") :] == ["80700100", "80720000"]
