"""A profile as the order for its PKI environment."""

from __future__ import annotations

from cos.kernel.files import Structure
from dualcos.dialogue.making import file_frame
from dualcos.dialogue.personalise_pki import PkiOrder
from dualcos.dialogue.pki import pin_key
from dualcos.profile.schema import PkiProfile, Profile
from keys.algorithms import SM4
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_USER_LEVEL, _MANAGER_LEVEL = 0x01, 0x02
_FREE, _NEVER = "0000", "EFEF"


def pki_order(profile: Profile, pki: PkiProfile) -> PkiOrder:
    """Its test keys, PINs, and what its files hold."""
    home, own = (KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master"))
    pins = ((1, _USER_LEVEL, pki.user_pin), (2, _MANAGER_LEVEL, pki.manager_pin))
    room, public = pki.certificate_room, len(pki.public_key) // 2
    writer = f"00{_MANAGER_LEVEL if pki.certificate_write == 'manager PIN' else _USER_LEVEL:02X}"
    files = (
        (0x0012, public, _NEVER, pki.public_key),
        (0x0014, public, _NEVER, pki.public_key[:4]),  # the two bytes in front; the key comes from its authority
        (0x0018, room, writer, pki.signature_certificate),
        (0x0019, room, writer, pki.encryption_certificate),
    )
    return PkiOrder(
        home,
        own,
        tuple(
            (KeyHeader(1, number, 0, 0xEF, pki.pin_tries * 0x11, SM4.social, level, 16), pin_key(bytes.fromhex(pin)))
            for number, level, pin in pins
        ),
        tuple(
            (fid, file_frame(fid, Structure.TRANSPARENT, size, _FREE + write, sfi=0), bytes.fromhex(content))
            for fid, size, write, content in files
        ),
    )
