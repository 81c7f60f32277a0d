"""Targets of the bureau's back end: what its terminals send, what they hear, the rules of its leash."""

from __future__ import annotations

from dualcos.leash.leash_rules import LeashError, leash_file
from dualcos.leash.ready_behaviours import SOCIAL, ready_behaviours, ready_path
from dualcos.leash.rule_engine import Leash
from dualcos.messages import social_codec
from dualcos.messages.length_frames import LengthFrames, framed
from dualcos.messages.service_names import SERVICES, kind_of, told_of
from dualcos.messages.social_services import (
    BankPayment,
    CardCheckAsked,
    CommandAsked,
    PremiumPaid,
    ReadCard,
    ServiceRefused,
    SettlementCancelled,
    SettlementTaken,
    UpdateGranted,
)
from tests.demonstration_desk import demonstration_desk
from tests.fuzzing.target import Target

_CARD = ReadCard(region="990000", historical="00" * 13, algorithm="01", identification="00" * 16)
_ABOUT = {"terminal": "990000000001", "running": 1, "card": _CARD}
_PAYMENT = BankPayment(
    merchant="898990080620001", bank_terminal="10000001", batch="000001", bank_voucher="000001", reference=""
)
_RULE = b"[[rule]]\nmatch = { service = ['load'], amount = { min = 1 } }\ntimes = 1\nanswer = { mac2 = '00' }\n"


def request(data: bytes) -> None:
    """A whole back end: whatever the request, there is an answer of its number."""
    asked = social_codec.request_in(data)
    desk = demonstration_desk(["social-2.0"])
    answer = desk.ask(asked)
    desk.close()
    assert answer.running == asked.running
    assert social_codec.request_in(social_codec.written(asked)) == asked
    assert social_codec.answer_in(social_codec.written(answer)) == answer
    assert kind_of(asked) in SERVICES
    assert "pin" not in {*told_of(asked), *social_codec.facts_of(asked)}


def answer(data: bytes) -> None:
    heard = social_codec.answer_in(data)
    assert social_codec.answer_in(social_codec.written(heard)) == heard
    wrong = social_codec.one_bit_false(heard, tuple(heard.__struct_fields__))
    assert wrong.__struct_fields__ == heard.__struct_fields__


def rules(data: bytes) -> None:
    leash = Leash(leash_file(data.decode(), "fuzzed").rule)
    for facts in ({}, {"service": "load", "amount": 1}):
        followed = leash.followed(facts)
        assert followed is None or followed.rule.fits(facts)


def frames(data: bytes) -> None:
    whole, cut = LengthFrames(), LengthFrames()
    found = whole.fed(data)
    assert found == [each for byte in data for each in cut.fed(bytes((byte,)))]
    assert data.startswith(b"".join(map(framed, found)))


TARGETS = (
    Target(
        "social-request",
        request,
        (social_codec.UnreadableMessage,),
        "a request that is taken is answered under its number, written again as it was, and tells no PIN",
        lambda: [
            social_codec.written(CardCheckAsked(**_ABOUT)),
            social_codec.written(
                CommandAsked(**_ABOUT, key="0173", factor="00" * 8, header="842400010C", pin="123456")
            ),
            social_codec.written(
                PremiumPaid(**_ABOUT, voucher="P1", amount=1, time="20260115093000", payment=_PAYMENT)
            ),
            social_codec.written(SettlementCancelled(**_ABOUT, voucher="S1")),
        ],
        1000,
        slow=True,
    ),
    Target(
        "social-answer",
        answer,
        (social_codec.UnreadableMessage,),
        "an answer that is taken is written again as it was, and can be spoiled",
        lambda: [
            social_codec.written(SettlementTaken(running=1, voucher="S1", offline_amount=1, offline_count=1)),
            social_codec.written(UpdateGranted(running=1, permit="00", items={"8F": "32"})),
            social_codec.written(ServiceRefused(running=1, code="x", zh="z", en="e")),
        ],
        1000,
    ),
    Target(
        "leash-rules",
        rules,
        (LeashError, UnicodeDecodeError),
        "a rule that is followed fits",
        lambda: [
            _RULE,
            *(path.read_bytes() for name in ready_behaviours(SOCIAL) if (path := ready_path(SOCIAL, name))),
        ],
        2000,
    ),
    Target(
        "length-frames",
        frames,
        (),
        "byte by byte or at once, the same messages come out, and they are what went in",
        lambda: [framed(b"") + framed(b"ab"), b"\0"],
        300,
    ),
)
