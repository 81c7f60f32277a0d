"""One answer held against what is right: how it is fetched, whether it fits, and what is said where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from apdu.link import SmartCard, fetched
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.finding_texts import finding_line
from dualcos.explain.raw_record import RawExchange, RawRecord
from dualcos.explain.refusal_reasons import words
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import secret_parts
from dualcos.explain.trace_file_lines import DOT, dotted
from dualcos.lab.conformance import answer_pattern, command_template, template_functions
from dualcos.lab.conformance.answer_plan import AnswerPlan
from dualcos.lab.conformance.vector_schema import Expect
from dualcos.lab.conformance.who_computes import Hand
from dualcos.reader.silent_card import CardGone
from firewall.trace import Reason

_MORE, _WRONG_LE = 0x61, 0x6C
_NOTHING: Mapping[str, bytes] = MappingProxyType({})


class NoAnswerError(Exception):
    """A card in this process said nothing, as a card in a reader may; the text says how."""


class WhyRefused(NamedTuple):
    """What the card says of its refusal, the last reason, and which mistake that shows; nothing if it did not refuse,
    or nobody can look.
    """

    reason: Reason | None = None
    findings: tuple[Diagnosis, ...] = ()

    def __str__(self) -> str:
        reason = () if self.reason is None else (f"{self.reason.gate}: {words(self.reason)}",)
        return "; ".join((*reason, *map(finding_line, self.findings)))


UNTOLD = WhyRefused()


class WrongAnswer(NamedTuple):
    """An answer that decides: what was ``sent``, masked as reports have it, each answer that is right as a vector has
    it, and what ``came`` instead: status word and data, or the ATR; empty if nothing did.
    """

    sent: str
    expected: tuple[str, ...]
    came: str = ""
    why: WhyRefused = UNTOLD

    def __str__(self) -> str:
        why = str(self.why)
        text = f"{self.sent} expected {' or '.join(self.expected)}, came {self.came}"
        return f"{text} ({why})" if why else text


class Differs(Exception):
    """Something is not as it should be; ``requirement``: what it decides; ``answer``: where an answer decides."""

    def __init__(self, text: str, requirement: str, answer: WrongAnswer | None = None) -> None:
        super().__init__(text)
        self.requirement = requirement
        self.answer = answer


def alive(sent: bytes | str, act: Callable[[], bytes], requirement: str = "", plan: AnswerPlan | None = None) -> bytes:
    """What the card answers. Whatever it is sent, a card answers; in process it may die instead, which is judged.
    ``plan``: what is right, if it is known.
    """
    nothing = WrongAnswer(_name(sent), _rights(plan)) if plan is not None else None
    try:
        return act()
    except (OSError, RuntimeError, CardGone):  # the reader, the way to it, or who took the card out: not the card
        raise
    except NoAnswerError as silence:
        raise Differs(f"{_name(sent)} was not answered: {silence}", requirement, nothing) from None
    except Exception as bug:
        raise Differs(f"{_name(sent)} killed the card: {type(bug).__name__}", requirement, nothing) from bug


def exchanged(card: SmartCard, command: bytes, plan: AnswerPlan) -> bytes:
    """One command as a terminal's driver sends it; what ``plan`` names of 61xx and 6Cxx is left as it came."""
    answer = card.exchange(command)
    if answer[-2] == _WRONG_LE and plan.repeats and len(command) in (4, 5):
        answer = card.exchange(command[:4] + answer[-1:])
    return fetched(card, answer) if answer[-2] == _MORE and plan.fetches else answer


def fitting(wanted: Expect, data: bytes, scope: command_template.Scope, hand: Hand) -> Mapping[str, bytes] | None:
    """The values captured if ``data`` is as ``wanted``, else None. Raises TemplateError, PatternError."""
    pairs = [(wanted.data, data)] if wanted.data is not None else []
    for path, text in wanted.tlv.items():
        value = answer_pattern.tlv_at(data, path)
        if value is None and not path.endswith("?"):
            return None
        if value is not None:
            pairs.append((text, value))
    if not pairs:
        return _NOTHING

    def evaluate(expression: str, kept: Mapping[str, bytes]) -> bytes:
        within = command_template.Within(kept, scope) if kept else scope
        return template_functions.value(command_template.parse(expression), within, hand)

    captured: dict[str, bytes] = {}
    for text, value in pairs:
        found = answer_pattern.match(text, value, evaluate)
        if found is None:
            return None
        captured.update(found)
    return captured


def came_instead(
    sent: bytes | str, plan: AnswerPlan, data: bytes, sw: int | None, heard: Iterable[RawRecord], why: WhyRefused
) -> WrongAnswer:
    """That none of the right answers came to ``sent``, and what did; dots for data that are secret. ``heard``: all that
    passed the card since it was powered on, with this answer last, for a secret may be fetched by a later command.
    """
    secret = isinstance(sent, bytes) and _answer_is_secret(heard)
    shown = DOT * len(data) if secret else data.hex().upper()
    rights = _rights(plan, words=sw is not None)
    return WrongAnswer(_name(sent), rights, shown if sw is None else f"{sw:04X} {shown}".strip(), why)


def _answer_is_secret(heard: Iterable[RawRecord]) -> bool:
    """Whether a piece of the last answer is secret; what 61xx has announced belongs to the answer before it."""
    masking, secret, more = SecretMasking(), False, False
    for record in heard:
        masked = masking.masked(record)
        secret = more and secret
        more = False
        if isinstance(masked, RawExchange):
            secret = secret or masked.answer_hidden > 0
            more = masked.answer[-2:-1] == bytes((_MORE,))
    return secret


def _rights(plan: AnswerPlan, *, words: bool = True) -> tuple[str, ...]:
    """Each right answer; a reset has no status words."""
    return tuple(_described(each.wanted, each.masks if words else ()) for each in plan.rights)


def _name(sent: bytes | str) -> str:
    """A command for a report: in groups, as it went out, with dots for what is secret; a reset by its name."""
    if isinstance(sent, str):
        return sent
    digits = dotted(sent, secret_parts(None, sent).spans)
    return " ".join(part for part in (digits[:8], digits[8:10], digits[10:]) if part)


def _described(wanted: Expect, masks: tuple[str, ...]) -> str:
    """An alternative for a report."""
    tlv = ", ".join(f"{path}={text}" for path, text in wanted.tlv.items())
    return " ".join(" ".join(("/".join(masks), wanted.data or "", tlv)).split())
