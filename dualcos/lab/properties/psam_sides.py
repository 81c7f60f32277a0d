"""The sides of a PSAM on the bench: each of its environments, the MF's own included."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from cos.kernel.directory_headers import MF_FID
from cos.psam.commands.command_table import ROWS
from dualcos.dialogue.psam import APPLICATION_FID, APPLICATION_NAME
from dualcos.lab.properties import psam_host
from dualcos.lab.properties.psam_host import INFORMATION, PUBLIC, PsamOwner, owners
from dualcos.lab.properties.psam_macros import change_key, entry_record, load_authority, load_master, macros
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import LabBench, Player, Side
from dualcos.lab.properties.traffic_steps import Play, apdu, send
from dualcos.profile.schema import Profile, PsamProfile

STACK = "psam"
_MF = MF_FID.to_bytes(2, "big")
_OTHER = "another label"
_OTHER_TRIES = 5


def pool(owner: PsamOwner) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what belongs to another stage of life or another card."""
    found = [apdu("00840000", le=n) for n in (4, 8, 16)] + [apdu("00C00000"), apdu("00C00000", le=256)]
    found += [apdu("00A40400", name) for name in (owner.born.name, APPLICATION_NAME, APPLICATION_NAME[:-1])]
    found += [apdu("00A40000", APPLICATION_FID.to_bytes(2, "big")), apdu("00A40000", owner.born.fid.to_bytes(2, "big"))]
    files = (0x01, *PUBLIC, psam_host.SEQUENCE, *INFORMATION)
    found += [apdu("00A40200", bytes((0, fid))) for fid in (*files, 0x11, 0x12, 0x13)]
    found += [apdu(f"00B0{0x80 | sfi:02X}00", le=256) for sfi in files]
    found += [apdu(f"00D6{0x80 | sfi:02X}00", bytes(4)) for sfi in files[1:]]
    found += [apdu("00B2010C", le=256), apdu("00B20104", le=256), apdu("00DC010C", entry_record(0))]
    found += [apdu(f"008200{number:02X}", bytes(16)) for number in range(5)]
    entry = owner.own.held[0]
    found.append(apdu(f"BFDE{entry.head.usage:02X}{entry.head.kid:02X}", bytes(8 * entry.head.steps + entry.key.block)))
    found += [apdu(f"80FA{p1:02X}00", bytes(32)) for p1 in (0, 1, 2, 3, 5, 7)] + [apdu("BFEC0000", b"\x11")]
    found += [apdu("80700100", bytes(0x24)), apdu("80720000", bytes(4))]
    found += [apdu("84D40011", bytes(0x24)), apdu("84D40111", bytes(0x24)), apdu("84D40000", bytes(0x24))]
    found += [apdu("84D40100", bytes(0x24)), apdu("80E00200"), apdu("80E00300", bytes(8))]
    found += [apdu("80E10001", owner.born.fid.to_bytes(2, "big")), apdu("80E10002", APPLICATION_FID.to_bytes(2, "big"))]
    return tuple(dict.fromkeys(found))


def side(owner: PsamOwner) -> Side:
    """One environment of a PSAM. Its application has the same name and identifier in all of them: neither leads from
    one to another.
    """
    fid = owner.born.fid.to_bytes(2, "big")
    return Side(
        owner.label,
        apdu("00A40000", _MF) if owner.root else apdu("00A40400", owner.born.name),
        (owner.born.name,),
        (b"", _MF) if owner.root else (fid,),
        ROWS,
        pool(owner),
        macros(owner),
        memory_of(owner.label),
        root=owner.root,
        stack=STACK,
    )


def sides(profile: Profile, psam: PsamProfile) -> dict[str, Side]:
    """Every environment of the PSAM that ``profile`` makes."""
    return {label: side(owner) for label, owner in owners(profile, psam).items()}


# --- the same card with other secrets in one environment -------------------------------------------------------------


class NotRekeyed(AssertionError):
    """The card refused a command of the bench's own preparation: the bench is wrong, or the card."""


class _Exchange(NamedTuple):
    old: PsamOwner
    new: PsamOwner

    def play(self) -> Play:
        """All keys, the tries of the authorities' keys, the terminal's sequence and every file with a writer."""
        old, new = self
        yield from psam_host.prove_home(old)
        yield from send(apdu("00DC010C", entry_record(6)))
        for sfi in PUBLIC:
            yield from send(apdu(f"00D6{0x80 | sfi:02X}01", b"\x77" * 5))
        yield from macros(old)["purchase"].play(1)
        for at, sfi in enumerate(INFORMATION):
            yield from psam_host.prove_authority(old, at)
            yield from send(apdu(f"00D6{0x80 | sfi:02X}03", b"\x20" * 5))
            for entry, other in zip(old.own.held, new.own.held, strict=True):
                if entry.file == 0x11 + at:
                    yield from change_key(old, entry, other.key)
        yield from psam_host.prove_application(old)
        for at, value in enumerate(new.own.authorities):
            yield from load_authority(old, at, value, _OTHER_TRIES)
        yield from load_master(old.own.application, new.own.application)
        yield from psam_host.prove_home(old)
        yield from load_master(old.own.master, new.own.master)
        yield from psam_host.prove_home(new)


def rekeyed(bench: LabBench, profile: Profile, psam: PsamProfile, label: str) -> LabBench:
    """The same card with other keys, counters and contents in one environment, put there by its owner's commands.
    Raises NotRekeyed.
    """
    keys = structs.replace(profile.keys, label=profile.keys.label + _OTHER)
    other = structs.replace(profile, keys=keys).having(STACK, structs.replace(psam, roots={}))
    old, new = owners(profile, psam)[label], owners(other, structs.replace(psam, roots={}))[label]
    bench.fresh()
    player = Player(bench)
    player.enter(label)
    player.drive(_Exchange(old, new).play())
    refused = [exchange for exchange in player.record if exchange.refused]
    if refused:
        raise NotRekeyed(f"{refused[0].command[:5].hex()} was answered {refused[0].sw:04X}")
    bench.card.power_off()
    return bench._replace(start=bench.card.snapshot(), sides={**bench.sides, label: side(new)})
