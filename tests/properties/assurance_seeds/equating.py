"""What goes by the bytes of a key, and not by its name."""

from __future__ import annotations

from cos.kernel.security_state import Standing
from cos.ssse.security import secure_messaging
from keys.card_key_store import KeyRef, KeyStore
from keys.key_handle import KeyHandle

from .patching import Patch

_HEAD = 8


def _of_the_same_bytes(store: KeyStore, ref: KeyRef) -> tuple[KeyRef, ...]:
    """The entry and every other one of its store that holds the same."""
    value = store._record(ref)[_HEAD:]
    return tuple(each for each in store.refs() if store._record(each)[_HEAD:] == value)


def right_of_the_bytes(patch: Patch) -> None:
    """Who has shown a key has shown every key of the directory that has its bytes."""
    earn = Standing.earn

    def generous(self: Standing, directory: int, level: int, by: KeyRef) -> None:
        earn(self, directory, level, by)
        store = self.keys(directory)
        for each in _of_the_same_bytes(store, by):
            if store.level(each):
                earn(self, directory, store.level(each), each)

    patch.setattr(Standing, "earn", generous)


def counter_of_the_bytes(patch: Patch) -> None:
    """Keys of the same bytes are kept once: they have one try counter, that of the first."""
    cell = KeyStore._counter_cell

    def shared(self: KeyStore, ref: KeyRef) -> bytes:
        known = self._partition.get(self._record_cell(ref)) is not None
        return cell(self, _of_the_same_bytes(self, ref)[0] if known else ref)

    patch.setattr(KeyStore, "_counter_cell", shared)


def instruction_not_under_mac(patch: Patch) -> None:
    """A MAC of the social side is good for each of the three commands that carry nothing else."""
    command_mac, same = secure_messaging.command_mac, secure_messaging.same
    good: list[bytes] = []

    def lenient(key: KeyHandle, header: bytes, data: bytes) -> bytes:
        good[:] = [command_mac(key, header[:1] + bytes((ins,)) + header[2:], data) for ins in (0x24, 0x1E, 0x16)]
        return command_mac(key, header, data)

    patch.setattr(secure_messaging, "command_mac", lenient)
    patch.setattr(secure_messaging, "same", lambda wanted, mac: any(same(each, mac) for each in (wanted, *good)))
