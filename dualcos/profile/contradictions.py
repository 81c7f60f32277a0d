"""What single fields of a profile cannot show: content that contradicts itself (卡片模板的矛盾)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from apdu import tlv
from cos.kernel.stack import Stacks
from cos.pse.data.aip_afl_ada import AflError, missing_records, parse_afl
from cos.pse.data.data_groups import LAST_WITH_TEMPLATE, VALUE_ADDED
from cos.pse.data.data_groups import group as data_group
from cos.ssse.tables import regional_files
from cos.ssse.tables.file_structure import StructureError, structure
from cos.ssse.tables.table_model import Version
from dualcos.profile.field_types import is_hex, is_tag
from dualcos.profile.holder_of_profile import holder_faults
from dualcos.profile.payment_directory import directory_contradictions, no_value
from dualcos.profile.psam_key_plan import psam_key_faults

if TYPE_CHECKING:  # the schema asks this module; at run time it needs no class of it
    from dualcos.profile.bank_profile import BankProfile, BankSmProfile
    from dualcos.profile.schema import Profile

_ACCOUNT, _DATE = re.compile("(?:[0-9]{2}){4,9}(?:[0-9][Ff])?"), re.compile("[0-9]{6}")
_SHORTEST_IAD, _MOST_SIGNED, _LONGEST_LOGGED = 4, 254, 0xFF
_FCI, _DF_NAME, _LONGEST_FCI = 0x6F, 0x84, 240
_FCI_SHOWN = "6F10840E315041592E5359532E4444463031"

COMPUTED = frozenset(("8F", "90", "92", "93", "9F32", "9F46", "9F47", "9F48"))
"""Elements that follow from the RSA test keys."""

SM_COMPUTED = frozenset(("8F", "90", "93", "9F46"))
"""Elements that follow from the SM2 test keys."""

GROUPS_THERE_ARE = (
    f"records are 0101 to {LAST_WITH_TEMPLATE:02X}FF and {VALUE_ADDED:02X}01 to {VALUE_ADDED:02X}FF,"
    " internal groups 0D01 and 0E01 to 0EFF"
)


def contradictions(profile: Profile, stacks: Stacks) -> Iterator[str]:
    """What single fields cannot show. Each with the path of the field to mend."""
    yield from _two_cards(profile, stacks)
    yield from _chip_contradictions(profile, stacks)
    yield from holder_faults(profile)
    if profile.ssse is not None:
        version = Version(int(profile.ssse.version.replace(".", "")))
        try:
            structure(version, extensions=[regional_files.extension(name) for name in profile.ssse.extensions])
        except StructureError as error:
            yield f"$.ssse.extensions: {error}"
    if profile.psam is not None:
        yield from psam_key_faults(profile.psam)
    bank = profile.pse
    if bank is None:
        return
    aid = bytes.fromhex(bank.aid)
    if not 5 <= len(aid) <= 16:
        yield f"$.pse.aid: an application name has 5 to 16 bytes, not {len(aid)}"
    for tag in bank.elements:
        if not is_tag(tag):
            yield f"$.pse.elements.{tag}: not the hex of a BER tag"
    tables = {"records": bank.records, "internal": bank.internal}
    for table, group, tags in ((name, *each) for name, groups in tables.items() for each in groups.items()):
        if len(group) != 4 or not is_hex(group):
            yield f"$.pse.{table}.{group}: a group is SFI and record, 4 hex digits"
        else:
            yield from _unknown_group(table, group)
        for tag in tags:
            if tag not in bank.elements and not (bank.rsa and tag in COMPUTED) and not (bank.log and tag == "9F4F"):
                yield f"$.pse.{table}.{group}: {no_value(tag, 'pse.elements')}"
    for tag in bank.fci:
        if tag not in bank.elements and tag != "50":
            yield f"$.pse.fci: {no_value(tag, 'pse.elements', BF0C='pse.discretionary')}"
    yield from directory_contradictions(bank)
    yield from _as_issued(bank)
    if bank.sm is not None:
        yield from _sm_contradictions(bank, bank.sm)
    yield from _not_computable(bank)


def _unknown_group(table: str, group: str) -> Iterator[str]:
    """A card has no group that is not of its tables, nor of the files of records (PBOC-10 §6.4)."""
    if data_group(int(group, 16)) is None:
        yield f"$.pse.{table}.{group}: the application has no group {group.upper()}; {GROUPS_THERE_ARE}"


def _chip_contradictions(profile: Profile, stacks: Stacks) -> Iterator[str]:
    """Interface bytes that no card with this protocol sends; an FCI that is none, or that no MF is there to answer."""
    chip = profile.chip
    transmission = chip.transmission
    if transmission.protocol == "contactless":
        if transmission.atr != type(transmission)().atr:
            yield "$.chip.transmission.atr: PC/SC makes the ATR of a contactless card; it has no interface bytes to set"
    else:
        for name, why in transmission.atr.interface.faults(transmission.number):
            yield f"$.chip.transmission.atr.{name}: {why} (ISO 7816-3 §8.3)"
    fci = chip.laid_down_fci
    if fci or not chip.mf_fci:
        yield from (f"$.chip.mf_fci: {why}" for why in _no_fci(fci))
        if not any(stack.label in profile.sections for stack in stacks if stack.root is None):
            what = "a PSAM's MF answers its own name" if profile.psam is not None else "a blank chip has no MF"
            yield f"$.chip.mf_fci: {what}"


def _no_fci(raw: bytes) -> Iterator[str]:
    """Why these bytes cannot be the FCI of a directory (ISO 7816-4 §5.3.3; SSC-5 tables 36 to 38)."""
    if len(raw) > _LONGEST_FCI:
        yield f"{len(raw)} bytes, a record that is laid down has room for {_LONGEST_FCI}"
    try:
        template = tlv.parse(raw)
        inner = tlv.parse(template[0].value) if len(template) == 1 and template[0].tag == _FCI else None
    except tlv.TlvError as error:
        yield f"no TLV: {error}; one template 6F is wanted, as {_FCI_SHOWN}"
        return
    if inner is None:
        yield f"one template 6F is wanted, as {_FCI_SHOWN}"
    elif any(each.tag == _DF_NAME and not 5 <= len(each.value) <= 16 for each in inner):
        yield "a DF name (84) has 5 to 16 bytes"


def _as_issued(bank: BankProfile) -> Iterator[str]:
    """Records and the locator that are told as they stand on an issued card."""
    for group, content in bank.issued_records.items():
        if len(group) != 4 or not is_hex(group) or group in bank.records:
            yield f"$.pse.issued_records.{group}: a group is SFI and record, 4 hex digits, not one of pse.records"
            continue
        yield from _unknown_group("issued_records", group)
        try:
            tuple(tlv.leaves(bytes.fromhex(content)))
        except tlv.TlvError as error:
            if int(group[:2], 16) <= LAST_WITH_TEMPLATE:
                yield f"$.pse.issued_records.{group}: no data objects: {error}"
    if not bank.afl:
        return
    told = (group for group in (*bank.records, *bank.issued_records) if len(group) == 4 and is_hex(group))
    present = {(sfi, number) for sfi, number in map(bytes.fromhex, told)}
    try:
        missing = missing_records(parse_afl(bytes.fromhex(bank.afl)), present)
    except AflError as error:
        yield f"$.pse.afl: {error}"
    else:
        for sfi, number in missing:
            yield f"$.pse.afl: names record {sfi:02X}{number:02X}, which pse.records has not"


def _not_computable(bank: BankProfile) -> Iterator[str]:
    """What keys, certificates, locator and log file are computed from, before there is a card to ask."""
    number, signs = bank.elements.get("5A", ""), bool(bank.rsa) or bank.sm is not None
    if not _ACCOUNT.fullmatch(number):
        yield "$.pse.elements.5A: keys are derived from an account number, 8 to 19 digits, F behind an odd one"
    if signs and not _DATE.fullmatch(bank.elements.get("5F24", "")):
        yield "$.pse.elements.5F24: certificates take a date from it, YYMMDD"
    if "82" not in bank.elements:
        yield "$.pse.elements.82: missing; group 9104 is made of it"
    if len(bank.elements.get("9F10", "")) < _SHORTEST_IAD:
        yield "$.pse.elements.9F10: 07 and seven bytes; the second says which issuer's keys"
    for sfi, count in bank.signed.items():
        if len(sfi) != 2 or not is_hex(sfi) or not 0 <= count <= _MOST_SIGNED:
            yield f"$.pse.signed.{sfi}: an SFI, 2 hex digits, and how many records, 0 to {_MOST_SIGNED}"
    try:
        length = tlv.dol_length(tlv.parse_dol(bytes.fromhex(bank.log)))
    except tlv.TlvError as error:
        yield f"$.pse.log: no data object list: {error}"
    else:
        if length > _LONGEST_LOGGED:
            yield f"$.pse.log: a record of {length} bytes; a file has records of {_LONGEST_LOGGED} at most"


def _two_cards(profile: Profile, stacks: Stacks) -> Iterator[str]:
    """Sections of stacks that live under different roots."""
    told = [stack for stack in stacks if stack.label in profile.sections]
    for stack in told:
        elsewhere = [each.label for each in told if each.under != stack.label]
        if stack.root is not None and elsewhere:
            yield f"$.{stack.label}: a {stack.root.short} is a card of its own, without {' and '.join(elsewhere)}"


def _sm_contradictions(bank: BankProfile, sm: BankSmProfile) -> Iterator[str]:
    if "DF6901" not in bank.elements.get("9F38", "").upper() or "9F38" not in bank.fci:
        yield "$.pse.elements.9F38: a card with SM algorithms asks for DF6901, or no terminal can choose them"
    for group, tags in sm.records.items():
        if len(group) != 4 or not is_hex(group) or group in bank.records:
            yield f"$.pse.sm.records.{group}: a group is SFI and record, 4 hex digits, not one of pse.records"
        else:
            yield from _unknown_group("sm.records", group)
        for tag in tags:
            if tag not in bank.elements and tag not in SM_COMPUTED:
                yield f"$.pse.sm.records.{group}: {no_value(tag, 'pse.elements')}"
