"""A card with nothing but an off-line medical account, made by commands; and a terminal's hand on it."""

from __future__ import annotations

from apdu.response import ResponseAPDU
from cos.card import Card, CosOptions
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.ssse.options import MedicalOptions, SocialOptions
from dualcos.profile.personalise.talk import Host
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

SSSE_NAME = "sx1.sh.社会保障".encode("gbk")
DF04_NAME = bytes.fromhex("D15600000503")
HISTORICAL = bytes.fromhex("0081544C86869931010000A1B2")
CARD_KEY = {
    TDES: bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699"),
    SM4: bytes.fromhex("1B8927DC34DC34184027D493F2837538"),
}
DTK = bytes.fromhex("A0B1C2D3E4F506173847566574839201")
DSK = bytes.fromhex("44534B2074657374206B657920303031")
MASTER = bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")
TRANSPORT = bytes.fromhex("7D21E5B80C96F43A15DB62078EFA3C49")
TERMINAL = bytes.fromhex("310100000001")
TIME = bytes.fromhex("20240115093000")
PIN_LEVEL, DSK_LEVEL = 0x55, 0x77


class FixedRng:
    """Every random number begins C7D1042E."""

    position = 0

    def bytes(self, length):
        return (bytes.fromhex("C7D1042E") * 64)[:length]

    def fork(self, label):  # noqa: ARG002 - one stream for all
        return self

    def seek(self, position):
        pass


def header(kind, kid, algorithm, level=0, *, version=1, length=16):
    return KeyHeader(kind, kid, version, 0xEF, 0x33, algorithm.social, level, length)


def medical_card(algorithm=TDES, *, record=0x1C, records=30, pin="", rng=None, **options):
    """The card, powered, DF04 current, PIN (if any) not verified. ``options`` are those of MedicalOptions."""
    social = SocialOptions(medical=MedicalOptions(**options))
    card = Card.blank(TRANSPORT, CosOptions.of(social), rng=rng or FixedRng(), historical=HISTORICAL)
    host = Host(card)
    host.reset()
    transport, card_master = KeyHandle(TDES, TRANSPORT), KeyHandle(TDES, MASTER)
    master = KeyHandle(algorithm, MASTER)
    host.apdu("transport", "80E00300", key_wrapping.transport_cryptogram(transport, HISTORICAL[7:]))
    host.apdu("MF", "80E00100", DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, 0x23, False, b"").frame())
    host.load_key(transport, header(0, 0, TDES, 0xFF, version=0), card_master)
    host.apdu("select MF", "00A40000", b"\x3f\x00")
    host.prove_master(card_master)
    home = DirectoryHeader(0xDDF1, DirectoryKind.DDF, 0x22, 0x23, False, SSSE_NAME, transaction_sfi=0x81)
    host.apdu("SSSE", "80E00100", home.frame())
    host.load_key(card_master, header(0, 0, algorithm, 0xFF, version=0), master)
    host.apdu("select SSSE", "00A40400", SSSE_NAME)
    host.prove_master(master)
    if pin:
        value = bytes.fromhex(pin)
        host.load_pin(master, KeyHeader(1, 0, 0, 0xEF, 0x33, 0x11, PIN_LEVEL, len(value)), value)
    _application(host, master, algorithm, record, records)
    host.reset()
    select(host)
    return card


def _application(host, master, algorithm, record, records):
    host.apdu("DF04", "80E00100", DirectoryHeader(0xDF04, DirectoryKind.ADF, 0, 0, False, DF04_NAME).frame())
    own = KeyHandle(algorithm, CARD_KEY[algorithm])
    for kind in (8, 9):
        host.load_key(master, header(kind, 1, algorithm), own)
    host.load_key(master, header(0x0A, 0, algorithm, version=0), KeyHandle(algorithm, DTK))
    host.load_key(master, header(0x0D, 7, algorithm, DSK_LEVEL), KeyHandle(algorithm, DSK))
    amounts = f"000000 0021 EF81 C3 00 81 00 00 EFEF 00{DSK_LEVEL:02X}"
    log = f"000000 {record * records + 2:04X} EF08 C7 00 08 00 {record:02X} 0000 EFEF"
    for data in (amounts, log):
        host.apdu("file", "80E00100", bytes.fromhex(data))
    host.apdu("END", "80E00200")


def select(host):
    host.apdu("select SSSE", "00A40400", SSSE_NAME)
    host.apdu("select DF04", "00A40400", DF04_NAME)


class Hand:
    """Sends hex, answers (data in hex, status word), fetching what waits."""

    def __init__(self, card):
        self.card = card
        self.host = Host(card)

    def __call__(self, command) -> tuple[str, int]:
        answer: ResponseAPDU = self.host.send(bytes.fromhex(command) if isinstance(command, str) else command)
        return answer.data.hex().upper(), int(answer.sw)

    def sw(self, command) -> int:
        return self(command)[1]
