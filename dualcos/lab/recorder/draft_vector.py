"""A draft vector of a record (向量草稿): what was sent, and what came, for the card that the record names.

The record is sent once more to that card, made again in this process. That shows which random numbers it drew then,
where an answer tells them: they are the vector's. It shows that what stands in for bytes the record does not show is
answered alike; and that the record is the card's at all.

A draft is no vector yet: it says what this card answered, and none of it was held against a document. Its provenance
says so, and no file that comes along has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from dualcos.explain.command_names import FAMILIAR
from dualcos.explain.raw_record import RawExchange, RawPower, RawSilence
from dualcos.explain.secret_masking import SecretMasking, blanked_form
from dualcos.explain.secret_parts import Spans
from dualcos.explain.trace_file_lines import Recorded
from dualcos.explain.traced_card import POWER_LOST
from dualcos.lab.conformance import template_functions
from dualcos.lab.conformance.command_template import TemplateError
from dualcos.lab.conformance.template_functions import HostHand
from dualcos.lab.recorder.draft_step import CHALLENGE, SUCCESS, DraftStep, NamedCard, NoDraft, is_challenge
from dualcos.lab.recorder.draft_unit import DraftVector, TakenSteps, draft_of
from dualcos.lab.recorder.recorded_card import Draw, RecordedCard
from dualcos.lab.recorder.stand_ins import StandIn, StandIns
from firewall.hardware.power import PowerLoss

_UNSAFE = (
    "its secret bytes are masked in the record, and the profile's own PINs do not give them back; record again with"
    " `--unsafe-trace`, which keeps them"
)


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
        draws = (*first, *(draw for step in self._steps for draw in step.drawn))
        taken = TakenSteps(tuple(self._steps), draws, self._card.changed, self._secret)
        return draft_of(taken, self._named, identity)

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
        answers: list[bytes] = []
        for candidate in self._candidates(record, masked.hidden):
            answer = self._tried(record, candidate)
            if answer is None:
                self._noted(record, candidate, secret=bool(masked.hidden))
                return
            answers.append(answer)
        if not answers:
            raise NoDraft(f"line {line.line}: {_UNSAFE}")
        raise NoDraft(self._difference(line, record, answers))

    def _candidates(self, record: RawExchange, hidden: Spans) -> Iterator[tuple[bytes, StandIn | None]]:
        """What may have been sent, as bytes; and as what it stands in the vector, if that is not the same."""
        command = blanked_form(record.command, ())
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

    def _tried(self, record: RawExchange, candidate: tuple[bytes, StandIn | None]) -> bytes | None:
        """Send it; None if the answer is as recorded, if need be with other random numbers. Else the answer, and all is
        as before.
        """
        sent, stand_in = candidate
        card, before = self._card, self._card.standing()
        step = DraftStep(
            before, sent=sent, command=blanked_form(sent, ()), environment=card.card.environment, stand_in=stand_in
        )
        answer = step.answer = card.card.exchange(sent)
        step.drawn = card.drawn()
        if _answers(record, answer):
            self._steps.append(step)
            return None
        if self._drawn_then(record, step, sent):
            return None
        card.go_on(before)
        return answer

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
            if record.answer[-2:] == SUCCESS:
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

    def _difference(self, line: Recorded, record: RawExchange, answers: Sequence[bytes]) -> str:
        """``answers``: those of all that may have been sent."""
        name = line.name or "command"
        now, then = list(dict.fromkeys(answer[-2:] for answer in answers)), record.answer[-2:]
        return (
            f"line {line.line}: {name} is answered {' or '.join(word.hex().upper() for word in now)} by the card of"
            f" {self._named.name}{' with other data' if then in now else ''}, recorded is {then.hex().upper()}:"
            " it was another card, or not as it was made"
        )


_UNSAFE = (
    "its secret bytes are masked in the record, and the profile's own PINs do not give them back; record again with"
    " `--unsafe-trace`, which keeps them"
)


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
