"""The body of the PKI environment by commands: application, its keys and PINs, four files, END.

The dialect of the other environments; no source shows how cards of this kind are made (inferred).
"""

from __future__ import annotations

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind, frame_file
from cos.kernel.files import Descriptor, Structure
from dualcos.profile.personalise.manager import PKI, master_header
from dualcos.profile.personalise.talk import Host
from dualcos.profile.schema import PkiProfile, Profile
from keys import key_wrapping
from keys.algorithms import SM4, sm3
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

APPLICATION_NAME = b"SS.CERT.ADF1"
_APPLICATION_FID = 0xDF01
_RANDOM = 16
_USER_LEVEL, _MANAGER_LEVEL = 0x01, 0x02
_FREE_READ, _NEVER = "000000", "EFEF"
_PIECE = 0x70


def personalise_pki(host: Host, profile: Profile, pki: PkiProfile) -> None:
    """Raises PersonalisationError naming the step and the answer."""
    home, own = (KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master"))
    host.apdu("select PKI", "00A40400", PKI.name)
    _prove(host, home)
    header = DirectoryHeader(
        _APPLICATION_FID, DirectoryKind.ADF, 0, 0, card_block_reaches_mf=False, name=APPLICATION_NAME
    )
    host.apdu("create application", "80E00100", header.frame())
    _load(host, home, master_header(SM4.social), own)
    _prove(host, own)
    for number, pin in ((1, pki.user_pin), (2, pki.manager_pin)):
        level = (_USER_LEVEL, _MANAGER_LEVEL)[number - 1]
        tries = pki.pin_tries * 0x11
        key = KeyHandle(SM4, sm3(bytes.fromhex(pin))[:16])
        _load(host, own, KeyHeader(0x01, number, 0, 0xEF, tries, SM4.social, level, 16), key)
    room, public = pki.certificate_room, len(pki.public_key) // 2
    writer = f"00{_MANAGER_LEVEL if pki.certificate_write == 'manager PIN' else _USER_LEVEL:02X}"
    for fid, size, write, content in (
        (0x0012, public, _NEVER, pki.public_key),
        (0x0014, public, _NEVER, pki.public_key[:4]),  # the two bytes in front; the key comes from its authority
        (0x0018, room, writer, pki.signature_certificate),
        (0x0019, room, writer, pki.encryption_certificate),
    ):
        _file(host, fid, size, write, bytes.fromhex(content))
    host.apdu("END in the application", "80E00200")
    host.apdu("select PKI", "00A40400", PKI.name)
    _prove(host, home)
    host.apdu("END in PKI", "80E00200")


def _prove(host: Host, master: KeyHandle) -> None:
    host.apdu("master key authentication", "00820000", master.encrypt(host.challenge(_RANDOM)))


def _load(host: Host, under: KeyHandle, header: KeyHeader, key: KeyHandle) -> None:
    cipher = key_wrapping.wrap_key(under, header, key)
    command = key_wrapping.write_key_command(under, 0, cipher, host.challenge(_RANDOM))
    host.do(f"WRITE KEY {header.kind:02X}/{header.kid:02X}", command)


def _file(host: Host, fid: int, size: int, write: str, content: bytes) -> None:
    access = bytes.fromhex(_FREE_READ + write)
    host.apdu(
        f"create EF {fid:04X}", "80E00100", frame_file(Descriptor(fid, Structure.TRANSPARENT, 0, size, 0, access))
    )
    host.apdu(f"select EF {fid:04X}", "00A40000", fid.to_bytes(2, "big"))
    for at in range(0, len(content), _PIECE):
        host.apdu(f"write EF {fid:04X}", f"00D6{at:04X}", content[at : at + _PIECE])
