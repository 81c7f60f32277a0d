"""What should be an environment's own, and is shared."""

# ruff: noqa: ARG001, ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from cos.kernel import file_commands
from cos.kernel.files import FileNotFound, FileSystem
from cos.ssse.security import key_types
from cos.ssse.session import SsseSession
from firewall import dispatcher
from firewall.hardware.chip import Chip
from firewall.partition import Partition
from keys.card_key_store import KeyStore

from .patching import Patch


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

    def forgiving(at, name):
        return at.home

    patch.setattr(dispatcher.Dispatcher, "_target", loose)
    patch.setattr(file_commands, "named", forgiving)


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


def pin_of_the_whole_card(patch: Patch) -> None:
    """One PIN right for the whole card: who shows the bank's PIN may read the social files."""
    shown = {"PIN": False}
    matches, at_rest, init = KeyStore.matches, Chip.restore, SsseSession.__init__

    def noting(self, ref, value):
        right = matches(self, ref, value)
        shown["PIN"] = shown["PIN"] or right
        return right

    def forgetting(self, image):
        shown["PIN"] = False
        at_rest(self, image)

    def opening(self, environment):
        init(self, environment)
        if shown["PIN"]:
            self.at.security = self.at.security.having(key_types.pin_right(self.at), key_types.PIN_REF)

    patch.setattr(KeyStore, "matches", noting)
    patch.setattr(Chip, "restore", forgetting)
    patch.setattr(SsseSession, "__init__", opening)


def stranger_resets(patch: Patch) -> None:
    """A SELECT by a name nobody has leads back to the MF."""
    select = dispatcher.Dispatcher._select

    def lost(self, command):
        response = select(self, command)
        if response.sw == 0x6A82 and command.p1 == 0x04:
            self._live = dispatcher._Live(self._root, self._root.open())
        return response

    patch.setattr(dispatcher.Dispatcher, "_select", lost)
