"""A profile as the order for its PKI environment."""

from __future__ import annotations

from dualcos.dialogue.personalise_pki import MANAGER_LEVEL, NEVER, USER_LEVEL, PkiFile, PkiOrder, PkiPin
from dualcos.dialogue.pki import pin_key
from dualcos.profile.schema import PkiProfile, Profile
from keys.algorithms import SM4
from keys.key_handle import KeyHandle


def pki_order(profile: Profile, pki: PkiProfile) -> PkiOrder:
    """Its test keys, PINs, and what its files hold."""
    pins = ((1, USER_LEVEL, pki.user_pin), (2, MANAGER_LEVEL, pki.manager_pin))
    room, public = pki.certificate_room, len(pki.public_key) // 2
    writer = f"00{MANAGER_LEVEL if pki.certificate_write == 'manager PIN' else USER_LEVEL:02X}"
    files = (
        (0x0012, public, NEVER, pki.public_key),
        (0x0014, public, NEVER, pki.public_key[:4]),  # the two bytes in front; the key comes from its authority
        (0x0018, room, writer, pki.signature_certificate),
        (0x0019, room, writer, pki.encryption_certificate),
    )
    home, own = (KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master"))
    return PkiOrder(
        home,
        own,
        tuple(PkiPin(number, level, pki.pin_tries, pin_key(bytes.fromhex(pin))) for number, level, pin in pins),
        tuple(PkiFile(fid, size, write, bytes.fromhex(content)) for fid, size, write, content in files),
    )
