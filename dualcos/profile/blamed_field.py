"""Which field of a profile a card has refused (被拒字段): from the step that carried it and the reason it tells."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.schema import Profile
from firewall.trace import Reason

_GROUP = re.compile("STORE DATA ([0-9A-F]{4})")
_EF_SFI = re.compile("create internal file EF([0-9A-F]{2})")
_FCI, _LABEL, _NO_STRUCTURE = "9102", "50", "group without structure"
_FROM_FIELD = MappingProxyType({_FCI: "$.pse.fci", "9104": "$.pse.records", "9200": "$.pse.elements.9F10"})
_OWN_FIELD = MappingProxyType({"9201": "$.pse.sm.iad"})  # of one field, whatever tag is in it
# Steps of other sides: what the step's name begins with, and the field it comes from.
_STEPS = MappingProxyType(
    {
        "create application": "$.pse.aid",
        "create log file": "$.pse.log",
        "KEYDATA": "$.pse.kmc_id",
        "WRITE KEY (PIN)": "$.ssse.pin",
        "serial number": "$.chip.serial",
    }
)
_PKI_FILES = MappingProxyType({"0012": "public_key", "0018": "signature_certificate", "0019": "encryption_certificate"})


def blamed_field(profile: Profile, step: str, reason: Reason | None) -> str:
    """Its path, as ``$.pse.elements.9F53``; empty where none can be told."""
    return (_bank(profile, step, reason) if profile.pse is not None else "") or _other(profile, step)


def _bank(profile: Profile, step: str, reason: Reason | None) -> str:
    bank = profile.pse
    assert bank is not None  # noqa: S101 - callers ask only where the section exists
    group = _GROUP.match(step)
    if group is None:
        return ""
    if group[1] in _OWN_FIELD:
        return _OWN_FIELD[group[1]]
    about = reason.about if reason is not None else {}
    tag, asked = about.get("tag"), about.get("group")
    name = f"{tag:X}" if isinstance(tag, int) else ""
    # The last command ends personalisation: what is refused then is another group's, which the reason names.
    dgi = f"{asked:04X}" if isinstance(asked, int) else group[1]
    path, tags = _place(bank, dgi)
    if name and (tags is None or name in tags):
        if name == _LABEL:
            return "$.pse.label"
        if name in bank.elements:
            return f"$.pse.elements.{name}"
    if bank.discretionary and (name or (reason is not None and reason.why == _NO_STRUCTURE)) and dgi == _FCI:
        return "$.pse.discretionary"
    return path or ("$.pse.records" if "missing" in about else "")


def _place(bank: BankProfile, dgi: str) -> tuple[str, Collection[str] | None]:
    """Where the profile says what is in a group, and of which elements it is made there; None: of any."""
    tables: list[tuple[str, Mapping[str, Collection[str]]]] = [
        ("issued_records", dict.fromkeys(bank.issued_records, ())),  # of no elements of the profile's
        ("records", bank.records),
        ("internal", bank.internal),
        ("sm.records", bank.sm.records if bank.sm is not None else {}),
    ]
    for table, groups in tables:
        for name, tags in groups.items():
            if name.upper() == dgi:
                return f"$.pse.{table}.{name}", {each.upper() for each in tags}
    return _FROM_FIELD.get(dgi, ""), bank.fci if dgi == _FCI else None


def _other(profile: Profile, step: str) -> str:
    ef = _EF_SFI.match(step)
    if profile.ssse is not None and ef is not None and int(ef[1], 16) == profile.ssse.dir_sfi:
        return "$.ssse.dir_sfi"
    if profile.ssse is not None and step.startswith(f"create EF EF{profile.ssse.dir_sfi:02X}"):
        return "$.ssse.dir_sfi"
    if profile.pki is not None and step.startswith("write EF "):
        return f"$.pki.{_PKI_FILES.get(step[9:13], '')}".removesuffix(".")
    field = next((field for start, field in _STEPS.items() if step.startswith(start)), "")
    side = field.split(".")[1] if field else ""
    return field if side in ("", "chip") or side in profile.sections else ""
