"""Raw records in words: one command with its answer explained, by an explainer that follows a card record by record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, overload

from apdu.command import CommandAPDU
from apdu.status import StatusWord
from apdu.status import meaning as status_text
from cos.kernel.stack import Stacks
from cos.ssse.tables.table_model import Version
from cos.stacks import STACKS
from dualcos.explain.bank_decisions import noted
from dualcos.explain.command_meaning import details, meaning
from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE, Familiar, Name
from dualcos.explain.data_details import Detail
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.diagnosis.findings import findings
from dualcos.explain.diagnosis.laboratory_view import NO_VIEW, LaboratoryView
from dualcos.explain.diagnosis.session_history import SessionHistory
from dualcos.explain.field_decoders import Scope
from dualcos.explain.raw_record import RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.refusal_reasons import told
from dualcos.explain.reset_answer import chip_serial, reset_details
from dualcos.explain.secret_masking import SecretMasking, blanked_form
from dualcos.explain.secret_parts import Spans
from dualcos.explain.served_card import NO_CARD, ServedCard
from dualcos.explain.setting_notes import Heard, SettingNotes
from dualcos.explain.tracker import Spot, Tracker, Waiting
from firewall.trace import Event, Reason, Refused

__all__ = ["FAULT", "Detail", "Exchange", "Explainer", "Happening", "Power"]

FAULT = "FAULT injected"
"""Topic of the events that say what a laboratory made of a card's answer on purpose."""

Events = Iterable[tuple[str, Event]]


_NO_APDU = Name("no APDU", "非法命令", "ISO 7816-3 §12.1", here=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one command and its answer say.

    ``environment``, ``after``: labels before and behind the command; ``place`` and ``now`` the same, short, with the
    directory. ``command`` has zeros where ``hidden`` says so (from, to behind), ``answer`` (data without status word)
    lacks ``answer_hidden`` bytes: they are secret. ``sw`` is None if the answer had less than two bytes. ``reasons``
    are the card's own, for a refusal; ``notes`` what else it noted and advice; ``findings``: which mistake it shows.
    """

    seq: int
    environment: str
    after: str
    place: str
    now: str
    command: bytes
    hidden: Spans
    answer: bytes
    answer_hidden: int
    sw: StatusWord | None
    name: str
    zh: str
    meaning: str
    status: str
    sent: tuple[Detail, ...] = ()
    received: tuple[Detail, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    findings: tuple[Diagnosis, ...] = ()

    @property
    def masked(self) -> bool:
        """True if anything was cut out."""
        return bool(self.hidden or self.answer_hidden)

    @property
    def faults(self) -> tuple[str, ...]:
        """What was made of the card's answer on purpose."""
        return _injected(self.notes)

    @property
    def refused(self) -> bool:
        """True unless the answer is 9000, 61xx or a warning 62xx."""
        return self.sw is None or not (self.sw.is_success or self.sw.sw1 == 0x62)


class Power(NamedTuple):
    """Something that is not a command: a cold or warm reset, power off, or silence instead of an answer.

    ``says``: what the ATR says.
    """

    seq: int
    kind: Literal["cold", "warm", "off", "silent"]
    atr: bytes = b""
    text: str = ""
    notes: tuple[str, ...] = ()
    says: tuple[Detail, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What was done to the card on purpose."""
        return _injected((*self.notes, self.text))


Happening = Exchange | Power


class Explainer:
    """Puts raw records of one card into words, in order and from the first: it follows where the card stands.

    ``version``: the edition of the social tables until the card tells its own. ``under``: the label of the stack that
    answers for its MF, the first one if none is named; ``stacks``: what may be on cards; ``card``: as which it is
    served, for advice; ``view``: what the laboratory's hand sees of it, for findings.
    """

    def __init__(
        self,
        version: Version = Version.V2,
        *,
        under: str = "",
        stacks: Stacks = STACKS,
        card: ServedCard = NO_CARD,
        view: LaboratoryView = NO_VIEW,
    ) -> None:
        self._tracker = Tracker(version, under=under, stacks=stacks)
        self._known = FAMILIAR if stacks is STACKS else Familiar.of(stacks)
        self._masking = SecretMasking(self._known)
        self._settings = SettingNotes(card)
        self._view = view
        self._history = SessionHistory()
        self._seq = 0
        self._looking = True

    @overload
    def explain(self, record: RawExchange) -> Exchange: ...
    @overload
    def explain(self, record: RawSilence | RawPower) -> Power: ...
    @overload
    def explain(self, record: RawRecord) -> Happening: ...
    def explain(self, record: RawRecord) -> Happening:
        """What ``record`` says. Whole or masked, it says the same; environments it does not name are followed."""
        self._seq += 1
        if not isinstance(record, RawPower):
            self._tracker.placed(record.before)
        whole = record  # findings are made of what was sent; of a secret they tell no more than its form
        record = self._masking.masked(record, self._tracker.spot.environment)  # from here on nobody else sees a secret
        if isinstance(record, RawExchange):
            return self._exchange(record, whole if isinstance(whole, RawExchange) else record)
        if isinstance(record, RawSilence):
            return self._silence(record)
        self._tracker.restart()
        self._history.restart(record.atr)
        self._tracker.chip = chip_serial(record.atr) or self._tracker.chip
        notes = _told(record.events, _NO_APDU)[1] + self._settings.power()
        return Power(self._seq, record.kind, record.atr, notes=notes, says=reset_details(record.atr))

    def follow(self, record: RawRecord) -> None:
        """Take in what nobody wants to read: no mistake is looked for."""
        self._looking = False
        try:
            self.explain(record)
        finally:
            self._looking = True

    def _silence(self, record: RawSilence) -> Power:
        _, name = self._named(record.command or b"", record.hidden)
        self._tracker.restart()
        self._history.restart()
        self._settings.restart()
        what = f": no answer to {name.name if record.command else 'the reset'}" if record.command is not None else ""
        return Power(self._seq, "silent", b"", f"{record.why}{what}", _told(record.events, name)[1])

    def _exchange(self, record: RawExchange, whole: RawExchange) -> Exchange:
        at, answer = self._tracker, record.answer
        spot = at.spot
        parsed, name = self._named(record.command, record.hidden)
        sw = StatusWord(int.from_bytes(answer[-2:], "big")) if len(answer) >= 2 else None
        data = answer[:-2] if sw is not None else answer
        says = ""
        sent: tuple[Detail, ...] = ()
        received: tuple[Detail, ...] = ()
        if parsed is not None:
            scope = Scope(parsed, parsed.data, at, _in_data(parsed, record.hidden))
            saying = self._known.saying(spot.environment, parsed)
            asked = Waiting(parsed, name.name, meaning(saying.meaning, scope))
            says, sent = asked.says, () if _all_hidden(scope) else details(saying.sent, scope)
            owner = at.fetching(parsed)
            if owner is not None:
                says = f"of {owner.name} {owner.says}".rstrip()
            if not record.answer_hidden and _complete(parsed, owner, data, sw):
                if owner is not None:
                    saying = self._known.saying(spot.environment, owner.command)
                scope = Scope((owner or asked).command, at.whole(parsed, data), at)
                received = details(saying.received, scope)
            at.follow(asked, data, sw or StatusWord(0))
        at.placed(record.after)
        reasons, notes = _told(record.events, name, spot.side)
        advice: tuple[str, ...] = ()
        if parsed is not None and sw is not None:
            heard = Heard(parsed, name.name, sw, bool(data))
            advice = self._settings.heard(heard, reasons, spot.environment)
        return Exchange(
            seq=self._seq,
            environment=spot.environment,
            after=at.spot.environment,
            place=spot.short,
            now=at.spot.short,
            command=record.command,
            hidden=record.hidden,
            answer=data,
            answer_hidden=record.answer_hidden,
            sw=sw,
            name=name.name,
            zh=name.zh,
            meaning=says,
            status=status_text(sw) if sw is not None else "no status word (无状态字)",
            sent=sent,
            received=received,
            reasons=reasons,
            notes=notes + advice,
            findings=self._findings(whole, record, spot, sw, reasons),
        )

    def _findings(
        self, whole: RawExchange, masked: RawExchange, spot: Spot, sw: StatusWord | None, reasons: tuple[Reason, ...]
    ) -> tuple[Diagnosis, ...]:
        """Of a command that met the card at ``spot``; it is part of the history from now on."""
        command = blanked_form(whole.command, whole.hidden)
        if command is None or sw is None:
            return ()
        data, row = whole.answer[:-2], self._known.row(spot.environment, command)
        found: tuple[Diagnosis, ...] = ()
        if self._looking:
            found = findings(
                Situation(
                    command,
                    whole.hidden,
                    data,
                    sw,
                    spot,
                    row,
                    reasons,
                    self._tracker,
                    self._history,
                    self._known,
                    self._view,
                    masked.pin_form,
                    masked.hidden,
                    whole.before or "",
                )
            )
        self._history.add(spot, command, data, sw)
        return found

    def _named(self, command: bytes, hidden: Spans) -> tuple[CommandAPDU | None, Name]:
        parsed = blanked_form(command, hidden)
        return parsed, self._known.name(self._tracker.spot.environment, parsed) if parsed is not None else _NO_APDU


def _in_data(command: CommandAPDU, hidden: Spans) -> Spans:
    """Where in the data of ``command`` something is hidden."""
    start, end = (7 if command.extended else 5), len(command.data)
    inside = ((max(a - start, 0), min(b - start, end)) for a, b in hidden)
    return tuple((a, b) for a, b in inside if a < b)


def _all_hidden(scope: Scope) -> bool:
    return bool(scope.data) and scope.hidden == ((0, len(scope.data)),)


def _injected(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(note for note in notes if note.startswith(FAULT))


def _complete(command: CommandAPDU, owner: Waiting | None, data: bytes, sw: StatusWord | None) -> bool:
    """True if all data of an answer are there and it is known what they answer."""
    orphan = command.ins == INS_GET_RESPONSE and owner is None
    return bool(data) and sw is not None and sw.sw1 != 0x61 and not orphan


def _told(events: Events, name: Name, place: str = "") -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """The card's reasons, with the command's clause where a reason has none, and its other notes."""
    reasons: list[Reason] = []
    notes: list[str] = []
    for _, event in events:
        if isinstance(event, Refused):
            reason = told(event, place)
            reasons.append(reason._replace(clause=name.ref) if name.here and not reason.clause else reason)
        else:
            notes += noted(event)
    return tuple(reasons), tuple(notes)
