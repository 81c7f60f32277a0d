"""The acquirer's front: what it demands of a message before anybody carries it out, and the keys that it gives."""

from __future__ import annotations

import pytest

from dualcos.issuance.acquirer.acquirer_line_end import AcquirerLineEnd
from dualcos.issuance.acquirer.registered_terminal import RegisteredTerminal
from dualcos.leash.leash_rules import LeashRule
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.line_keys import LineKeyRole
from dualcos.messages.pos_envelope import PosEnvelope
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.pos_subfields import joined, parted
from keys.line_cryptography import LineMac
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.terminal_at_front import CODEC, MERCHANT, TERMINAL, TerminalAtFront

PROFILE = "dual-2.0-3des"


def moved(acquirer: DemonstrationLine) -> int:
    """Fen that have come to the merchant; issuer and acquirer agree."""
    owed = acquirer.issuer.books.balance("acquirer/00010000")
    assert acquirer.books.balance("issuers") == -owed
    return owed


@pytest.mark.parametrize(
    ("network", "tagged", "length", "roles"),
    [
        ("003", False, 40, {LineKeyRole.PIN, LineKeyRole.MAC}),
        ("004", False, 60, {LineKeyRole.PIN, LineKeyRole.MAC, LineKeyRole.TRACK}),
        ("004", True, 75, {LineKeyRole.PIN, LineKeyRole.MAC, LineKeyRole.TRACK}),
    ],
)
def test_a_sign_on_brings_keys_under_the_terminals_master_key(network, tagged, length, roles):
    acquirer = demonstration_line([PROFILE], tagged=tagged)
    terminal = TerminalAtFront(acquirer.line)
    answer = terminal.signed_on(network)
    assert (answer.text(39), answer.text(12), answer.text(13)) == ("00", "093000", "0115")
    assert POS_MESSAGES["sign-on"].wrong_answer_fields(answer) == ""
    assert (len(answer.raw(62)), set(terminal.keys)) == (length, roles)
    first = {key.check_value for key in terminal.keys.values()}
    assert len(first) == len(roles)
    terminal.signed_on(network)
    assert not first & {key.check_value for key in terminal.keys.values()}
    acquirer.close()


@pytest.mark.parametrize("network", ["001", "006"])
def test_single_keys_and_sm_keys_are_not_given(acquirer, network):
    assert TerminalAtFront(acquirer.line).signed_on(network).text(39) == "40"


@pytest.mark.parametrize("kind", [LineMac.ECB_HEX, LineMac.XOR_3DES, LineMac.X919])
def test_each_kind_of_mac_seals_both_ways(kind):
    acquirer = demonstration_line([PROFILE], mac=kind)
    terminal = TerminalAtFront(acquirer.line, mac=kind)
    terminal.signed_on()
    assert terminal.code(terminal.pays()) == "00"
    assert terminal.seal_holds
    acquirer.close()


def test_a_wrong_mac_is_refused_and_nothing_is_asked(acquirer, terminal):
    """Under another key, and of another message."""
    assert terminal.code(terminal.request("settlement", {48: "0" * 62})) == "00"
    message = terminal.pays()
    assert terminal.code(message, terminal.keys[LineKeyRole.PIN]) == "A0"
    assert 64 not in CODEC.message(terminal.last).fields
    other = CODEC.message(terminal.body(message.having({4: "000000010001"}))).raw(64)
    answer = CODEC.message(terminal.asked(CODEC.body(message.having({64: other})), message))
    assert answer.text(39) == "A0"
    assert moved(acquirer) == 0
    assert terminal.code(message) == "00"
    assert moved(acquirer) == 10_000


def test_who_is_not_signed_on_must_sign_on(terminal):
    assert terminal.ask(terminal.request("echo")).text(39) == "00"
    assert terminal.ask(terminal.request("sign-off")).text(39) == "00"
    keys = terminal.keys
    assert terminal.code(terminal.pays()) == "99"
    assert terminal.code(terminal.request("settlement", {48: "0" * 62})) == "99"
    assert terminal.code(terminal.request("parameter query", {62: b"100"})) == "00"
    terminal.signed_on()
    assert terminal.code(terminal.pays(), keys[LineKeyRole.MAC]) == "A0"
    assert terminal.code(terminal.pays()) == "00"


@pytest.mark.parametrize(("later", "code"), [("20260116092959", "00"), ("20260116093000", "99")])
def test_keys_are_good_for_a_day(later, code):
    times = ["20260115093000"]
    acquirer = demonstration_line([PROFILE], now=lambda: times[-1])
    terminal = TerminalAtFront(acquirer.line)
    terminal.signed_on()
    times.append(later)
    assert terminal.code(terminal.pays()) == code
    acquirer.close()


def test_a_terminal_of_the_register_only_its_own_merchants():
    acquirer = demonstration_line([PROFILE], anyone=False)
    stranger = TerminalAtFront(acquirer.line)
    assert stranger.signed_on().text(39) == "97"
    acquirer.front.register(RegisteredTerminal(number=TERMINAL, merchant=MERCHANT, batch="000007"))
    assert stranger.code(stranger.request("echo")) == "00"
    answer = stranger.signed_on()
    assert (answer.text(39), parted(60, answer.text(60))["batch"]) == ("00", "000007")
    other = TerminalAtFront(acquirer.line, merchant="543210987654321")
    assert other.signed_on().text(39) == "03"
    acquirer.front.register(RegisteredTerminal(number=TERMINAL, merchant="543210987654321"))
    assert other.signed_on().text(39) == "03"
    acquirer.close()


def test_who_is_in_no_register_is_entered_by_a_sign_on_alone(acquirer):
    stranger = TerminalAtFront(acquirer.line, number="00000009", batch="000031")
    assert stranger.code(stranger.request("echo")) == "97"
    assert stranger.ask(stranger.request("sign-on", {63: "01 ", 42: ""})).text(39) == "97"
    answer = stranger.signed_on()
    assert parted(60, answer.text(60))["batch"] == "000031"
    assert stranger.code(stranger.request("echo")) == "00"


def test_a_new_terminal_without_a_batch_is_given_the_first(acquirer):
    answer = TerminalAtFront(acquirer.line, batch="000000").signed_on()
    assert parted(60, answer.text(60))["batch"] == "000001"


@pytest.mark.parametrize(
    ("name", "changed", "code"),
    [
        ("purchase", {4: None}, "30"),
        ("purchase", {37: "012345678901"}, "30"),
        ("purchase", {64: None}, "A0"),
        ("purchase", {25: "06"}, "12"),
        ("purchase", {60: joined(60, {"kind": "22", "batch": "000001", "network": "201"})}, "12"),
        ("purchase", {60: joined(60, {"kind": "22", "batch": "000001"})}, "00"),
        ("purchase", {3: "990000"}, "12"),
        ("purchase", {60: joined(60, {"kind": "22", "batch": "000001"})[:7]}, "30"),
        ("echo", {60: joined(60, {"kind": "00", "batch": "000001", "network": "999"})}, "12"),
    ],
)
def test_what_is_no_message_of_terminals(terminal, name, changed, code):
    right = terminal.pays() if name == "purchase" else terminal.request(name)
    assert terminal.code(right.having(changed)) == code


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {4: None},
        {37: "012345678901"},
        {3: "990000"},
        {42: "543210987654321"},
        {41: "00000009"},
        {62: b"12345678"},
    ],
)
def test_who_has_no_key_gets_no_mac(acquirer, terminal, changed):
    """Whatever is wrong besides: the answer says what the request said, and MACs by XOR are easily moved elsewhere."""
    message = terminal.pays().having(changed)
    answer = CODEC.message(terminal.asked(CODEC.body(message.having({64: bytes(8)})), message))
    assert answer.text(39) != "00"
    assert 64 not in answer.fields
    acquirer.leash.exchange((LeashRule(refuse="51"), LeashRule()))
    answer = CODEC.message(terminal.asked(CODEC.body(message.having({64: bytes(8)})), message))
    assert (answer.text(39), 64 in answer.fields) == ("51", False)
    assert terminal.code(terminal.pays()) == "51"
    assert terminal.seal_holds


@pytest.mark.parametrize("fields", [{48: "0" * 62}, {48: "0" * 61}, {48: None}])
def test_what_has_no_mac_is_answered_without_one(terminal, fields):
    terminal.ask(terminal.request("settlement", fields))
    assert 64 not in CODEC.message(terminal.last).fields


def test_what_has_the_right_mac_is_answered_with_one(terminal):
    for message in (terminal.pays(), terminal.pays().having({25: "06"})):
        terminal.ask(message)
        assert terminal.seal_holds


def test_fields_are_looked_at_behind_the_mac(terminal):
    message = terminal.pays().having({4: None})
    assert terminal.code(message, terminal.keys[LineKeyRole.PIN]) == "A0"
    assert terminal.code(message) == "30"
    assert terminal.seal_holds


def test_an_answer_is_no_request(acquirer, terminal):
    message = AcquirerMessage("0830", terminal.request("echo").fields)
    assert acquirer.front.answer(message, lambda _: True).message.text(39) == "12"


def test_what_is_wrong_is_said_without_a_value(acquirer, terminal):
    said: list[str] = []
    end = AcquirerLineEnd(acquirer.front, report=said.append)
    message = terminal.pays()
    request = end.form.read(PosEnvelope().around(terminal.body(message.having({4: None}))))
    assert request is not None
    end.answer(request)
    assert said == ["0200 of 12345678: field 4 is missing"]
    assert terminal.card.pan not in repr(request.message)
