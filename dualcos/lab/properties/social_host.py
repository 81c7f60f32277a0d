"""The social side's owner: what issuer, holder and terminal of one card know, and what they would write into it."""

from __future__ import annotations

from typing import NamedTuple

from cos.ssse.tables.table_model import Directory, File, FileForm
from dualcos.dialogue.social import SocialKeys, SocialSession, pin_field
from dualcos.profile.schema import Profile, SocialProfile
from dualcos.profile.social_order import key_service, social_card
from dualcos.profile.social_plan import directories
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

LABEL = "ssse"
OTHER_MASTER = bytes.fromhex("A5C3E1F70918273645546372819F0E1D")  # invented test key
_VALUES = (b"\x31", b"\x32", b"\x33")


class SocialOwner(NamedTuple):
    """The issuer and the holder of one card: its session, the environment's master key, what was ordered."""

    session: SocialSession
    master: KeyHandle
    social: SocialProfile

    @property
    def directories(self) -> tuple[Directory, ...]:
        """What lies in the card."""
        return self.session.directories


def host_of(profile: Profile, social: SocialProfile) -> SocialOwner:
    """The keys of the card that ``profile`` makes."""
    keys = SocialKeys(key_service(profile, social), social_card(profile, social), pin_field(social.pin))
    master = KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master"))
    return SocialOwner(SocialSession(keys, directories(social)), master, social)


def contents(file: File, choice: int) -> bytes:
    """New contents for record 1 or the first bytes of ``file``, of the right shape; two choices give two contents."""
    fill = _VALUES[choice % len(_VALUES)]
    if file.structure is FileForm.TRANSPARENT:
        return fill * 8
    if file.structure is FileForm.CYCLIC:
        return fill * file.record_length
    if not file.items:  # set aside for later editions: nothing is known of its records
        return bytes((0x01, 4)) + fill * 4
    item = file.items[0]
    return bytes((item.tag or 0, item.length)) + fill * item.length
