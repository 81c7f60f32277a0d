"""The PIN changed, unblocked and reloaded; application and card blocked (SSC-7 §9, §13), by PSAM and by HSM."""

from __future__ import annotations

import pytest

from dualcos.terminal.social.blocking import block_application, block_card
from dualcos.terminal.social.inquiry import InquiryOrder, inquire
from dualcos.terminal.social.pin_services import change_pin, reload_pin, unblock_pin
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.flow_scripts import directory
from tests.dualcos.terminal.terminal_bench import PIN, SOCIAL, TerminalBench, made_card

CHANGE, SECURED = "805E", ("8424", "841E", "8416")
BOTH = pytest.mark.parametrize("path", PathKind)
EVERY = pytest.mark.parametrize("profile", SOCIAL)


def bench_of(profile: str, path: PathKind, *settings: str) -> TerminalBench:
    return TerminalBench(profile, card=made_card(profile, *settings), desk=True, path=path)


def right(bench: TerminalBench, pin: str) -> bool:
    """Whether this is the PIN now."""
    at = bench.admit()
    stopped = bench.attempt(lambda: at.verify(pin))
    at.leave()
    return stopped is None


def typed(bench: TerminalBench, *digits: str) -> None:
    bench.holder.digits[:] = digits
    bench.holder.asked.clear()


def lock_pin(bench: TerminalBench) -> None:
    at = bench.admit()
    typed(bench, "0000", "0000", "0000")
    assert bench.stopped(at.demand_pin).cause is StopCause.PIN_LOCKED


# --- changing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", ["4321", "54321", "123456789012", "123456789012345", "1234567890123456"])
@EVERY
def test_old_new_new_again(profile, new):
    """SSC-7 §9.1 to §9.4: `80 5E 01 00`, old ‖ FF ‖ new, digits packed (SSC-5 §6.3)."""
    bench = TerminalBench(profile)
    at = bench.admit()
    typed(bench, PIN, new, new)
    change_pin(at)
    assert bench.holder.asked == [(PinAsked.OLD, 3), (PinAsked.NEW, None), (PinAsked.NEW_AGAIN, None)]
    packed = new + "F" * (len(new) % 2)
    assert bench.card.commands[-1] == f"805E0100{4 + len(packed) // 2:02X}{PIN}FF{packed}"
    assert (right(bench, new), right(bench, PIN)) == (True, False)


def test_two_new_ones_that_differ_are_an_error_and_the_end():
    """SSC-7 §9.3; nothing is sent."""
    bench = TerminalBench()
    at = bench.admit()
    typed(bench, PIN, "4321", "4322", "4321")
    stopped = bench.stopped(lambda: change_pin(at))
    assert (stopped.cause, stopped.code, bench.holder.digits) == (StopCause.PINS_DIFFER, -34, ["4321"])
    assert not any(each.startswith(CHANGE) for each in bench.card.commands)
    assert right(bench, PIN)


def test_a_wrong_old_one_costs_a_try_and_ends_it():
    bench = TerminalBench()
    for tries, cause in ((2, StopCause.PIN_WRONG), (1, StopCause.PIN_WRONG), (None, StopCause.PIN_LOCKED)):
        at = bench.admit()
        typed(bench, "9999", "4321", "4321")
        stopped = bench.stopped(lambda at=at: change_pin(at))
        assert (stopped.cause, stopped.tries) == (cause, tries)
    at = bench.admit()
    typed(bench)
    assert bench.stopped(lambda: change_pin(at)).cause is StopCause.PIN_LOCKED
    assert bench.holder.asked == []  # nobody types for nothing


def test_a_card_without_a_pin_is_asked_for_no_old_one():
    bench = TerminalBench(card=made_card("social-2.0", "ssse.pin="))
    at = bench.admit()
    at.demand_pin()
    typed(bench, "4321", "4321")
    change_pin(at)
    assert [asked for asked, _ in bench.holder.asked] == [PinAsked.NEW, PinAsked.NEW_AGAIN]
    assert right(bench, "4321")


def test_a_pin_that_is_verified_is_asked_for_all_the_same_and_its_successor_is_not_verified():
    bench = TerminalBench()
    at = bench.admit()
    at.demand_pin()
    at.enter(directory(at, "DF04"))
    typed(bench, PIN, "4321", "4321", "4321")
    change_pin(at)
    assert not at.pin_verified
    at.demand_pin()
    typed(bench, "4321", "5678", "5678")
    change_pin(at)
    assert [asked for asked, _ in bench.holder.asked] == [PinAsked.OLD, PinAsked.NEW, PinAsked.NEW_AGAIN]
    assert right(bench, "5678")


def test_what_is_no_pin_or_none_at_all():
    bench = TerminalBench()
    at = bench.admit()
    for digits, code in ((("123",), -33), ((PIN, "123"), -33), ((PIN, "12x4"), -41), ((PinCancelled(),), -31)):
        typed(bench, *digits)
        assert bench.stopped(lambda: change_pin(at)).code == code
    bench.longest_pin = 12
    typed(bench, "1234567890123", "1234567890123")
    at = bench.admit()
    assert bench.stopped(lambda: reload_pin(at)).code == -33
    assert not any(each.startswith((CHANGE, *SECURED)) for each in bench.card.commands)


@pytest.mark.parametrize(("word", "code"), [("6A80", -27264), ("6700", -26368), ("6983", -52)])
def test_other_refusals_of_a_change(word, code):
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: bytes.fromhex(word) if command[1] == 0x5E else answer
    typed(bench, PIN, "4321", "4321")
    assert bench.stopped(lambda: change_pin(at)).code == code


# --- unblocking, reloading -----------------------------------------------------------------------------------------


@BOTH
@EVERY
def test_a_locked_pin_is_unblocked_and_stays_what_it_was(profile, path):
    bench = bench_of(profile, path)
    lock_pin(bench)
    unblock_pin(bench.admit())
    assert bench.card.commands[-1].startswith("8424000004")
    assert bench.admit().pin_tries() == 3
    assert right(bench, PIN)


@BOTH
@pytest.mark.parametrize("new", ["4321", "987654321", "123456789012"])
@EVERY
def test_a_pin_is_reloaded_under_cipher(profile, path, new):
    """PUK's proof, a new random number, and only then the command, the PIN not in clear in it (SSC-7 §13.3)."""
    bench = bench_of(profile, path)
    lock_pin(bench)
    typed(bench, new, new)
    at = bench.admit()
    reload_pin(at)
    assert [asked for asked, _ in bench.holder.asked] == [PinAsked.NEW, PinAsked.NEW_AGAIN]
    proof, challenge, command = bench.card.commands[-3:]
    assert (proof[:8], challenge, command[:8]) == ("00820006", "0084000008", "84240001")
    assert (len(command) // 2 - 9) % (8 if at.environment.algorithm == 1 else 16) == 0
    assert new not in command
    assert right(bench, new)


def test_two_reloaded_ones_that_differ():
    bench = TerminalBench()
    at = bench.admit()
    typed(bench, "4321", "1234")
    assert bench.stopped(lambda: reload_pin(at)).cause is StopCause.PINS_DIFFER
    assert not any(each.startswith("0082") for each in bench.card.commands)


@BOTH
@pytest.mark.parametrize("service", [unblock_pin, reload_pin])
def test_a_locked_puk_does_nothing(service, path):
    bench = bench_of("social-2.0", path)
    for _ in range(3):
        at = bench.admit()
        bench.card.bend = lambda command, answer: b"\0" * 8 + answer[8:] if command[1] == 0x84 else answer
        assert bench.stopped(lambda at=at: unblock_pin(at)).cause is StopCause.REFUSED
        bench.card.bend = None
    at = bench.admit()
    typed(bench, "4321", "4321")
    assert bench.stopped(lambda: service(at)).code == -27011
    assert right(bench, PIN)


@pytest.mark.parametrize("word", ["6988", "6985", "6A80"])
def test_a_secured_command_that_is_refused(word):
    for act, instruction in ((unblock_pin, 0x24), (block_card, 0x16)):
        bench = TerminalBench()
        at = bench.admit()
        bench.card.bend = lambda command, answer, ins=instruction: bytes.fromhex(word) if command[1] == ins else answer
        assert bench.stopped(lambda act=act, at=at: act(at)).code == -int(word, 16)


# --- blocking --------------------------------------------------------------------------------------------------------


@BOTH
@EVERY
def test_an_application_is_blocked_for_good(profile, path):
    """SSC-7 §13.2: 9303 from then on, for it alone."""
    bench = bench_of(profile, path)
    at = bench.admit()
    for name in ("DF03", "DF04"):
        block_application(at, directory(at, name))
        assert bench.card.commands[-2].startswith("841E000104")
    assert at.current is at.home
    assert bench.stopped(lambda: inquire(at, InquiryOrder("DF03EF05"))).code == -37635
    assert inquire(bench.admit(), InquiryOrder("DF02EF05")).records
    assert bench.stopped(lambda: block_application(bench.admit(), directory(at, "DF03"))).code == -37635


@BOTH
def test_an_application_without_a_key_to_lock_it(path):
    bench = bench_of("social-2.0", path)
    at = bench.admit()
    before = len(bench.card.passed)
    assert bench.stopped(lambda: block_application(at, directory(at, "DF02"))).code == -27272
    assert len(bench.card.passed) == before


@BOTH
@EVERY
def test_a_card_is_blocked_for_good(profile, path):
    """SSC-7 §13.1: nothing but 6A81; the terminal lets go of it."""
    bench = bench_of(profile, path)
    block_card(bench.admit())
    assert not bench.slot.powered
    assert bench.refused().code == -27265
