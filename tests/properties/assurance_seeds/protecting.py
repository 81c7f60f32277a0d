"""Protected commands taken in a weaker form."""

from __future__ import annotations

from cos.ssse.files import read_and_update
from cos.ssse.security import authentication, secure_messaging
from cos.ssse.security.key_types import SocialKeyType

from .patching import Patch


def sm_optional(patch: Patch) -> None:
    """A command without MAC is taken as one that needs none."""
    opened = secure_messaging.open_message

    def lenient(session, command, directory, payer=None):
        if len(command.data) < secure_messaging.MAC_LENGTH:
            session.at.challenge.take()
            return command.data, session.at.keys(directory).find(SocialKeyType.STK, secure_messaging.STK_NUMBER)
        return opened(session, command, directory, payer)

    for module in (secure_messaging, read_and_update, authentication):
        patch.setattr(module, "open_message", lenient)


def mac_first_bytes_only(patch: Patch) -> None:
    """Three of four MAC bytes are compared."""
    patch.setattr(secure_messaging, "same", lambda one, other: one[:3] == other[:3])


def header_not_under_mac(patch: Patch) -> None:
    """P1 and P2 are left out of the check: any value of them passes."""
    opened = secure_messaging.open_message

    def blind(session, command, directory):
        for p2 in range(256) if command.ins == 0xDC else (command.p2,):
            challenge = session.at.challenge._value
            try:
                return opened(session, command._replace(p2=p2), directory)
            except Exception:
                if p2 == 255 or command.ins != 0xDC:
                    raise
                session.at.challenge._value = challenge
        raise AssertionError

    for module in (secure_messaging, read_and_update):
        patch.setattr(module, "open_message", blind)
