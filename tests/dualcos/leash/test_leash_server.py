"""The server: rules are exchanged while it runs, strangers harm nobody, and it ends when it is told to."""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import suppress
from typing import get_args

import pytest

from dualcos.leash.leash_rules import LeashError, LeashRule
from dualcos.leash.leash_server import LOCAL, LeashServer, LeashServerError
from dualcos.leash.leashed_partner import LeashedPartner
from dualcos.leash.ready_behaviours import SOCIAL, ready_behaviours
from dualcos.leash.rule_engine import Leash
from dualcos.leash.rule_names import unknown_names
from dualcos.leash.watched_rules import LONGEST_RULES, SETTLED, WatchedRules
from dualcos.messages.length_frames import LengthFrames, framed
from dualcos.messages.service_names import SERVICES
from dualcos.messages.social_codec import SocialForm, facts_of, request_in, with_fields, written
from dualcos.messages.social_services import (
    BlacklistSent,
    CardCheckAsked,
    CardChecked,
    CommandAsked,
    NoAnswer,
    Request,
    ServiceRefused,
)
from dualcos.textforms.text_files import UnreadableText
from tests.demonstration_desk import LeashedBackEnd, demonstration_desk
from tests.desk_cards import desk_card
from tests.dualcos.leash.behaving_back_end import PROFILE, behaving

LOST = '[[rule]]\nmatch = { service = "card-check" }\nanswer = { state = "2" }\n'


def state(back_end, card) -> str:
    answer = back_end.ask(CardCheckAsked(**card.about()))
    assert isinstance(answer, CardChecked)
    return answer.state


def test_rules_are_exchanged_while_it_runs(tmp_path):
    path, card, said = tmp_path / "my.toml", desk_card(PROFILE), []
    path.write_text("rule = []")
    watched = WatchedRules(path, said.append)
    with behaving(watched.followed) as back_end:
        assert state(back_end, card) == "1"
        path.write_text(LOST)
        assert state(back_end, card) == "2"
        path.write_text("[[rule]]\nno = 1\n")
        assert (state(back_end, card), state(back_end, card)) == ("2", "2")
        path.unlink()
        assert (state(back_end, card), state(back_end, card)) == ("2", "2")
        path.write_text("rule = []")
        assert state(back_end, card) == "1"
    assert len(said) == 4
    assert said[0] == f"{path}: 1 rules from now on 已更换规则"
    assert "has no field no; the rules before go on" in said[1]
    assert "No such file" in said[2]


def test_counting_goes_on_over_an_exchange(tmp_path):
    path, card, clock = tmp_path / "my.toml", desk_card(PROFILE), [0.0]
    once = LOST + "times = 3\n"
    path.write_text(once)
    watched = WatchedRules(path, lambda _: None, clock=lambda: clock[0])
    with behaving(watched.followed) as back_end:
        assert state(back_end, card) == "2"
        path.write_text('[[rule]]\nmatch = { service = "load" }\n' + once)
        assert state(back_end, card) == "2"
        clock[0] += SETTLED
        assert [state(back_end, card) for _ in range(2)] == ["2", "1"]


@pytest.mark.parametrize(("seconds", "then"), [(SETTLED - 0.1, None), (SETTLED, 1)])
def test_a_file_that_is_seen_half_written_forgets_no_counts(tmp_path, seconds, then):
    """An editor writes it anew: for a moment there are fewer rules in it, and that is a file, too."""
    path, clock = tmp_path / "my.toml", [0.0]
    path.write_text("[[rule]]\ntimes = 1\n")
    watched = WatchedRules(path, lambda _: None, clock=lambda: clock[0])
    assert watched.followed({})
    path.write_text("rule = []")
    assert watched.followed({}) is None
    clock[0] += seconds
    assert watched.followed({}) is None
    path.write_text("[[rule]]\ntimes = 1\n")
    found = watched.followed({})
    assert (found and found.number) == then


MISTYPED = """
[[rule]]
match = { servce = "load", service = ["laod", "load"] }
answer = { acount = 1, voucher = "x" }
first = "lost"
wrong = ["mca2", "items", "zh", "mac2"]
[[rule]]
match = { service = { prefix = "lo" }, region = "990000", pin = "1" }
"""


def test_names_that_no_message_has_are_told_at_the_start_and_later(tmp_path):
    path, said = tmp_path / "my.toml", []
    path.write_text(MISTYPED)
    watched = WatchedRules(path, said.append, SocialForm().names())
    (told,) = said
    assert told == (
        f"{path}: rule 1: no request has 'servce' (did you mean service?); "
        "rule 1: no service is called 'laod' (did you mean load?); "
        "rule 1: no order is called 'lost'; "
        "rule 1: no answer has 'acount' (did you mean account?); "
        "rule 1: no answer has 'mca2' (did you mean mac2?); "
        "rule 1: items has no bit that could be false; rule 1: zh has no bit that could be false; "
        "rule 2: no request has 'pin'; this does nothing 不起作用"
    )
    path.write_text('[[rule]]\nmatch = { b = "1" }\n')
    watched.followed({})
    assert "rule 1: no request has 'b'; this does nothing" in said[-1]
    path.write_text('[[rule]]\nmatch = { service = "load" }\n')
    watched.followed({})
    assert len(said) == 4


def test_nothing_is_mistyped_in_what_comes_along():
    names = SocialForm().names()
    assert {name: unknown_names(file.rule, names) for name, file in ready_behaviours(SOCIAL).items()} == dict.fromkeys(
        ready_behaviours(SOCIAL), ""
    )


def test_a_name_that_python_has_is_no_field():
    card = desk_card(PROFILE)
    with behaving(Leash([LeashRule(wrong=("__class__",), answer={"__class__": "x", "running": 7})]).followed) as end:
        asked = CardCheckAsked(**card.about())
        assert end.ask(asked) is None
        assert end.said == []


@pytest.mark.parametrize(("length", "taken"), [(LONGEST_RULES, True), (LONGEST_RULES + 1, False)])
def test_rules_are_a_file_of_some_length(tmp_path, length, taken):
    path = tmp_path / "my.toml"
    path.write_text("rule = []\n".ljust(length, "#"))
    if taken:
        WatchedRules(path, print)
        return
    with pytest.raises(UnreadableText, match="is longer than 1048576 bytes"):
        WatchedRules(path, print)


def test_rules_are_no_device_that_may_have_no_end():
    with pytest.raises(UnreadableText, match="is no regular file"):
        WatchedRules(os.devnull, print)


@pytest.mark.parametrize(("content", "fault"), [(b"[[rule]]\nno = 1", LeashError), (b"\xff\xfe\xff", UnreadableText)])
def test_it_does_not_begin_without_rules(tmp_path, content, fault):
    path = tmp_path / "my.toml"
    path.write_bytes(content)
    with pytest.raises(fault):
        WatchedRules(path, print)
    with pytest.raises(UnreadableText, match="No such file"):
        WatchedRules(tmp_path / "none", print)


NO_REQUESTS = (
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 60_000,
    b'{"service":"nothing","running":7}',
    b'{"service":"card-check","running":7}',
    b'{"service":"card-check","running":-1}',
    b'{"service":"card-check","running":true}',
    b'{"answer":"done","running":7}',
    b"7",
    b"\0" * 65535,
)


@pytest.mark.parametrize("payload", NO_REQUESTS, ids=lambda payload: repr(payload[:40]))
def test_what_is_no_request_is_told_so_and_the_connection_goes_on(payload):
    card = desk_card(PROFILE)
    asked = CardCheckAsked(**card.about())
    with behaving() as back_end, socket.create_connection((LOCAL, back_end.server.port), 5) as stranger:
        stranger.sendall(framed(payload) + framed(written(asked)))
        frames, found = LengthFrames(), []
        while len(found) < 2:
            found += frames.fed(stranger.recv(1 << 16))
    refused, checked = map(json.loads, found)
    assert (refused["answer"], refused["code"]) == ("refused", "unreadable")
    assert refused["running"] == (7 if b":7}" in payload and b'"running":7' in payload else 0)
    assert checked["answer"] == "checked"
    assert back_end.said == [f"unreadable 报文无法识别, {len(payload)} bytes: {refused['en']}"]
    assert refused["en"]


def test_a_host_that_fails_ends_one_connection_and_says_so():
    card, desk = desk_card(PROFILE), demonstration_desk([PROFILE])
    right, failing = desk.ask, [True]

    class Failing:
        books, close = desk.books, desk.close

        def ask(self, request):
            if failing.pop() if failing else False:
                raise RuntimeError("the disk is full")
            return right(request)

    with behaving(desk=Failing()) as back_end:
        asked = CardCheckAsked(**card.about())
        assert back_end.ask(asked) is None
        assert isinstance(back_end.ask(asked), CardChecked)
    assert back_end.said == ["RuntimeError: the disk is full"]


def test_two_connections_do_not_wait_for_each_other():
    card, form, released = desk_card(PROFILE), SocialForm(), threading.Event()
    desk = demonstration_desk([PROFILE])
    rules = Leash([LeashRule(match={"running": 1}, delay=5)])

    def partner():
        return LeashedPartner(desk.ask, rules.followed, form)

    with LeashServer(partner, form, sleep=lambda _: released.wait(5)) as server:
        slow, quick = (socket.create_connection((LOCAL, server.port), 5) for _ in range(2))
        with slow, quick:
            slow.sendall(framed(written(CardCheckAsked(**card.about()))))
            quick.sendall(framed(written(CardCheckAsked(**card.about()))))
            assert LengthFrames().fed(quick.recv(1 << 16))
            released.set()
            assert LengthFrames().fed(slow.recv(1 << 16))
    desk.close()


def test_it_ends_though_somebody_waits_and_somebody_is_silent():
    card, form, desk = desk_card(PROFILE), SocialForm(), demonstration_desk([PROFILE])
    rules = Leash([LeashRule(delay=3000)])
    server = LeashServer(lambda: LeashedPartner(desk.ask, rules.followed, form), form)
    with socket.create_connection((LOCAL, server.port), 5), socket.create_connection((LOCAL, server.port), 5) as other:
        other.sendall(framed(written(CardCheckAsked(**card.about()))))
        server.close()
        with suppress(ConnectionResetError):  # where it had not yet read what came
            assert other.recv(1) == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("leash-")]
    desk.close()


def test_a_port_that_is_taken_is_one_line():
    form = SocialForm()
    with behaving() as back_end, pytest.raises(LeashServerError, match=f"{LOCAL}:{back_end.server.port}: .*in use"):
        LeashServer(lambda: None, form, port=back_end.server.port)
    with pytest.raises(LeashServerError, match="70000"):
        LeashServer(lambda: None, form, port=70_000)


def test_in_this_process_a_leash_needs_no_server():
    card, desk = desk_card(PROFILE), demonstration_desk([PROFILE])
    lost = LeashedBackEnd(desk, "answer-lost")
    asked = card.load(100)
    with pytest.raises(NoAnswer) as silent:
        lost.ask(asked)
    assert silent.value.sent
    assert desk.books.balance("transit") == 100
    assert lost.ask(asked).voucher.startswith("L0000000001-")
    for name in ("answer-late", "answer-behind", "unreadable-answer", "hangs-up", "request-lost"):
        late = LeashedBackEnd(desk, name)
        with pytest.raises(NoAnswer):
            late.ask(CardCheckAsked(**card.about()))
        again = CardCheckAsked(**card.about())
        assert late.ask(again).running == again.running
    with pytest.raises(NoAnswer):
        LeashedBackEnd(desk, "slow", patience=1).ask(CardCheckAsked(**card.about()))
    assert LeashedBackEnd(desk, "slow", patience=3).ask(CardCheckAsked(**card.about()))
    desk.close()


def test_every_service_has_a_name():
    assert {str(each.__struct_config__.tag) for each in get_args(Request)} == set(SERVICES)


def test_no_rule_is_told_a_pin():
    card = desk_card(PROFILE)
    asked = CommandAsked(**card.about(key="0173", factor="11" * 8, header="842400010C", pin="123456"))
    facts = facts_of(asked)
    assert "123456" not in map(str, facts.values())
    assert (facts["service"], facts["number"], facts["region"]) == ("command", "T0000001X", "990000")
    assert request_in(written(asked)) == asked


def test_no_rule_makes_a_blacklist_that_cannot_be_sent():
    form = SocialForm()
    too_long = with_fields(BlacklistSent(running=1, lists=()), {"lists": "1" * 70_000})
    answer = json.loads(form.written(too_long))
    assert (answer["answer"], answer["code"]) == ("refused", "answer-too-long")
    assert isinstance(form.refusal(CardCheckAsked(**desk_card(PROFILE).about()), "x"), ServiceRefused)
