"""A small social terminal for tests: sends hex, fetches waiting answers, computes the host's half."""

from __future__ import annotations

from msgspec import structs

from cos.card import Card
from cos.personalise.social import key_service, social_card
from cos.profile import Profile, load

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")


def profile_with(name: str = "social-2.0", transmission: dict | None = None, **options: object) -> Profile:
    """A built-in profile with other settings on the social side."""
    profile = load(name)
    chip = structs.replace(
        profile.chip, transmission=structs.replace(profile.chip.transmission, **(transmission or {}))
    )
    social = structs.replace(profile.ssse, options=structs.replace(profile.ssse.options, **options))
    return structs.replace(profile, chip=chip, ssse=social)


class Terminal:
    """Holds one powered card."""

    def __init__(self, profile: Profile) -> None:
        self.card = Card.from_profile(profile, seed=3)
        self.keys = key_service(profile, profile.ssse)
        self.who = social_card(profile, profile.ssse)
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

    def challenge(self) -> bytes:
        return self.send("0084000008")[0]

    def version(self, name: str) -> int:
        """The lowest version of a key: what a command without version means."""
        return min(version for known, version in self.keys.names if known == name)

    def authenticate(self, name: str, kid: int, *, wrong: bool = False) -> str:
        """EXTERNAL AUTHENTICATION with key ``name``."""
        data = self.keys.external_authentication(name, self.who, self.challenge(), ORIGINAL, self.version(name))
        if wrong:
            data = bytes((data[0] ^ 1,)) + data[1:]
        return self.sw(bytes((0x00, 0x82, 0x00, kid, 0x10)) + data)

    def secured(self, name: str, header: str, data: bytes = b"") -> bytes:
        """A command with MAC under the session key of a fresh random number."""
        where = name, self.who, self.challenge(), bytes.fromhex(header)
        return self.keys.secured(*where, data, self.version(name))

    def enciphered(self, name: str, header: str, plain: bytes) -> bytes:
        """The same with enciphered data."""
        where = name, self.who, self.challenge(), bytes.fromhex(header)
        return self.keys.secured_enciphered(*where, plain, self.version(name))
