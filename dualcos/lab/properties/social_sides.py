"""The social side on the bench: commands that hit its files, where its counters and secrets lie."""

from __future__ import annotations

from cos.kernel.directory_headers import MF_FID
from cos.ssse.commands.command_table import ROWS
from cos.ssse.tables import ssse_holder
from dualcos.dialogue.driver import apdu
from dualcos.dialogue.personalise_birth import SSSE
from dualcos.dialogue.social import update_header
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.social_host import LABEL, SocialOwner, contents, host_of
from dualcos.lab.properties.social_macros import macros
from dualcos.lab.properties.specimen import Side
from dualcos.profile.schema import Profile, SocialProfile

__all__ = ["LABEL", "pool", "side"]


def pool(host: SocialOwner) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, near what is there, and what is there on other cards."""
    found: list[bytes] = [apdu("00840000", le=n) for n in (4, 8, 16)]
    found += [apdu("00C00000"), apdu("00C00000", le=256), apdu("00200000"), apdu("00880000", bytes(16))]
    for directory in host.directories:
        found += [apdu("00A40400", directory.name), apdu("00A40000", directory.fid.to_bytes(2, "big"))]
        found += [apdu("00A40100", directory.fid.to_bytes(2, "big")), apdu("00A40400", directory.name[:-1])]
        for file in directory.files:
            fid = file.fid.to_bytes(2, "big")
            found += [apdu("00A40200", fid), apdu("00A40000", fid), apdu(f"00B201{file.sfi << 3 | 4:02X}", le=256)]
            found += [apdu(f"00B201{file.sfi << 3:02X}", le=256), apdu(f"00{update_header(file)}", contents(file, 0))]
        for row in directory.keys:
            found.append(apdu(f"008200{row.kid:02X}", bytes(16)))
    found += [apdu(f"00B200{mode:02X}", le=256) for mode in range(7)] + [apdu("00B00000", le=256)]
    found += [apdu("00A40000", (MF_FID ^ low).to_bytes(2, "big")) for low in (1, 2)]
    return tuple(dict.fromkeys(found))


def side(profile: Profile, social: SocialProfile) -> Side:
    """The social side of the card that ``profile`` makes."""
    host = host_of(profile, social)
    return Side(
        LABEL,
        apdu("00A40400", ssse_holder.NAME),
        (ssse_holder.NAME,),
        (SSSE.fid.to_bytes(2, "big"),),
        ROWS,
        pool(host),
        macros(host),
        memory_of(LABEL),
    )
