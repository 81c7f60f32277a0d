"""What of a profile a standard does not say so, and issued cards do (模板提示): made as it is, and remarked upon.

What cannot be made at all is a contradiction, and refused (``contradictions``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apdu import tlv
from cos.pse.data.aip_afl_ada import listed_records, parse_afl
from cos.pse.data.data_elements import BY_TAG
from cos.pse.data.data_groups import LAST_WITH_TEMPLATE
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.payment_directory import APPLICATION, DIRECTORY, entry_tags, entry_values, fci_values
from dualcos.profile.schema import Profile

_OF_DIRECTORY = frozenset(("88", "5F2D", "9F11"))
_OF_APPLICATION = frozenset(("50", "87", "9F38", "5F2D", "9F11", "9F12"))
_OF_ENTRY = frozenset(("4F", "50", "9F12", "87", "9D"))
_TWICE = "5F2D", "9F11"
_NEEDED = "5A", "5F24", "8C", "8D"
_PREFERRED, _CODE_TABLE = "9F12", "9F11"


def profile_notes(profile: Profile) -> Iterator[str]:
    """A line each: the field's path, what is unusual about it, the clause."""
    bank = profile.pse
    if bank is not None:
        yield from _lengths("$.pse.elements", bank.elements)
        yield from _fci(bank)
        yield from _located(bank)
        yield from _directory(bank)


def _lengths(path: str, elements: Mapping[str, str]) -> Iterator[str]:
    """Of those that a card takes and the document does not (``data_elements.ISSUED_SHORTER``)."""
    for tag, value in elements.items():
        known, length = BY_TAG.get(int(tag, 16)), len(value) // 2
        if known is not None and length < known.least:
            short = f"{known.name} of {length} bytes, as on issued cards"
            yield f"{path}.{tag}: {short}; {known.least} to {known.most} are right [PBOC-5 A.1]"


def _fci(bank: BankProfile) -> Iterator[str]:
    yield from _beyond("$.pse.fci", bank.fci, _OF_APPLICATION, "PBOC-3 table 44")
    if _PREFERRED in bank.fci and _CODE_TABLE not in bank.fci:
        yield f"$.pse.fci: {_PREFERRED} without {_CODE_TABLE}, which says in which code it is written [PBOC-5 A.2]"


def _located(bank: BankProfile) -> Iterator[str]:
    """What a terminal has to find in the records that a locator as issued names."""
    if not bank.afl:
        return
    named = {f"{sfi:02X}{number:02X}" for sfi, number, _ in listed_records(parse_afl(bytes.fromhex(bank.afl)))}
    found = {tag.upper() for group, tags in bank.records.items() if group.upper() in named for tag in tags}
    for group, content in bank.issued_records.items():
        if group.upper() in named and int(group[:2], 16) <= LAST_WITH_TEMPLATE:
            found.update(f"{item.tag:X}" for item in tlv.leaves(bytes.fromhex(content)))
    absent = [tag for tag in _NEEDED if tag not in found]
    if absent:
        yield f"$.pse.afl: no record it names has {', '.join(absent)}; a terminal gives up [EMV book 3 §7.2]"


def _beyond(path: str, tags: tuple[str, ...], listed: frozenset[str], table: str) -> Iterator[str]:
    for tag in tags:
        if tag not in listed:
            yield f"{path}: {tag} is none of {', '.join(sorted(listed))}; a terminal ignores it [{table}]"


def _directory(bank: BankProfile) -> Iterator[str]:
    own, path = bank.directory, "$.pse.directory"
    yield from _beyond(f"{path}.fci", own.fci, _OF_DIRECTORY, "PBOC-3 table 42")
    shown = fci_values(bank)
    for tag in _TWICE:
        if tag in own.fci and tag in bank.fci and shown[tag].upper() != bank.elements[tag].upper():
            yield (
                f"{path}.elements.{tag}: {shown[tag]} here and {bank.elements[tag]} in the application's FCI; "
                "terminals may show either [PBOC-3 §12.2.2]"
            )
    yield from _lengths(f"{path}.elements", own.elements)
    names = []
    for at, entry in enumerate(own.entries):
        where, values = f"{path}.entries[{at}]", entry_values(bank, entry)
        tags = entry_tags(bank, entry)
        yield from _beyond(f"{where}.tags", tags, _OF_ENTRY, "PBOC-3 tables 46 and 47")
        yield from _lengths(f"{where}.elements", entry.elements)
        if DIRECTORY in tags:
            yield f"{where}: directory {values[DIRECTORY]} is not on this card; a terminal's SELECT is answered 6A82"
            continue
        names.append(values[APPLICATION].upper())
        if names[-1] in names[:-1]:
            yield f"{where}: application {names[-1]} has an entry before; a terminal may offer it twice"
        if names[-1] != bank.aid.upper():
            yield f"{where}: application {names[-1]} is not on this card; a terminal's SELECT is answered 6A82"
    if bank.aid.upper() not in names:
        found = "terminals find it by their own list only"
        yield f"{path}.entries: none names {bank.aid.upper()}: {found} [PBOC-3 §12.3.3]"
