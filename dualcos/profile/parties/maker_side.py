"""The card maker's side: what a blank chip is turned into a card with, by commands (SSC-10 §5; 总体方案 一（四）)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cos.kernel.directory_headers import MF_FID
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.pki import PKI
from dualcos.dialogue.social import SSSE
from dualcos.profile.birth_order import birth_order
from dualcos.profile.parties import bank_side
from dualcos.profile.parties.party_facts import (
    Fact,
    KeyRule,
    PartFacts,
    ShownKey,
    hexed,
    shown_key,
    worked_out_key,
)
from dualcos.profile.pki_order import pki_order
from dualcos.profile.psam_key_plan import environments
from dualcos.profile.psam_order import own_keys, psam_order
from dualcos.profile.schema import Profile
from keys.algorithms import TDES
from keys.custody.ownership import KeyOwner, Purpose
from keys.key_handle import KeyHandle

_AUTHORITIES = ("national", "provincial", "city")
_OTHER_HOMES: Mapping[bytes, tuple[str, KeyOwner]] = MappingProxyType(
    {SSSE.name: ("SSSE", KeyOwner.SOCIAL), PKI.name: ("PKI", KeyOwner.SOCIAL)}
)


def maker(profile: Profile) -> PartFacts:
    """Transport key, card master key, master keys of all environments; the KMC where there is a bank side."""
    transport = KeyHandle(TDES, profile.transport_key)
    bank = bank_side.channel(profile, profile.pse) if profile.pse is not None else PartFacts()
    own = _key_card(profile) if profile.psam is not None else _card(profile)
    return PartFacts(
        facts=(
            Fact(
                "historical bytes",
                hexed(profile.chip.historical),
                says="of the ATR, set before the transport key is shown",
            ),
            *_files(profile),
            *bank.facts,
        ),
        keys=(
            shown_key("transport", transport, Purpose.TRANSPORT, place="blank chip"),
            *own,
            *bank.keys,
        ),
        rules=(*_RULES, *bank.rules),
    )


def _card(profile: Profile) -> Iterator[ShownKey]:
    order = birth_order(profile)
    if not order.environments:
        return
    yield shown_key("card master", order.final_card_master, Purpose.CARD_MASTER, place="MF KID 00")
    for header, key in order.environments:
        if header.name == PSE.name:
            yield from bank_side.environment_keys(profile)
            continue
        label, owner = _OTHER_HOMES.get(header.name, (f"{header.fid:04X}", KeyOwner.MAKER))
        says = f"master key of {header.fid:04X}, the environment {label}"
        yield worked_out_key(f"{label} master", key, says, owner, f"{label} KID 00")
    if profile.pki is not None:
        application = pki_order(profile, profile.pki).application
        yield worked_out_key(
            "PKI application master", application, "master key of the application", KeyOwner.MAKER, "DF01"
        )


def _key_card(profile: Profile) -> Iterator[ShownKey]:
    assert profile.psam is not None  # noqa: S101 - asked only then
    for born in environments(profile.psam):
        keys = own_keys(profile, profile.psam, born)
        home = "MF" if born.fid == MF_FID else born.short
        yield worked_out_key(
            f"{home} master", keys.master, "master key of an environment", KeyOwner.MAKER, f"{home} KID 00"
        )
        place = f"{born.short} DF01"
        yield worked_out_key(
            f"{born.short} application master",
            keys.application,
            "master key of the application",
            KeyOwner.MAKER,
            f"{place} KID 00",
        )
        for number, (authority, key) in enumerate(zip(_AUTHORITIES, keys.authorities, strict=True), 1):
            says = f"{authority} authority: opens its key file"
            yield worked_out_key(f"{born.short} KID-0{number}", key, says, KeyOwner.SOCIAL, f"{place} KID 0{number}")


def _files(profile: Profile) -> Iterator[Fact]:
    """What a maker writes into a PSAM's public files."""
    if profile.psam is not None and profile.psam.mf:
        order = psam_order(profile, profile.psam)
        yield Fact("public information", hexed(order.public), says="file 0015")
        yield Fact("terminal information", hexed(order.terminal), says="file 0016")
        for authority, file, content in zip(_AUTHORITIES, ("001A", "001B", "001C"), order.announced, strict=True):
            yield Fact(f"{authority} information", hexed(content), says=f"file {file}")


_RULES = (
    KeyRule("transport key 传输密钥", "over 0000 ‖ last six historical bytes: 80 E0 03 00", "SSC-10 §5.2"),
    KeyRule(
        "master key 主控密钥",
        "social side, MF: authentication data ‖ random number; bank side: random number enciphered: 00 82 00 00",
        "SSC-4 §9.5",
    ),
    KeyRule(
        "WRITE KEY 写密钥",
        "length ‖ header 8 ‖ value, FF up to 16, 80 00…, ECB under the master key; MAC with the random number as IV",
        "SSC-9 §7.1",
    ),
)
