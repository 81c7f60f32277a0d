"""Whose name, file or short identifier it is (名称与文件归属): of a selection or a read that finds nothing here.

Names are those that stacks and tables declare, files those of the published file tables: nothing is taken from a card's
memory. A name may be right and wrongly written: cut short, a byte too long, in another coding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.pki.what_commands_say import FILES as PKI_FILES
from cos.pse.data.data_groups import GROUPS, LAST_WITH_TEMPLATE, record_of
from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import FileForm, Version
from cos.stacks import STACKS, by_label
from dualcos.explain import names_of_places, psam_names
from dualcos.explain.diagnosis.computation import Situation
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.diagnosis.what_is_taken import TakenHeader, TakenHeaders, TakenNumbers
from firewall.trace import Datum

_SELECT, _BY_NAME, _BY_FILE = 0xA4, 0x04, 0x02
_BINARY, _RECORDS = frozenset((0xB0, 0xD6)), frozenset((0xB2, 0xDC))
_NO_NAME = frozenset(("no such name", "no application of that name", "length not taken", "length of a name"))
_NO_FILE = frozenset(("no such file", "no such directory", "no such name"))
_NO_SFI = frozenset(("no such short identifier", "no such record of the SFI", "not the directory file"))
_LOOKS = frozenset((_SELECT, *_BINARY, *_RECORDS))
_MOST_PLACES = 3
_LEAST_OF_NAME = 3
_CODINGS = (("utf-8", "text.utf-8"), ("utf-16-be", "text.utf-16"), ("utf-16-le", "text.utf-16"))


class KnownName(NamedTuple):
    """A declared name: on cards whose MF the stack ``under`` answers for, of which stack, and what it is."""

    name: bytes
    under: str
    label: str
    says: str


@cache
def known_names(version: Version) -> Mapping[bytes, KnownName]:
    """All declared names: environments, social applications, registered application identifiers."""
    found: dict[bytes, KnownName] = {}
    for name, says in names_of_places.registered_names().items():
        label = "psam" if says.startswith("PSAM") else "pki" if name.startswith(b"SS.CERT") else "pse"
        found[name] = KnownName(name, _under(label), label, says)
    for directory in names_of_places.directories(version):
        found[directory.name] = KnownName(directory.name, "manager", "ssse", names_of_places.directory_name(directory))
    for stack in STACKS:
        for place in stack.places:
            if place.name:
                says = found[place.name].says if place.name in found else f"{place.short} {stack.zh}"
                found.setdefault(place.name, KnownName(place.name, stack.under, stack.label, says))
    return MappingProxyType(found)


def whose_name(situation: Situation) -> Iterable[Diagnosis]:
    """Whose name, identifier or short identifier a refused command points at."""
    command = situation.command
    if command.ins not in _LOOKS or situation.accepted:
        return ()
    if command.ins != _SELECT:
        asked = situation.why in _NO_SFI if situation.reason is not None else situation.sw in _NOT_FOUND
        return tuple(_files(situation)) if asked else ()
    if command.p1 == _BY_NAME:
        asked = situation.why in _NO_NAME if situation.reason is not None else situation.sw in _NO_NAME_WORDS
        return tuple(_names(situation)) if asked else ()
    asked = situation.why in _NO_FILE if situation.reason is not None else situation.sw == SW.FILE_NOT_FOUND
    return tuple(_identifiers(situation)) if asked and len(command.data) == 2 else ()


_NOT_FOUND = (SW.FILE_NOT_FOUND, SW.RECORD_NOT_FOUND)
_NO_NAME_WORDS = (SW.FILE_NOT_FOUND, SW.WRONG_LENGTH)


def _told(
    situation: Situation, kind: str, expected: Datum, received: Datum, step: str = "", **about: Datum
) -> Diagnosis:
    reason = situation.reason
    about = {"place": situation.spot.short, **about}
    return Diagnosis(
        kind, Certainty.LIKELY, about, expected, received, reason.clause if reason is not None else "", step
    )


# --- names ------------------------------------------------------------------------------------------------------------


def _names(situation: Situation) -> Iterator[Diagnosis]:
    sent, known = situation.command.data, known_names(situation.at.version)
    own = known.get(sent)
    if own is not None:
        yield _named(situation, "whose.name-of-another", own)
        return
    for coding, kind in _CODINGS:
        written = _written_in(coding, sent)
        if written in known:
            yield _named(situation, kind, known[written])
            return
    here = _under(situation.spot.environment)
    near = sorted(known.values(), key=lambda each: (each.under != here, len(each.name)))
    for kind, fits in _MISTAKES:
        right = next((each for each in near if fits(sent, each.name)), None)
        if right is not None:
            yield _named(situation, kind, right)
            return


def _written_in(coding: str, sent: bytes) -> bytes:
    """The same text in GBK; empty if it is no text in that coding."""
    try:
        return sent.decode(coding).encode("gbk")
    except UnicodeError:
        return b""


def _is_short(sent: bytes, name: bytes) -> bool:
    return _LEAST_OF_NAME <= len(sent) < len(name) and (name.startswith(sent) or name.endswith(sent))


def _is_long(sent: bytes, name: bytes) -> bool:
    return len(sent) == len(name) + 1 and (sent.startswith(name) or sent.endswith(name))


def _other_letters(sent: bytes, name: bytes) -> bool:
    return sent.isascii() and sent != name and sent.upper() == name.upper()


def _as_digits(sent: bytes, name: bytes) -> bool:
    return sent.upper() == name.hex().upper().encode()


_MISTAKES = (
    ("whose.aid-short", _is_short),
    ("whose.aid-long", _is_long),
    ("whose.name-in-other-letters", _other_letters),
    ("text.hex-digits", _as_digits),
)


def _named(situation: Situation, kind: str, right: KnownName) -> Diagnosis:
    here = situation.spot.environment
    send = f"00 A4 04 00 {len(right.name):02X} {right.name.hex().upper()}"
    if _under(here) != right.under:
        step = "send-to-psam" if right.under == "psam" else "send-to-user-card"
    elif kind != "whose.name-of-another":
        step = "send-whole-name"
    else:
        step = _ENVIRONMENTS.get(right.label, "") if _inside_of(right, here) else ""
    found = _told(situation, kind, right.name, situation.command.data, step, name=right.says, send=send)
    probed = kind == "whose.name-of-another" and not step  # terminals try one name after the other
    return found._replace(certainty=Certainty.NOTE) if probed else found


_ENVIRONMENTS = MappingProxyType({"ssse": "select-ssse", "pki": "select-pki"})


def _inside_of(right: KnownName, here: str) -> bool:
    """True for an application that is selected from its own environment only, if that is not current."""
    stack = by_label(right.label, STACKS)
    home = stack is not None and any(place.name == right.name for place in stack.places)
    return not home and here != right.label


def _under(label: str) -> str:
    stack = by_label(label, STACKS)
    return stack.under if stack is not None else ""


# --- files ------------------------------------------------------------------------------------------------------------


def _files(situation: Situation) -> Iterator[Diagnosis]:
    """A short identifier that files of other directories have."""
    command = situation.command
    binary = command.ins in _BINARY
    sfi = command.p1 & 0x1F if binary else command.p2 >> 3
    if not sfi or (binary and not command.p1 & 0x80):
        return
    bank = situation.spot.environment == "pse" and situation.why != "no such short identifier"
    if bank and (sfi <= LAST_WITH_TEMPLATE or command.p1 != 1):  # its own, read to the end
        return
    places = tuple(_places_of(situation, sfi, binary=binary))
    if places:
        first = places[0]
        expected = tuple(each.says for each in places[:_MOST_PLACES])
        yield _told(
            situation, "whose.sfi-of-another", expected, bytes((sfi,)), first.step, send=first.send, there=first.says
        )


class FilePlace(NamedTuple):
    """Where a file of that identifier is declared, and how one gets there."""

    says: str
    step: str
    send: str = ""


def _places_of(situation: Situation, sfi: int, *, binary: bool) -> Iterator[FilePlace]:
    here = situation.spot
    if _under(here.environment) == "manager":
        yield from _social(situation, 0xEF00 | sfi, binary=binary)
        if here.environment != "pse" and not binary and sfi in _BANK_RECORDS:
            yield FilePlace(f"the bank's application 金融应用 SFI {sfi:02X}", "select-adf")
        if binary and psam_names.file_name(sfi):
            yield FilePlace(f"PSAM 00{sfi:02X} {psam_names.file_name(sfi)}", "send-to-psam")
    elif psam_names.file_name(sfi):
        step = "select-mf" if here.within else "select-psam-application"
        yield FilePlace(f"{'PSAM' if here.within else 'PSAM/DF01'} 00{sfi:02X} {psam_names.file_name(sfi)}", step)
    else:
        for each in _social(situation, 0xEF00 | sfi, binary=binary):
            yield each._replace(step="send-to-user-card")


_BANK_RECORDS = frozenset(place[0] for each in GROUPS if (place := record_of(each.dgi)) is not None)


def _social(situation: Situation, fid: int, *, binary: bool) -> Iterator[FilePlace]:
    spot, version = situation.spot, situation.at.version
    inside = spot.environment == "ssse"
    for directory in names_of_places.directories(version):
        file = directory.file(fid)
        if file is None or (file.structure is FileForm.TRANSPARENT) != binary:
            continue
        if inside and directory.fid == spot.directory:
            continue
        short = names_of_places.short_directory(directory.fid)
        says = f"{short} {names_of_places.file_name(directory.fid, fid, version, regional=False)}"
        send = f"00 A4 00 00 02 {directory.fid:04X}"
        step = "select-place" if inside else "select-ssse"
        yield FilePlace(says, step, send if inside else "")


def _identifiers(situation: Situation) -> Iterator[Diagnosis]:
    """An identifier that a directory or a file of another place has, or a file's where a directory is asked for."""
    command, here, version = situation.command, situation.spot.environment, situation.at.version
    fid = int.from_bytes(command.data)
    directory = names_of_places.by_fid(fid, version)
    if here == "pki" and fid in PKI_FILES:
        yield _told(situation, "whose.file-of-another", (PKI_FILES[fid],), command.data, "select-cert-adf")
    elif _under(here) != "manager":
        return
    elif here == "ssse" and names_of_places.file_of(situation.spot.directory, fid, version, regional=False) is not None:
        if situation.why == "no such directory":
            step = "select-file-by-identifier"
            yield _told(situation, "taken.p1-p2", _header(_BY_FILE), _header_of(command), step, command="SELECT")
    elif here == "ssse" and directory is not None and command.p1 == _BY_FILE:
        yield _told(situation, "taken.p1-p2", _header(0), _header_of(command), "select-by-identifier", command="SELECT")
    elif here != "ssse" and directory is not None and directory.fid != ssse_holder.FID:
        says = names_of_places.directory_name(directory)
        yield _told(situation, "whose.file-of-another", (says,), command.data, "select-ssse")
    elif fid >> 8 == 0xEF:
        places = (*_social(situation, fid, binary=False), *_social(situation, fid, binary=True))
        if places:
            first, expected = places[0], tuple(each.says for each in places[:_MOST_PLACES])
            kind = "whose.file-of-another"
            yield _told(situation, kind, expected, command.data, first.step, send=first.send, there=first.says)


def _header(p1: int) -> TakenHeaders:
    return TakenHeaders((TakenHeader(TakenNumbers.of((p1,)), TakenNumbers.of((0,))),))


def _header_of(command: CommandAPDU) -> bytes:
    return bytes((command.p1, command.p2))
