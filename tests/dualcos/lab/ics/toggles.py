"""Which vectors an answer brings in: those that apply to a card with it, and not to the same card answered otherwise.

Looked for among the vectors that name what the question is about, in their conditions or in what they override. No
card is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import structs

from dualcos.lab.conformance.applicability import asked_facts
from dualcos.lab.conformance.applying import CardAsked
from dualcos.lab.conformance.own_cards import OwnCards, changed
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.lab.ics.card_questions import ENVIRONMENT
from dualcos.lab.ics.excluded_answers import contradictions_in
from dualcos.lab.ics.question import Answer, Question
from dualcos.lab.ics.statement import Statement
from dualcos.profile.schema import Profile
from dualcos.profile.schema import load as load_profile

VECTORS = Path(__file__).parents[4] / "vectors"
FACTS = ("version", "alg", "scope", "protocol", "ssse", "pse", "pki", "psam")
AIP_BITS = {"pse.sda": 0x40, "pse.dda": 0x20, "pse.cda": 0x01}
Overrides = Mapping[str, Any]


@cache
def own_cards() -> OwnCards:
    return OwnCards()


@cache
def active() -> tuple[Case, ...]:
    return tuple(case for case in load(VECTORS) if case.vector.status == "active")


@cache
def naming() -> Mapping[str, tuple[Case, ...]]:
    """The vectors that name a fact or field, by it."""
    found: dict[str, list[Case]] = {}
    for case in active():
        for name in {*named(case)}:
            found.setdefault(name, []).append(case)
    return {name: tuple(cases) for name, cases in found.items()}


def named(case: Case) -> Iterator[str]:
    for condition in case.conditions:
        yield from asked_facts(condition, FACTS)
    yield from leaves(case.overrides, "")


def leaves(told: Overrides, above: str) -> Iterator[str]:
    for name, value in told.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def nested(path: str, value: object) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    return {name: nested(rest, value) if rest else value}


def answered(profile: Profile, question: Question, answer: Answer, case: Case) -> Profile | None:
    """The card of ``profile`` but for this answer; None if there is no such card."""
    if question.sets:
        return changed(profile, nested(question.id, answer), case)
    if question.id.startswith(ENVIRONMENT):
        label = question.id.removeprefix(ENVIRONMENT)
        if label == "psam" and answer:  # a card of its own
            profile = structs.replace(profile, sections={})
        return profile.having(label, SPARE[label]().sections[label] if answer else None)
    overrides = OTHERWISE[question.id](profile, answer)
    return None if overrides is None else changed(profile, overrides, case)


def _section(name: str) -> Callable[[], Profile]:
    return lambda: load_profile(name)


SPARE = {
    "ssse": _section("social-2.0"),
    "pse": _section("bank-only"),
    "pki": _section("social-3.0-pki"),
    "psam": _section("psam-3des"),
}


def _aip(bit: int) -> Callable[[Profile, Answer], Overrides]:
    def otherwise(profile: Profile, answer: Answer) -> Overrides:
        first = int(profile.pse.elements["82"][:2], 16)
        return nested("pse.elements.82", f"{first | bit if answer else first & ~bit:02X}00")

    return otherwise


def _issuer(profile: Profile, answer: Answer) -> Overrides:
    first = int(profile.pse.elements["82"][:2], 16)
    aip = first & ~0x04 if answer == "none" else first | 0x04
    indicator = "80" if answer == "mandatory" else "00"
    return {"pse": {"elements": {"82": f"{aip:02X}00", "9F56": indicator}}}


def _second_currency(profile: Profile, answer: Answer) -> Overrides:
    has = [tag for tag in profile.pse.internal["0E01"] if tag != "9F76"]
    tags = [*has, "9F76"] if answer else has
    return {"pse": {"elements": {"9F76": "0344"}, "internal": {"0E01": tags}}}


def _pdol(profile: Profile, answer: Answer) -> Overrides:
    has = [tag for tag in profile.pse.fci if tag != "9F38"]
    return {"pse": {"elements": {"9F38": "9F7A019F02065F2A02"}, "fci": [*has, "9F38"] if answer else has}}


def _certificates(_profile: Profile, answer: Answer) -> Overrides:
    """With all that is signed by them, and none of what is recovered with them."""
    sdad = load_profile("bank-only").pse
    records = {each: list(sdad.records[each]) if answer else None for each in ("0201", "0202", "0203", "0204", "0205")}
    aip = "7D00" if answer else "1C00"
    return {"pse": {"rsa": "test-rsa" if answer else "", "elements": {"82": aip}, "records": records}}


OTHERWISE: Mapping[str, Callable[[Profile, Answer], Overrides | None]] = {
    **{name: _aip(bit) for name, bit in AIP_BITS.items()},
    "ssse.pin_set": lambda _profile, answer: nested("ssse.pin", "123456" if answer else ""),
    "pse.offline_pin": lambda _profile, answer: nested("pse.pin", "1234" if answer else ""),
    "pse.issuer_authentication": _issuer,
    "pse.second_currency": _second_currency,
    "pse.pdol": _pdol,
    "pse.transaction_log": lambda _profile, answer: nested("pse.log", "9A039F21039F3602" if answer else ""),
    "pse.certificates": _certificates,
}


def answers_of(question: Question) -> tuple[Answer, ...]:
    """All there are, but numbers that no card can have."""
    numbers = range(question.least, question.most + 1)
    of_cards = (each for each in numbers if not contradictions_in({question.id: each, "ssse.version": "2.0"}))
    return tuple(question.named) or tuple(of_cards)


def brings_in(question: Question, answer: Answer) -> str:
    """The id of a vector that applies with ``answer`` and not with another one; empty if there is none."""
    return next(_toggled(question, answer, question.answers == ()), "")


def _toggled(question: Question, answer: Answer, either_way: bool) -> Iterator[str]:
    """Of an answer that is a number, a vector that leaves is as good as one that comes in."""
    for case in {case.id: case for name in question.about for case in naming().get(name, ())}.values():
        own = own_cards().profile(case)
        base = own if question.said(own) == answer else answered(own, question, answer, case)
        if base is None or not consistent(base):
            continue
        plays = applies(base, case)
        for other in answers_of(question) if plays or either_way else ():
            otherwise = answered(base, question, other, case) if other != answer else None
            if otherwise is not None and consistent(otherwise) and applies(otherwise, case) != plays:
                yield case.id
                break


def applies(profile: Profile, case: Case) -> bool:
    return CardAsked(profile, own=own_cards()).why(case).plays


def consistent(profile: Profile) -> bool:
    return not Statement.derived(profile).contradictions
