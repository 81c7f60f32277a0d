"""The sides of a PSAM on the bench: each of its environments, the MF's own included."""

from __future__ import annotations

from msgspec import structs

from cos.kernel.directory_headers import MF_FID
from cos.psam.commands.command_table import ROWS
from dualcos.dialogue.driver import apdu
from dualcos.dialogue.making import SELECT_MF, SOCIAL_FORM, select
from dualcos.dialogue.psam import APPLICATION_FID, APPLICATION_NAME, PsamFile
from dualcos.lab.properties.psam_macros import (
    INFORMATION,
    PUBLIC,
    PsamOwner,
    entry_record,
    macros,
    owners,
    write_entry,
)
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import LabBench, Player, Side
from dualcos.lab.properties.traffic_steps import Play
from dualcos.profile.schema import Profile, PsamProfile

STACK = "psam"
_MF = MF_FID.to_bytes(2, "big")
_OTHER = "another label"
_OTHER_TRIES = 5


def pool(owner: PsamOwner) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what belongs to another stage of life or another card."""
    fids = (APPLICATION_FID, owner.born.fid)
    files = (PsamFile.DIR, *PUBLIC, PsamFile.SEQUENCE, *INFORMATION)
    keys = (PsamFile.NATIONAL_KEYS, PsamFile.PROVINCIAL_KEYS, PsamFile.CITY_KEYS)
    entry = owner.keys.held[0]
    delivery = f"BFDE{entry.head.usage:02X}{entry.head.kid:02X}"
    found = [
        *(apdu("00840000", le=n) for n in (4, 8, 16)),
        apdu("00C00000"),
        apdu("00C00000", le=256),
        *(select(name) for name in (owner.born.name, APPLICATION_NAME, APPLICATION_NAME[:-1])),
        *(apdu("00A40000", fid.to_bytes(2, "big")) for fid in fids),
        *(apdu("00A40200", bytes((0, fid))) for fid in (*files, *keys)),
        *(apdu(f"00B0{0x80 | sfi:02X}00", le=256) for sfi in files),
        *(apdu(f"00D6{0x80 | sfi:02X}00", bytes(4)) for sfi in files[1:]),
        *(apdu(header, le=256) for header in ("00B2010C", "00B20104")),
        apdu("00DC010C", entry_record(0)),
        *(apdu(f"008200{number:02X}", bytes(16)) for number in range(5)),
        apdu(delivery, bytes(8 * entry.head.steps + entry.key.block)),
        *(apdu(f"80FA{p1:02X}00", bytes(32)) for p1 in (0, 1, 2, 3, 5, 7)),
        apdu("BFEC0000", b"\x11"),
        apdu("80700100", bytes(0x24)),
        apdu("80720000", bytes(4)),
        *(apdu(header, bytes(0x24)) for header in ("84D40011", "84D40111", "84D40000", "84D40100")),
        apdu("80E00200"),
        apdu("80E00300", bytes(8)),
        apdu("80E10001", owner.born.fid.to_bytes(2, "big")),
        apdu("80E10002", APPLICATION_FID.to_bytes(2, "big")),
    ]
    return tuple(dict.fromkeys(found))


def side(owner: PsamOwner) -> Side:
    """One environment of a PSAM. Its application has the same name and identifier in all of them: neither leads from
    one to another.
    """
    fid = owner.born.fid.to_bytes(2, "big")
    return Side(
        owner.label,
        SELECT_MF if owner.root else select(owner.born.name),
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


def _exchange(old: PsamOwner, new: PsamOwner) -> Play:
    """All keys, the tries of the authorities' keys, the terminal's sequence and every file with a writer."""
    host, keys = old.host, old.keys
    yield from host.prove_home(keys.master)
    yield from write_entry(6)
    for sfi in PUBLIC:
        yield from host.update(sfi, b"\x77" * 5, 1)
    yield from macros(old)["purchase"].play(1)
    for at, sfi in enumerate(INFORMATION):
        yield from old.prove_authority(at)
        yield from host.update(sfi, b"\x20" * 5, 3)
        for entry, other in zip(keys.held, new.keys.held, strict=True):
            if entry.file == PsamFile.NATIONAL_KEYS + at:
                yield from old.change_key(entry, other.key)
    yield from host.prove_application(keys.application)
    for number, value in enumerate(new.keys.authorities, 1):
        yield from host.load_authority(keys.application, number, value, _OTHER_TRIES)
    yield from SOCIAL_FORM.write_master(keys.application, new.keys.application)
    yield from host.prove_home(keys.master)
    yield from SOCIAL_FORM.write_master(keys.master, new.keys.master)
    yield from host.prove_home(new.keys.master)


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
    player.drive(_exchange(old, new))
    refused = [exchange for exchange in player.record if exchange.refused]
    if refused:
        raise NotRekeyed(f"{refused[0].command[:5].hex()} was answered {refused[0].sw:04X}")
    bench.card.power_off()
    return bench._replace(start=bench.card.snapshot(), sides={**bench.sides, label: side(new)})
