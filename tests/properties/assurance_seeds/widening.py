"""An option that lets one command reach further, and another that goes along."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import Life, stored_headers
from cos.pse.session import PseSession
from cos.ssse.security import authentication
from cos.ssse.session import SsseSession
from firewall.grant import CardBlocked, Outcome

from .patching import Patch


def application_block_silences_the_card(patch: Patch) -> None:
    """Where CARD BLOCK reaches the whole card, so does APPLICATION BLOCK: the session looks at where it stands."""
    handle = SsseSession.handle

    def loud(self: SsseSession, command: CommandAPDU) -> Outcome:
        response = handle(self, command)
        wide = self.environment.card_wide and self.at.directory.life is Life.BLOCKED
        return CardBlocked(response) if wide and type(response) is ResponseAPDU else response

    patch.setattr(SsseSession, "handle", loud)


def bank_block_silences_the_card(patch: Patch) -> None:
    """The same of the bank's: a blocked application counts as the blocked environment."""
    handle = PseSession.handle

    def loud(self: PseSession, command: CommandAPDU) -> Outcome:
        response = handle(self, command)
        wide = self.environment.card_wide and self.counters.application_blocked
        return CardBlocked(response) if wide and type(response) is ResponseAPDU else response

    patch.setattr(PseSession, "handle", loud)


def block_of_every_equal_level(patch: Patch) -> None:
    """Where CARD BLOCK is wider, APPLICATION BLOCK blocks whatever a key of that level would block."""
    block = authentication._block

    def wider(session, command, header, clause):
        answer = block(session, command, header, clause)
        at = session.at
        for other in stored_headers(at.files) if session.environment.card_wide and at.in_application else ():
            if other.block_level == header.block_level and other.fid != at.home.fid:
                at.put_header(other._replace(life=Life.BLOCKED))
        return answer

    patch.setattr(authentication, "_block", wider)
