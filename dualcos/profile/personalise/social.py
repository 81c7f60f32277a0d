"""The body of the social side: files, keys, FCI, DIR, data, END; all under the environment's own master key."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from cos.ssse.tables import ssse_holder
from cos.ssse.tables.table_model import KeyKind
from dualcos.profile import invented_persons
from dualcos.profile.personalise.manager import master_header
from dualcos.profile.personalise.social_plan import (
    Create,
    DirectoryPlan,
    FileStep,
    SocialPlan,
    announced,
    command,
    directories,
    plan,
    version_of,
)
from dualcos.profile.personalise.talk import Host, PersonalisingStep
from dualcos.profile.schema import Profile, SocialProfile
from keys import key_wrapping
from keys.algorithms import DES, SM4, TDES
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.key_handle import KeyHandle

_CHUNK = 0xF8
_SELECT = command("00A40400", ssse_holder.NAME)


class SocialOrder(NamedTuple):
    """What the social body needs for one card. A profile is one producer of it, an issuer's data another.

    ``social`` is the template: edition, cipher, DIR, tries; its keys and holder are not looked at. ``plan`` is that
    template's. ``first`` is the master key the environment was handed over with, ``master`` the one that stays.
    """

    social: SocialProfile
    plan: SocialPlan
    first: KeyHandle
    master: KeyHandle
    service: SocialKeyService
    card: SocialCard
    contents: invented_persons.Contents
    pin: str


def root_name(name: str, version: int) -> str:
    """What a profile calls the national test root of a key's group: the first has the key's own name."""
    return name if version <= 1 else f"{name} group {version}"


def key_service(profile: Profile, social: SocialProfile) -> SocialKeyService:
    """The bureau's key service with this profile's test roots, one per key name and version."""
    roots: dict[tuple[str, int], TierKey] = {}
    for directory in directories(social):
        for row in directory.keys:
            if row.kind in (KeyKind.MASTER, KeyKind.PIN):
                continue
            algorithm = SM4 if social.algorithm == "SM4" else DES if row.length(announced(social)) == 8 else TDES
            for version in row.versions:
                value = profile.social_key(root_name(row.name, version))
                roots[row.name, version] = TierKey(KeyHandle(algorithm, value[: algorithm.key_length]))
    return SocialKeyService(roots)


def social_card(profile: Profile, social: SocialProfile) -> SocialCard:
    """What diversification needs to know of the profile's card."""
    return SocialCard(social.city, profile.chip.historical)


def holder(profile: Profile, social: SocialProfile) -> invented_persons.InventedHolder:
    """Whose card it is: the invented demonstration holder, with what the profile says otherwise."""
    code = key_service(profile, social).identification_code(social_card(profile, social))
    base = replace(
        invented_persons.HOLDER, region=social.city, serial=profile.chip.historical[9:], authentication=code[12:]
    )
    return replace(base, **{name: value for name, value in structs.asdict(social.holder).items() if value})


def social_order(profile: Profile, social: SocialProfile) -> SocialOrder:
    """The profile's own card: its holder, its test keys."""
    master = KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master"))
    contents = invented_persons.card(version_of(social), holder(profile, social), directories(social))
    service, card = key_service(profile, social), social_card(profile, social)
    return SocialOrder(social, plan(social), master, master, service, card, contents, social.pin)


def personalise_social(host: Host, order: SocialOrder) -> None:
    """Everything below SSSE, ending with END in each directory and in the environment."""
    home = order.plan.home
    _take_over(host, order)
    if not all(_create(host, file, PersonalisingStep.FILE) for file in order.plan.internal):
        return  # SSSE has ended.
    _fill(host, order, home)
    for said in order.plan.tables:
        host.do(*said)
    for application in order.plan.applications:
        _enter(host, order)
        if application.create is None or _create(host, application.create, PersonalisingStep.APPLICATION):
            _fill(host, order, application)
            host.do(*application.end)
    _enter(host, order)
    host.do(*home.end)


def _take_over(host: Host, order: SocialOrder) -> None:
    """Select SSSE and make it this body's own: the master key it was handed over with is replaced first of all."""
    host.do("select SSSE", _SELECT)
    under = host.prove_one_of((order.first, order.master), key_wrapping.master_authentication)
    if not under.equals(order.master):
        host.load_key(under, master_header(order.master.algorithm.social), order.master)
        host.prove_master(order.master)


def _enter(host: Host, order: SocialOrder) -> None:
    """Select SSSE and prove its master key."""
    host.do("select SSSE", _SELECT)
    host.prove_master(order.master)


def _create(host: Host, wanted: Create, step: PersonalisingStep) -> bool:
    return host.create(wanted.what, wanted.data, wanted.fid, step)


def _fill(host: Host, order: SocialOrder, directory: DirectoryPlan) -> None:
    """Keys, then files with this card's contents."""
    for step in directory.keys:
        if step.pin:
            # An empty PIN is a PIN of length zero: none set (SSC-7 §5.6).
            pin = bytes.fromhex(order.pin + "F" * (len(order.pin) % 2))
            host.load_pin(order.master, step.header._replace(length=len(pin)), pin)
        else:
            key = order.service.card_key(step.name, order.card, step.version)
            host.load_key(order.master, step.header, key)
    for said in directory.internal:
        host.do(*said)
    for file in directory.files:
        _create(host, file.create, PersonalisingStep.FILE)
        if file.filled:
            _write(host, file, order.contents[directory.fid, file.create.fid])


def _write(host: Host, file: FileStep, contents: tuple[bytes, ...]) -> None:
    """The records of a file, or the bytes of a transparent one up to the last that is not 00."""
    if file.transparent:
        _write_binary(host, file, contents[0].rstrip(b"\0"))
        return
    for number, record in enumerate(contents, 1):
        p1 = number if file.numbered else 0
        host.do(file.what, bytes((0x00, 0xDC, p1, file.record_p2, len(record))) + record)


def _write_binary(host: Host, file: FileStep, content: bytes) -> None:
    """Select it, then pieces by offset."""
    if not content:
        return
    host.do(f"select EF {file.create.fid:04X}", command("00A40200", file.create.fid.to_bytes(2, "big")))
    for offset in range(0, len(content), _CHUNK):
        host.do(file.what, command(f"00D6{offset:04X}", content[offset : offset + _CHUNK]))
