"""Rights on the social side: who has proved what, and what a file asks for.

External authentication gives the level of the key in the directory that owns the key; the PIN gives its level in
the environment. Rights earned by keys end when another directory is selected, the PIN's with power
(SSC-7 §5.8, §6.6; SSC-5 §6.11.1). With no PIN set a PIN condition counts as met (SSC-7 §5.6).
"""

from __future__ import annotations

from apdu.status import SW
from cos.kernel import access
from cos.kernel.access import FREE, NEVER, Rule, right, satisfied
from cos.kernel.dialect import (
    LEVEL_FREE,
    LEVEL_MASTER,
    LEVEL_NEVER,
    AccessWords,
    DirectoryHeader,
    DirectoryKind,
    Life,
    access_words,
)
from cos.kernel.files import ElementaryFile
from cos.kernel.refusal import Gate, Refusal
from cos.ssse.environment import SsseSession
from cos.ssse.security.keyring import MASTER_REF, PIN_REF, Kind
from keys.store import KeyRef

_CLAUSE = "SSC-4 §6, V2.0 §5"


def pin_right(session: SsseSession) -> int:
    """The right a verified PIN gives. Raises KeyNotFound."""
    home = session.home.fid
    return right(home, session.keys(home).level(PIN_REF))


def forfeit(session: SsseSession, directory: int, key: KeyRef) -> None:
    """``key`` of ``directory`` is locked, replaced or refuted: what it alone has earned is gone (``kernel.access``)."""
    session.security = session.security.without(directory, key)


def leave_directory(session: SsseSession) -> None:
    """Another directory was selected: what keys have earned is gone, what the PIN has earned stays."""
    session.security = session.security.only(PIN_REF)


def rule_of(words: AccessWords, parent: int, current: int) -> Rule:
    """The rule of one access word: level in the parent directory, level in the current one, one or both."""
    if LEVEL_NEVER in (words.parent, words.current):
        return NEVER
    if words.parent == words.current == LEVEL_FREE:
        return FREE
    needed = [
        right(directory, level)
        for directory, level in ((parent, words.parent), (current, words.current))
        if level != LEVEL_FREE
    ]
    return (frozenset(needed),) if words.both else tuple(frozenset((one,)) for one in needed)


def file_words(file: ElementaryFile, *, write: bool) -> AccessWords:
    """The access word of ``file`` for reading or writing."""
    return access_words(file.descriptor.access)[write]


def demand(session: SsseSession, file: ElementaryFile, *, write: bool) -> None:
    """Refuse with 6982 unless the file's rule is satisfied.

    While the directory is being personalised its master key may do everything (SSC-10 §5.2).
    """
    words = file_words(file, write=write)
    if words.parent == words.current == LEVEL_FREE:
        return
    held = session.security.rights
    if session.directory.life == Life.PERSONALISATION and master_right(session) in held:
        return
    if satisfied(rule_of(words, session.home.fid, file.directory), held):
        return
    verb = "writing" if write else "reading"
    wanted = explain_rule(session, words, file.directory)
    name = f"EF{file.descriptor.fid & 0xFF:02X} of {_where(session, file.directory)}"
    raise Refusal(
        SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, f"{verb} {name} needs {wanted}; {explain_held(session)}", _CLAUSE
    )


# --- master keys -------------------------------------------------------------------------------------------------


def governing(session: SsseSession) -> int:
    """The directory whose master key governs the current one: itself, or the environment if it has no own key."""
    current = session.directory.fid
    return current if MASTER_REF in session.keys(current) else session.home.fid


def master_right(session: SsseSession) -> int:
    """The right that master key gives."""
    return right(governing(session), LEVEL_MASTER)


def demand_master(session: SsseSession, what: str) -> int:
    """Refuse with 6982 unless the governing master key is proved. Returns the directory it belongs to."""
    owner = governing(session)
    if right(owner, LEVEL_MASTER) in session.security.rights:
        return owner
    raise Refusal(
        SW.SECURITY_NOT_SATISFIED,
        Gate.RIGHT,
        f"{what} needs the master key of {_where(session, owner)} (external authentication, KID 00); "
        f"{explain_held(session)}",
        "SSC-4 §5.2",
    )


def demand_personalisation(session: SsseSession, what: str) -> None:
    """Refuse with 6985 unless the current directory is still being personalised."""
    if session.directory.life != Life.PERSONALISATION:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            f"{what}: personalisation of this directory has ended",
            "SSC-10 §5.2",
        )


# --- words for people --------------------------------------------------------------------------------------------


def _where(session: SsseSession, directory: int) -> str:
    return "SSSE" if directory == session.home.fid else f"{directory:04X}"


def name_right(session: SsseSession, held: int) -> str:
    """A right in words: which key or PIN gives it."""
    directory, level = access.directory_of(held), access.level_of(held)
    where = _where(session, directory)
    if level == LEVEL_MASTER:
        return f"the master key of {where} (KID 00) by external authentication"
    numbers = []
    for header in session.keys(directory).readable():
        if header.level != level:
            continue
        if header.kind == Kind.PIN:
            return "the PIN (VERIFY)"
        if header.kind == Kind.EXTERNAL:
            kid = header.kid | (0x80 if directory != session.home.fid else 0)
            numbers.append(f"{kid:02X}")
    if not numbers:
        return f"a key of level {level:02X} of {where} by external authentication"
    return f"key KID {' or '.join(dict.fromkeys(numbers))} of {where} by external authentication"


def explain_rule(session: SsseSession, words: AccessWords, directory: int) -> str:
    """An access word in words."""
    rule = rule_of(words, session.home.fid, directory)
    if not rule:
        return "what nobody has: the rule is never"
    return " or ".join(" and ".join(name_right(session, one) for one in sorted(needed)) for needed in rule)


def explain_held(session: SsseSession) -> str:
    """What has been proved so far, in words."""
    held = session.security.rights
    if not held:
        return "nothing authenticated since power-on or selection"
    return "proved so far: " + ", ".join(name_right(session, one) for one in sorted(held))


def is_application(header: DirectoryHeader) -> bool:
    """True for an ADF, False for the environment itself."""
    return header.kind == DirectoryKind.ADF
