"""A refused command in the middle of something has another effect than it should.

The first and the fifth are what the card itself once did.
"""

# ruff: noqa: ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from apdu.status import SW
from cos.kernel.file_commands import BY_NAME
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.transmission import Transmission
from cos.manager import commands as manager
from cos.pki import files as pki
from cos.pse.session import PseSession
from cos.pse.transaction.transaction_memory import selected
from cos.ssse.medical.medical_states import Medical
from cos.ssse.session import SsseSession
from firewall.dispatcher import Dispatcher

from .patching import Patch, change_rows, swap_handler

_FETCH = 0xC0


def refusal_elsewhere_unheard(patch: Patch) -> None:
    """A SELECT that the bank or the MF refuses leaves a medical transaction open, and what waits."""
    patch.setattr(SsseSession, "refused_elsewhere", lambda self: None)


def refusal_elsewhere_keeps_what_waits(patch: Patch) -> None:
    """It ends the transaction, but the answer of the command before can still be fetched."""
    patch.setattr(Transmission, "drop", lambda self: None)


def refusal_elsewhere_ends_the_banks_transaction(patch: Patch) -> None:
    """A SELECT refused by the MF throws the bank's transaction away; one refused by the bank keeps it."""

    def ending(self):
        self.at.tx.drop()
        self.transaction = selected(pse=not self.current.is_application)

    patch.setattr(PseSession, "refused_elsewhere", ending)


def no_command_at_all_unheard(patch: Patch) -> None:
    """Bytes that are no command leave waiting what waits."""
    exchange = Dispatcher.exchange

    def deaf(self, raw):
        session = self._live.session
        waiting = session.at.tx._pending, session.at.tx._cla
        answer = exchange(self, raw)
        if answer == b"\x67\x00" and len(raw) < 4:
            session.at.tx._pending, session.at.tx._cla = waiting
        return answer

    patch.setattr(Dispatcher, "exchange", deaf)


def fetching_is_never_a_command(patch: Patch) -> None:
    """GET RESPONSE of any class, and with nothing waiting, leaves a medical transaction open."""
    after = Medical.after

    def kept(self, command, sw):
        if command.ins != _FETCH:
            after(self, command, sw)

    patch.setattr(Medical, "after", kept)


def class_00_only(patch: Patch) -> None:
    """Java fetches with the class of its command, and gets 6E00."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: bool(self._pending) and not cla)


def any_class_fetches(patch: Patch) -> None:
    """The class of GET RESPONSE is not looked at."""
    patch.setattr(Transmission, "fetched_by", lambda self, cla: bool(self._pending))


def refused_fetch_costs_the_answer(patch: Patch) -> None:
    """GET RESPONSE of a wrong class is a command like any other: what waited is gone."""
    fetched_by = Transmission.fetched_by

    def impatient(self, cla):
        serves = fetched_by(self, cla)
        if not serves:
            self.drop()
        return serves

    patch.setattr(Transmission, "fetched_by", impatient)


def own_class_is_another_command(patch: Patch) -> None:
    """Fetching with the class of the medical command ends the transaction that it opened."""
    handle = SsseSession.handle

    def ending(self, command):
        response = handle(self, command)
        if command.ins == _FETCH and command.cla:
            self.medical.end()
        return response

    patch.setattr(SsseSession, "handle", ending)


def mf_words_a_next_name_otherwise(patch: Patch) -> None:
    """The MF answers a SELECT of the next name with 6A86, which everywhere else is 6A82."""
    change_rows(patch, "manager", lambda row: row._replace(p2=frozenset((0,))) if row.name == "SELECT" else row)


def mf_takes_no_name(patch: Patch) -> None:
    """A SELECT by name without one is "not found" in the MF and a wrong length everywhere else."""
    taken = manager.name_in
    patch.setattr(manager, "name_in", lambda command: taken(command) if command.data else b"")


def pki_takes_short_names(patch: Patch) -> None:
    """The certificates' environment looks for names of two bytes, which are too short everywhere else."""
    select = pki.select

    def looking(session, command):
        if command.p1 == BY_NAME and len(command.data) == 2:
            raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "nothing here is called that")
        return select(session, command)

    swap_handler(patch, "SELECT", looking, "pki")
