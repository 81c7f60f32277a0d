"""防拔 (SSC-7 §14): the card is pulled at every APDU and loses power within a write, terminal and back end lose theirs
at every write of their own. Put together again, card, storage and books agree, and every voucher is closed.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.medical_records import SettlementMode
from dualcos.terminal.social.purchase_steps import OrderAmounts
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.power_cuts import PowerCut
from tests.dualcos.terminal.social.medical_bench import (
    CREDIT,
    DEBIT,
    INITIALIZE,
    UPDATE,
    LosingPower,
    MedicalBench,
    PulledAt,
    prepared_card,
)
from tests.dualcos.terminal.social.three_counts import (
    Counted,
    counted_in_books,
    counted_in_journal,
    counted_on_card,
    left_over,
    open_papers,
)
from tests.dualcos.terminal.terminal_bench import SOCIAL

ONLINE, EITHER, OFFLINE = SettlementMode
AMOUNTS = OrderAmounts(500, 20, 3)
Act = Callable[[MedicalBench], object]


def online(bench: MedicalBench) -> object:
    return bench.desk.settle(bench.insert(), 5_000)


def offline_account(bench: MedicalBench) -> object:
    return bench.desk.settle(bench.insert(), 523, amounts=AMOUNTS)


def load(bench: MedicalBench) -> object:
    return bench.desk.load(bench.insert(), 700)


def offline_for_a_while(bench: MedicalBench) -> object:
    bench.bureau.down = True
    return bench.desk.settle(bench.insert(), 5_000)


ACTS = {
    "on line": (ONLINE, PathKind.PSAM, online),
    "on line by HSM": (ONLINE, PathKind.HSM, online),
    "on line with the file": (EITHER, PathKind.PSAM, online),
    "off line for a while": (EITHER, PathKind.PSAM, offline_for_a_while),
    "off line": (OFFLINE, PathKind.PSAM, offline_account),
    "load": (OFFLINE, PathKind.PSAM, load),
}
EACH_ACT = pytest.mark.parametrize("name", ACTS)


def bench_for(name: str, profile: str = "social-2.0") -> tuple[MedicalBench, Act]:
    mode, path, act = ACTS[name]
    bench = MedicalBench(profile, mode, path)
    if mode is OFFLINE:
        bench.desk.load(bench.insert(), 10_000)
    bench.card.passed.clear()
    bench.meter.writes = bench.bureau.meter.writes = 0
    return bench, act


def put_together(bench: MedicalBench, why: str) -> Counted:
    """Everything works again: the card goes in, open things are closed, what waits is sent. What is counted then."""
    bench.bureau.down, bench.meter.cut_at, bench.bureau.meter.cut_at = False, None, None
    bench.start()
    at = bench.insert()
    bench.desk.recover(at)
    at.leave()
    assert bench.desk.upload().waiting == 0, why
    assert [each.record.state for each in bench.journal.open_records()] == [], why
    return agreed(bench, why)


def agreed(bench: MedicalBench, why: str) -> Counted:
    books = bench.bureau.desk.books._db
    (identification,) = bench.bureau.desk._means.cards
    on_card = counted_on_card(bench.own_card)
    assert on_card == counted_in_journal(bench.journal._db, identification), why
    assert on_card == counted_in_books(books, identification), why
    assert (left_over(books), open_papers(books)) == ({"transit": 0, "disputed": 0, "all": 0}, []), why
    return on_card


def figures(bench: MedicalBench) -> list[str]:
    at = bench.insert()
    place = at.place("DF04", 0xEF06)
    at.earn(place, place.file.read)
    return [at.read_item(place, tag).hex() for tag in (0x92, 0x93)]


def undisturbed(name: str) -> tuple[int, int, int, Counted]:
    """Commands, writes of the terminal and of the back end, and what is counted then."""
    bench, act = bench_for(name)
    act(bench)
    done = len(bench.card.passed), bench.meter.writes, bench.bureau.meter.writes
    return *done, put_together(bench, name)


def disturbed(bench: MedicalBench, act: Act) -> bool:
    """True if ``act`` came to its end all the same."""
    try:
        act(bench)
    except (TerminalStopped, PowerCut):
        return False
    return True


@EACH_ACT
def test_pulled_at_every_command(name):
    """Before the card has heard it, and after it has answered and nobody has heard that."""
    commands, _, _, right = undisturbed(name)
    none = undone(name)
    seen = set()
    for number in range(commands):
        for carried_out in (False, True):
            why = f"command {number}, {'after' if carried_out else 'before'}"
            bench, act = bench_for(name)
            whole = pulled_act(bench, act, (number, carried_out))
            found = put_together(bench, why)
            assert found in ((right,) if whole else (right, none)), why
            seen.add(found)
            if name == "off line for a while":
                assert figures(bench) == (["00005000", "3031"] if found == right else ["00000000", "3030"]), why
    assert seen == {right, none}


@pytest.mark.parametrize("name", ["off line", "load", "on line"])
@pytest.mark.parametrize("profile", [name for name in SOCIAL if name != "social-2.0"])
def test_pulled_at_every_command_of_the_account(profile, name):
    """On all other cards, of both protocols and ciphers: at INITIALIZE, DEBIT or CREDIT, and what fetches answers."""
    bench, act = bench_for(name, profile)
    act(bench)
    passed = [each.command for each in bench.card.passed]
    first = next(number for number, command in enumerate(passed) if command[:2] == INITIALIZE)
    right = put_together(bench, name)
    bench, _ = bench_for(name, profile)
    none, seen = agreed(bench, name), set()
    for number in range(first, len(passed)):
        for carried_out in (False, True):
            bench, act = bench_for(name, profile)
            pulled_act(bench, act, (number, carried_out))
            seen.add(put_together(bench, f"command {number}"))
    assert seen == {right, none}


def undone(name: str) -> Counted:
    bench, _ = bench_for(name)
    return agreed(bench, name)


def pulled_act(bench: MedicalBench, act: Act, pull_at: tuple[int, bool]) -> bool:
    """``act``, its card pulled; True if it came to its end all the same."""
    insert = bench.insert

    def insert_and_pull():
        bench.insert = insert
        bench.card.passed.clear()
        bench.card.pull_at = pull_at
        return bench.terminal.admit()

    bench.insert = insert_and_pull
    return disturbed(bench, act)


@pytest.mark.parametrize(("name", "command"), [("off line", DEBIT), ("load", CREDIT), ("off line for a while", UPDATE)])
def test_power_lost_in_the_middle_of_the_cards_write(name, command):
    bench, act = bench_for(name)
    bench.card.card = measured = LosingPower(bench.own_card, command, None)
    act(bench)
    right, none = put_together(bench, name), undone(name)
    seen = set()
    for ticks in [*range(0, measured.used, max(1, measured.used // 20)), measured.used - 1]:
        bench, act = bench_for(name)
        bench.card.card = LosingPower(bench.own_card, command, ticks)
        assert not disturbed(bench, act) or name == "off line for a while"
        bench.card.card = bench.own_card
        found = put_together(bench, f"{ticks} bytes")
        seen.add(found)
        if name == "off line for a while":
            assert figures(bench) == ["00005000", "3031"], ticks
    assert seen == ({right, none} if command != UPDATE else {right})


@EACH_ACT
def test_the_terminals_power_at_every_write_of_its_storage(name):
    _, writes, _, right = undisturbed(name)
    none, seen = undone(name), set()
    for number in range(writes):
        for on_disk in (False, True):
            bench, act = bench_for(name)
            bench.meter.cut_at = number, on_disk
            assert not disturbed(bench, act)
            seen.add(put_together(bench, f"write {number}, {on_disk}"))
    assert seen == {right, none}


@EACH_ACT
@pytest.mark.parametrize("stays_down", [False, True])
def test_the_back_ends_power_at_every_write_of_its_books(name, stays_down):
    _, _, writes, right = undisturbed(name)
    none = undone(name)
    for number in range(writes):
        for on_disk in (False, True):
            bench, act = bench_for(name)
            bench.bureau.meter.cut_at = number, on_disk
            bench.bureau.falls = stays_down
            disturbed(bench, act)
            assert put_together(bench, f"write {number}, {on_disk}") in (right, none)


# --- whose card ------------------------------------------------------------------------------------------------------


def pulled_at_debit(carried_out: bool = True, name: str = "off line") -> MedicalBench:
    """A bench whose card was pulled at DEBIT, a transaction open."""
    bench, act = bench_for(name)
    bench.card.card = PulledAt(bench.own_card, DEBIT, carried_out=carried_out)
    with pytest.raises(TerminalStopped):
        act(bench)
    bench.card.card = bench.own_card
    ((_, record),) = [each for each in bench.journal.open_records() if each.record.state is RecordState.AT_CARD]
    assert record.account == (AMOUNTS.account if name == "off line" else 0)
    return bench


def test_another_card_is_refused_and_the_record_kept():
    bench = pulled_at_debit()
    own, other = bench.own_card, prepared_card("dual-2.0-3des")
    bench.put(other)
    at = bench.insert()
    before = bench.journal.open_records()
    for act in (bench.desk.recover, lambda at: bench.desk.settle(at, 1), lambda at: bench.desk.load(at, 1)):
        stopped = bench.stopped(lambda act=act: act(at))
        assert stopped.cause is StopCause.PENDING
        assert before[0].record.card.number in stopped.en
    assert bench.journal.open_records() == before
    bench.put(own)
    put_together(bench, "its own card")


def test_the_operator_goes_on_with_another_card():
    """He puts the pending one aside; it is dealt with when its own card comes."""
    bench = pulled_at_debit()
    own, other = bench.own_card, prepared_card("dual-2.0-3des")
    bench.put(other)
    at = bench.insert()
    assert bench.desk.recover(at, override=True) == ()
    assert bench.desk.recover(at) == ()
    bench.put(own)
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert (record.state, record.recovered, record.set_aside) == (RecordState.COMPLETE, True, False)


def test_the_same_code_with_another_number_is_another_card():
    bench = pulled_at_debit()
    at = bench.insert()
    at.environment.issuer[0x07] = b"Z99999999"
    assert bench.stopped(lambda: bench.desk.recover(at)).cause is StopCause.PENDING


def test_the_proof_is_asked_before_anything_else():
    bench = pulled_at_debit()
    at = bench.insert()
    already = len(bench.card.commands)
    bench.desk.recover(at)
    asked = bench.card.commands[already:]
    assert asked[:2] == ["00A4040006D15600000503", "B02E00320200" + "00" + "08"]


def test_no_proof_is_not_debited():
    """9406 (SSC-7 §14): the voucher is free, and a new settlement can begin."""
    bench = pulled_at_debit(carried_out=False)
    ((_, record, upload),) = bench.desk.recover(bench.insert())
    assert (record.state, upload) == (RecordState.GIVEN_UP, None)
    assert offline_account(bench).record.state is RecordState.COMPLETE
    put_together(bench, "again")


def test_a_voucher_is_given_up_with_its_settlement():
    bench = pulled_at_debit(carried_out=False, name="on line")
    ((_, record, upload),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.GIVEN_UP
    assert (upload.request.voucher, upload.request.unknown) == (record.voucher, False)
    put_together(bench, "given up")


# --- the card was elsewhere in between -------------------------------------------------------------------------------


def elsewhere(bench: MedicalBench, act: Callable[[MedicalBench], object]) -> MedicalBench:
    """The card at another terminal, with storage and numbers of its own."""
    other = MedicalBench(
        "social-2.0", bench.mode, PathKind.HSM, bureau=bench.bureau, card=bench.own_card, clock=bench.clock
    )
    act(other)
    bench.put(bench.own_card)
    return other


def test_a_proof_of_another_terminals_settlement_is_not_ours():
    """The card never heard our DEBIT, and used that sequence number elsewhere."""
    bench = pulled_at_debit(carried_out=False)
    elsewhere(bench, offline_account)
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.GIVEN_UP


@pytest.mark.parametrize("act", [offline_account, load])
def test_a_proof_that_another_terminal_has_used_up(act):
    """The card did debit: its log says so, its proof is gone. It is unknown to the back end, and never given up."""
    bench = pulled_at_debit()
    elsewhere(bench, act)
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.UNKNOWN
    ((_, record, _),) = bench.desk.recover(bench.insert())
    assert record.state is RecordState.UNKNOWN


def test_a_card_that_never_comes_back():
    """The back end is told that nobody knows; it goes on holding the money until the card is seen."""
    bench = pulled_at_debit(name="on line")
    (stored,) = bench.journal.open_records()
    done = bench.desk.give_card_up(stored.number)
    assert (done.record.state, done.upload.request.unknown) == (RecordState.UNKNOWN, True)
    assert bench.stopped(lambda: bench.desk.give_card_up(stored.number)).cause is StopCause.INPUT
    assert bench.stopped(lambda: bench.desk.give_card_up(99)).cause is StopCause.INPUT
    bench.desk.upload()
    assert open_papers(bench.bureau.desk.books._db) == ["unknown"]
    put_together(bench, "it came all the same")


def test_a_card_whose_pin_is_locked_is_settled_by_its_proof():
    """Proof needs no PIN (SSC-5 table 64); only the second look, at the log, does."""
    bench = pulled_at_debit()
    at = bench.insert()
    at.demand_pin = lambda **_: (_ for _ in ()).throw(TerminalStopped(StopCause.PIN_LOCKED))
    ((_, record, _),) = bench.desk.recover(at)
    assert record.state is RecordState.COMPLETE


def test_without_proof_and_pin_it_stays_open():
    bench = pulled_at_debit(carried_out=False)
    at = bench.insert()
    at.demand_pin = lambda **_: (_ for _ in ()).throw(TerminalStopped(StopCause.PIN_CANCELLED))
    assert bench.stopped(lambda: bench.desk.recover(at)).cause is StopCause.PIN_CANCELLED
    put_together(bench, "with the PIN")
