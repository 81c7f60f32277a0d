"""F17a: the neighbours of every command that the dialogues of every environment send, malformed in each of its fields.

A form is sent where the right command would have come: rights earned, state reached. It is answered with a word that
its row declares, with the one that ``WORDS`` owes it where a standard or a laboratory names one, and a refusal changes
nothing but the counters of its row (F10). Forms under a right MAC, and those of making a card, need somebody's keys:
``malformed_under_keys``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from cos.kernel.command_rows import CommandRow
from cos.kernel.what_commands_say import ByList, Choice, Field, Fixed
from dualcos.dialogue.driver import apdu
from dualcos.explain.command_names import FAMILIAR
from dualcos.lab.conformance.coverage import family, words_of
from dualcos.lab.properties import bank_macros, manager_macros, pki_macros, psam_macros, social_macros
from dualcos.lab.properties import neighbouring_forms as near
from dualcos.lab.properties.counters_only_go_down import frugal, row_of
from dualcos.lab.properties.interrupted_dialogues import Told, dialogues
from dualcos.lab.properties.neighbouring_forms import Neighbour, WrongForm
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, Player, Side, Specimen, named
from dualcos.lab.properties.traffic_steps import Do

_LENGTH, _PARAMETERS, _NO_FILE, _WRONG, _DATA = 0x6700, 0x6A86, 0x6A82, 0x63C0, 0x6A80
_DONE = 0x9000
_PASSED = (0x90, 0x61, 0x62, 0x6C)
_ANYWHERE = ""


class Owed(NamedTuple):
    """The words one of which a form owes, and who says so."""

    words: frozenset[int]
    clause: str


def _owed(clause: str, *words: int) -> Owed:
    return Owed(frozenset(words), clause)


# By stack, name of the row (empty: any) and kind of form. What is not here owes a declared word, or is carried out.
WORDS: Mapping[tuple[str, str, Neighbour], Owed] = MappingProxyType(
    {
        (_ANYWHERE, _ANYWHERE, Neighbour.LC): _owed("ISO 7816-3 §12.1", _LENGTH),
        (_ANYWHERE, _ANYWHERE, Neighbour.LENGTH): _owed("SSC-5 tables 7 to 78; PBOC-5 annex B", _LENGTH),
        (_ANYWHERE, _ANYWHERE, Neighbour.PARAMETERS): _owed("SSC-5 tables 7 to 78; PBOC-5 annex B", _PARAMETERS),
        (_ANYWHERE, "SELECT", Neighbour.NAME): _owed("SSC-5 §6.11; PBOC-5 §6.3", _LENGTH, _NO_FILE),
        ("ssse", "VERIFY", Neighbour.PIN): _owed("SSC-5 §6.14: what is not the PIN is wrong", _WRONG),
        ("pse", "VERIFY", Neighbour.PIN): _owed("PBOC-5 B.15: compared as a whole (inferred)", _WRONG),
        ("pse", "GET PROCESSING OPTIONS", Neighbour.OBJECT): _owed(
            "conformance cases GPO081, 082, 093", _LENGTH, _DATA
        ),
        ("ssse", "UPDATE RECORD", Neighbour.OBJECT): _owed("SSC-5 table 45", 0x6A85),
        ("pki", _ANYWHERE, Neighbour.OBJECT): _owed("field", _LENGTH, _DATA, _NO_FILE),
        # An instruction of the application too, known by its length there (conformance cases INI080, IAU120).
        ("pse", "EXTERNAL AUTHENTICATE (master key)", Neighbour.LENGTH): _owed("conformance cases IAU120", 0x6D00),
    }
)


def owed(stack: str, row: CommandRow[Any], kind: Neighbour) -> Owed | None:
    """What a form of this kind owes."""
    keys = (
        (stack, row.name, kind),
        (stack, _ANYWHERE, kind),
        (_ANYWHERE, row.name, kind),
        (_ANYWHERE, _ANYWHERE, kind),
    )
    return next((WORDS[key] for key in keys if key in WORDS), None)


# --- the forms of one command ----------------------------------------------------------------------------------------


class _Right(NamedTuple):
    """A command as a dialogue sends it: its row, and the dialogue up to it. ``reached`` False: no dialogue sends it;
    its smallest form stands for it, of which the data field is not asked, and whatever refuses that may refuse first.
    """

    told: Told
    at: int
    row: CommandRow[Any]
    reached: bool = True

    @property
    def command(self) -> bytes:
        return self.told.commands[self.at]

    @property
    def data(self) -> bytes:
        return self.command[5 : 5 + self.command[4]] if len(self.command) > 5 else b""

    def with_data(self, data: bytes) -> bytes:
        """The same with another data field; Le as it was."""
        le = self.command[5 + len(self.data) :] if self.data else self.command[4:]
        return self.command[:4] + (bytes((len(data),)) + data if data else b"") + le


def forms(specimen: ProfileSpecimen, side: Side, right: _Right) -> Iterator[WrongForm]:
    """Every wrong form of a command."""
    alike = [row for row in side.rows if (row.cla, row.ins) == (right.row.cla, right.row.ins)]
    p1, p2 = right.command[2:4]
    for command in near.against_lc(right.command):
        yield WrongForm(Neighbour.LC, command)
    taken = {length for row in alike if p1 in row.p1 and p2 in row.p2 for length in row.lc}
    for length in near.lengths(len(right.data)):
        if length not in taken:
            yield WrongForm(Neighbour.LENGTH, right.with_data(near.resized(right.data, length)))
    for one, two in near.parameters(p1, p2):
        if not any(one in row.p1 and two in row.p2 for row in alike):
            yield WrongForm(Neighbour.PARAMETERS, right.command[:2] + bytes((one, two)) + right.command[4:])
    for kind, data in _of_data(specimen, side, right) if right.reached else ():
        if data != right.data and len(data) <= 255:
            yield WrongForm(kind, right.with_data(data))


def _of_data(specimen: ProfileSpecimen, side: Side, right: _Right) -> Iterator[tuple[Neighbour, bytes]]:
    stack, name, data = side.stack or side.label, right.row.name, right.data
    if not data:
        return
    if name == "SELECT" and right.command[2] == 0x04:
        yield from ((Neighbour.NAME, each) for each in near.names(data))
        return
    if name == "VERIFY" and stack in _PINS:
        yield from ((Neighbour.PIN, each) for each in _PINS[stack](data))
        return
    objects = _OBJECTS.get((stack, name))
    if objects is not None and _is_object(data):
        yield from ((Neighbour.OBJECT, each) for each in objects(data))
    yield from ((Neighbour.FILLED, each) for each in near.fills(data))
    for start, field in _numbers(specimen, FAMILIAR.sent(side.label, right.row), data):
        for each in near.letters(field):
            yield Neighbour.DIGITS, data[:start] + each + data[start + len(field) :]


_PINS = MappingProxyType({social_macros.LABEL: near.packed_pins, bank_macros.LABEL: near.pin_blocks})
_OBJECTS = MappingProxyType(
    {
        (bank_macros.LABEL, "GET PROCESSING OPTIONS"): near.objects,
        (social_macros.LABEL, "UPDATE RECORD"): near.simple_objects,
        (manager_macros.LABEL, "UPDATE RECORD"): near.objects,
        (psam_macros.LABEL, "UPDATE RECORD"): near.objects,
        **{
            (pki_macros.LABEL, name): near.objects
            for name in ("SM3", "GENERATE KEY PAIR", "EXPORT PUBLIC KEY (which)", "SM2 DECIPHER", "IMPORT SESSION KEY")
        },
    }
)


def _is_object(data: bytes) -> bool:
    """True if the data field is one data object, or begins with one."""
    try:
        return bool(tlv.parse(data))
    except TlvError:
        return False


_DECIMAL = re.compile("date|time|day")
_NUMERIC = frozenset((0x9F02, 0x9F03, 0x9A, 0x9F21, 0x9F1A, 0x5F2A))


def _numbers(specimen: ProfileSpecimen, fields: tuple[Field, ...], data: bytes) -> Iterator[tuple[int, bytes]]:
    """Dates, times and amounts of packed digits in a data field: where each begins, and what it is."""
    start = 0
    for field in fields:
        if isinstance(field, Choice):
            yield from _numbers(specimen, field.absent, data)
        elif isinstance(field, ByList) and specimen.profile.pse is not None:
            listed = specimen.profile.pse.elements.get(f"{field.tag:X}", "")
            at = len(data) - sum(size for _, size in tlv.parse_dol(bytes.fromhex(listed)))
            for tag, size in tlv.parse_dol(bytes.fromhex(listed)):
                if tag in _NUMERIC and at >= 0:
                    yield at, data[at : at + size]
                at += size
        elif isinstance(field, Fixed) and field.length:
            if _DECIMAL.search(field.name):
                yield start, data[start : start + field.length]
            start += field.length
        else:
            return


# --- asking ----------------------------------------------------------------------------------------------------------


def malformed(specimen: Specimen, _case: None) -> None:
    """F17a: every form of every row that a dialogue uses, in each environment."""
    if not isinstance(specimen, ProfileSpecimen):
        return
    bench, seen = specimen.bench(), set[tuple[str, str]]()
    for told in dialogues(bench):
        side = bench.sides[told.label]
        for right in _rights(side, told):
            if (side.label, str(right.row[:4])) in seen:
                continue
            seen.add((side.label, str(right.row[:4])))
            _Asked(bench, side, right).ask(forms(specimen, side, right))
            specimen.tally.judge(side.label)
    for side in bench.sides.values():
        for row in side.rows:
            if (side.label, str(row[:4])) not in seen and not row.fetches:
                seen.add((side.label, str(row[:4])))
                right = _smallest(side, row)
                _Asked(bench, side, right).ask(forms(specimen, side, right))


_EARLIER = frozenset((0x6901, 0x6982, 0x6985, 0x6D00, 0x6E00))


def _smallest(side: Side, row: CommandRow[Any]) -> _Right:
    command = apdu(f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}", bytes(max(min(row.lc), 2)))
    return _Right(Told(side.label, Do(row.name), (command,), (b"",)), 0, row, reached=False)


def _rights(side: Side, told: Told) -> Iterator[_Right]:
    for at, (command, answer) in enumerate(zip(told.commands, told.answers, strict=True)):
        row = row_of(side, command)
        if row is not None and not row.fetches and answer[-2] in (0x90, 0x61):
            yield _Right(told, at, row)


class _Asked(NamedTuple):
    """One command, and the card to send its wrong forms to."""

    bench: LabBench
    side: Side
    right: _Right

    def ask(self, wrong: Iterator[WrongForm]) -> None:
        """Each where the right one would have come. What is refused before anything is looked at needs no new start."""
        player: Player | None = None
        for form in wrong:
            player = self._form(form, player or self._there())

    def _there(self) -> Player:
        self.bench.fresh()
        player = Player(self.bench)
        player.enter(self.side.label)
        for command in self.right.told.commands[: self.right.at]:
            player.exchange(command)
        return player

    def _form(self, form: WrongForm, player: Player) -> Player | None:
        before = self.bench.card.dump()
        player.exchange(form.command)
        exchange = player.record[-1]
        said, stack = family(exchange.sw), self.side.stack or self.side.label
        due = owed(stack, self.right.row, form.kind)
        if due is not None:
            earlier = _EARLIER if form.kind is not Neighbour.LC and not self.right.reached else frozenset()
            allowed, says = due.words | earlier, due.clause
        else:
            allowed, says = frozenset(words_of(stack, self.right.row)), "its row declares"
        if said not in allowed and (due is not None or said >> 8 not in _PASSED):
            owes = ", ".join(f"{each:04X}" for each in sorted(allowed))
            text = f"{named(form.command)} in {self.side.label} ({form.kind.value}): {said:04X}, not {owes} ({says})"
            raise Violation("F17a", text, player.record)
        if exchange.refused:
            frugal(self.bench, exchange, before, self.bench.card.dump(), player)
        # What a gate refuses ends no state but a medical transaction and a purchase in a PSAM (F24).
        goes_on = self.right.row.event is None or stack == bank_macros.LABEL
        return player if goes_on and said in (_LENGTH, _PARAMETERS) else None
