"""应用选择: candidates by the payment directory or by the terminal's list, and which one (PBOC-6 §7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.bank import PSE, read_record
from dualcos.dialogue.driver import apdu
from dualcos.explain.card_texts import card_text
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.terminal.financial.kernel.card_objects import objects, once, only, value
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_parts import HolderAtTerminal
from dualcos.terminal.financial.kernel.kernel_settings import CardholderChoice
from dualcos.terminal.financial.kernel.transaction_ended import ApplicationLeft, EndCause, TransactionEnded

_ADF, _DDF, _TEXT, _PREFERRED, _PRIORITY, _SFI, _NAME = 0x4F, 0x9D, 0x50, 0x9F12, 0x87, 0x88, 0x84
_ALPHABET = 0x9F11
_FCI, _PROPRIETARY, _RECORD, _ENTRY = 0x6F, 0xA5, 0x70, 0x61
_LEAST_NAME, _MOST_NAME = 5, 16
_LAST_FILE = 10
_MOST_DIRECTORIES = 8
"""In a card; no issued one has more than one beside the first."""
_MOST_RECORDS, _MOST_OCCURRENCES = 255, 32
"""Records of all directories together."""
_MOST_LABEL = 16


class Candidate(NamedTuple):
    """An application that card and terminal both have. ``priority``: 1 the best, 0 none given (87)."""

    name: bytes
    label: str
    priority: int
    needs_confirmation: bool
    parameters: AidParameters


@dataclass(frozen=True, slots=True)
class SelectedApplication:
    """Out of the answer of the last SELECT. ``name``: 84; ``proprietary``: data objects in its A5, by tag."""

    candidate: Candidate
    name: bytes
    proprietary: dict[int, bytes]


class _Unusable(Exception):
    """The directory cannot be used: the terminal's list decides."""


class CandidateList:
    """The candidates of a card. ``why_list``: what kept the terminal from the directory, for people, empty where the
    directory gave them. Raises TransactionEnded for a card that is blocked.
    """

    def __init__(self, card: CardOfPayment, applications: Sequence[AidParameters]) -> None:
        self._card = card
        self._applications = applications
        self.why_list = ("", "")
        self.blocked = False
        """The card has an application for this terminal, and it is locked (6283)."""
        found = self._of_directory()
        if not found:
            found = [each for parameters in self._applications for each in self._occurrences(parameters)]
        self.candidates = tuple(_once(found))

    def _parameters(self, name: bytes) -> AidParameters | None:
        """Of the terminal's application that fits ``name`` best: a longer one before the group it belongs to."""
        fitting = [each for each in self._applications if _matches(name, each)]
        return max(fitting, key=lambda each: len(each.aid), default=None)

    def _candidate(self, name: bytes, shown: Mapping[int, bytes]) -> Iterator[Candidate]:
        parameters = self._parameters(name)
        if parameters is not None:
            priority = shown.get(_PRIORITY, b"")[:1] or b"\0"
            label = _label(shown) or name.hex().upper()
            yield Candidate(name, label, priority[0] & 0x0F, bool(priority[0] & 0x80), parameters)

    # --- by the payment directory (§7.2.4.1) ------------------------------------------------------------------------

    def _of_directory(self) -> list[Candidate]:
        """Empty where there is no directory, none that can be used, or nothing in it for this terminal."""
        answer = self._card.send(apdu("00A40400", PSE.name), answered=True)
        if answer.sw == SW.FUNCTION_NOT_SUPPORTED:
            raise TransactionEnded(EndCause.CARD_BLOCKED, answer.sw)
        if answer.sw != SW.OK:
            self.why_list = (f"目录 {answer.sw}", f"the directory was answered {answer.sw}")
            return []
        try:
            found = self._in_directories(answer.data)
        except _Unusable as error:
            self.why_list = ("目录不可用", f"the directory cannot be used: {error}")
            return []
        if not found:
            self.why_list = ("目录中无共同应用", "the directory has no application in common")
        return found

    def _in_directories(self, fci: bytes) -> list[Candidate]:
        """Of the first directory and of those that it names, in order; each is read whole before another is selected,
        for with that the card leaves it. Any error spoils them all (PBOC-3 §12.3.2). Raises _Unusable.
        """
        found: list[Candidate] = []
        self._records = 0
        entries, seen = self._entries(fci), set[bytes]()
        while entries:
            entry = entries.pop(0)
            name, below = entry.get(_ADF), entry.get(_DDF)
            if name is not None:
                found += self._candidate(name, entry)
            elif below is not None and below not in seen:  # else it goes round
                if len(seen) == _MOST_DIRECTORIES or not _LEAST_NAME <= len(below) <= _MOST_NAME:
                    raise _Unusable("directories without end, or one whose name is none")
                seen.add(below)
                answer = self._card.send(apdu("00A40400", below), answered=True)
                if answer.sw != SW.OK:
                    raise _Unusable(f"a directory in it was answered {answer.sw}")
                entries[:0] = self._entries(answer.data)
        return found

    def _entries(self, fci: bytes) -> list[dict[int, bytes]]:
        """Contents of the 61 of all records, until the card answers 6A83. Raises _Unusable."""
        try:
            shown = _proprietary(fci)
            sfi = shown.get(_SFI, b"")
            if len(sfi) != 1 or not 1 <= sfi[0] <= _LAST_FILE:
                raise _Unusable("no file is named")
            alphabet = {_ALPHABET: shown[_ALPHABET]} if _ALPHABET in shown else {}
            found: list[dict[int, bytes]] = []
            for number in count(1):
                self._records += 1
                if self._records > _MOST_RECORDS:
                    raise _Unusable("records without end")
                answer = self._card.send(read_record(sfi[0], number))
                if answer.sw == SW.RECORD_NOT_FOUND:
                    break
                record = value(answer.data, _RECORD)
                if answer.sw != SW.OK or record is None:
                    raise _Unusable(f"record {number} was answered {answer.sw}")
                found += [alphabet | _items(item.value) for item in objects(record) if item.tag == _ENTRY]
        except TlvError as error:
            raise _Unusable(str(error)) from None
        return found

    # --- by the terminal's list (§7.2.4.2) --------------------------------------------------------------------------

    def _occurrences(self, parameters: AidParameters) -> Iterator[Candidate]:
        """All of the card's names that begin with one of the terminal's, one after another."""
        p2 = 0x00
        for _ in range(_MOST_OCCURRENCES):
            answer = self._card.send(apdu(f"00A404{p2:02X}", parameters.aid), answered=True)
            if answer.sw == SW.FUNCTION_NOT_SUPPORTED and not p2:
                raise TransactionEnded(EndCause.CARD_BLOCKED, answer.sw)
            if answer.sw not in (SW.OK, SW.APPLICATION_INVALIDATED):
                return
            try:
                name, shown = value(answer.data, _FCI, _NAME) or b"", _proprietary(answer.data)
            except TlvError:
                return
            if answer.sw == SW.OK and _matches(name, parameters):
                yield from self._candidate(name, shown)
            self.blocked |= answer.sw == SW.APPLICATION_INVALIDATED and _matches(name, parameters)
            if name == parameters.aid or not name.startswith(parameters.aid):
                return
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
        if at is None or not 0 <= at < len(ordered):
            raise TransactionEnded(EndCause.NOTHING_CHOSEN)
        return ordered[at]
    for each in ordered:
        if holder.confirms(each.label):
            return each
    raise TransactionEnded(EndCause.NOTHING_CHOSEN)


def select_finally(card: CardOfPayment, candidate: Candidate) -> SelectedApplication:
    """The last SELECT. Raises ApplicationLeft where it is not answered 9000 and an FCI: another candidate is to be
    tried (§7.2.5.3).
    """
    answer = card.send(apdu("00A40400", candidate.name), answered=True)
    if answer.sw != SW.OK:
        said = f"请重试：{answer.sw}", f"try again: SELECT was answered {answer.sw}"
        raise ApplicationLeft(*said, "§7.2.5.3", blocked=answer.sw == SW.APPLICATION_INVALIDATED)
    try:
        name, shown = _told(answer.data)
        if not name.startswith(candidate.name):
            raise TlvError("84 is another application's name")
        return SelectedApplication(candidate, name, shown)
    except TlvError as error:
        raise ApplicationLeft("请重试：FCI格式错", f"try again: the FCI is malformed: {error}", "§7.2.5.3") from None


def _matches(name: bytes, parameters: AidParameters) -> bool:
    if not _LEAST_NAME <= len(name) <= _MOST_NAME:
        return False
    return name == parameters.aid or (parameters.partial and name.startswith(parameters.aid))


def _label(shown: Mapping[int, bytes]) -> str:
    """首选名称 in its alphabet, else 标签: the first that is text and moves no cursor; empty where none is."""
    return next((text for text in _texts(shown) if text and text.isprintable()), "")


def _texts(shown: Mapping[int, bytes]) -> Iterator[str | None]:
    preferred, alphabet = shown.get(_PREFERRED, b"")[:_MOST_LABEL], shown.get(_ALPHABET, b"")
    if alphabet and not preferred.isascii():
        with suppress(LookupError, UnicodeDecodeError):
            yield preferred.decode(f"iso8859_{alphabet[0]}")
    yield card_text(preferred)
    yield card_text(shown.get(_TEXT, b"")[:_MOST_LABEL])


def _once(found: Sequence[Candidate]) -> Iterable[Candidate]:
    """Each name once, as it was met first."""
    kept: dict[bytes, Candidate] = {}
    for each in found:
        kept.setdefault(each.name, each)
    return kept.values()


def _items(raw: bytes) -> dict[int, bytes]:
    """Raises TlvError."""
    return {item.tag: item.value for item in objects(raw)}


def _told(fci: bytes) -> tuple[bytes, dict[int, bytes]]:
    """84 and what is in A5, both of which an FCI has (EMV book 1 §11.3.4). Raises TlvError."""
    inside = once(only(fci, _FCI).value)
    if _NAME not in inside or _PROPRIETARY not in inside:
        raise TlvError("84 or A5 is missing")
    return inside[_NAME], _items(inside[_PROPRIETARY])


def _proprietary(fci: bytes) -> dict[int, bytes]:
    """Raises TlvError for what is no FCI."""
    inside = value(fci, _FCI)
    if inside is None:
        raise TlvError("no template 6F")
    return _items(value(inside, _PROPRIETARY) or b"")
