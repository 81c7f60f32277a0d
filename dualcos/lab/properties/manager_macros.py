"""The card manager on the bench: what a terminal can still ask of the MF after issue."""

from __future__ import annotations

from collections.abc import Mapping

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.manager.command_table import ROWS
from dualcos.dialogue.making import master_header
from dualcos.dialogue.personalise_birth import SSSE
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.social_host import OTHER_MASTER, challenge
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Reply, apdu, send
from dualcos.profile.schema import Profile
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

LABEL = "manager"
_MF = b"\x3f\x00"


class _Macros:
    def __init__(self, profile: Profile) -> None:
        self.key = KeyHandle(TDES, profile.card_master_key)

    def _prove(self, *, flip: int = 0) -> Reply:
        random = yield from challenge()
        data = key_wrapping.master_authentication(self.key, random)
        return (yield from send(apdu("00820000", bytes((data[0] ^ flip,)) + data[1:])))

    def master(self, _choice: int) -> Play:
        yield from self._prove()

    def master_bad(self, choice: int) -> Play:
        yield from self._prove(flip=1 + choice % 255)

    def read(self, choice: int) -> Play:
        yield from send(apdu(f"00B201{(choice % 31) << 3 | 4:02X}", le=256))

    def replace(self, choice: int) -> Play:
        """The card master key by itself (even choices; the counter is full again), or by another one."""
        other = KeyHandle(TDES, OTHER_MASTER) if choice % 2 else self.key
        yield from self._prove()
        random = yield from challenge()
        cipher = key_wrapping.wrap_key(self.key, master_header(TDES.social), other)
        yield from send(key_wrapping.write_key_command(self.key, 1, cipher, random))

    def mixed(self, _choice: int) -> Play:
        """The card master key by one of the other cipher, which is then proved."""
        other = KeyHandle(SM4, OTHER_MASTER)
        yield from self._prove()
        random = yield from challenge()
        cipher = key_wrapping.wrap_key(self.key, master_header(SM4.social), other)
        yield from send(key_wrapping.write_key_command(self.key, 1, cipher, random))
        random = yield from challenge()
        yield from send(apdu("00820000", key_wrapping.master_authentication(other, random)))

    def create(self, choice: int) -> Play:
        """Try to create an environment under a proved card master key."""
        names = ("sx1.sh.社会保障".encode("gbk"), b"1PAY.SYS.DDF01", b"A0000000031010")
        header = DirectoryHeader(SSSE.fid + choice % 3, DirectoryKind.DDF, 0, 0x23, False, names[choice % 3])
        yield from self._prove()
        yield from send(apdu("80E00100", header.frame()))

    def delete(self, choice: int) -> Play:
        """Try to delete an environment."""
        yield from self._prove()
        yield from send(apdu("80E10001", (SSSE.fid + choice % 3).to_bytes(2, "big")))


def macros(profile: Profile) -> Mapping[str, Macro]:
    """The macro table of the manager."""
    do = _Macros(profile)
    rows = (
        Macro("master", do.master, writes=True, earns=True, guarded=True, restores=True, presents=True),
        Macro("master_bad", do.master_bad, writes=True, spends=True),
        Macro("mixed", do.mixed, restores=True, presents=True, traffic=False),
        Macro("read", do.read),
        Macro("create", do.create, earns=True, restores=True),
        Macro("delete", do.delete, earns=True, restores=True),
        Macro("replace_by_itself", lambda choice: do.replace(choice * 2), restores=True, guarded=True, sealed=True),
        Macro(
            "replace",
            lambda choice: do.replace(choice * 2 + 1),
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            replaces=(0,),
            traffic=False,
        ),
    )
    return {row.name: row for row in rows}


def side(profile: Profile) -> Side:
    """The manager of the card that ``profile`` makes."""
    pool = tuple(apdu(f"00B201{sfi << 3 | 4:02X}", le=256) for sfi in range(31))
    extra = (apdu("00840000", le=8), apdu("00C00000"), apdu("00820000", bytes(16)), apdu("00A40000", _MF))
    return Side(
        LABEL,
        apdu("00A40000", _MF),
        (),
        (b"", _MF),
        ROWS,
        extra + pool,
        macros(profile),
        memory_of(LABEL),
        root=True,
    )
