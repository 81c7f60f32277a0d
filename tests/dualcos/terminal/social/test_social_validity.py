"""T-SOC-VAL: the five checks (SSC-7 §5.4), the PIN (§5.6 to §5.8), applications and transactions (§5.9 to §5.11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cos.ssse.tables.table_model import Version
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinTimedOut
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.transaction_choice import (
    Actor,
    SocialTransaction,
    choose_application,
    choose_transaction,
    listed_names,
    needs_pin,
    supported_applications,
    transactions_of,
)
from dualcos.terminal.social.validity_check import Accepted
from tests.dualcos.terminal.social.flow_scripts import play
from tests.dualcos.terminal.terminal_bench import PIN, SOCIAL, ChoosingOperator, TerminalBench, made_card

# --- the five checks ---------------------------------------------------------------------------------------------


def bent_item(tag: int, value: bytes) -> Callable[[bytes, bytes], bytes]:
    """EF05 has ``value`` as item ``tag``."""
    record = bytes((tag, len(value))) + value + b"\x90\x00"
    return lambda command, answer: record if command.startswith(bytes((0x00, 0xB2, tag))) else answer


@pytest.mark.parametrize(
    ("tag", "value", "cause"),
    [
        (2, b"9", StopCause.CLASS),
        (2, b"\0", StopCause.CLASS),
        (5, bytes.fromhex("20261130"), StopCause.NOT_YET),
        (5, b"\xff" * 4, StopCause.NOT_YET),
        (6, bytes.fromhex("20261128"), StopCause.EXPIRED),
        (6, b"\xff" * 4, StopCause.EXPIRED),
        (6, b"2025", StopCause.EXPIRED),  # a year in characters, as on some issued cards
        (5, b"2027", StopCause.NOT_YET),
        (5, b"20AA", StopCause.NOT_YET),
        (6, bytes.fromhex("2034011F"), StopCause.EXPIRED),
        (6, bytes.fromhex("9999999A"), StopCause.EXPIRED),
    ],
)
def test_a_card_that_is_not_accepted(tag, value, cause):
    """On 29 November 2026; nothing is asked of it any more, and its contacts are off (SSC-7 §5.5)."""
    bench = TerminalBench()
    bench.card.bend = bent_item(tag, value)
    assert bench.refused().cause is cause
    assert bench.card.power[-1] == "off"


@pytest.mark.parametrize(("tag", "value"), [(5, "20261129"), (6, "20261129"), (6, "99991231")])
def test_a_card_is_valid_on_its_first_and_last_day(tag, value):
    bench = TerminalBench()
    bench.card.bend = bent_item(tag, bytes.fromhex(value))
    bench.admit()


@pytest.mark.parametrize("tag", [5, 6])
def test_a_year_alone_is_all_of_it(tag):
    bench = TerminalBench()
    bench.card.bend = bent_item(tag, b"2026")
    bench.admit()


@pytest.mark.parametrize(
    ("accepted", "cause"),
    [
        (Accepted(classes=frozenset("12")), StopCause.CLASS),
        (Accepted(versions=frozenset({Version.V1, Version.V3})), StopCause.VERSION),
        (Accepted(institutions=("9156000002990001",)), StopCause.ORGANISATION),
    ],
)
def test_what_this_terminal_does_not_support(accepted, cause):
    bench = TerminalBench("social-2.0")
    bench.accepted = accepted
    assert bench.refused().cause is cause


def test_what_this_terminal_supports():
    bench = TerminalBench("social-2.0")
    bench.accepted = Accepted(frozenset("3"), frozenset({Version.V2}), ("5101", "9156000002990000"))
    bench.admit()


class Listed:
    """A blacklist of this card, by code and number, or by a range of numbers (SSC-8 §7)."""

    def __init__(self, *, code: bytes = b"", numbers: tuple[str, str] = ("", "")) -> None:
        self.code, self.numbers = code, numbers
        self.asked: list[tuple[bytes, str, str]] = []

    def demand_clear(self, identification: bytes, number: str, now: str) -> None:
        self.asked.append((identification, number, now))
        if identification == self.code or self.numbers[0] <= number <= self.numbers[1]:
            raise TerminalStopped(StopCause.BLACKLISTED)


def test_the_blacklist_is_asked_by_code_and_number():
    bench = TerminalBench()
    card = bench.admit().environment
    for listed in (Listed(code=card.identification), Listed(numbers=("T00000000", "T0000009X"))):
        bench.blacklist = listed
        assert bench.refused().cause is StopCause.BLACKLISTED
        assert listed.asked == [(card.identification, card.number, bench.clock.time)]
    bench.blacklist = Listed(code=bytes(16), numbers=("T10000000", "T2"))
    bench.admit()


# --- the PIN -------------------------------------------------------------------------------------------------------


def with_pin(pin: str) -> TerminalBench:
    return TerminalBench(card=made_card("social-2.0", f"ssse.pin={pin}"))


def test_no_pin_is_asked_for_where_none_is_set():
    bench = with_pin("")
    at = bench.admit()
    assert not needs_pin(at)
    at.demand_pin()
    assert bench.holder.asked == []
    play(bench, "by PIN")


@pytest.mark.parametrize("pin", ["1234", "12345", "123456789012"])
def test_pins_of_4_to_12_digits(pin):
    bench = with_pin(pin)
    bench.holder.digits = [pin]
    at = bench.admit()
    assert needs_pin(at)
    at.demand_pin()
    at.demand_pin()
    assert bench.holder.asked == [(PinAsked.PIN, 3)]
    assert not needs_pin(at)


def test_a_wrong_pin_is_asked_for_again_until_it_is_locked():
    bench = TerminalBench()
    bench.holder.digits = ["1111", "2222", PIN]
    bench.admit().demand_pin()
    assert bench.holder.asked == [(PinAsked.PIN, 3), (PinAsked.PIN_AGAIN, 2), (PinAsked.PIN_AGAIN, 1)]
    bench.holder.digits = ["1111", "2222", "3333", PIN]
    stopped = bench.stopped(bench.admit().demand_pin)
    assert (stopped.cause, stopped.code) == (StopCause.PIN_LOCKED, -52)
    assert bench.stopped(bench.admit().demand_pin).code == -52  # 6983 now
    assert bench.holder.digits == [PIN]


@pytest.mark.parametrize(
    ("entered", "code"),
    [
        (PinCancelled(), -31),
        (PinTimedOut(), -32),
        ("123", -33),
        ("12345678901234567", -33),
        ("", -41),
        ("12a4", -41),
        ("１２３４", -41),
    ],
    ids=repr,
)
def test_what_is_no_pin_never_reaches_the_card(entered, code):
    bench = TerminalBench()
    at = bench.admit()
    bench.holder.digits = [entered]
    assert bench.stopped(at.demand_pin).code == code
    assert bench.card.commands[-1] == "0020000000"


def test_a_pad_of_12_digits_takes_no_13():
    """SSC-8 §6.2.4."""
    bench = TerminalBench()
    bench.longest_pin = 12
    at = bench.admit()
    bench.holder.digits = ["1234567890123"]
    assert bench.stopped(at.demand_pin).cause is StopCause.PIN_LENGTH


def test_a_card_whose_tries_do_not_run_out_is_asked_no_more():
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x63\xc3" if command[1] == 0x20 else answer
    bench.holder.digits = ["1111", "2222"]
    assert bench.stopped(at.demand_pin).cause is StopCause.PIN_WRONG
    assert bench.holder.digits == ["2222"]


@pytest.mark.parametrize(("word", "code"), [("6700", -26368), ("6A88", -27272), ("6984", -27012)])
def test_a_pin_that_cannot_be_asked_about(word, code):
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: bytes.fromhex(word) if command[1] == 0x20 else answer
    assert bench.stopped(at.demand_pin).code == code


# --- applications and transactions -------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", SOCIAL)
def test_applications_are_those_of_card_and_terminal(profile):
    bench = TerminalBench(profile)
    at = bench.admit()
    known = at.environment.directories[1:]
    assert supported_applications(at) == known
    assert listed_names(at) == {each.name for each in known}
    assert [each.fid for each in supported_applications(at, ("DF04", "DF01"))] == [0xDF01, 0xDF04]


def test_one_application_is_taken_without_a_question():
    bench = TerminalBench()
    at = bench.admit()
    chosen = choose_application(at, bench.operator, ("DF04",))
    assert (chosen.fid, at.current) == (0xDF04, chosen)
    assert bench.operator.asked == []


def test_several_applications_are_a_question():
    bench = TerminalBench()
    at = bench.admit()
    bench.operator.choice = 2
    assert choose_application(at, bench.operator).fid == 0xDF03
    ((question, choices),) = bench.operator.asked
    assert (question.zh, len(choices), choices[3].zh) == ("请选择应用", 7, "社会保险信息区2")


def test_none_in_common_stops():
    bench = TerminalBench()
    at = bench.admit()
    assert bench.stopped(lambda: choose_application(at, bench.operator, ())).cause is StopCause.NO_APPLICATION


@pytest.mark.parametrize("choice", [None, -1, 7])
def test_no_choice_stops(choice):
    bench = TerminalBench()
    at = bench.admit()
    bench.operator.choice = choice
    assert bench.stopped(lambda: choose_application(at, bench.operator)).cause is StopCause.NOTHING_CHOSEN


def test_a_blocked_application_is_left_out():
    bench = TerminalBench()
    play(bench, "application block")
    at = bench.admit()
    assert 0xDF03 not in [each.fid for each in supported_applications(at)]
    assert bench.stopped(lambda: choose_application(at, bench.operator, ("DF03",))).cause is StopCause.NO_APPLICATION


def test_the_dir_file_names_what_there_is():
    """SSC-3 §6.5: what it does not list is not looked for; entries bare or in template 70."""
    for wrapped in ("false", "true"):
        bench = TerminalBench(card=made_card("social-2.0", f"ssse.dir_wrapped={wrapped}"))
        at = bench.admit()
        name = at.environment.directories[1].name
        bench.card.bend = lambda command, answer, name=name: (
            answer.replace(name, b"\0" * len(name)) if command[1] == 0xB2 else answer
        )
        assert [each.fid for each in supported_applications(at)] == [0xDF02 + step for step in range(6)]


@pytest.mark.parametrize("word", ["6A82", "6A83"])
def test_without_dir_entries(word):
    """No DIR file: all applications may be there; an empty one lists none (SSC-3 §5.1.4, §6.5)."""
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: bytes.fromhex(word) if command[1] == 0xB2 else answer
    assert len(supported_applications(at)) == (7 if word == "6A82" else 0)


def test_a_dir_file_that_cannot_be_read_stops():
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x69\x82" if command[1] == 0xB2 else answer
    assert bench.stopped(lambda: supported_applications(at)).code == -27010


def test_an_environment_that_announces_no_dir_file():
    bench = TerminalBench()
    at = bench.admit()
    at.environment = at.environment._replace(fci=bytes.fromhex("6F02A500"))
    assert listed_names(at) is None


def test_an_application_that_cannot_be_selected_stops():
    bench = TerminalBench()
    at = bench.admit()
    bench.card.bend = lambda command, answer: b"\x6a\x81" if command[1] == 0xA4 else answer
    assert bench.stopped(lambda: supported_applications(at)).code == -27265


def test_transactions_are_those_of_the_standard():
    """SSC-7 §5.10."""
    holder = {"查询应用信息", "更改个人密码", "联机更改应用信息"}
    operator = {"查询应用信息", "更改应用信息", "卡片锁定", "应用锁定"}
    assert {each.row.zh for each in transactions_of(Actor.HOLDER)} == holder
    assert {each.row.zh for each in transactions_of(Actor.OPERATOR)} == operator
    assert all(each.row.clause.startswith("SSC-7 §") for each in SocialTransaction)


def test_a_transaction_is_chosen_among_those_of_actor_and_terminal():
    keyboard = ChoosingOperator(1)
    offered = (SocialTransaction.INQUIRY, SocialTransaction.CARD_BLOCK, SocialTransaction.PIN_CHANGE)
    assert choose_transaction(Actor.OPERATOR, keyboard, offered) is SocialTransaction.CARD_BLOCK
    assert choose_transaction(Actor.HOLDER, keyboard, offered[1:]) is SocialTransaction.PIN_CHANGE
    assert len(keyboard.asked) == 1


# --- all of pre-processing ---------------------------------------------------------------------------------------


def test_pre_processing_to_its_end():
    """One PIN, one question each, the application selected, the transaction shown."""
    bench = TerminalBench()
    bench.operator.choice = 1
    begun = bench.terminal().begin(Actor.OPERATOR, applications=("DF03", "DF04"))
    assert (begun.transaction, begun.application) == (SocialTransaction.UPDATE, begun.at.current)
    assert begun.at.current.fid == 0xDF04
    assert ([asked for asked, _ in bench.holder.asked], len(bench.operator.asked)) == ([PinAsked.PIN], 2)
    assert bench.display.shown == [SocialTransaction.UPDATE.row.said]


def test_a_transaction_of_the_whole_card_has_no_application():
    bench = TerminalBench()
    begun = bench.terminal().begin(Actor.HOLDER, (SocialTransaction.PIN_CHANGE,))
    assert (begun.transaction, begun.application) == (SocialTransaction.PIN_CHANGE, None)
    assert bench.operator.asked == []


@pytest.mark.parametrize("cause", [StopCause.EXPIRED, StopCause.PIN_CANCELLED, StopCause.NO_APPLICATION])
def test_what_stops_pre_processing_is_shown_and_takes_the_power(cause):
    bench = TerminalBench()
    if cause is StopCause.EXPIRED:
        bench.clock.time = "20990101000000"
    if cause is StopCause.PIN_CANCELLED:
        bench.holder.digits = [PinCancelled()]
    stopped = bench.stopped(lambda: bench.terminal().begin(Actor.HOLDER, applications=()))
    assert (stopped.cause, bench.slot.powered) == (cause, False)
    assert bench.display.shown == [(stopped.zh, stopped.en)]
