"""Updates by an operator and on line, and one whose answer did not come (SSC-7 §7, §8, §14)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from msgspec import structs

from apdu.link import AroundCard, SmartCard
from dualcos.messages.social_services import (
    Answer,
    NoAnswer,
    Request,
    ServiceRefused,
    UpdateAsked,
    UpdateGranted,
    UpdateReported,
)
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.hsm_path import AskedBackEnd, BackEndRefused
from dualcos.terminal.social.inquiry import InquiryOrder, inquire
from dualcos.terminal.social.pending_updates import PendingUpdate, UpdateManner, UpdateOrder
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from dualcos.terminal.social.updating import (
    UpdateDone,
    give_up_update,
    report_update,
    resume_update,
    update,
    update_online,
)
from tests.dualcos.terminal.social.flow_scripts import FEATURE, PHOTO, item_update, photo_update
from tests.dualcos.terminal.terminal_bench import SOCIAL, TERMINAL, TerminalBench, made_card

ONLINE = "DF03EF05"
UPDATES = ("00DC", "00D6", "04DC", "04D6")


def updates(bench: TerminalBench) -> list[str]:
    return [each for each in bench.card.commands if each.startswith(UPDATES)]


def values(bench: TerminalBench, address: str) -> dict[int, bytes]:
    """What the card has now, read in a session of its own."""
    bench.card.bend = None
    found = {each[0]: each[2:] for each in inquire(bench.admit(), InquiryOrder(address)).records}
    bench.slot.power_off()
    return found


class ListeningBackEnd:
    """The desk, and what it is asked; ``answer`` in its place where there is one."""

    def __init__(self, bench: TerminalBench) -> None:
        self.bench, self.told = bench, list[Request]()
        self.answer: dict[type, Answer | Exception] = {}
        bench.back_end = AskedBackEnd(self, count(1).__next__, TERMINAL)

    def ask(self, request: Request) -> Answer:
        self.told.append(request)
        answer = self.answer.get(type(request)) or self.bench.desk.ask(request)
        if isinstance(answer, Exception):
            raise answer
        return structs.replace(answer, running=request.running)

    def reports(self) -> list[UpdateReported]:
        return [each for each in self.told if isinstance(each, UpdateReported)]


def online_bench(
    path: PathKind = PathKind.PSAM, profile: str = "social-2.0", copy: int = 0
) -> tuple[TerminalBench, ListeningBackEnd]:
    """All that is granted are values of sevens, which the card does not have."""
    bench = TerminalBench(profile, card=made_card(profile, copy=copy), desk=True, path=path)
    (entry,) = bench.desk._means.cards.values()
    granted = entry.updates[ONLINE]
    granted.update({tag: "37" * (len(value) // 2) for tag, value in granted.items()})
    return bench, ListeningBackEnd(bench)


# --- by an operator ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_an_operator_updates(profile, path):
    """One proof of the key, plain UPDATE of each item (SSC-7 §7.3), nothing pending behind it."""
    bench = TerminalBench(profile, desk=True, path=path)
    at = bench.admit()
    order = item_update(at)
    assert update(at, order, bench.store) == UpdateDone("DF04EF05", tuple(order.items), complete=True)
    assert [each[:4] for each in updates(bench)] == ["00DC"] * len(order.items)
    assert bench.store.pending() is None
    assert {tag: values(bench, "DF04EF05")[tag] for tag in order.items} == order.items


@pytest.mark.parametrize("manner", UpdateManner)
@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0"])
def test_a_card_wants_its_updates_in_its_manner(profile, manner):
    """Plain, under MAC, or enciphered too, as its issuer fixed it (SSC-4 §8)."""
    option = "enciphered" if manner is UpdateManner.ENCIPHERED else "MAC"
    bench = TerminalBench(profile, card=made_card(profile, f"ssse.options.secured_updates={option}"))
    at = bench.admit()
    assert update(at, photo_update(manner), bench.store).complete
    assert inquire(at, InquiryOrder(FEATURE)).records[0].startswith(PHOTO)
    record = b"7" * at.place("DF02", 0xEF07).file.record_length
    assert update(at, UpdateOrder(address="DF02EF07", content=record, manner=manner), bench.store).complete
    assert inquire(at, InquiryOrder("DF02EF07", record=1)).records == (record,)
    order = item_update(at)
    assert update(at, UpdateOrder(address=order.address, items=order.items, manner=manner), bench.store).complete
    assert {each[:2] for each in updates(bench)} == {"00" if manner is UpdateManner.PLAIN else "04"}


@pytest.mark.parametrize("manner", [UpdateManner.MAC, UpdateManner.ENCIPHERED])
def test_no_hsm_secures_an_update(manner):
    """SC §6.3 has nothing but PINs and blocks; the card has not been written to and nothing is pending."""
    bench = TerminalBench(desk=True, path=PathKind.HSM)
    at = bench.admit()
    assert bench.stopped(lambda: update(at, photo_update(manner), bench.store)).code == -13
    assert (updates(bench), bench.store.pending()) == ([], None)


@pytest.mark.parametrize("word", ["6987", "6988", "6A85", "6982"])
def test_a_refused_update_stops_there(word):
    """SSC-7 §7.4: what was written before stays, nothing is pending, for it is known."""
    bench = TerminalBench()
    at = bench.admit()
    order = item_update(at)
    second = list(order.items)[1]
    bench.card.bend = lambda command, answer: (
        bytes.fromhex(word) if command[:3] == bytes((0x00, 0xDC, second)) else answer
    )
    stopped = bench.stopped(lambda: update(at, order, bench.store))
    assert (stopped.cause, f"{stopped.sw:04X}") == (StopCause.REFUSED, word)
    assert (len(updates(bench)), bench.store.pending()) == (2, None)


def test_done_after_some_attempts_is_done():
    """SSC-7 §7.5: 63Cx confirms an update too."""
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x63\xc2" if command[1] == 0xDC else answer
    assert update(at, item_update(at), bench.store).complete


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (UpdateOrder(address="DF04EF05"), -23),
        (UpdateOrder(address="DF04EF05", items={0x81: b"7" * 8, 0x02: b""}), -23),
        (UpdateOrder(address="DF04EF05", items={0x81: b"7"}), -42),
        (UpdateOrder(address="DF04EF05", items={0x81: b"7" * 9}), -42),
        (UpdateOrder(address="DF04EF05", items={0x81: b"7" * 8}, content=b"7"), -23),
        (UpdateOrder(address=FEATURE), -42),
        (UpdateOrder(address=FEATURE, content=bytes(769)), -42),
        (UpdateOrder(address=FEATURE, content=b"7", items={1: b""}), -42),
        (UpdateOrder(address="DF02EF07", content=bytes(84)), -42),
        (UpdateOrder(address="DF02EF07", content=bytes(85), items={1: b""}), -42),
        (UpdateOrder(address="DF04EF99", items={1: b""}), -27266),
        (UpdateOrder(address="DF04EF08", content=bytes(28)), -27010),
    ],
)
def test_an_order_that_does_not_fit_writes_nothing(order, code):
    """An unknown tag would become a record of its own, a wrong length a broken one."""
    bench = TerminalBench("social-2.0")
    at = bench.admit()
    assert at.place("DF04", 0xEF05).file.item(0x81).length == 8
    assert bench.stopped(lambda: update(at, order, bench.store)).code == code
    assert (updates(bench), bench.store.pending()) == ([], None)
    assert not any(each.startswith("0082") for each in bench.card.commands)


# --- on line -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_the_holder_updates_on_line(profile, path):
    """SSC-7 §8: proof first, then the question; all data at once; then the report."""
    bench, back_end = online_bench(path, profile)
    at = bench.admit()
    proved: list[bool] = []
    back_end_ask = back_end.ask

    def ask(request: Request) -> Answer:
        if isinstance(request, UpdateAsked):
            proved.append(bench.card.commands[-1].startswith("0082") and not updates(bench))
        return back_end_ask(request)

    back_end.ask = ask
    done = update_online(at, ONLINE, bench.back_end, bench.store)
    assert (done.complete, done.reported, proved) == (True, True, [True])
    (report,) = back_end.reports()
    assert (report.status, report.written) == ("9000", tuple(f"{tag:02X}" for tag in done.written))
    assert bench.store.pending() is None
    granted = bench.desk._means.cards[report.card.identification].updates[ONLINE]
    assert {f"{tag:02X}": value.hex().upper() for tag, value in values(bench, ONLINE).items()} == granted


def test_the_host_refuses_and_nothing_is_written():
    bench, back_end = online_bench()
    back_end.answer[UpdateAsked] = ServiceRefused(running=1, code="terminal-may-not", zh="无权限", en="it may not")
    at = bench.admit()
    stopped = bench.stopped(lambda: update_online(at, ONLINE, bench.back_end, bench.store))
    assert stopped.cause is StopCause.BACK_END_REFUSED
    assert (updates(bench), bench.store.pending(), back_end.reports()) == ([], None, [])


def test_without_a_host_nothing_is_written():
    bench = TerminalBench()
    at = bench.admit()
    stopped = bench.stopped(lambda: update_online(at, ONLINE, AskedBackEnd(None, int), bench.store))
    assert (stopped.cause, updates(bench), bench.store.pending()) == (StopCause.NO_BACK_END, [], None)


@pytest.mark.parametrize("items", [{}, {"55": "00"}, {"40": "00"}, {"zz": "00"}, {"4": "00"}])
def test_data_that_do_not_fit_are_not_written_and_the_host_hears_so(items):
    bench, back_end = online_bench()
    back_end.answer[UpdateAsked] = UpdateGranted(running=1, permit="AB", items=items)
    at = bench.admit()
    bench.stopped(lambda: update_online(at, ONLINE, bench.back_end, bench.store))
    assert updates(bench) == []
    assert [(each.permit, each.written, each.status) for each in back_end.reports()] in ([], [("AB", (), "0000")])


def test_a_refused_on_line_update_is_reported_as_far_as_it_came():
    bench, back_end = online_bench()
    at = bench.admit()
    bench.card.bend = lambda _, answer: b"\x6a\x84" if len(updates(bench)) == 3 else answer
    stopped = bench.stopped(lambda: update_online(at, ONLINE, bench.back_end, bench.store))
    (report,) = back_end.reports()
    assert (f"{stopped.sw:04X}", report.status, len(report.written)) == ("6A84", "6A84", 2)
    assert bench.store.pending() is None


@pytest.mark.parametrize("word", ["6581", "6400", "6F00", "6281"])
@pytest.mark.parametrize("carried_out", [False, True])
def test_a_word_that_leaves_it_open_has_the_card_read_back(word, carried_out):
    """The third of the tags may have its new value or the old one: what the back end hears is what was read."""
    bench, back_end = online_bench()
    at = bench.admit()

    class Doubtful(AroundCard[SmartCard]):
        def exchange(self, command: bytes) -> bytes:
            third = command[:2].hex().upper() in UPDATES and len(updates(bench)) == 3
            answer = self.card.exchange(command) if carried_out or not third else b""
            return bytes.fromhex(word) if third else answer

    bench.card.card = Doubtful(bench.card.card)
    stopped = bench.stopped(lambda: update_online(at, ONLINE, bench.back_end, bench.store))
    (report,) = back_end.reports()
    assert (f"{stopped.sw:04X}", report.status, len(report.written)) == (word, word, 2 + carried_out)
    assert bench.store.pending() is None


def test_what_cannot_be_read_back_stays_pending():
    bench, back_end = online_bench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: (
        b"\x6f\x00" if len(updates(bench)) == 3 and command[1] in (0xDC, 0xB2, 0x82) else answer
    )
    assert bench.stopped(lambda: update_online(at, ONLINE, bench.back_end, bench.store)).cause is StopCause.REFUSED
    assert back_end.reports() == []
    assert bench.store.pending() is not None
    bench.card.bend = None
    assert resume_update(bench.admit(), bench.store, bench.back_end) is not None
    (report,) = back_end.reports()
    assert (report.status, len(report.written)) == ("0000", 3)


def test_a_report_that_is_not_heard_waits():
    """The card is written; the same report with the same number goes again, before anything else on line."""
    bench, back_end = online_bench()
    back_end.answer[UpdateReported] = NoAnswer("silent")
    at = bench.admit()
    done = update_online(at, ONLINE, bench.back_end, bench.store)
    assert (done.complete, done.reported) == (True, False)
    assert resume_update(at, bench.store, bench.back_end) is None
    assert not report_update(bench.back_end, bench.store)
    assert not report_update(None, bench.store)
    assert bench.stopped(lambda: update(at, item_update(at), bench.store)).cause is StopCause.PENDING
    back_end.answer.clear()
    update_online(at, "DF03EF06", bench.back_end, bench.store)
    one, other, third, fourth = back_end.reports()
    assert one == other == third
    assert fourth.running > one.running
    assert bench.store.pending() is None


def test_a_report_that_will_never_be_taken_is_dropped():
    bench, back_end = online_bench()
    back_end.answer[UpdateReported] = NoAnswer("silent")
    at = bench.admit()
    update_online(at, ONLINE, bench.back_end, bench.store)
    back_end.answer[UpdateReported] = ServiceRefused(running=1, code="permit-unknown", zh="无此许可", en="unknown")
    with pytest.raises(BackEndRefused):
        report_update(bench.back_end, bench.store)
    assert bench.store.pending() is None


# --- pulled ----------------------------------------------------------------------------------------------------------

Act = Callable[[TerminalBench, CardAtTerminal], UpdateDone]


def operators(order: UpdateOrder | None = None) -> Act:
    return lambda bench, at: update(at, order or item_update(at), bench.store)


def on_line(bench: TerminalBench, at: CardAtTerminal) -> UpdateDone:
    return update_online(at, ONLINE, bench.back_end, bench.store)


def pulled(bench: TerminalBench, act: Act, nth: int, *, carried_out: bool) -> None:
    """Pulled at the nth UPDATE; where that comes, another run of the same tells. The card is put back."""
    dry, _ = online_bench(copy=1)
    act(dry, dry.admit())
    places = [at for at, each in enumerate(dry.card.passed) if each.command[:2].hex().upper() in UPDATES]
    bench.card.pull_at = (places[nth - 1], carried_out)
    at = bench.admit()
    assert bench.stopped(lambda: act(bench, at)).cause is StopCause.NO_CARD
    bench.card.put_back()


@pytest.mark.parametrize(
    ("nth", "carried_out", "written", "complete"),
    [(1, False, 0, False), (1, True, 1, False), (2, False, 1, False), (2, True, 2, True)],
)
def test_the_card_comes_back_and_is_read(nth, carried_out, written, complete):
    """SSC-7 §14: identification code and card number, then the data themselves."""
    bench = TerminalBench()
    pulled(bench, operators(), nth, carried_out=carried_out)
    kept = bench.store.pending()
    assert isinstance(kept, PendingUpdate)
    at = bench.admit()
    assert bench.stopped(lambda: update(at, item_update(at), bench.store)).cause is StopCause.PENDING
    before = len(updates(bench))
    done = resume_update(at, bench.store)
    assert done == UpdateDone("DF04EF05", tuple(kept.order.items)[:written], complete)
    assert len(updates(bench)) == before  # it reads, and writes nothing
    assert bench.store.pending() is None
    assert resume_update(at, bench.store) is None


@pytest.mark.parametrize("nth", [1, 3])
def test_the_host_hears_what_the_card_has(nth):
    bench, back_end = online_bench()
    pulled(bench, on_line, nth, carried_out=True)
    assert back_end.reports() == []
    at = bench.admit()
    assert bench.stopped(lambda: resume_update(at, bench.store)).cause is StopCause.NO_BACK_END
    done = resume_update(at, bench.store, bench.back_end)
    assert done is not None
    (report,) = back_end.reports()
    assert (len(done.written), report.status, report.written) == (nth, "0000", tuple(f"{t:02X}" for t in done.written))


def test_the_host_hears_that_it_is_complete():
    bench, back_end = online_bench()
    pulled(bench, on_line, 7, carried_out=True)
    done = resume_update(bench.admit(), bench.store, bench.back_end)
    assert done is not None
    assert (done.complete, done.reported, back_end.reports()[0].status) == (True, True, "9000")


def test_another_card_leaves_it_pending():
    """Another code, or this code with another number."""
    bench = TerminalBench()
    pulled(bench, operators(), 1, carried_out=True)
    stranger = TerminalBench(card=made_card("social-2.0", "chip.serial=0000FFFF"), sam=bench.sam)
    renumbered = TerminalBench(sam=bench.sam)
    record = b"\x07\x09T0000002X\x90\x00"
    renumbered.card.bend = lambda command, answer: record if command[:3] == b"\x00\xb2\x07" else answer
    for other in (stranger, renumbered):
        at = other.admit()
        stopped = bench.stopped(lambda at=at: resume_update(at, bench.store))
        assert (stopped.cause, stopped.code) == (StopCause.OTHER_CARD, -22)
        assert bench.store.pending() is not None


def test_a_card_that_never_comes_back_is_given_up():
    """An operator's update is forgotten; of one on line the host hears that nothing is sure."""
    bench = TerminalBench()
    assert give_up_update(bench.store)
    pulled(bench, operators(), 1, carried_out=True)
    assert give_up_update(bench.store)
    at = bench.admit()
    assert update(at, item_update(at), bench.store).complete
    bench, back_end = online_bench()
    pulled(bench, on_line, 2, carried_out=True)
    assert bench.stopped(lambda: give_up_update(bench.store)).cause is StopCause.NO_BACK_END
    back_end.answer[UpdateReported] = NoAnswer("silent")
    assert not give_up_update(bench.store, bench.back_end)
    assert not give_up_update(bench.store, bench.back_end)
    back_end.answer.clear()
    assert give_up_update(bench.store, bench.back_end)
    assert [(each.written, each.status) for each in back_end.reports()] == [((), "0000")] * 3
    assert bench.store.pending() is None


@pytest.mark.parametrize(("nth", "carried_out", "complete"), [(1, True, False), (3, False, False), (3, True, True)])
def test_a_transparent_file_is_compared(nth, carried_out, complete):
    bench = TerminalBench()
    pulled(bench, operators(photo_update()), nth, carried_out=carried_out)
    assert resume_update(bench.admit(), bench.store) == UpdateDone(FEATURE, (), complete)


@pytest.mark.parametrize("carried_out", [False, True])
def test_the_newest_record_of_a_cyclic_file_is_compared(carried_out):
    bench = TerminalBench()
    order = UpdateOrder(address="DF02EF07", content=b"7" * 85)
    pulled(bench, operators(order), 1, carried_out=carried_out)
    assert resume_update(bench.admit(), bench.store) == UpdateDone("DF02EF07", (), carried_out)


def test_a_file_that_cannot_be_read_back_leaves_it_pending():
    bench = TerminalBench()
    pulled(bench, operators(), 1, carried_out=True)
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x69\x82" if command[1] == 0xB2 else answer
    assert bench.stopped(lambda: resume_update(at, bench.store)).code == -27010
    assert bench.store.pending() is not None
    bench.card.bend = lambda command, answer: b"\x6a\x83" if command[1] == 0xB2 else answer
    assert resume_update(at, bench.store) == UpdateDone("DF04EF05", (), complete=False)
