"""A PSAM in the hand: made by commands with known random numbers, spoken to in hex."""

from __future__ import annotations

from apdu.link import SmartCard, fetched
from apdu.response import parse_response
from cos.card import Card, CosOptions
from cos.psam.options import PsamOptions
from dualcos.dialogue.driver import perform
from dualcos.dialogue.making import Maker
from dualcos.profile.card_of_profile import personalise
from dualcos.profile.schema import Profile, parse
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.custody.psam_keys import PsamKeyHead, create_key_command
from keys.key_handle import KeyHandle

APPLICATION = "00A4040006D15600000590"
MF, SX2 = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A404000F7378322E73682EC9E7BBE1B1A3D5CF"
MAKER = Maker()
MASTER = bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")


class FixedRng:
    """Every random number begins C7D1042E."""

    position = 0

    def bytes(self, length):
        return (bytes.fromhex("C7D1042E") * 64)[:length]

    def fork(self, label):  # noqa: ARG002 - one stream for all
        return self

    def seek(self, position):
        pass


class Hand:
    """Sends hex, answers (data in hex, status word), fetching what waits."""

    def __init__(self, card: SmartCard):
        self.card = card

    def __call__(self, command) -> tuple[str, int]:
        raw = bytes.fromhex(command) if isinstance(command, str) else command
        answer = parse_response(fetched(self.card, self.card.exchange(raw)))  # 6Cxx is shown
        return answer.data.hex().upper(), int(answer.sw)

    def sw(self, command) -> int:
        return self(command)[1]

    def ok(self, command) -> str:
        data, sw = self(command)
        assert sw == 0x9000, f"{command}: {sw:04X}"
        return data


def profile(mf="3DES", sx2="", tier="province") -> Profile:
    return parse(
        f"""
        title = "test PSAM"
        title_zh = "测试"
        ref = []
        chip.serial = "0000C0FF"
        keys.label = "demo"
        psam = {{ city = "310100", terminal = "310100000001", mf = "{mf}", sx2 = "{sx2}", tier = "{tier}" }}
        """
    )


def psam(mf="3DES", sx2="", tier="province", rng=None, *, keys=(), **options) -> Hand:
    """A PSAM whose application is current and has the master key MASTER; ``keys`` loaded besides the profile's."""
    made = profile(mf, sx2, tier)
    card = Card.blank(made.transport_key, CosOptions.of(PsamOptions(**options)), rng=rng or FixedRng(), historical=b"")
    personalise(card, made)
    hand = Hand(card)
    hand.card.power_on()
    hand.ok(APPLICATION)
    algorithm = SM4 if mf == "SM4" else TDES
    own, new = KeyHandle(algorithm, made.psam_key("sx1 application master")), KeyHandle(algorithm, MASTER)
    perform(hand.card, MAKER.prove(own))
    perform(hand.card, MAKER.load_master(own, new))
    for file, head, key in keys:
        authority(hand, file - 0x10, algorithm)
        hand.ok(create_key_command(new, file, head, key, bytes.fromhex(hand.ok("0084000004"))))
    hand.card.power_on()
    hand.ok(APPLICATION)
    return hand


def authority(hand: Hand, number: int, algorithm=TDES) -> None:
    """Authenticate KID-01 (national), 02 (province) or 03 (city)."""
    name = ("root", "province", "city")[number - 1]
    key = KeyHandle(algorithm, profile().psam_key(f"KID-{number:02d} {name}"))
    random = bytes.fromhex(hand.ok("0084000008"))
    hand.ok(f"008200{number:02X}10" + key_wrapping.master_authentication(key, random).hex())


def held(file, usage, identifier, algorithm, value):
    """A key to load."""
    return file, PsamKeyHead(usage, identifier, algorithm.social), KeyHandle(algorithm, bytes.fromhex(value))
