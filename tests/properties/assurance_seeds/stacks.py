"""Mistakes in the stacks that were long not asked: the environments of a PSAM, PKI, and the bank's master key."""

# ruff: noqa: ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from cos import card
from cos.kernel.security_state import Standing
from cos.pki import files as pki_files
from cos.pki import security as pki_security
from cos.pki import session as pki_environment
from cos.psam.commands import making as psam_making
from cos.psam.security import calculation as psam_calculation
from cos.psam.session import PsamSession
from firewall.partition import Partition

from .patching import Patch, change_rows, swap_handler


def key_card_keeps_rights(patch: Patch) -> None:
    """In a PSAM another directory is selected, and what was proved stays."""
    enter = PsamSession.enter

    def keeping(self, header):
        security = self.at.security
        enter(self, header)
        self.at.security = security

    patch.setattr(PsamSession, "enter", keeping)


def key_card_keeps_delivered_key(patch: Patch) -> None:
    """In a PSAM the delivered session key outlives the selection of another directory."""
    enter = PsamSession.enter

    def keeping(self, header):
        delivered = self.delivered
        enter(self, header)
        self.delivered = delivered

    patch.setattr(PsamSession, "enter", keeping)


def key_card_shares_challenges(patch: Patch) -> None:
    """One random number for all environments of a PSAM: it waits in the terminal's next session."""
    waiting: list[object] = []
    init = PsamSession.__init__

    def sharing(self, environment):
        init(self, environment)
        if waiting:
            self.at.challenge = waiting[0]
        else:
            waiting.append(self.at.challenge)

    patch.setattr(PsamSession, "__init__", sharing)


def key_card_counts_in_ram(patch: Patch) -> None:
    """The terminal's sequence of a PSAM does not step in memory: two purchases carry one number."""
    patch.setattr(psam_calculation, "_step", lambda session: None)


def key_card_asks_no_master(patch: Patch) -> None:
    """A PSAM's environment lets files be made and keys be loaded without proof of its master key."""
    patch.setattr(psam_making, "demand_master", lambda session: None)


def key_card_answers_weak_form(patch: Patch) -> None:
    """CREATE KEY of a PSAM takes a command whose MAC is not its own."""
    from cos.making import write_key as keyloading  # noqa: PLC0415 - patched where the command finds it

    check = keyloading.check_mac

    def lenient(command, key, challenge):
        try:
            return check(command, key, challenge)
        except Exception:
            if challenge is None or command.p2 == 0:
                raise
            return command.data[:-4]

    patch.setattr(keyloading, "check_mac", lenient)


def certificates_write_into_social(patch: Patch) -> None:
    """A PKI session leaves a mark in the social environment's memory."""
    social: list[Partition] = []
    build, prove = card.Card._build, pki_security._prove

    def noting(self, stack, grant, powers=None):
        if stack.label == "ssse":
            social[:] = [grant.nvm]
        return build(self, stack, grant, powers)

    def marking(session, ref, data, what):
        if social:
            social[0].put(b"Z", data[:1])
        return prove(session, ref, data, what)

    patch.setattr(card.Card, "_build", noting)
    patch.setattr(pki_security, "_prove", marking)


def certificates_forget_when_selected_again(patch: Patch) -> None:
    """In PKI the selection of the directory that is current ends what was proved in it."""
    enter = Standing.enter

    def forgetting(self, header):
        if self.ways is pki_environment._WAYS:
            self.directory = self.directory._replace(fid=0)
        return enter(self, header)

    patch.setattr(Standing, "enter", forgetting)


def certificates_serve_a_random_number_twice(patch: Patch) -> None:
    """PKI does not use up the random number that a PIN was shown with."""

    def keeping(session):
        value = session.at.challenge._value
        block = take(session)
        session.at.challenge._value = value
        return block

    take = pki_security.random_block
    patch.setattr(pki_security, "random_block", keeping)


def bank_asks_no_master(patch: Patch) -> None:
    """PSE lets itself be filled and ended without proof of its master key."""
    change_rows(patch, "pse", lambda row: row._replace(needs=()))


def certificates_tell_of_others(patch: Patch) -> None:
    """PKI answers a SELECT of the file 0001 only where there is a social environment beside it."""
    beside: list[bool] = []
    opened = card.Mint.open_all

    def looking(self):
        found = opened(self)
        beside[:] = ["ssse" in found]
        return found

    select = pki_files.select

    def telling(session, command):
        if command.data == b"\x00\x01" and beside == [True]:
            return select(session, command._replace(data=b"\xdf\x01"))
        return select(session, command)

    swap_handler(patch, "SELECT", telling, "pki")
    patch.setattr(card.Mint, "open_all", looking)
