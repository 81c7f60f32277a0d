"""Is it complete? What the last STORE DATA demands of a directory, and the counters an application starts with."""

from __future__ import annotations

from collections.abc import Iterator

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data.groups import PRIVATE_KEY_GROUPS, SM2_KEY_GROUPS, SM_GROUPS, missing_at_end
from cos.pse.data.profile import AflError, Aip, missing_records, parse_afl
from cos.pse.directory import INTERNATIONAL, PRIVATE_KEY, SM, Directory
from cos.pse.issued import FCI_GROUP, PIN_GROUP, TRIES_GROUP, internal_elements, list_faults
from cos.pse.transaction.counters import Counters
from keys.algorithms import BadKey
from keys.store import KeyNotFound

_SM4 = 0x04


def faults(directory: Directory) -> list[str]:
    """What is wrong or missing, in words; empty if the directory may come into use (PBOC-10 §6, inferred)."""
    return list(_application(directory) if directory.is_application else _environment(directory))


def _environment(directory: Directory) -> Iterator[str]:
    groups = directory.groups
    if groups.get(FCI_GROUP) is None:
        yield "FCI (group 9102)"
        return
    sfi = directory.fci_item(0x88)
    if sfi is None or len(sfi) != 1 or not 1 <= sfi[0] <= 10:
        yield "88 in A5 names no file 1 to 10"
    elif groups.get(sfi[0] << 8 | 1) is None:
        yield f"record 1 of the directory file {sfi[0]:02X}"


def _application(directory: Directory) -> Iterator[str]:
    groups = directory.groups
    tags = {item.tag for dgi in groups.numbers() for item in _leaves(groups.get(dgi) or b"", dgi)}
    present = set(groups.numbers())
    try:
        issued = directory.issued
    except (TlvError, ValueError, BadKey) as error:
        yield from missing_at_end(tags, present, 0)
        yield str(error)
        return
    yield from missing_at_end(tags, present, issued.aip_number)
    yield from _records(directory, INTERNATIONAL.gpo)
    yield from (f"{name} {what}" for name, what in list_faults(issued))
    if present & set(PRIVATE_KEY_GROUPS):
        try:
            directory.secrets.private_key(PRIVATE_KEY)
        except KeyNotFound as error:
            yield f"card private key: {error}"
    if PIN_GROUP in present and TRIES_GROUP not in present:
        yield "PIN tries (group 9010)"
    if present & {*SM_GROUPS, *SM2_KEY_GROUPS, SM.check_values}:
        yield from (f"{fault} (SM algorithms)" for fault in _sm(directory, present))


def _sm(directory: Directory, present: set[int]) -> Iterator[str]:
    """The second set of algorithms: whole, or not begun."""
    missing = [f"group {dgi:04X}" for dgi in SM_GROUPS if dgi not in present]
    yield from missing
    if missing:
        return
    directory.choose(SM)
    try:
        issued = directory.issued
    except (TlvError, ValueError, BadKey) as error:
        yield str(error)
        return
    finally:
        directory.choose(INTERNATIONAL)
    if issued.iad.alg != _SM4:
        yield f"9F10 in group 9201 ends in {issued.iad.alg:02X}, SM4 is 04"
    if issued.aip_number & Aip.CDA:
        yield "CDA, which has no settled form with SM2"
    yield from _records(directory, SM.gpo)
    yield from (f"{name} {what}" for name, what in list_faults(issued))
    if issued.aip_number & Aip.DDA or present & set(SM2_KEY_GROUPS):
        try:
            directory.secrets.sm2_key(PRIVATE_KEY)
        except KeyNotFound as error:
            yield f"card key pair (groups 8501, 8502): {error}"


def _leaves(value: bytes, dgi: int) -> Iterator[tlv.Tlv]:
    if dgi < 0x8000 or dgi in (0x9102, 0x9104, 0x9200):
        yield from tlv.leaves(value)


def _records(directory: Directory, group: int) -> Iterator[str]:
    afl = tlv.find(directory.groups.get(group) or b"", 0x94) or b""
    try:
        for sfi, number in missing_records(parse_afl(afl), directory.groups.records()):
            yield f"record {number} of SFI {sfi:02X}, which the AFL names"
    except AflError as error:
        yield str(error)


def first_counters(directory: Directory) -> Counters:
    """All zero, the PIN tries as personalised; a test card may start with other transaction counters (0E01)."""
    elements = internal_elements(directory, directory.groups.numbers())
    tries = directory.groups.get(TRIES_GROUP)
    counters = Counters(
        atc=int.from_bytes(elements.get(0x9F36, b""), "big"),
        last_online_atc=int.from_bytes(elements.get(0x9F13, b""), "big"),
    )
    return counters._replace(pin_tries=tries[0]) if tries else counters
