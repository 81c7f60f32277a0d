"""Memory that is written half, too early, or where there is nothing."""

# ruff: noqa: ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from cos.kernel import engine
from cos.kernel.file_commands import target
from cos.kernel.files import ElementaryFile
from cos.ssse.files import read_and_update
from firewall import partition
from firewall.partition import Partition

from .patching import Patch, swap_handler


def not_atomic(patch: Patch) -> None:
    """A transaction in name only: cells are programmed one by one."""

    def straight(self, staged):
        for key, value in staged.items():
            if value is None:
                self._cells.erase(key)
            else:
                self._cells.program(key, value)

    patch.setattr(Partition, "_commit", straight)


def commit_cell_first(patch: Patch) -> None:
    """The redo erases the commit cell before the work is done: a second cut loses it."""

    redo = partition._redo

    def hasty(staged):
        *work, commit = redo(staged)
        return [commit, *work]

    patch.setattr(partition, "_redo", hasty)


def power_loss_swallowed(patch: Patch) -> None:
    """A handler's bare except catches the power loss and answers an error word."""
    handle = engine.Engine.handle

    def stubborn(self, session, command, trace):
        try:
            return handle(self, session, command, trace)
        except BaseException:
            return engine.ResponseAPDU(b"", engine.StatusWord(0x6F00))

    patch.setattr(engine.Engine, "handle", stubborn)


def refusal_writes(patch: Patch) -> None:
    """The record is written before the rule is read."""

    update = read_and_update.update_record

    def early(session, command):
        file = target(session.at, command.p2 >> 3)
        if file.records and len(file.record(1)) == len(command.data):
            file.replace(1, command.data)
        return update(session, command)

    swap_handler(patch, "UPDATE RECORD", early)


def record_zero(patch: Patch) -> None:
    """Record number 0 is a record."""
    slot = ElementaryFile._slot

    def zero(self, number):
        return slot(self, number) if number else self._record + b"\0"

    patch.setattr(ElementaryFile, "_slot", zero)
    patch.setattr(read_and_update, "_destination", lambda at, file, p1, mode, record: p1 if mode == 4 else 1)
    patch.setattr(read_and_update, "locate", lambda at, file, p1, mode: p1 if mode == 4 else 1)
