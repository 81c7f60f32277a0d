"""A small social terminal for tests: sends hex, fetches waiting answers."""

from __future__ import annotations

from msgspec import structs

import dualcos
from dualcos.profile.schema import Profile, load

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def profile_with(**transmission: object) -> Profile:
    """A built-in profile with another transmission."""
    profile = load("social-2.0")
    chip = structs.replace(profile.chip, transmission=structs.replace(profile.chip.transmission, **transmission))
    return structs.replace(profile, chip=chip)


class Terminal:
    """Holds one powered card."""

    def __init__(self, profile: Profile) -> None:
        self.card = dualcos.card(profile, seed=3)
        self.card.power_on()

    def send(self, command: str | bytes) -> tuple[bytes, str]:
        """Data and status word in hex, GET RESPONSE done."""
        raw = self.card.exchange(bytes.fromhex(command) if isinstance(command, str) else command)
        while raw[-2] == 0x61:
            raw = raw[:-2] + self.card.exchange(bytes((0, 0xC0, 0, 0, raw[-1])))
        return raw[:-2], raw[-2:].hex().upper()

    def sw(self, command: str | bytes) -> str:
        """The status word alone, as the card gives it (no GET RESPONSE)."""
        raw = self.card.exchange(bytes.fromhex(command) if isinstance(command, str) else command)
        return raw[-2:].hex().upper()
