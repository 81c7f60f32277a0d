"""F27c: an application that is deleted and made again under its identifier inherits no right of the old one."""

from __future__ import annotations

from cos.kernel.directory_headers import DirectoryKind
from cos.ssse.tables import ssse_holder
from dualcos.dialogue import making
from dualcos.dialogue.driver import perform, send
from dualcos.dialogue.iso_commands import read_binary, select_name
from dualcos.dialogue.personalise_birth import birth, maker_bytes
from dualcos.lab.properties import social_macros
from dualcos.lab.properties.counted_card import CountedCard
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import LabBench, Player, Specimen
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Play, Played
from dualcos.profile.birth_order import birth_order, social_master
from dualcos.profile.card_of_profile import blank_card
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_FID, _NAME = 0xDF01, b"\xd1\x56\x00\x00\x05\x0f"
_DELETE = making.delete(_FID, making.Deleted.APPLICATION)
_HEADER = making.create(making.directory(_FID, _NAME, DirectoryKind.ADF)._replace(block_level=0x22).frame())
_FILE = making.create(bytes.fromhex("0000000020EF10C40010000000440000"))  # read with level 44 of the application
_FORM, _KID = making.SOCIAL_FORM, 0x84
_ACCESS = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0, 0x44, 16)


def made_anew(specimen: Specimen, _case: None) -> None:
    """F27c: in an environment just handed over."""
    if not isinstance(specimen, ProfileSpecimen) or specimen.profile.ssse is None:
        return
    specimen.tally.judge(social_macros.LABEL)
    profile = specimen.profile
    trace = TraceBuffer()
    card = CountedCard(blank_card(profile, SeededRng(b"anew"), trace=trace), specimen.tally)
    order, social = birth_order(profile), social_master(profile)
    maker_bytes(card, order.historical)
    perform(card, birth(order, making.Maker()))
    player = Player(LabBench(card, trace, card.snapshot(), {}))
    own = KeyHandle(social.algorithm, OTHER_MASTER)
    access = _ACCESS._replace(algorithm=own.algorithm.social)
    steps: tuple[tuple[str, Played, bool], ...] = (
        ("the first application", _made(social, own), True),
        ("its key proved", _FORM.prove(own), True),
        ("a key under it", _FORM.write_key(own, access, own), True),
        ("that key proved", _FORM.prove(own, _KID), True),
        ("DELETE", send(_DELETE), True),
        ("the application again", _made(social, own), True),
        ("a key under its unproved master key", _FORM.write_key(own, access, own), False),
        ("a file under its unproved master key", send(_FILE), False),
        ("its key proved", _FORM.prove(own), True),
        ("DELETE again", send(_DELETE), True),
        ("a third one, without keys", send(_HEADER), True),
        ("a file in it that the access key opened", send(_FILE), True),
        ("END", send(making.END), True),
        ("reading that file", read_binary(0x10, 8), False),
    )
    player.drive(select_name(ssse_holder.NAME))
    player.drive(_FORM.prove(social))
    for what, dialogue, accepted in steps:
        player.drive(dialogue)
        if player.record[-1].refused == accepted:
            said = "refused" if accepted else "accepted: a right outlived the application that it was earned in"
            raise Violation("F27c", f"{what}: {said}", player.record)


def _made(under: KeyHandle, own: KeyHandle) -> Play:
    """The application with its own master key, its creator standing on it."""
    yield from send(_HEADER)
    yield from _FORM.write_master(under, own)
