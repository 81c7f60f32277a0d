"""应用选择: candidates by the payment directory or by the terminal's list, and which one (PBOC-6 §7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apdu import tlv
from apdu.status import SW, StatusWord
from apdu.tlv import TlvError
from dualcos.dialogue.bank import PSE, read_record
from dualcos.dialogue.driver import apdu
from dualcos.explain.card_texts import card_text
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_parts import HolderAtTerminal
from dualcos.terminal.financial.kernel.kernel_settings import CardholderChoice
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded

_ADF, _DDF, _LABEL, _PREFERRED, _PRIORITY, _SFI, _NAME = 0x4F, 0x9D, 0x50, 0x9F12, 0x87, 0x88, 0x84
_FCI, _PROPRIETARY, _RECORD, _ENTRY = 0x6F, 0xA5, 0x70, 0x61
_LEAST_NAME, _MOST_NAME = 5, 16
_DEEPEST = 4
"""Directories in directories; no issued card has more than one."""
_MOST_RECORDS, _MOST_OCCURRENCES = 255, 32
_GOES_ON = (0x90, 0x62, 0x63)


class Candidate(NamedTuple):
    """An application that card and terminal both have. ``priority``: 1 the best, 0 none given (87)."""

    name: bytes
    label: str
    priority: int
    needs_confirmation: bool
    parameters: AidParameters


@dataclass(frozen=True, slots=True)
class SelectedApplication:
    """``fci``: the answer of the last SELECT; ``proprietary``: data objects in its A5, by tag."""

    candidate: Candidate
    fci: bytes
    proprietary: dict[int, bytes]


class CandidateList:
    """The candidates of a card. Raises TransactionEnded for a card that is blocked."""

    def __init__(self, card: CardOfPayment, applications: Sequence[AidParameters]) -> None:
        self._card = card
        self._applications = applications
        self.by_directory = True
        found = list(self._of_directory())
        if not found:
            self.by_directory = False
            found = list(self._of_list())
        self.candidates = tuple(_once(found))

    # --- by the payment directory (§7.2.4.1) ------------------------------------------------------------------------

    def _of_directory(self) -> Iterator[Candidate]:
        answer = self._card.send(apdu("00A40400", PSE.name))
        if answer.sw == SW.FUNCTION_NOT_SUPPORTED:
            raise TransactionEnded(EndCause.CARD_BLOCKED, answer.sw)
        if answer.sw == SW.OK:
            yield from self._in_directory(answer.data, 0)

    def _in_directory(self, fci: bytes, depth: int) -> Iterator[Candidate]:
        """Candidates of one directory and of those below it, in order. What is no directory has none."""
        for entry in self._entries(fci):
            name, below = _value(entry, _ADF), _value(entry, _DDF)
            if name is not None:
                yield from self._matching(name, entry)
            elif below is not None and depth < _DEEPEST:
                answer = self._card.send(apdu("00A40400", below))
                if answer.sw == SW.OK:
                    yield from self._in_directory(answer.data, depth + 1)

    def _entries(self, fci: bytes) -> list[bytes]:
        """Contents of the 61 of all records, read before another directory is selected. Empty where the card answers
        anything but 6A83 behind the last record: then the terminal's list decides.
        """
        sfi = _proprietary(fci).get(_SFI, b"")
        if len(sfi) != 1 or not 1 <= sfi[0] <= 10:
            return []
        found: list[bytes] = []
        for number in range(1, _MOST_RECORDS + 1):
            answer = self._card.send(read_record(sfi[0], number))
            if answer.sw == SW.RECORD_NOT_FOUND:
                return found
            if answer.sw != SW.OK:
                return []
            try:
                record = tlv.find(answer.data, _RECORD) or b""
                found += [item.value for item in tlv.parse(record) if item.tag == _ENTRY]
            except TlvError:
                return []
        return found

    def _matching(self, name: bytes, entry: bytes) -> Iterator[Candidate]:
        for parameters in self._applications:
            if _matches(name, parameters):
                yield _candidate(name, _items(entry), parameters)
                return

    # --- by the terminal's list (§7.2.4.2) --------------------------------------------------------------------------

    def _of_list(self) -> Iterator[Candidate]:
        for parameters in self._applications:
            yield from self._occurrences(parameters)

    def _occurrences(self, parameters: AidParameters) -> Iterator[Candidate]:
        p2, seen = 0x00, set[bytes]()
        for _ in range(_MOST_OCCURRENCES):
            answer = self._card.send(apdu(f"00A404{p2:02X}", parameters.aid))
            if answer.sw == SW.FUNCTION_NOT_SUPPORTED and not p2:
                raise TransactionEnded(EndCause.CARD_BLOCKED, answer.sw)
            if answer.sw not in (SW.OK, SW.APPLICATION_INVALIDATED) and not (p2 and _may_go_on(answer.sw)):
                return
            name = _value(answer.data, _FCI, _NAME) or b""
            if answer.sw == SW.OK and _matches(name, parameters):
                yield _candidate(name, _proprietary(answer.data), parameters)
            if name == parameters.aid or name in seen:  # the whole name, or a card that goes round
                return
            seen.add(name)
            p2 = 0x02


def choose(candidates: Sequence[Candidate], choice: CardholderChoice, holder: HolderAtTerminal) -> Candidate:
    """Which one (§7.2.5): the holder's, or the best that needs no confirmation. Raises TransactionEnded."""
    if not candidates:
        raise TransactionEnded(EndCause.NO_APPLICATION)
    ordered = sorted(candidates, key=lambda each: each.priority or 16)
    if choice is CardholderChoice.NONE or (len(ordered) == 1 and not ordered[0].needs_confirmation):
        free = [each for each in ordered if not each.needs_confirmation]
        if not free:
            raise TransactionEnded(EndCause.NOTHING_CHOSEN)
        return free[0]
    if choice is CardholderChoice.LIST and len(ordered) > 1:
        at = holder.chooses([each.label for each in ordered])
        if at is None:
            raise TransactionEnded(EndCause.NOTHING_CHOSEN)
        return ordered[at]
    for each in ordered:
        if holder.confirms(each.label):
            return each
    raise TransactionEnded(EndCause.NOTHING_CHOSEN)


def select_finally(card: CardOfPayment, candidate: Candidate) -> SelectedApplication | StatusWord:
    """The last SELECT; the answer if it is not 9000: another candidate is to be tried (§7.2.5.3)."""
    answer = card.send(apdu("00A40400", candidate.name))
    if answer.sw != SW.OK:
        return answer.sw
    return SelectedApplication(candidate, answer.data, _proprietary(answer.data))


def _may_go_on(sw: StatusWord) -> bool:
    return sw.sw1 in _GOES_ON


def _matches(name: bytes, parameters: AidParameters) -> bool:
    if not _LEAST_NAME <= len(name) <= _MOST_NAME:
        return False
    return name == parameters.aid or (parameters.partial and name.startswith(parameters.aid))


def _candidate(name: bytes, shown: dict[int, bytes], parameters: AidParameters) -> Candidate:
    priority = shown.get(_PRIORITY, b"\0")[:1] or b"\0"
    label = shown.get(_PREFERRED) or shown.get(_LABEL) or b""
    text = card_text(label) or name.hex().upper()
    return Candidate(name, text, priority[0] & 0x0F, bool(priority[0] & 0x80), parameters)


def _once(found: Sequence[Candidate]) -> Iterable[Candidate]:
    """Each name once, as it was met first."""
    kept: dict[bytes, Candidate] = {}
    for each in found:
        kept.setdefault(each.name, each)
    return kept.values()


def _value(raw: bytes, *path: int) -> bytes | None:
    try:
        return tlv.find(raw, *path)
    except TlvError:
        return None


def _items(raw: bytes) -> dict[int, bytes]:
    try:
        return {item.tag: item.value for item in tlv.parse(raw)}
    except TlvError:
        return {}


def _proprietary(fci: bytes) -> dict[int, bytes]:
    return _items(_value(fci, _FCI, _PROPRIETARY) or b"")
