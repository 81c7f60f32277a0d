"""A draft vector of a record (向量草稿): what was sent, and what came, for the card that the record names.

The record is sent once more to that card, made again in this process. That shows which random numbers it drew then,
where an answer tells them: they are the vector's. It shows that what stands in for bytes the record does not show is
answered alike; and that the record is the card's at all.

A draft is no vector yet: it says what this card answered, and none of it was held against a document. Its provenance
says so, and no file that comes along has it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from apdu.command import CommandAPDU, MalformedAPDU, parse
from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE
from dualcos.explain.raw_record import RawExchange, RawPower, RawSilence
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.secret_parts import Spans
from dualcos.explain.trace_file_lines import Recorded
from dualcos.explain.traced_card import POWER_LOST
from dualcos.lab.conformance import template_functions
from dualcos.lab.conformance.command_template import TemplateError
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.recorder.recorded_card import Draw, RecordedCard, StandingCard, otherwise
from dualcos.lab.recorder.stand_ins import StandIn, StandIns
from dualcos.profile.card_provenance import plain_values
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import Profile
from firewall.hardware.power import PowerLoss

RECORDED = "recorded"
"""The kind of a draft's provenance."""
_GET_CHALLENGE, _OK = 0x84, b"\x90\x00"
CHALLENGE = "challenge"
"""The name under which vectors keep the last random number."""
_MOST_NAMES = 6


class NoDraft(Exception):
    """No vector can be drafted of this record; the message names the line and says what to do."""


class NamedCard(NamedTuple):
    """The card that a record names. ``name``: the profile as a vector names it; ``plain``: that profile as it is in its
    file, ``profile`` with what was set otherwise. ``seed``: where its random numbers began, None if nobody knows.
    ``cut_at``: at which programmed byte its power was cut, None: at none.
    """

    name: str
    plain: Profile
    profile: Profile
    seed: str | None = None
    cut_at: int | None = None


@dataclass(slots=True)
class DraftStep:
    """A step of the vector to be: its ``fields``, and what they were made from. ``before``: where the card stood;
    ``sent``, ``answer``: the bytes, ``command`` what they say if they are a command; ``stand_in``: what stands for
    bytes that the record does not show.
    """

    before: StandingCard
    fields: dict[str, Any] = field(default_factory=dict)
    sent: bytes = b""
    command: CommandAPDU | None = None
    environment: str = ""
    answer: bytes = b""
    drawn: tuple[Draw, ...] = ()
    stand_in: StandIn | None = None


class DraftVector(NamedTuple):
    """The vector file's contents, and the steps behind it; ``secret``: it holds PINs or keys in clear, as the record
    does.
    """

    content: dict[str, Any]
    steps: tuple[DraftStep, ...]
    secret: bool

    @property
    def stand_ins(self) -> int:
        """How many commands have expressions for what the record does not show."""
        return sum(step.stand_in is not None for step in self.steps)


def drafted(lines: Sequence[Recorded], card: NamedCard, identity: str = "") -> DraftVector:
    """The draft of one slot's lines. Raises NoDraft, and what making the card raises."""
    return _Drafting(lines, card).draft(identity)


class _Drafting:
    """One record sent again, and the steps that come of it."""

    def __init__(self, lines: Sequence[Recorded], named: NamedCard) -> None:
        self._lines = lines
        self._named = named
        self._card = RecordedCard(named.profile, named.seed)
        self._hand = HostHand(named.profile)
        self._stand_ins = StandIns(named.profile)
        self._masking = SecretMasking()
        self._steps: list[DraftStep] = []
        self._known: dict[str, bytes] = {}
        self._challenge: DraftStep | None = None  # which step answered it
        self._started = False  # power is on, and no step says so
        self._secret = False

    def draft(self, identity: str) -> DraftVector:
        self._card.card.power_on()
        first = self._card.drawn()
        self._started = True
        for line in self._lines:
            self._take(line)
        if not any(step.sent for step in self._steps):
            raise NoDraft("no command in it was answered: nothing to judge")
        steps = [step.fields for step in self._steps]
        draws = (*first, *(draw for step in self._steps for draw in step.drawn))
        self._demand_shown(draws)
        content = self._unit(identity or _identity(steps), steps, draws)
        return DraftVector(content, tuple(self._steps), self._secret)

    # --- lines ---------------------------------------------------------------------------------------------------

    def _take(self, line: Recorded) -> None:
        if line.fault:
            raise NoDraft(f"line {line.line}: that answer was made wrong on purpose; no right card gives it")
        record = line.record
        if isinstance(record, RawPower):
            self._power(line, record)
        elif isinstance(record, RawSilence):
            self._cut(line, record)
        else:
            self._exchange(line, record)

    def _power(self, line: Recorded, record: RawPower) -> None:
        card = self._card.card
        if record.kind == "off":
            self._started = False
            card.power_off()
            return
        if record.atr != card.atr:
            theirs, ours = record.atr.hex().upper() or "none", card.atr.hex().upper()
            raise NoDraft(f"line {line.line}: the ATR is {theirs}, that of {self._named.name} is {ours}: another card")
        if self._started:  # the vector begins with power on, and goes on so behind a cut
            self._started = False
            return
        before = self._card.standing()
        kind = record.kind if card.powered else "cold"
        atr = card.reset() if kind == "warm" else card.power_on()
        step = DraftStep(before, {"reset": kind, "expect": [{"sw": "9000", "data": atr.hex().upper()}]})
        step.drawn = self._card.drawn()
        self._steps.append(step)
        self._known.clear()

    def _cut(self, line: Recorded, record: RawSilence) -> None:
        """A command that power was taken from, where the record says at which byte."""
        where = f"line {line.line}"
        if record.why != POWER_LOST or not record.command or self._named.cut_at is None:
            raise NoDraft(f"{where}: no answer came ({record.why}), and no vector can say so")
        shown = self._masking.masked(record)
        if not isinstance(shown, RawSilence) or shown.hidden:
            raise NoDraft(f"{where}: {_UNSAFE}")
        before = self._card.standing()
        tick = self._named.cut_at - before.ticks
        if not self._loses_power(record.command, tick):
            raise NoDraft(f"{where}: on the card of {self._named.name} that command is not cut at that byte")
        step = DraftStep(before, {"send": record.command.hex().upper(), "cut": {"tick": tick}}, record.command)
        step.drawn = self._card.drawn()
        self._steps.append(step)
        self._started = True
        self._known.clear()

    def _loses_power(self, command: bytes, tick: int) -> bool:
        """True if power that ends so many bytes from now ends in ``command``; then the card is switched on again."""
        if tick < 0:
            return False
        self._card.card.rail.cut_after(tick)
        try:
            self._card.card.exchange(command)
        except PowerLoss:
            self._card.card.power_on()
            return True
        return False

    # --- commands ------------------------------------------------------------------------------------------------

    def _exchange(self, line: Recorded, record: RawExchange) -> None:
        self._started = False
        if not self._card.card.powered:
            raise NoDraft(f"line {line.line}: a command to a card without power")
        masked = cast("RawExchange", self._masking.masked(record, self._card.card.environment))
        for candidate in self._candidates(record, masked.hidden):
            if self._tried(record, candidate):
                self._noted(record, candidate, secret=bool(masked.hidden))
                return
        if record.hidden:
            raise NoDraft(f"line {line.line}: {_UNSAFE}")
        raise NoDraft(self._difference(line, record))

    def _candidates(self, record: RawExchange, hidden: Spans) -> Iterator[tuple[bytes, StandIn | None]]:
        """What may have been sent, as bytes; and as what it stands in the vector, if that is not the same."""
        command = _parsed(record.command)
        if hidden and command is not None:
            for stand_in in self._stand_ins.of(self._card.card.environment, command):
                try:
                    sent = template_functions.fill(stand_in.template, self._known, self._hand)
                except TemplateError:  # the profile has no such PIN, or there was no random number
                    continue
                if _fits(record, sent):
                    yield sent, stand_in
        if not record.hidden:
            yield record.command, None

    def _tried(self, record: RawExchange, candidate: tuple[bytes, StandIn | None]) -> bool:
        """Send it; True if the answer is as recorded, if need be with other random numbers. Else all is as before."""
        sent, stand_in = candidate
        card, before = self._card, self._card.standing()
        step = DraftStep(before, sent=sent, command=_parsed(sent), environment=card.card.environment, stand_in=stand_in)
        step.answer = card.card.exchange(sent)
        step.drawn = card.drawn()
        if _answers(record, step.answer):
            self._steps.append(step)
            return True
        if self._drawn_then(record, step, sent):
            return True
        card.go_on(before)
        return False

    def _drawn_then(self, record: RawExchange, step: DraftStep, sent: bytes) -> bool:
        """True if the answer is as recorded once the card draws what it drew then: the bytes that the answer has in the
        place of those drawn now, by this command or by the last, whose answer is fetched.
        """
        if record.answer_hidden or len(step.answer) != len(record.answer):
            return False
        for drawing in (step, *self._steps[-1:]):
            for draw in drawing.drawn:
                at = step.answer.find(draw.value)
                if at < 0:
                    continue
                then, kept = Draw(draw.label, record.answer[at : at + len(draw.value)]), drawing.drawn
                if self._again(drawing, step, then, sent) and _answers(record, step.answer):
                    self._steps.append(step)
                    return True
                drawing.drawn = kept
        return False

    def _again(self, drawing: DraftStep, step: DraftStep, draw: Draw, sent: bytes) -> bool:
        """Go on from before ``drawing`` with ``draw``; True if what lies in between answers as it did."""
        card = self._card
        card.go_on(drawing.before)
        card.draw_next(draw)
        if drawing is not step:
            same = card.card.exchange(drawing.sent) == drawing.answer
            drawing.drawn = card.drawn()
            if not same:
                return False
            step.before = card.standing()
        step.answer = card.card.exchange(sent)
        step.drawn = card.drawn()
        return True

    def _noted(self, record: RawExchange, candidate: tuple[bytes, StandIn | None], *, secret: bool) -> None:
        """The last step in a vector's terms, and what it leaves."""
        sent, stand_in = candidate
        step = self._steps[-1]
        if stand_in is None:
            step.fields["send"] = sent.hex().upper()
            self._secret = self._secret or secret
        else:
            step.fields["send"] = stand_in.template
            if CHALLENGE in stand_in.template or "secured(" in stand_in.template:
                self._keep_challenge()
            if record.answer[-2:] == _OK:
                self._stand_ins.taken(stand_in)
        step.fields["expect"] = _expected(record)
        if step.command is not None:
            step.fields["as"] = FAMILIAR.name(step.environment, step.command).name
        if is_challenge(step):
            self._known[CHALLENGE] = step.answer[:-2]
            self._challenge = step

    def _keep_challenge(self) -> None:
        """The step that answered the last random number keeps it for expressions."""
        step = self._challenge
        if step is not None:
            step.fields["expect"] = f"9000 {{{CHALLENGE}={step.answer[:-2].hex().upper()}}}"

    def _difference(self, line: Recorded, record: RawExchange) -> str:
        name = line.name or "command"
        now = self._card.card.exchange(record.command)
        return (
            f"line {line.line}: {name} is answered {now[-2:].hex().upper()} by the card of {self._named.name}"
            f"{'' if now[-2:] != record.answer[-2:] else ' with other data'}, recorded is"
            f" {record.answer[-2:].hex().upper()}: it was another card, or not as it was made"
        )

    # --- the file ------------------------------------------------------------------------------------------------

    def _demand_shown(self, draws: Sequence[Draw]) -> None:
        """Of keys that are somebody's no draft tells what only the card knows."""
        shown = b"\0".join(step.answer for step in self._steps)
        if any(draw.value not in shown for draw in draws) and not are_published(self._named.profile):
            raise NoDraft(
                "the card drew random numbers that no answer shows, and its keys are not the published ones: a draft"
                " would give away what they protect"
            )

    def _unit(self, identity: str, steps: list[dict[str, Any]], draws: Sequence[Draw]) -> dict[str, Any]:
        named = self._named
        zh, en = self._title()
        vector: dict[str, Any] = {"id": identity, "title": {"zh": zh, "en": en}}
        random: dict[str, list[str]] = {}
        for draw in draws:
            random.setdefault(draw.label, []).append(draw.value.hex().upper())
        if random:
            vector["random"] = random
        vector["steps"] = steps
        overrides = otherwise(plain_values(named.profile), plain_values(named.plain))
        purpose = "What this card answered when it was recorded; to be held against the clauses before it judges any."
        return {
            "unit": identity,
            "title": {"zh": f"记录的会话：{zh}", "en": f"Recorded session: {en}"},
            "purpose": purpose + (" UNSAFE: PINs or keys stand in it in clear." if self._secret else ""),
            "clause": self._clauses(),
            "profile": named.name,
            **({"overrides": overrides} if overrides else {}),
            "destructive": self._card.changed,
            "provenance": {
                "kind": RECORDED,
                "source": "a record of this card",
                "confidence": "low",
            },
            "vectors": [vector],
        }

    def _title(self) -> tuple[str, str]:
        sent = ((step.environment, step.command) for step in self._steps if step.command is not None)
        names = [FAMILIAR.name(where, command) for where, command in sent if command.ins != INS_GET_RESPONSE]
        told = list(dict.fromkeys((name.zh, name.name) for name in names))
        more = len(told) > _MOST_NAMES
        zh, en = (list(each) for each in zip(*told[:_MOST_NAMES], strict=True)) if told else ([], [])
        return "、".join(zh) + (" 等" if more else ""), ", ".join(en) + (" and others" if more else "")

    def _clauses(self) -> list[str]:
        """Those of the rows of its commands."""
        rows = (FAMILIAR.row(step.environment, step.command) for step in self._steps if step.command is not None)
        return list(dict.fromkeys(row.ref for row in rows if row is not None and row.ref))


_UNSAFE = (
    "its secret bytes are masked in the record, and the profile's own PINs do not give them back; record again with"
    " `--unsafe-trace`, which keeps them"
)


def is_challenge(step: DraftStep) -> bool:
    """True if the step answered a random number."""
    return step.command is not None and step.command.ins == _GET_CHALLENGE and step.answer[-2:] == _OK


def _parsed(command: bytes) -> CommandAPDU | None:
    try:
        return parse(command)
    except MalformedAPDU:
        return None


def _fits(record: RawExchange, sent: bytes) -> bool:
    """True if ``sent`` is the recorded command in all that is shown of it."""
    if len(sent) != len(record.command):
        return False
    at = 0
    for start, end in (*record.hidden, (len(sent), len(sent))):
        if sent[at:start] != record.command[at:start]:
            return False
        at = end
    return True


def _answers(record: RawExchange, answer: bytes) -> bool:
    """True if ``answer`` is the recorded one in all that is shown of it."""
    hidden = record.answer_hidden
    return len(answer) == hidden + len(record.answer) and answer[hidden:] == record.answer


def _expected(record: RawExchange) -> str | list[Mapping[str, str]]:
    """Status word and data, each byte of them; of data that are masked, their number."""
    sw, data = record.answer[-2:].hex().upper(), record.answer[:-2].hex().upper()
    if record.answer_hidden:
        data = f"[{record.answer_hidden}]{data}"
    return f"{sw} {data}" if data else [{"sw": sw, "data": ""}]


def _identity(steps: list[dict[str, Any]]) -> str:
    return f"RECORDED-{hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()[:8].upper()}"
