"""A card with nothing but an off-line medical account, made by commands."""

from __future__ import annotations

from cos.card import Card
from cos.cos_options import CosOptions
from cos.kernel.directory_headers import DirectoryKind
from cos.ssse.options import MedicalOptions, SocialOptions
from dualcos.dialogue.driver import done, perform
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import END, Deleted, Maker, create, directory
from dualcos.dialogue.medical import MedicalAccount
from dualcos.dialogue.personalise_birth import BirthOrder, birth
from dualcos.dialogue.social import SSSE
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.medical_macs import TYPE_LOAD
from tests.card_in_hand import FixedRng

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
_MAKER = Maker()


def account(algorithm=TDES, load_type=TYPE_LOAD) -> MedicalAccount:
    """The host's end of it: DLK and DPK have one value."""
    own = KeyHandle(algorithm, CARD_KEY[algorithm])
    return MedicalAccount(own, own, load_type=load_type)


def medical_card(algorithm=TDES, *, record=0x1C, records=30, pin="", rng=None, trace=None, **options):
    """The card, powered, DF04 current, PIN (if any) not verified. ``options`` are those of MedicalOptions."""
    social = SocialOptions(medical=MedicalOptions(**options))
    card = Card.blank(TRANSPORT, CosOptions.of(social), rng=rng or FixedRng(), historical=HISTORICAL, trace=trace)
    card.power_on()
    transport, root, master = KeyHandle(TDES, TRANSPORT), KeyHandle(TDES, MASTER), KeyHandle(algorithm, MASTER)
    perform(card, birth(BirthOrder(HISTORICAL, transport, root, root, ((SSSE, master),)), _MAKER))
    perform(card, _MAKER.enter("SSSE", SSSE.name, master))
    if pin:
        value = bytes.fromhex(pin)
        perform(card, _MAKER.load_pin(master, KeyHeader(1, 0, 0, 0xEF, 0x33, 0x11, PIN_LEVEL, len(value)), value))
    perform(card, _application(master, record, records))
    enter(card)
    return card


def _application(master, record, records):
    header = directory(0xDF04, DF04_NAME, DirectoryKind.ADF)
    yield from _MAKER.create("DF04", header.fid, header.frame(), Deleted.APPLICATION)
    algorithm = master.algorithm
    for kind, kid, version, level, value in (
        (8, 1, 1, 0, CARD_KEY[algorithm]),
        (9, 1, 1, 0, CARD_KEY[algorithm]),
        (0x0A, 0, 0, 0, DTK),
        (0x0D, 7, 1, DSK_LEVEL, DSK),
    ):
        key = KeyHeader(kind, kid, version, 0xEF, 0x33, algorithm.social, level, 16)
        yield from _MAKER.load_key(master, key, KeyHandle(algorithm, value))
    amounts = f"000000 0021 EF81 C3 00 81 00 00 EFEF 00{DSK_LEVEL:02X}"
    log = f"000000 {record * records + 2:04X} EF08 C7 00 08 00 {record:02X} 0000 EFEF"
    for data in (amounts, log):
        yield from done("file", create(bytes.fromhex(data)))
    yield from done("END", END)


def enter(card) -> None:
    """Reset, and DF04 again."""
    card.power_on()
    for name in (SSSE.name, DF04_NAME):
        assert perform(card, select_name(name)).sw == 0x9000
