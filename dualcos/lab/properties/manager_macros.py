"""The card manager on the bench: what a terminal can still ask of the MF after issue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.manager.command_table import ROWS
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import read_record
from dualcos.dialogue.making import SELECT_MF, SOCIAL_FORM, Deleted, create, delete
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Macro, Play, forged, in_turn
from dualcos.profile.schema import Profile
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

LABEL = "manager"
_MF = b"\x3f\x00"
_FIDS = (0xDDF1, 0xDDF2, 0xDDF3)  # of the environments that a user card may have
_NAMES = ("sx1.sh.社会保障".encode("gbk"), b"1PAY.SYS.DDF01", b"A0000000031010")


class _ManagerMacros(NamedTuple):
    key: KeyHandle

    def master(self, _choice: int = 0) -> Reply:
        return SOCIAL_FORM.prove(self.key)

    def replace(self, _choice: int, other: KeyHandle | None = None) -> Play:
        """The card master key by itself (the counter is full again), or by another one."""
        return in_turn(self.master(), SOCIAL_FORM.write_master(self.key, other or self.key))

    def mixed(self, choice: int) -> Play:
        """The card master key by one of the other cipher, which is then proved."""
        other = KeyHandle(SM4, OTHER_MASTER)
        return in_turn(self.replace(choice, other), SOCIAL_FORM.prove(other))

    def create(self, choice: int) -> Play:
        """Try to create an environment under a proved card master key."""
        at = choice % 3
        header = DirectoryHeader(_FIDS[at], DirectoryKind.DDF, 0, 0x23, False, _NAMES[at])
        return in_turn(self.master(), send(create(header.frame())))

    def delete(self, choice: int) -> Play:
        """Try to delete an environment."""
        return in_turn(self.master(), send(delete(_FIDS[choice % 3], Deleted.ENVIRONMENT)))


def macros(profile: Profile) -> Mapping[str, Macro]:
    """The macro table of the manager."""
    do = _ManagerMacros(KeyHandle(TDES, profile.card_master_key))
    rows = (
        Macro("master", do.master, writes=True, earns=True, guarded=True, restores=True, presents=True),
        Macro("master_bad", forged(do.master), writes=True, spends=True),
        Macro("mixed", do.mixed, restores=True, presents=True, traffic=False),
        Macro("read", lambda choice: read_record(1, choice % 31)),
        Macro("create", do.create, earns=True, restores=True),
        Macro("delete", do.delete, earns=True, restores=True),
        Macro("replace_by_itself", do.replace, restores=True, guarded=True, sealed=True),
        Macro(
            "replace",
            partial(do.replace, other=KeyHandle(TDES, OTHER_MASTER)),
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
    extra = (apdu("00840000", le=8), apdu("00C00000"), apdu("00820000", bytes(16)), SELECT_MF)
    return Side(
        LABEL,
        SELECT_MF,
        (),
        (b"", _MF),
        ROWS,
        extra + pool,
        macros(profile),
        memory_of(LABEL),
        root=True,
    )
