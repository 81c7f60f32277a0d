"""Mode 2 with the network down (人社信息函〔2012〕38号): who may settle, how much, what the card's file says after."""

from __future__ import annotations

import pytest

from dualcos.reader.silent_card import CardGone
from dualcos.terminal.social.medical_means import OfflineLimits
from dualcos.terminal.social.medical_record_states import RecordState, UploadState
from dualcos.terminal.social.medical_records import CardFigures, SettlementMode
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.demonstration_desk import OPENING
from tests.dualcos.terminal.social.medical_bench import FROM_2_0, LIMITS, UPDATE, MedicalBench, PulledAt, prepared_card
from tests.dualcos.terminal.social.test_pulled_in_the_middle import figures

EITHER = SettlementMode.ONLINE_OR_OFFLINE


def bench_with(amount: int = 0, times: int = 0, *, allowed: bool = True, profile: str = "social-2.0", **more):
    card = prepared_card(profile, offline_account=False, figures=CardFigures(allowed, amount, times))
    bench = MedicalBench(profile, EITHER, card=card, **more)
    bench.bureau.down = True
    return bench


@pytest.mark.parametrize("profile", FROM_2_0)
def test_only_the_account_pays_and_the_file_is_written(profile):
    bench = bench_with(1_000, 2, profile=profile)
    done = bench.desk.settle(bench.insert(), 5_000)
    assert (done.record.state, done.record.shares) == (RecordState.COMPLETE, (5_000, 0, 0))
    assert (done.record.account, done.record.self_paid, done.record.pooled) == (0, 5_000, 5_000)
    assert done.upload.state is UploadState.WAITING
    assert figures(bench) == ["00006000", "3033"]
    bench.bureau.down = False
    assert [type(each.request).__name__ for each in bench.desk.upload().taken][:1] == ["SettlementReported"]
    states = [record.state for _, record in bench.journal.records()]
    assert states == [RecordState.GIVEN_UP, RecordState.COMPLETE]  # the pre-settlement that nobody answered came first
    books = bench.bureau.desk.books.balances()
    assert [fen for name, fen in books.items() if name.startswith("holder/")] == [OPENING - 5_000]


@pytest.mark.parametrize(
    ("amount", "times", "total", "may"),
    [
        (0, 0, LIMITS.amount - 1, True),
        (0, 0, LIMITS.amount, False),
        (20_000, 0, LIMITS.amount - 20_000 - 1, True),
        (20_000, 0, LIMITS.amount - 20_000, False),
        (0, LIMITS.times - 2, 1, True),
        (0, LIMITS.times - 1, 1, False),
        (LIMITS.amount, LIMITS.times, 1, False),
    ],
)
def test_both_limits_are_strict(amount, times, total, may):
    bench = bench_with(amount, times)
    at = bench.insert()
    if may:
        assert bench.desk.settle(at, total).record.state is RecordState.COMPLETE
    else:
        assert bench.stopped(lambda: bench.desk.settle(at, total)).cause is StopCause.OFFLINE_LIMIT
        assert figures(bench) == [f"{amount:08d}", f"{times:02d}".encode().hex()]


@pytest.mark.parametrize(("amount", "times"), [(99_999_000, 0), (0, 99)])
def test_what_the_file_cannot_hold_is_not_settled(amount, times):
    bench = bench_with(amount, times)
    bench.terms = bench.terms._replace(limits=OfflineLimits(10**9, 10**3))
    bench.start()
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 1_000)).cause is StopCause.OFFLINE_LIMIT


def test_the_flag_says_no():
    bench = bench_with(allowed=False)
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 1)).cause is StopCause.OFFLINE_LIMIT


def test_a_card_of_1_0_has_no_such_file():
    """Under its name 1.0 has the account's amounts (SSC-6 table 8)."""
    bench = MedicalBench("social-1.0", EITHER)
    assert bench.desk.settle(bench.insert(), 500).record.state is RecordState.COMPLETE
    bench.bureau.down = True
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.OFFLINE_LIMIT


def test_local_cards_only():
    bench = bench_with()
    bench.terms = bench.terms._replace(local=("4403", "9901"))
    bench.start()
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 1)).cause is StopCause.OFFLINE_LIMIT
    bench.terms = bench.terms._replace(local=("4403", "9900"))
    bench.start()
    assert bench.desk.settle(bench.insert(), 1).record.state is RecordState.COMPLETE


def test_a_card_of_another_city_than_the_terminals():
    bench = bench_with()
    at = bench.insert()
    at.environment.issuer[0x01] = bytes.fromhex("440300") + at.environment.issuer[0x01][3:]
    assert bench.stopped(lambda: bench.desk.settle(at, 1)).cause is StopCause.OFFLINE_LIMIT


def test_only_with_a_psam():
    bench = bench_with(path=PathKind.HSM)
    bench.bureau.down = False
    at = bench.insert()
    at.demand_pin()
    place = at.place("DF04", 0xEF06)
    at.earn(place, place.file.read)  # what the HSM would be needed for
    ask = bench.bureau.ask

    def without_shares(request):
        if type(request).__name__ == "PreSettlementAsked":
            bench.bureau.down = True
        return ask(request)

    bench.terminal.parts.back_end._back_end = type("Asked", (), {"ask": staticmethod(without_shares)})
    assert bench.stopped(lambda: bench.desk.settle(at, 1)).cause is StopCause.OFFLINE_LIMIT


def test_a_file_that_holds_no_numbers():
    bench = bench_with()
    at = bench.insert()
    place = at.place("DF04", 0xEF06)
    at.earn(place, place.file.update)
    at.write_item(place, 0x93, b"xy")
    assert bench.stopped(lambda: bench.desk.settle(at, 1)).cause is StopCause.LENGTH


# --- an old value is never used again --------------------------------------------------------------------------------


def test_each_settlement_counts_from_what_the_card_says():
    """In one insertion, in the next, and behind another terminal's."""
    bench = bench_with()
    at = bench.insert()
    bench.desk.settle(at, 100)
    bench.desk.settle(at, 100)
    assert figures(bench) == ["00000200", "3032"]
    bench.desk.settle(bench.insert(), 100)
    other = MedicalBench("social-2.0", EITHER, bureau=bench.bureau, card=bench.own_card, clock=bench.clock)
    other.desk.settle(other.insert(), 100)
    bench.put(bench.own_card)
    bench.desk.settle(bench.insert(), 100)
    assert figures(bench) == ["00000500", "3035"]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_an_interrupted_update_is_read_back_and_finished(carried_out, which):
    """Amount and times are two updates; the card is pulled at either (SSC-7 §14)."""
    bench = bench_with(1_000, 1)
    tags = (0x92, 0x93)
    bench.card.card = PulledAt(bench.own_card, UPDATE + bytes((tags[which],)), carried_out=carried_out)
    assert bench.stopped(lambda: bench.desk.settle(bench.insert(), 500)).cause is StopCause.NO_CARD
    bench.card.card = bench.own_card
    ((_, record),) = bench.journal.open_records()[1:] or bench.journal.open_records()
    assert (record.state, record.figures.written) == (RecordState.COMPLETE, False)
    before = bench.insert()
    bench.desk.recover(before)
    assert figures(bench) == ["00001500", "3032"]
    assert [each for each in bench.journal.open_records() if each.record.figures] == []


def test_the_limit_holds_while_an_update_is_open():
    """The settlement that was interrupted counts before the next one is judged."""
    bench = bench_with(0, LIMITS.times - 2)
    bench.card.card = PulledAt(bench.own_card, UPDATE, carried_out=False)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 500))
    bench.card.card = bench.own_card
    at = bench.insert()
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.RECOVERED
    assert bench.stopped(lambda: bench.desk.settle(at, 500)).cause is StopCause.OFFLINE_LIMIT


def test_what_another_terminal_wrote_meanwhile_is_not_lost():
    bench = bench_with()
    bench.card.card = PulledAt(bench.own_card, UPDATE, carried_out=False)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 500))
    elsewhere_offline(bench, 70)
    bench.desk.recover(bench.insert())
    assert figures(bench) == ["00000570", "3032"]


def test_the_same_amount_at_another_terminal_is_another_settlement():
    """What the storage knows, not the value alone, says whether the file has this one."""
    bench = bench_with()
    bench.card.card = PulledAt(bench.own_card, b"\xb0\x2c", carried_out=True)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 500))
    elsewhere_offline(bench, 500)
    bench.desk.recover(bench.insert())
    ((_, record), *_) = [each for each in bench.journal.records() if each.record.offline and each.record.shares]
    assert record.state is RecordState.UNKNOWN  # its proof is gone; its log says that it was
    assert figures(bench) == ["00001000", "3032"]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("tag", [0x92, 0x93])
def test_the_same_figures_of_another_terminal_are_not_ours(tag, carried_out):
    """Two terminals, the same total, both from the same figures: the limit is not got round. What was written already
    may count twice (the amount, if ours was), never less than it was.
    """
    bench = bench_with()
    bench.card.card = PulledAt(bench.own_card, UPDATE + bytes((tag,)), carried_out=carried_out)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 500))
    elsewhere_offline(bench, 500)
    bench.desk.recover(bench.insert())
    amount, times = figures(bench)
    if (tag, carried_out) == (0x92, False):
        assert (amount, times) == ("00001000", "3032")
    assert int(amount) >= 1000
    assert int(bytes.fromhex(times)) >= 2


def test_an_update_with_another_terminals_is_not_added_twice():
    bench = bench_with()
    bench.card.card = PulledAt(bench.own_card, UPDATE, carried_out=True)
    bench.stopped(lambda: bench.desk.settle(bench.insert(), 500))
    elsewhere_offline(bench, 70)
    bench.card.card = PulledAt(bench.own_card, UPDATE, carried_out=True)
    bench.stopped(lambda: bench.desk.recover(bench.insert()))
    bench.card.card = bench.own_card
    bench.desk.recover(bench.insert())
    assert figures(bench) == ["00001070", "3032"]


def elsewhere_offline(bench: MedicalBench, total: int) -> None:
    other = MedicalBench("social-2.0", EITHER, bureau=bench.bureau, card=bench.own_card, clock=bench.clock)
    other.desk.settle(other.insert(), total)
    bench.put(bench.own_card)


def test_figures_of_the_back_end_do_not_undo_what_came_after():
    """They are for the file as it was shown; a card that was elsewhere meanwhile keeps what it has."""
    bench = bench_with(5_000, 5)
    bench.desk.settle(bench.insert(), 100)
    bench.bureau.down = False
    bench.desk.upload()

    class GoneAtUpdate(PulledAt):
        def exchange(self, command):
            if command.startswith(UPDATE):
                raise CardGone("pulled")
            return self.card.exchange(command)

    bench.card.card = GoneAtUpdate(bench.own_card, UPDATE, carried_out=False)
    done = bench.desk.settle(bench.insert(), 5_000)
    assert done.record.state is RecordState.COMPLETE  # without the figures, too
    assert done.record.is_open  # and it says that they are still to be written
    bench.bureau.down = True
    elsewhere_offline(bench, 70)
    after = figures(bench)
    bench.desk.recover(bench.insert())
    assert figures(bench) == after == ["00005170", "3037"]


def test_the_back_ends_figures_are_written():
    """What has been uploaded since is taken off the card's own (人社信息函〔2012〕38号)."""
    bench = bench_with(5_000, 5)
    bench.desk.settle(bench.insert(), 100)
    bench.bureau.down = False
    bench.desk.upload()
    done = bench.desk.settle(bench.insert(), 5_000)
    assert done.record.figures.after == CardFigures(True, 5_000, 5)
    assert figures(bench) == ["00005000", "3035"]
