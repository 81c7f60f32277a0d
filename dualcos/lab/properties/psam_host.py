"""What the owner of one environment of a PSAM knows, and the dialogues it holds with it."""

from __future__ import annotations

from typing import NamedTuple

from cos.psam.security.session_states import KeyType, Usage
from cos.psam.stack import STACK
from dualcos.dialogue.psam import APPLICATION_NAME, PsamKey, PsamKeys
from dualcos.lab.properties.social_host import challenge
from dualcos.lab.properties.traffic_steps import Play, Reply, apdu, send
from dualcos.profile.psam_order import Born, environments, own_keys
from dualcos.profile.schema import Profile, PsamProfile
from keys import key_wrapping
from keys.key_handle import KeyHandle

TERMINAL, SEQUENCE = 0x16, 0x19
PUBLIC = (0x15, TERMINAL)
INFORMATION = (0x1A, 0x1B, 0x1C)
_FACTORS = bytes.fromhex("3331303130307378333130303030736838393031303030410B2C3D4E5F607182")
_FACTOR = 8


class PsamOwner(NamedTuple):
    """One environment: where it is, its keys, and how it is entered. ``label``: as the card names it; ``root``: it
    answers for the MF.
    """

    label: str
    born: Born
    own: PsamKeys
    root: bool

    def keys_of(self, *kinds: KeyType) -> tuple[PsamKey, ...]:
        """The keys for user cards of these kinds."""
        return tuple(each for each in self.own.held if Usage.of(each.head.usage).kind in kinds)


def owners(profile: Profile, psam: PsamProfile) -> dict[str, PsamOwner]:
    """Every environment of the PSAM that ``profile`` makes, by label."""
    places = {place.name: place for place in STACK.places}
    here = [(places[born.name], born) for born in environments(psam)]
    found = (PsamOwner(place.label, born, own_keys(profile, psam, born), place.root) for place, born in here)
    return {owner.label: owner for owner in found}


# --- dialogues -------------------------------------------------------------------------------------------------------


def home(owner: PsamOwner) -> Reply:
    """The environment itself, by name."""
    return (yield from send(apdu("00A40400", owner.born.name)))


def application() -> Reply:
    """The application of the environment that is current."""
    return (yield from send(apdu("00A40400", APPLICATION_NAME)))


def prove(key: KeyHandle, number: int = 0, *, flip: int = 0) -> Reply:
    """EXTERNAL AUTHENTICATION; ``flip`` spoils the cryptogram."""
    random = yield from challenge()
    data = key_wrapping.master_authentication(key, random)
    return (yield from send(apdu(f"008200{number:02X}", bytes((data[0] ^ flip,)) + data[1:])))


def prove_home(owner: PsamOwner) -> Reply:
    """The environment's master key, the environment being current."""
    yield from home(owner)
    return (yield from prove(owner.own.master))


def prove_application(owner: PsamOwner) -> Reply:
    """The application's master key, the application being current."""
    yield from application()
    return (yield from prove(owner.own.application))


def prove_authority(owner: PsamOwner, at: int) -> Reply:
    """KID-01 (``at`` 0) to KID-03, the application being current."""
    yield from application()
    return (yield from prove(owner.own.authorities[at], at + 1))


def factors(steps: int) -> bytes:
    """Invented diversification factors of a user card, the card's first."""
    return _FACTORS[: _FACTOR * steps]


def deliver(owner: PsamOwner, choice: int) -> Play:
    """A session key for one user card."""
    keys = owner.keys_of(KeyType.MAC, KeyType.ENCIPHER, KeyType.BOTH)
    entry = keys[choice % len(keys)]
    session_factor = bytes((1 + choice % 7,)) * entry.key.block
    yield from application()
    data = factors(entry.head.steps) + session_factor
    yield from send(apdu(f"BFDE{entry.head.usage:02X}{entry.head.kid:02X}", data))


def read(sfi: int, length: int = 0) -> Reply:
    """READ BINARY from the start of a file by short identifier."""
    return (yield from send(apdu(f"00B0{0x80 | sfi:02X}00", le=length or 256)))
