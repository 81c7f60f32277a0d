"""What a failing command takes along that it should leave, or leaves that it should end."""

from __future__ import annotations

from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel import file_commands
from cos.kernel.files import RecordNotFound
from cos.kernel.security_state import SecurityState
from cos.pse.session import PseSession
from cos.pse.transaction.transaction_memory import selected
from cos.ssse.medical.medical_states import Medical
from cos.ssse.session import SsseSession

from .patching import Patch


def load_survives_a_wrong_parameter(patch: Patch) -> None:
    """A medical transaction goes on behind a command of no P1 P2 that its row knows: nothing was done, after all."""
    after = Medical.after

    def lenient(self, row, sw):
        if sw != SW.WRONG_P1P2:
            after(self, row, sw)

    patch.setattr(Medical, "after", lenient)


def wrong_mac_ends_rights(patch: Patch) -> None:
    """A wrong MAC on the social side ends whatever keys have opened."""
    handle = SsseSession.handle

    def strict(self, command):
        response = handle(self, command)
        if type(response) is ResponseAPDU and response.sw == SW.SM_INCORRECT:
            self.at.security = SecurityState()
        return response

    patch.setattr(SsseSession, "handle", strict)


def wrong_pin_ends_the_transaction(patch: Patch) -> None:
    """A wrong PIN ends the bank's transaction, as a SELECT would."""
    handle = PseSession.handle

    def strict(self, command):
        response = handle(self, command)
        if type(response) is ResponseAPDU and command.ins == 0x20 and response.sw >> 4 == 0x63C:
            self.transaction = selected(pse=False)
        return response

    patch.setattr(PseSession, "handle", strict)


def unread_record_moves_the_pointer(patch: Patch) -> None:
    """The record pointer is lost as soon as a record is asked for that is not there."""
    whole = file_commands.whole_record

    def losing(at, command, file, number):
        try:
            return whole(at, command, file, number)
        except RecordNotFound:
            at.pointer = 0
            raise

    patch.setattr("cos.ssse.files.read_and_update.whole_record", losing)
