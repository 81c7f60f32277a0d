"""SELECT on the bank side: the environment and its applications by name, also by the beginning of one (PBOC-5 B.13)."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.directory_headers import stored_headers
from cos.kernel.refusal import Gate, Refusal
from cos.pse.session import Chain, PseSession, applications

_NEXT = 0x02


def select(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """The environment by its whole name, an application by its name or the beginning of it. Answers the FCI.

    P2 02 goes on to the next match and must follow a selection by the same name at once; each directory is found
    once, then 6A82. A blocked application is selected, with 6283. A refused SELECT changes nothing.
    """
    name, chain = command.data, session.chain
    found: tuple[int, ...] = ()
    if command.p2 == _NEXT:
        if chain is None or chain.name != name:
            raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no SELECT to go on from", "PBOC-3 §11.3.5")
        found = chain.found
    home = session.home.header
    matches = (home,) if name == home.name else applications(session.at.nvm)
    fid = next((each.fid for each in matches if each.name.startswith(name) and each.fid not in found), None)
    if fid is None:
        stored_headers(session.at.files)  # one that cannot be read may have that name
        why = "no further application of that name" if found else "no application of that name"
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, why, "PBOC-5 §6.4, B.13; PBOC-3 §11.3.5", name=name)
    directory = session.directory(fid)
    fci = directory.fci  # before anything changes: it may be damaged
    session.enter(directory)
    session.chain = Chain(name, (*found, fid))
    counters = session.counters
    if not (counters.application_blocked or counters.blocked_for_ever):
        return ResponseAPDU(fci)
    for_ever = ", for ever: its transaction counter has run out" if counters.blocked_for_ever else ""
    session.note("SELECT", f"the application is blocked{for_ever} (PBOC-5 §6.4, §17.5)")
    return ResponseAPDU(fci, SW.APPLICATION_INVALIDATED)
