"""From blank chip to two environments that own their master keys (SSC-10 §5; the plan, chapter 1 section 4)."""

from __future__ import annotations

from cos.kernel.dialect import MF_FID, DirectoryHeader, DirectoryKind
from cos.personalise.talk import Host
from cos.profile import Profile
from keys import t514
from keys.algorithms import SM4, TDES
from keys.handle import KeyHandle
from keys.store import KeyHeader

SSSE_FID, PSE_FID = 0xDDF1, 0xDDF2
_FCI_SFI = 0x23
_SELECT_MF = "00A40000"
SSSE = DirectoryHeader(
    SSSE_FID,
    DirectoryKind.DDF,
    0x22,  # level of BK in the national key order
    _FCI_SFI,
    card_block_reaches_mf=False,
    name="sx1.sh.社会保障".encode("gbk"),
    transaction_sfi=0x81,
)
PKI = DirectoryHeader(0xDDF3, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name="PKI.社会保障".encode("gbk"))
PSE = DirectoryHeader(PSE_FID, DirectoryKind.DDF, 0, _FCI_SFI, card_block_reaches_mf=False, name=b"1PAY.SYS.DDF01")
_MASTER = KeyHeader(0x00, 0x00, 0x00, 0xEF, 0x33, TDES.social, 0xFF, 16)


def master_header(algorithm_byte: int) -> KeyHeader:
    """Header of a master key (type 00, number 00, level FF)."""
    return _MASTER._replace(algorithm=algorithm_byte)


def maker_bytes(host: Host, profile: Profile) -> None:
    """The chip maker's step: serial number and the other historical bytes of the ATR."""
    host.reset()
    historical = profile.chip.historical
    host.apdu("serial number", "80E00500", b"\0\0" + historical[7:])
    host.apdu("ATR", "00140000", b"\x3b\x6d\0\0" + historical[:7])
    host.reset()


def birth(host: Host, profile: Profile) -> None:
    """Transport key, MF, card master key, then each environment with its first master key."""
    transport = KeyHandle(TDES, profile.transport_key)
    card_master = KeyHandle(TDES, profile.card_master_key)
    serial = profile.chip.historical[7:]
    host.apdu("transport key", "80E00300", t514.transport_cryptogram(transport, serial))
    scope_is_card = profile.ssse is not None and profile.ssse.options.card_block_scope == "card"
    host.apdu(
        "create MF", "80E00100", DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, _FCI_SFI, scope_is_card, b"").frame()
    )
    host.load_key(transport, master_header(TDES.social), card_master)
    if profile.ssse is not None:
        algorithm = SM4 if profile.ssse.algorithm == "SM4" else TDES
        _environment(host, card_master, SSSE, KeyHandle(algorithm, profile.social_key("master")))
    if profile.pse is not None:
        _environment(host, card_master, PSE, KeyHandle(TDES, profile.bank_key("master")))
    if profile.pki is not None:
        _environment(host, card_master, PKI, KeyHandle(SM4, profile.pki_key("master")))


def _environment(host: Host, card_master: KeyHandle, header: DirectoryHeader, master: KeyHandle) -> None:
    """Create an environment and hand it over to its own master key."""
    host.apdu("select MF", _SELECT_MF, b"\x3f\x00")
    host.prove_master(card_master)
    host.apdu(f"create environment {header.fid:04X}", "80E00100", header.frame())
    host.load_key(card_master, master_header(master.algorithm.social), master)


def close(host: Host, profile: Profile) -> None:
    """No further environment: the card master key has nothing left to do."""
    host.apdu("select MF", _SELECT_MF, b"\x3f\x00")
    host.prove_master(KeyHandle(TDES, profile.card_master_key))
    host.apdu("END in the MF", "80E00200")
