"""What is told to whom it should not be, and answers that are none."""

# ruff: noqa: ARG001 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

import os

from cos.kernel import engine
from cos.kernel.access_rights import governing
from cos.kernel.directory_headers import LEVEL_MASTER, MASTER
from cos.kernel.files import ElementaryFile, Structure
from cos.ssse.security import authentication, key_types
from firewall.hardware import cells as hardware_cells

from .patching import Patch, swap_handler


def pin_in_trace(patch: Patch) -> None:
    """The refusal of a PIN says which one was presented, and which was wanted."""

    def chatty(session, presented):
        store = session.at.keys(session.at.home.fid)
        record = store._record(key_types.PIN_REF)
        raise authentication.Refusal(
            authentication.retries(3), authentication.Gate.AUTHENTICATION, "wrong PIN", left=3, wanted=record[8:]
        )

    patch.setattr(authentication, "present_pin", chatty)


def key_in_repr(patch: Patch) -> None:
    """A key handle shows its value."""
    from keys.key_handle import KeyHandle  # noqa: PLC0415 - only this bug needs it

    patch.setattr(KeyHandle, "__repr__", lambda self: f"<key {self._value.hex()}>")


def not_deterministic(patch: Patch) -> None:
    """A random number from somewhere else."""

    def other(session, command):
        session.at.challenge._value = os.urandom(command.le or 8)
        return authentication.ResponseAPDU(session.at.challenge._value)

    swap_handler(patch, "GET CHALLENGE", other)


def dies_of_a_command(patch: Patch) -> None:
    """READ RECORD of a transparent file: an error nobody catches."""
    records = ElementaryFile.records.fget

    def fragile(self):
        if self.descriptor.structure == Structure.TRANSPARENT:
            raise TypeError("'NoneType' object is not subscriptable")
        return records(self)

    patch.setattr(ElementaryFile, "records", property(fragile))


def event_in_the_wrong_trace(patch: Patch) -> None:
    """The environment's trace tells how far the card's counter of everything has come."""
    counted = {"commands": 0}
    handle = engine.Engine.handle

    def counting(self, session, command, trace):
        counted["commands"] += 1
        trace.note(engine.Refused(str(counted["commands"]), 0, engine.Reason("", "")))
        return handle(self, session, command, trace)

    patch.setattr(engine.Engine, "handle", counting)


def card_key_rules_inside(patch: Patch) -> None:
    """Any known key is good for the environment's master right."""
    external = authentication.external_authenticate

    def generous(session, command):
        if command.p2 == 0 and session.at.challenge.take() is not None:
            session.at.earn(governing(session.at), LEVEL_MASTER, MASTER)
            return authentication.OK
        return external(session, command)

    swap_handler(patch, "EXTERNAL AUTHENTICATION", generous)


def shared_quota(patch: Patch) -> None:
    """What one environment has locked counts against the other's room."""
    regions: list[hardware_cells.Cells] = []
    init, program, change = (getattr(hardware_cells.Cells, name) for name in ("__init__", "program", "change"))

    def remember(self, rail, capacity):
        init(self, rail, capacity)
        regions.append(self)

    def refuse(self, *values):
        others = (cells for cells in regions if cells._rail is self._rail and cells is not self)
        locked = sum(old in (b"\x30", b"\x50") for cells in others for old in cells._cells.values())
        if locked and any(value is not None and len(value) > 1 for value in values):
            raise hardware_cells.CellsFull("no room left on the chip")

    def tired(self, key, value):
        refuse(self, value)
        program(self, key, value)

    def tired_of_change(self, steps):
        refuse(self, *(value for _, value in steps))
        change(self, steps)

    patch.setattr(hardware_cells.Cells, "__init__", remember)
    patch.setattr(hardware_cells.Cells, "program", tired)
    patch.setattr(hardware_cells.Cells, "change", tired_of_change)
