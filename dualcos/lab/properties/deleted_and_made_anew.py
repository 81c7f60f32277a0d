"""F27c: an application that is deleted and made again under its identifier inherits no right of the old one."""

from __future__ import annotations

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.ssse.tables import ssse_holder
from dualcos.lab.properties import social_sides
from dualcos.lab.properties.counted_card import CountedCard
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.social_host import OTHER_MASTER, challenge
from dualcos.lab.properties.specimen import LabBench, Player, Specimen
from dualcos.lab.properties.traffic_steps import Play, Reply, apdu, send
from dualcos.profile.card_of_profile import blank_card
from dualcos.profile.personalise.manager import birth, birth_order, maker_bytes, master_header
from dualcos.profile.personalise.talk import Host
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys import key_wrapping
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_FID, _NAME = 0xDF01, b"\xd1\x56\x00\x00\x05\x0f"
_DELETE = apdu("80E10002", _FID.to_bytes(2, "big"))
_HEADER = apdu(
    "80E00100", DirectoryHeader(_FID, DirectoryKind.ADF, 0x22, 0, card_block_reaches_mf=False, name=_NAME).frame()
)
_FILE = apdu("80E00100", bytes.fromhex("0000000020EF10C40010000000440000"))  # read with level 44 of the application
_ACCESS = KeyHeader(0x0D, 0x04, 0x01, 0xEF, 0x33, 0, 0x44, 16)


def made_anew(specimen: Specimen, _case: None) -> None:
    """F27c: in an environment just handed over."""
    if not isinstance(specimen, ProfileSpecimen) or specimen.profile.ssse is None:
        return
    specimen.tally.judge(social_sides.LABEL)
    profile = specimen.profile
    trace = TraceBuffer()
    card = CountedCard(blank_card(profile, SeededRng(b"anew"), trace=trace), specimen.tally)
    host, order = Host(card), birth_order(profile)
    maker_bytes(host, order.historical)
    birth(host, order)
    assert order.social is not None  # noqa: S101 - the profile has the section
    player = Player(LabBench(card, trace, card.snapshot(), {}))
    own = KeyHandle(order.social.algorithm, OTHER_MASTER)
    steps = (
        ("the first application", _made(order.social, own), True),
        ("its key proved", _prove(own), True),
        ("a key under it", _load(own, own, _access(own)), True),
        ("that key proved", _prove(own, "84"), True),
        ("DELETE", send(_DELETE), True),
        ("the application again", _made(order.social, own), True),
        ("a key under its unproved master key", _load(own, own, _access(own)), False),
        ("a file under its unproved master key", send(_FILE), False),
        ("its key proved", _prove(own), True),
        ("DELETE again", send(_DELETE), True),
        ("a third one, without keys", send(_HEADER), True),
        ("a file in it that the access key opened", send(_FILE), True),
        ("END", send(apdu("80E00200")), True),
        ("reading that file", send(apdu("00B0900008")), False),
    )
    player.drive(_told(send(apdu("00A40400", ssse_holder.NAME))))
    player.drive(_told(_prove(order.social)))
    for what, dialogue, accepted in steps:
        player.drive(_told(dialogue))
        if player.record[-1].refused == accepted:
            said = "refused" if accepted else "accepted: a right outlived the application that it was earned in"
            raise Violation("F27c", f"{what}: {said}", player.record)


def _told(dialogue: Play | Reply) -> Play:
    yield from dialogue


def _access(key: KeyHandle) -> KeyHeader:
    return _ACCESS._replace(algorithm=key.algorithm.social)


def _made(under: KeyHandle, own: KeyHandle) -> Play:
    """The application with its own master key, its creator standing on it."""
    yield from send(_HEADER)
    yield from _load(under, own, master_header(own.algorithm.social))


def _prove(key: KeyHandle, kid: str = "00") -> Reply:
    random = yield from challenge()
    return (yield from send(apdu(f"008200{kid}", key_wrapping.master_authentication(key, random))))


def _load(under: KeyHandle, key: KeyHandle, header: KeyHeader) -> Reply:
    random = yield from challenge()
    cipher = key_wrapping.wrap_key(under, header, key)
    return (yield from send(key_wrapping.write_key_command(under, int(header.kind == 0), cipher, random)))
