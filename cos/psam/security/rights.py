"""Rights in a PSAM: master keys by number 00, authorities' keys KID-01 to 03 of the application (SSC-9 §5, §6)."""

from __future__ import annotations

from enum import IntEnum

from apdu.status import SW
from cos.kernel.access import directory_of, level_of, right, satisfied
from cos.kernel.dialect import LEVEL_FREE, LEVEL_MASTER, LEVEL_NEVER, Life, access_words
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.psam.environment import PsamSession
from keys.store import KeyRef

_CLAUSE = "SSC-9 §5, §6"


class Kind(IntEnum):
    """Types of key in a directory's own place, by the first byte of the key header."""

    MASTER = 0x00
    EXTERNAL = 0x0D
    TRANSPORT = 0xF0


MASTER_REF = KeyRef(Kind.MASTER, 0, 0)
TRANSPORT_REF = KeyRef(Kind.TRANSPORT, 0, 0)


def has_master(session: PsamSession, directory: int) -> bool:
    """True once the directory's own master key is loaded."""
    return MASTER_REF in session.keys(directory)


def governing(session: PsamSession) -> int:
    """The directory whose master key governs the current one: itself, or the environment until it has its own."""
    current = session.directory.fid
    if session.home is None or has_master(session, current):
        return current
    return session.home.fid


def demand_master(session: PsamSession, what: str) -> None:
    """Refuse with 6982 unless the governing master key is proved."""
    owner = governing(session)
    if right(owner, LEVEL_MASTER) not in session.security.rights:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"{what} needs the master key of {owner:04X} (EXTERNAL AUTHENTICATION, number 00); {_held(session)}",
            _CLAUSE,
        )


def demand_personalisation(session: PsamSession, what: str) -> None:
    """Refuse with 6985 unless the current directory is still being personalised."""
    if session.directory.life != Life.PERSONALISATION:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            f"{what}: personalisation of {session.directory.fid:04X} has ended",
            "SSC-10 §5.2",
        )


def demand_application(session: PsamSession, what: str) -> None:
    """Refuse with 6985 unless an application is current."""
    if not session.in_application:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.TARGET,
            f"{what} works inside the application: SELECT D15600000590 first",
            "SSC-9 §9",
        )


def demand(session: PsamSession, file: ElementaryFile, *, write: bool) -> None:
    """Refuse with 6982 unless the file's rule is met; while being personalised the master key may do everything."""
    words = access_words(file.descriptor.access)[write]
    held = session.security.rights
    if LEVEL_NEVER not in (words.parent, words.current):
        home = session.home.fid if session.home is not None else file.directory
        needed = [
            right(directory, level)
            for directory, level in ((home, words.parent), (file.directory, words.current))
            if level != LEVEL_FREE
        ]
        rule = (frozenset(needed),) if words.both or not needed else tuple(frozenset((one,)) for one in needed)
        if satisfied(rule, held):
            return
    if session.directory.life == Life.PERSONALISATION and right(governing(session), LEVEL_MASTER) in held:
        return
    wanted = (
        "what nobody has: the rule is never"
        if LEVEL_NEVER in (words.parent, words.current)
        else " or ".join(_name(session, one) for one in needed)
    )
    verb = "writing" if write else "reading"
    raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, f"{verb} {file!r} needs {wanted}; {_held(session)}", _CLAUSE)


def _name(session: PsamSession, held: int) -> str:
    directory, level = directory_of(held), level_of(held)
    if level == LEVEL_MASTER:
        return f"the master key of {directory:04X}"
    numbers = [f"{h.kid:02X}" for h in session.keys(directory).readable() if h.level == level]
    return f"KID-{' or '.join(numbers) or f'of level {level:02X}'} of {directory:04X}"


def _held(session: PsamSession) -> str:
    held = session.security.rights
    if not held:
        return "nothing authenticated since power-on or selection"
    return "proved so far: " + ", ".join(_name(session, one) for one in sorted(held))
