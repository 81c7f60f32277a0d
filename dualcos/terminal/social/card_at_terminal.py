"""One card in a social terminal, from power to power off: what is selected, proved and read (SSC-7 §5 to §9).

The terminal proves only what a file's rule asks for, and asks for the PIN once: the card keeps it until power-off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from apdu.link import SmartCard
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.ssse.tables.table_model import Access, AccessKind, Directory, File, FileForm, KeyKind, KeyRow, Version
from dualcos.dialogue.driver import apdu, send
from dualcos.dialogue.iso_commands import select_file, select_name
from dualcos.dialogue.social import internal_authentication, pin_field
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.card_contacts import powerless_behind_faults
from dualcos.terminal.social.card_environment import (
    CardEnvironment,
    asked,
    carried_out,
    read_environment,
    read_tag,
    value_in,
)
from dualcos.terminal.social.pin_forgotten import forgetting_digits
from dualcos.terminal.social.security_path import SecurityPath
from dualcos.terminal.social.social_pin_pad import PinAsked, PinCancelled, PinKnownWrong, PinPad, PinTimedOut
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped, demand_by_form, refused_by
from dualcos.terminal.terminal_forms import FormCell, TerminalBusiness

SHORTEST_PIN, LONGEST_PIN = 4, 16
_BY_PIN = (AccessKind.PIN, AccessKind.PIN_AND_KEY)
_BY_KEY = (AccessKind.KEY, AccessKind.PIN_AND_KEY)
_NEXT = 0x02
_NAME, _NAME_EXTENSION = 0x09, 0x4E
_MOST_READ = 0xFF
_LOCKED = (0x63C0, SW.METHOD_BLOCKED)


class PlaceOfFile(NamedTuple):
    """A file and the directory that it lies in."""

    directory: Directory
    file: File


class CardAtTerminal:
    """``card``: powered, ``environment`` read from it (``met``). ``path``: who computes, ready for this card.
    ``longest_pin``: digits that the pad takes, 12 (SSC-8 §6.2.4) to 16 (SC §4.1). ``cell``: what the terminal is for;
    None for a program at a reader, which does all.

    All methods raise TerminalStopped. Whoever has it leaves the card (``leave``), also behind what stops: until then it
    has power, and its PIN stays verified. Once left, or behind another admission (``void``), it serves no more.
    """

    def __init__(
        self,
        card: SmartCard,
        environment: CardEnvironment,
        path: SecurityPath,
        pin_pad: PinPad,
        longest_pin: int = LONGEST_PIN,
        cell: FormCell | None = None,
    ) -> None:
        self._card, self._void = card, False
        self.environment = environment
        self.path = path
        self.pin_pad = pin_pad
        self.longest_pin = longest_pin
        self._cell = cell
        self.current = environment.directories[0]
        self.pin_verified = False
        self.has_pin: bool | None = None  # not known before the card was asked
        self._proved: set[str] = set()  # in the current directory
        self._file: int | None = None

    @classmethod
    def met(
        cls,
        card: SmartCard,
        path: SecurityPath,
        pin_pad: PinPad,
        longest_pin: int = LONGEST_PIN,
        cell: FormCell | None = None,
    ) -> CardAtTerminal:
        """A card that was put in: powered, read, and known to ``path``; without power again if that fails."""
        environment = read_environment(card)
        with powerless_behind_faults(card):
            path.begin(environment)
        return cls(card, environment, path, pin_pad, longest_pin, cell)

    @property
    def card(self) -> SmartCard:
        """The card itself. Raises TerminalStopped: it was left, or another was admitted since."""
        if self._void:
            raise TerminalStopped(StopCause.NO_POWER)
        return self._card

    def demand_business(self, business: TerminalBusiness) -> None:
        """The terminal is for it; asked before the card is."""
        if self._cell is not None:
            demand_by_form(StopCause.OTHER_TERMINAL, self._cell.refusal(business))

    def void(self) -> None:
        """From now on another card may be in the slot: nothing is asked of this one any more."""
        self._void = True

    @property
    def home(self) -> Directory:
        """SSSE."""
        return self.environment.directories[0]

    def leave(self) -> None:
        """Take power away: the card forgets PIN and proofs (SSC-7 §5.5, §5.8). One that is void is left already."""
        if not self._void:
            self.void()
            carried_out(self._card.power_off)

    # --- where things are ------------------------------------------------------------------------------------------

    def place(self, directory: str, fid: int) -> PlaceOfFile:
        """A file by the name of its directory (``SSSE``, ``DF04``) and its identifier. Of one that the tables of this
        edition do not have, the failure of a file that is not there.
        """
        for each in self.environment.directories:
            if directory_name(each) == directory:
                file = each.file(fid)
                if file is not None:
                    return PlaceOfFile(each, file)
        raise TerminalStopped(StopCause.REFUSED, SW.FILE_NOT_FOUND, detail=(f"{directory}EF{fid & 0xFF:02X}",) * 2)

    def key(self, directory: Directory, name: str) -> KeyRow:
        """A key of the tables by name."""
        row = directory.key(name)
        if row is None:
            raise TerminalStopped(StopCause.REFUSED, SW.REFERENCED_DATA_NOT_FOUND, detail=(name, name))
        return row

    def applications(self, among: Iterable[Directory] | None = None) -> tuple[Directory, ...]:
        """The applications of the tables (or ``among`` them) that this card has, in order; a blocked one is left out
        (SSC-7 §5.9).
        """
        return tuple(filter(self._has, self.environment.directories[1:] if among is None else among))

    def _has(self, directory: Directory) -> bool:
        answer = asked(self.card, select_name(directory.name))
        if answer.sw == SW.OK:
            self._entered(directory)
        elif answer.sw not in (SW.FILE_NOT_FOUND, SW.APPLICATION_BLOCKED):
            raise refused_by(answer.sw, f"选择{directory.label_zh}", f"selecting {directory_name(directory)}")
        return answer.sw == SW.OK

    def enter(self, directory: Directory) -> None:
        """SELECT by name, if it is not the current one: what was proved in another is gone (SSC-7 §6.6)."""
        if directory is self.current:
            return
        answer = asked(self.card, select_name(directory.name))
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, f"选择{directory.label_zh}", f"selecting {directory_name(directory)}")
        self._entered(directory)

    def _entered(self, directory: Directory) -> None:
        if directory is not self.current:
            self.current = directory
            self._proved.clear()
        self._file = None

    def make_current(self, at: PlaceOfFile) -> None:
        """SELECT the file in its directory, if it is not the current one."""
        self.enter(at.directory)
        if self._file == at.file.fid:
            return
        answer = asked(self.card, select_file(at.file.fid))
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, f"选择{at.file.name_zh}", f"selecting {at.file.name_en}")
        self._file = at.file.fid

    # --- the card proves itself, the terminal proves itself ----------------------------------------------------------

    def numbers(self) -> tuple[bytes, bytes]:
        """Process factor and original information for a proof: both the path's, or both the card's, which gives the
        original first, so that the factor is its last random number (SC §1.2.3).
        """
        original = self.path.original()
        if original is None:
            original = self.challenge()
            return self.challenge(), original
        factor = self.path.original()
        return factor or self.challenge(), original

    def challenge(self, length: int = 8) -> bytes:
        """A random number of the card; without one nothing goes on (SSC-7 §6.3)."""
        answer = asked(self.card, send(apdu("00840000", le=length)))
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, "取随机数", "GET CHALLENGE")
        if len(answer.data) != length:
            raise TerminalStopped(StopCause.LENGTH, detail=("随机数", "random number"))
        return answer.data

    def internal(self, factor: bytes, original: bytes, group: int = 0) -> bytes:
        """What the card answers to INTERNAL AUTHENTICATION, 8 bytes."""
        command = internal_authentication(factor, original + (bytes((group,)) if group else b""))
        answer = asked(self.card, command)
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, "内部认证", "INTERNAL AUTHENTICATION")
        return answer.data

    def demand_genuine(self) -> None:
        """Internal authentication by IRK, in the environment (SSC-7 §5.4)."""
        self.enter(self.home)
        factor, original = self.numbers()
        answered = self.internal(factor, original, self.path.irk_group())
        if not self.path.is_card_proof(factor, original, answered):
            raise TerminalStopped(StopCause.NOT_GENUINE)

    def prove(self, row: KeyRow) -> None:
        """External authentication by a key of the current directory, unless it is proved already. A refusal is never
        tried again: the tries are the key's (SSC-7 §6.7).
        """
        if row.name in self._proved:
            return
        original = self.path.original() or self.challenge()
        proof = self.path.key_proof(row, self.challenge(), original)
        self.present(row, proof.data, proof.original, proof.group)

    def present(self, row: KeyRow, data: bytes, original: bytes, group: int = 0) -> None:
        """EXTERNAL AUTHENTICATION with what somebody has computed."""
        body = data + original + (bytes((group,)) if group else b"")
        answer = asked(self.card, send(apdu(f"008200{row.kid:02X}", body)))
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, f"外部认证{row.name}", f"EXTERNAL AUTHENTICATION with {row.name}")
        self._proved.add(row.name)

    # --- the holder --------------------------------------------------------------------------------------------------

    def pin_tries(self) -> int | None:
        """VERIFY without data: None if no PIN is set (or it is verified), else the tries left (SSC-7 §5.6)."""
        answer = asked(self.card, send(apdu("00200000") + b"\0"))
        if self.has_pin is None:
            self.has_pin = answer.sw != SW.OK
        if answer.sw == SW.OK:
            return None
        raise_if_pin_locked(answer.sw)
        if int(answer.sw) & 0xFFF0 != 0x63C0:
            raise refused_by(answer.sw, "PIN状态", "asking for the tries of the PIN")
        return int(answer.sw) & 0xF

    @forgetting_digits
    def demand_pin(self, *, once: bool = False) -> None:
        """Ask the holder and verify, until it is right or locked, or ``once``; nothing to do if it is verified or none
        is set.
        """
        if self.pin_verified:
            return
        tries, what = self.pin_tries(), PinAsked.PIN
        while tries is not None:
            digits = self.entered(what, tries)
            try:
                self.verify(digits)
            except TerminalStopped as stopped:
                if once or stopped.cause is not StopCause.PIN_WRONG or stopped.tries is None or stopped.tries >= tries:
                    raise  # a card whose tries do not run out is asked no more
                tries, what = stopped.tries, PinAsked.PIN_AGAIN
                continue
            return
        self.pin_verified = True

    @forgetting_digits
    def verify(self, digits: str) -> None:
        """VERIFY once (SSC-5 §6.14)."""
        answer = asked(self.card, send(apdu("00200000", pin_field(digits))))
        if answer.sw != SW.OK:
            raise pin_refused(answer.sw)
        self.pin_verified = self.has_pin = True

    def entered(self, what: PinAsked, tries: int | None = None) -> str:
        """Digits from the pad (``entered``)."""
        return entered(self.pin_pad, what, tries, self.longest_pin)

    def pin_is_new(self) -> None:
        """The card has another PIN than before, and it is not verified."""
        self.has_pin, self.pin_verified = True, False

    # --- files -------------------------------------------------------------------------------------------------------

    def earn(
        self, at: PlaceOfFile, rule: Access, *, by_key: bool = True, key_first: bool = False, pin_once: bool = False
    ) -> None:
        """Everything that ``rule`` asks for; of "PIN or key" the key, or the PIN if ``by_key`` is False. ``key_first``:
        of "PIN and key" the key comes before the PIN. ``pin_once``: a wrong PIN ends it.
        """
        self.enter(at.directory)
        if rule.kind in (AccessKind.NEVER, AccessKind.MASTER):
            raise TerminalStopped(
                StopCause.REFUSED, SW.SECURITY_NOT_SATISFIED, detail=(at.file.name_zh, at.file.name_en)
            )
        key_asked, pin_asked = asks_for_key(rule, by_key=by_key), asks_for_pin(rule, by_key=by_key)
        if key_asked and key_first:
            self.prove(self.key(at.directory, rule.key))
        if pin_asked:
            self.demand_pin(once=pin_once)
        if key_asked:
            self.prove(self.key(at.directory, rule.key))

    def read_item(self, at: PlaceOfFile, tag: int, occurrence: int = 1) -> bytes:
        """The value of an item of a linear file whose right is earned; ``occurrence``: which of several."""
        self.make_current(at)
        item = at.file.item(tag)
        answer = ResponseAPDU()
        for turn in range(occurrence):
            answer = read_tag(self.card, tag, item.length if item is not None else _MOST_READ - 1, _NEXT if turn else 0)
            if answer.sw != SW.OK:
                raise refused_by(answer.sw, f"读数据项{tag:02X}", f"reading item {tag:02X}")
        return value_in(answer.data, tag)

    def read_items(self, at: PlaceOfFile) -> dict[int, bytes]:
        """All items of a linear file that the tables know and the card has."""
        found: dict[int, bytes] = {}
        for item in at.file.items:
            if item.tag is None:
                continue
            try:
                found[item.tag] = self.read_item(at, item.tag)
            except TerminalStopped as stopped:
                if stopped.sw != SW.RECORD_NOT_FOUND:
                    raise
        return found

    def read_record(self, at: PlaceOfFile, number: int) -> bytes | None:
        """A record by number, None if there is none."""
        self.make_current(at)
        length = at.file.record_length if at.file.structure is FileForm.CYCLIC else 256
        answer = asked(self.card, send(apdu(f"00B2{number:02X}04", le=length)))
        if answer.sw == SW.RECORD_NOT_FOUND:
            return None
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, f"读第{number}条记录", f"reading record {number}")
        return answer.data

    def read_bytes(self, at: PlaceOfFile) -> bytes:
        """All of a transparent file."""
        self.make_current(at)
        found = b""
        while len(found) < at.file.size:
            length = min(_MOST_READ, at.file.size - len(found))
            answer = asked(self.card, send(apdu(f"00B0{len(found):04X}", le=length)))
            if answer.sw != SW.OK:
                raise refused_by(answer.sw, f"读{at.file.name_zh}", f"reading {at.file.name_en}")
            if not answer.data:
                break
            found += answer.data
        return found

    def write(self, header: str, data: bytes) -> None:
        """One plain update of the current file, its right earned (SSC-7 §7.3). 63Cx is success too, "after x attempts
        of the card" (SSC-7 §7.5).
        """
        answer = asked(self.card, send(apdu(f"00{header}", data)))
        if answer.sw != SW.OK and int(answer.sw) & 0xFFF0 != 0x63C0:
            raise refused_by(answer.sw, f"写命令{header}", f"update {header}")

    def write_item(self, at: PlaceOfFile, tag: int, value: bytes) -> None:
        """UPDATE RECORD of an item by tag, plain, its right earned."""
        self.make_current(at)
        self.write(f"DC{tag:02X}00", bytes((tag, len(value))) + value)

    # --- under MAC ---------------------------------------------------------------------------------------------------

    def maintenance(self, directory: Directory) -> KeyRow:
        """STK of a directory."""
        return next(row for row in directory.keys if row.kind is KeyKind.MAINTENANCE)

    def secured(self, header: str, plain: bytes | None = None, clear: bytes = b"") -> None:
        """A command under MAC by the maintenance key of the current directory, on a fresh random number (SSC-4 §8);
        ``plain`` goes enciphered, ``clear`` as it is.
        """
        row = self.maintenance(self.current)
        command = self.path.secured(row, self.challenge(), bytes.fromhex(header), plain, clear)
        answer = asked(self.card, send(command))
        if answer.sw != SW.OK:
            raise refused_by(answer.sw, f"命令{header[:4]}", f"command {header[:4]}")

    def read_name(self, holder: PlaceOfFile) -> bytes:
        """姓名 in the holder's file, whose right is earned: from 2.0 on its extension behind it, cut wherever the first
        part was full (SC §10.2).
        """
        raw = self.read_item(holder, _NAME).rstrip(b"\0\xff")
        if self.environment.version < Version.V2:
            return raw
        try:
            return raw + self.read_item(holder, _NAME_EXTENSION)
        except TerminalStopped as stopped:
            if stopped.sw != SW.RECORD_NOT_FOUND:
                raise
            return raw


def asks_for_key(rule: Access, *, by_key: bool = True) -> bool:
    """True if a key earns the right, or ``by_key`` chooses it."""
    return rule.kind in _BY_KEY or (rule.kind is AccessKind.PIN_OR_KEY and by_key)


def asks_for_pin(rule: Access, *, by_key: bool = False) -> bool:
    """True if the PIN earns the right, or is chosen."""
    return rule.kind in _BY_PIN or (rule.kind is AccessKind.PIN_OR_KEY and not by_key)


def directory_name(directory: Directory) -> str:
    """``SSSE`` or ``DF01`` …, as file addresses have it (SC §2.1.2)."""
    return f"DF{directory.fid & 0xFF:02X}" if directory.fid >> 8 == 0xDF else "SSSE"


def raise_if_pin_locked(sw: int) -> None:
    """Raises TerminalStopped for 63C0 and 6983."""
    if sw in _LOCKED:
        raise TerminalStopped(StopCause.PIN_LOCKED)


def pin_refused(sw: int) -> TerminalStopped:
    """What a refused VERIFY or CHANGE PIN means: wrong with tries left, locked, or another refusal."""
    if sw in _LOCKED:
        return TerminalStopped(StopCause.PIN_LOCKED)
    if sw & 0xFFF0 == 0x63C0:
        return TerminalStopped(StopCause.PIN_WRONG, tries=sw & 0xF)
    return refused_by(type(SW.OK)(sw), "PIN校验", "the PIN")


def entered(pad: PinPad, what: PinAsked, tries: int | None = None, longest: int = LONGEST_PIN) -> str:
    """What the holder entered, 4 to ``longest`` digits (SC §4.1). Raises TerminalStopped."""
    try:
        digits = pad.enter(what, tries)
    except PinCancelled:
        raise TerminalStopped(StopCause.PIN_CANCELLED) from None
    except PinKnownWrong:
        raise TerminalStopped(StopCause.PIN_WRONG, tries=tries) from None
    except PinTimedOut:
        raise TerminalStopped(StopCause.PIN_TIME_OUT) from None
    except CardGone:
        raise TerminalStopped(StopCause.NO_CARD) from None
    if not (digits.isascii() and digits.isdecimal()):
        raise TerminalStopped(StopCause.CHARACTER, detail=("密码", "PIN"))
    if not SHORTEST_PIN <= len(digits) <= longest:
        raise TerminalStopped(StopCause.PIN_LENGTH)
    return digits
