"""A PSAM in the hand: made by commands with known random numbers, spoken to in hex."""

from __future__ import annotations

from cos.card import Card
from cos.cos_options import CosOptions
from cos.psam.options import PsamOptions
from dualcos.dialogue.driver import perform
from dualcos.dialogue.making import Maker
from dualcos.dialogue.psam import PsamFile, PsamHost, PsamKey
from dualcos.profile.card_of_profile import personalise
from dualcos.profile.psam_order import psam_order
from dualcos.profile.schema import Profile, parse
from keys.algorithms import TDES
from keys.custody.psam_keys import PsamKeyHead
from keys.key_handle import KeyHandle
from tests.card_in_hand import FixedRng, Hand

APPLICATION = "00A4040006D15600000590"
MF, SX2 = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A404000F7378322E73682EC9E7BBE1B1A3D5CF"
MAKER = Maker()
MASTER = bytes.fromhex("5F8C1D3A6E2B9047C4F1A8E36D0B7295")
_AUTHORITIES = ("KID-01 root", "KID-02 province", "KID-03 city")


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
    card.power_on()
    home = psam_order(made, made.psam).environments[0]
    perform(card, _loaded(PsamHost(home.name), home.keys, keys))
    card.power_on()
    hand = Hand(card)
    hand.ok(APPLICATION)
    return hand


def _loaded(host, own, keys):
    new = KeyHandle(own.application.algorithm, MASTER)
    yield from host.application()
    yield from MAKER.prove(own.application)
    yield from MAKER.load_master(own.application, new)
    for key in keys:
        number = key.file - PsamFile.NATIONAL_KEYS
        yield from MAKER.form.enter(host.application_name, own.authorities[number], number + 1)
        created = yield from host.create_key(new, key)
        assert created.sw == 0x9000


def authority(hand: Hand, number: int, algorithm=TDES) -> None:
    """Authenticate KID-01 (national), 02 (province) or 03 (city)."""
    key = KeyHandle(algorithm, profile().psam_key(_AUTHORITIES[number - 1]))
    assert perform(hand.card, MAKER.form.prove(key, number)).sw == 0x9000


def held(file, usage, identifier, algorithm, value) -> PsamKey:
    """A key to load."""
    return PsamKey(file, PsamKeyHead(usage, identifier, algorithm.social), KeyHandle(algorithm, bytes.fromhex(value)))
