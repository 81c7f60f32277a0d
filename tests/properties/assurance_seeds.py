"""Seeded bugs: each a mistake somebody has made, put in by a patch; ``SEEDS`` says which property must see it.

A new real bug adds one. The patches work on the real classes, so what is proved is proved of the real card's code.
"""

# ruff: noqa: ARG001, ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import pytest

from cos.kernel import engine, transmission
from cos.kernel.challenge import Challenge
from cos.kernel.files import ElementaryFile, FileNotFound, FileSystem
from cos.ssse import environment as ssse_environment
from cos.ssse.files import reading, selection, writing
from cos.ssse.security import authentication, messaging, rights
from firewall import dispatcher, partition
from firewall.hardware import cells as hardware_cells
from firewall.hardware.chip import Chip
from firewall.partition import Partition
from keys import pin
from keys.store import KeyStore

Patch = pytest.MonkeyPatch


# --- what a session should forget -----------------------------------------------------------------------------------


def right_kept(patch: Patch) -> None:
    """Another directory is selected and rights earned by keys stay."""
    patch.setattr(selection, "leave_directory", lambda session: None)


def ef_kept(patch: Patch) -> None:
    """The current EF outlives the selection of another directory."""
    enter = selection._enter

    def keeping(session, header):
        file = session.file
        response = enter(session, header)
        session.file = file
        return response

    patch.setattr(selection, "_enter", keeping)


def pointer_kept(patch: Patch) -> None:
    """The record pointer outlives the selection of an EF."""
    select = selection.select

    def keeping(session, command):
        pointer = session.pointer
        response = select(session, command)
        session.pointer = pointer
        return response

    _swap_handler(patch, ssse_environment, "SELECT", keeping)


def deselect_hook_empty(patch: Patch) -> None:
    """The dispatcher keeps each environment's session and asks it to clear itself; the hook does nothing."""

    def keeping(self, command):
        live = self._live
        kept = self.__dict__.setdefault("_kept", {})
        kept[id(live.environment)] = live.session  # the environments live as long as the dispatcher
        target = self._target(command)
        if target is None or target is live.environment:
            return live.session.handle(command)
        session = kept.get(id(target)) or target.open()
        response = session.handle(command)
        if response.sw >> 8 in (0x90, 0x61, 0x62):
            self._live = dispatcher._Live(target, session)
        return response

    patch.setattr(dispatcher.Dispatcher, "_select", keeping)


def pending_answer_kept(patch: Patch) -> None:
    """One response buffer for the whole card."""
    shared = {"pending": b""}
    patch.setattr(transmission.Transmission, "__slots__", (), raising=False)

    def get(self):
        return shared["pending"]

    def put(self, value):
        shared["pending"] = value

    def init(self, options):
        self._fetch = options.case4 == "61xx"
        self._le00_is_data = options.le00 == "data"

    patch.setattr(transmission.Transmission, "__init__", init)
    shape = transmission.Transmission.shape

    def keeping(self, command, response):
        waiting = self._pending
        answer = shape(self, command, response)
        self._pending = self._pending or waiting
        return answer

    patch.setattr(transmission.Transmission, "shape", keeping)
    patch.setattr(transmission.Transmission, "_pending", property(get, put))


def challenge_shared(patch: Patch) -> None:
    """One random number for the whole card."""
    shared: dict[str, bytes | None] = {"challenge": None}
    both = property(
        lambda self: shared["challenge"], lambda self, value: shared.update(challenge=value or shared["challenge"])
    )

    def take(self):
        challenge, shared["challenge"] = shared["challenge"], None
        return challenge

    patch.setattr(Challenge, "_value", both)
    patch.setattr(Challenge, "take", take)


def challenge_not_consumed(patch: Patch) -> None:
    """``is None`` written for ``= None``: a random number serves for ever."""
    patch.setattr(Challenge, "take", lambda self: self._value)


def failed_select_drops(patch: Patch) -> None:
    """A SELECT that fails takes the rights away all the same."""
    select = selection.select

    def dropping(session, command):
        before = session.security
        try:
            return select(session, command)
        except Exception:
            session.security = before.only(frozenset())
            raise

    _swap_handler(patch, ssse_environment, "SELECT", dropping)


# --- what is one's own ----------------------------------------------------------------------------------------------


def one_generator(patch: Patch) -> None:
    """All environments draw from one random stream."""
    stream = Chip.stream
    patch.setattr(Chip, "stream", lambda self, label: stream(self, "all"))


def one_try_counter(patch: Patch) -> None:
    """A try spent anywhere is a try spent everywhere."""
    spent = {"tries": 0}
    spend, left, restore = KeyStore.spend_try, KeyStore.tries_left, KeyStore.restore_tries

    def spending(self, ref):
        spent["tries"] += 1
        return max(0, spend(self, ref) - spent["tries"] + 1)

    def restoring(self, ref):
        spent["tries"] = 0
        restore(self, ref)

    power = Chip.restore

    def at_rest(self, image):
        spent["tries"] = 0
        power(self, image)

    patch.setattr(Chip, "restore", at_rest)
    patch.setattr(KeyStore, "spend_try", spending)
    patch.setattr(KeyStore, "restore_tries", restoring)
    patch.setattr(KeyStore, "tries_left", lambda self, ref: max(0, left(self, ref) - spent["tries"] // 2))


def global_fid_lookup(patch: Patch) -> None:
    """A file not found here is looked for in every file system that was ever opened."""
    everywhere: dict[int, FileSystem] = {}
    init, file = FileSystem.__init__, FileSystem.file

    def remember(self, nvm):
        init(self, nvm)
        everywhere[id(nvm)] = self

    def anywhere(self, directory, fid):
        try:
            return file(self, directory, fid)
        except FileNotFound:
            for other in everywhere.values():
                for home, _ in other.directories():
                    try:
                        return file(other, home, fid)
                    except FileNotFound:
                        continue
            raise

    patch.setattr(FileSystem, "__init__", remember)
    patch.setattr(FileSystem, "file", anywhere)


def prefix_selects(patch: Patch) -> None:
    """SELECT by the first bytes of a name enters the environment."""
    target = dispatcher.Dispatcher._target

    def loose(self, command):
        found = target(self, command)
        if found is None and command.p1 == 0x04 and command.data:
            for entry, environment in self._environments.values():
                if entry.name.startswith(command.data) and environment is not self._live.environment:
                    return environment
        return found

    def forgiving(session, data):
        return session.home

    patch.setattr(dispatcher.Dispatcher, "_target", loose)
    patch.setattr(selection, "_named", forgiving)


def writes_across(patch: Patch) -> None:
    """A shared slice: opening one environment touches the other's memory."""
    regions: list[object] = []
    init = Partition.__init__

    def remember(self, cells):
        init(self, cells)
        if cells not in regions:
            regions.append(cells)

    put = Partition.put

    def leaky(self, key, value):
        put(self, key, value)
        for cells in regions:
            if cells is not self._cells and cells._rail is self._cells._rail and cells.capacity == 64 * 1024:
                cells.program(b"shared", value[:1])

    patch.setattr(Partition, "__init__", remember)
    patch.setattr(Partition, "put", leaky)


# --- counters -------------------------------------------------------------------------------------------------------


def counter_rolled_back(patch: Patch) -> None:
    """The try is spent inside the command's transaction; the refusal rolls it back."""

    def present(store, ref, presented):
        left = store.tries_left(ref)
        if not left:
            return pin.PinVerdict(right=False, tries_left=0, was_locked=True)
        if not store.matches(ref, presented):
            return pin.PinVerdict(right=False, tries_left=left - 1, was_locked=False)
        return pin.PinVerdict(right=True, tries_left=left, was_locked=False)

    patch.setattr(pin, "present", present)


def compare_then_decrement(patch: Patch) -> None:
    """The PIN is compared first; only a wrong one costs a try. Found by a cut only."""

    def present(store, ref, presented):
        if not store.tries_left(ref):
            return pin.PinVerdict(right=False, tries_left=0, was_locked=True)
        if store.matches(ref, presented):
            store.restore_tries(ref)
            return pin.PinVerdict(right=True, tries_left=store.tries_left(ref), was_locked=False)
        return pin.PinVerdict(right=False, tries_left=store.spend_try(ref), was_locked=False)

    patch.setattr(pin, "present", present)


def reset_restores_tries(patch: Patch) -> None:
    """A new session starts with full counters."""
    init = ssse_environment.SsseSession.__init__

    def generous(self, environment):
        init(self, environment)
        store = self.keys(self.home.fid)
        if rights.PIN_REF in store._refs():
            store.restore_tries(rights.PIN_REF)

    patch.setattr(ssse_environment.SsseSession, "__init__", generous)


# --- messaging ------------------------------------------------------------------------------------------------------


def sm_optional(patch: Patch) -> None:
    """A command without MAC is taken as one that needs none."""
    opened = messaging.open_message

    def lenient(session, command, directory):
        if len(command.data) < messaging.MAC_LENGTH:
            session.challenge.take()
            return command.data, session.keys(directory).find(rights.Kind.STK, messaging.STK_NUMBER)
        return opened(session, command, directory)

    for module in (messaging, writing, _blocking()):
        patch.setattr(module, "open_message", lenient)


def mac_first_bytes_only(patch: Patch) -> None:
    """Three of four MAC bytes are compared."""
    patch.setattr(messaging, "same", lambda one, other: one[:3] == other[:3])


def header_not_under_mac(patch: Patch) -> None:
    """P1 and P2 are left out of the check: any value of them passes."""
    opened = messaging.open_message

    def blind(session, command, directory):
        for p2 in range(256) if command.ins == 0xDC else (command.p2,):
            challenge = session.challenge
            try:
                return opened(session, command._replace(p2=p2), directory)
            except Exception:
                if p2 == 255 or command.ins != 0xDC:
                    raise
                session.challenge = challenge
        raise AssertionError

    for module in (messaging, writing):
        patch.setattr(module, "open_message", blind)


# --- memory ---------------------------------------------------------------------------------------------------------


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

    update = writing.update_record

    def early(session, command):
        file = reading.target(session, command.p2 >> 3)
        if file.records and len(file.record(1)) == len(command.data):
            file.replace(1, command.data)
        return update(session, command)

    _swap_handler(patch, ssse_environment, "UPDATE RECORD", early)


def record_zero(patch: Patch) -> None:
    """Record number 0 is a record."""
    slot = ElementaryFile._slot

    def zero(self, number):
        return slot(self, number) if number else self._record + b"\0"

    patch.setattr(ElementaryFile, "_slot", zero)
    patch.setattr(writing, "_destination", lambda session, file, p1, mode, record: p1 if mode == 4 else 1)
    patch.setattr(reading, "locate", lambda session, file, p1, mode: p1 if mode == 4 else 1)


# --- the rest -------------------------------------------------------------------------------------------------------


def pin_in_trace(patch: Patch) -> None:
    """The refusal of a PIN says which one was presented, and which was wanted."""

    def chatty(session, presented):
        store = session.keys(session.home.fid)
        record = store._record(rights.PIN_REF)
        raise authentication.Refusal(
            authentication.retries(3), "authentication", f"wanted {record[8:].hex()}{record.hex()}", ""
        )

    patch.setattr(authentication, "present_pin", chatty)


def key_in_repr(patch: Patch) -> None:
    """A key handle shows its value."""
    from keys.handle import KeyHandle  # noqa: PLC0415 - only this bug needs it

    patch.setattr(KeyHandle, "__repr__", lambda self: f"<key {self._value.hex()}>")


def not_deterministic(patch: Patch) -> None:
    """A random number from somewhere else."""

    def other(session, command):
        session.challenge._value = os.urandom(command.le or 8)
        return authentication.ResponseAPDU(session.challenge._value)

    _swap_handler(patch, ssse_environment, "GET CHALLENGE", other)


def dies_of_a_command(patch: Patch) -> None:
    """READ RECORD of a transparent file: an error nobody catches."""
    records = ElementaryFile.records.fget

    def fragile(self):
        if self.descriptor.structure == reading.FileKind.TRANSPARENT:
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
        if command.p2 == 0 and session.challenge is not None:
            session.security = session.security.having(rights.master_right(session))
            session.challenge = None
            return authentication.OK
        return external(session, command)

    _swap_handler(patch, ssse_environment, "EXTERNAL AUTHENTICATION", generous)


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


# --- helpers and the table ------------------------------------------------------------------------------------------


def _blocking():
    from cos.ssse.security import blocking  # noqa: PLC0415 - a helper of one bug

    return blocking


def _swap_handler(patch: Patch, module: object, name: str, handler: Callable[..., object]) -> None:
    """Give the social side's rows called ``name`` another handler."""
    from cos import card  # noqa: PLC0415 - the table is bound there
    from cos.kernel.rows import Table  # noqa: PLC0415 - only here

    rows = tuple(row._replace(handler=handler) if row.name == name else row for row in card.SSSE_TABLE.rows)
    patch.setattr(card, "SSSE_TABLE", Table(rows))
    del module


class Seed(NamedTuple):
    """A bug, and the property that must see it."""

    bug: Callable[[Patch], None]
    seen_by: str


SEEDS = (
    Seed(right_kept, "F5b"),
    Seed(ef_kept, "F5b"),
    Seed(pointer_kept, "F5b"),
    Seed(failed_select_drops, "F5b"),
    Seed(deselect_hook_empty, "F5a"),
    Seed(pending_answer_kept, "F5a"),
    Seed(challenge_shared, "F15b"),
    Seed(challenge_not_consumed, "F15"),
    Seed(one_generator, "F1"),
    Seed(one_try_counter, "F1"),
    Seed(global_fid_lookup, "F7c"),
    Seed(prefix_selects, "F7"),
    Seed(writes_across, "F3"),
    Seed(counter_rolled_back, "F9"),
    Seed(compare_then_decrement, "T2"),
    Seed(reset_restores_tries, "F9"),
    Seed(sm_optional, "F12"),
    Seed(mac_first_bytes_only, "F11"),
    Seed(header_not_under_mac, "F11"),
    Seed(not_atomic, "T"),
    Seed(commit_cell_first, "T"),
    Seed(power_loss_swallowed, "T"),
    Seed(refusal_writes, "F10"),
    Seed(record_zero, "M1"),
    Seed(pin_in_trace, "F8"),
    Seed(key_in_repr, "F8a"),
    Seed(not_deterministic, "F18"),
    Seed(dies_of_a_command, "F17"),
    Seed(event_in_the_wrong_trace, "F20"),
    Seed(card_key_rules_inside, "F13"),
    Seed(shared_quota, "F19"),
)
