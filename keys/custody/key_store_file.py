"""A key store file (密钥库): one party's keys, sealed at rest, values never shown.

One file has one owner; a key of another party is refused when it is entered and again when the file is opened. The
content is JSON inside an age file; mode 0600; replaced whole, so that a cut leaves the old or the new store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from firewall.hardware.randomness import Rng
from keys.algorithms import DES, BadKey
from keys.custody import key_blocks, key_transport, ownership
from keys.custody.exclusive_use import ChangedMeanwhileError, mark_of, replace_unchanged
from keys.custody.key_blocks import Arrived
from keys.custody.key_material import MATERIALS, UnfitKey, demand_fit
from keys.custody.key_transport import AES_NAME, HMAC_NAME, TransportError, cipher_of
from keys.custody.ownership import KeyOwner, NotYours, Purpose
from keys.custody.sealing import Lock, SealError
from keys.custody.whole_file import write_whole
from keys.key_handle import KeyHandle

_FORMAT = 1
_HEX = "^([0-9A-F]{2})*$"
_INVENTED = "test keys"


class KeyFileError(Exception):
    """The store cannot be used, or the key not be entered; the message says what to do. Never quotes a value."""


class StoredKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One key. ``tier``: steps from the national root (0) to the card (3), social roots only.

    ``since``, ``until``: first and last day of use, YYYYMMDD, empty where nobody set one. ``sendable``: False for one
    that came in a key block as not exportable.

    ``kcv`` is compared with the value whenever the store is opened. ``repr`` shows it and not the value.
    """

    name: str
    purpose: Purpose
    algorithm: str
    value: Annotated[str, Meta(pattern=_HEX)]
    kcv: Annotated[str, Meta(pattern=_HEX)]
    version: int = 1
    tier: int = 0
    note: str = ""
    since: str = ""
    until: str = ""
    sendable: bool = True

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name}/{self.version}"

    def __repr__(self) -> str:
        return f"<{self.algorithm} key {self.label}, {self.purpose.value}, KCV {self.kcv}>"


class _Content(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: int
    owner: KeyOwner
    title: str
    keys: tuple[StoredKey, ...]
    public: dict[str, str]
    log: str = ""


def _marked(key: StoredKey) -> str:
    return f"{key.label}={key.kcv}"


class KeyFile:
    """An open key store. Keys by name and version; ``public`` holds what goes with them and is no secret.

    ``log``: digest of the last entry of the ceremony log (``keys.custody.ceremony_log``), empty for none.

    A key that is not fit for its purpose (``keys.custody.key_material``) does not enter. One that a store from before
    brings along is set aside when the store is opened: it is kept and told (``unfit``), serves nobody, and makes way
    for a fit key of its name and version. To refuse the whole store would lock its other keys up.
    """

    __slots__ = ("_keys", "_read", "_unfit", "log", "owner", "public", "title")

    def __init__(self, owner: KeyOwner, title: str = "", public: Mapping[str, str] | None = None) -> None:
        self.owner = owner
        self.title = title
        self.public = dict(public or {})
        self.log = ""
        self._keys: dict[tuple[str, int], StoredKey] = {}
        self._unfit: dict[tuple[str, int], tuple[StoredKey, str]] = {}
        self._read: bytes | None = None

    # --- at rest -----------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, path: str | Path, lock: Lock) -> KeyFile:
        """Raises KeyFileError: not there, does not open, damaged, or with a key its owner must not hold.

        Whoever will save it has the store alone (``exclusive_use.used_alone``) before this.
        """
        try:
            sealed = Path(path).read_bytes()
        except OSError as error:
            raise KeyFileError(f"key store {path}: {error.strerror}") from None
        try:
            content = msgspec.json.decode(lock.unseal(sealed), type=_Content)
        except SealError as error:
            raise KeyFileError(f"key store {path}: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise KeyFileError(f"key store {path}: opened, but its content is not a key store") from None
        if content.format != _FORMAT:
            raise KeyFileError(f"key store {path}: format {content.format}, this program reads {_FORMAT}")
        store = cls(content.owner, content.title, content.public)
        store.log = content.log
        store._read = mark_of(sealed)
        for key in content.keys:
            try:
                store._enter_again(key)
            except (KeyFileError, NotYours) as error:
                raise KeyFileError(f"key store {path}: {error}") from None
        return store

    def save(self, path: str | Path, lock: Lock, *, new: bool = False) -> None:
        """Write the whole store under ``lock``; the old file is replaced in one step, behind a link too.

        ``new``: there must be no old one. Raises KeyFileError (another file than was opened), FileExistsError, OSError.
        """
        everything = self._keys | {at: key for at, (key, _) in self._unfit.items()}
        ordered = tuple(everything[at] for at in sorted(everything))
        content = _Content(
            format=_FORMAT, owner=self.owner, title=self.title, keys=ordered, public=self.public, log=self.log
        )
        sealed = lock.seal(msgspec.json.encode(content))
        if new:
            write_whole(Path(path), sealed)
            self._read = mark_of(sealed)
            return
        try:
            self._read = replace_unchanged(path, sealed, self._read)
        except ChangedMeanwhileError as error:
            raise KeyFileError(f"key store {error}") from None

    # --- entering keys -----------------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        purpose: Purpose,
        algorithm: str,
        value: bytes,
        *,
        version: int = 1,
        tier: int = 0,
        sendable: bool = True,
    ) -> StoredKey:
        """Enter a key. Raises NotYours, KeyFileError (taken, no such key, not fit for its purpose)."""
        ownership.demand(self.owner, purpose)
        at = name, version
        if at in self._keys:
            raise KeyFileError(f"a key {name}/{version} is here already (KCV {self._keys[at].kcv})")
        try:
            demand_fit(purpose, algorithm, value)
            check = key_transport.check_value(algorithm, value)
        except (UnfitKey, BadKey) as error:
            raise KeyFileError(f"key {name}/{version}: {error}") from None
        key = StoredKey(
            name=name,
            purpose=purpose,
            algorithm=algorithm,
            value=value.hex().upper(),
            kcv=check.hex().upper(),
            version=version,
            tier=tier,
            sendable=sendable,
        )
        self._unfit.pop(at, None)
        self._keys[at] = key
        return key

    def _enter_again(self, key: StoredKey) -> None:
        """A key that was in the store when it was saved."""
        ownership.demand(self.owner, key.purpose)
        at, value = (key.name, key.version), bytes.fromhex(key.value)
        if at in self._keys or at in self._unfit:
            raise KeyFileError(f"two keys are called {key.label}")
        try:
            demand_fit(key.purpose, key.algorithm, value, stored=True)
            check = key_transport.check_value(key.algorithm, value).hex().upper()
        except (UnfitKey, BadKey) as error:
            self._unfit[at] = key, str(error)
            return
        if check != key.kcv:
            raise KeyFileError(f"key {key.label} has check value {check}, noted is {key.kcv}: damaged")
        self._keys[at] = key

    @property
    def unfit(self) -> tuple[str, ...]:
        """A line for each key that is set aside, and why."""
        return tuple(self._set_aside(at) for at in sorted(self._unfit))

    def _set_aside(self, at: tuple[str, int]) -> str:
        key, reason = self._unfit[at]
        return f"key {key.label} cannot be used: {reason}; enter another under this name and version"

    def limit(self, name: str, version: int, since: str, until: str) -> StoredKey:
        """Set a key's days of use, YYYYMMDD or empty. Raises KeyFileError."""
        if since and until and since > until:
            raise KeyFileError(f"key {name}/{version}: its last day {until} is before its first {since}")
        key = structs.replace(self.key(name, version), since=since, until=until)
        self._keys[name, version] = key
        return key

    def overdue(self, today: str) -> Iterator[str]:
        """A line for every key that is used beyond its days, or before them."""
        for key in self.entries():
            if key.until and today > key.until:
                yield f"{key!r} was to be used until {key.until}: replace it"
            elif key.since and today < key.since:
                yield f"{key!r} is not to be used before {key.since}"

    def generate(
        self, name: str, purpose: Purpose, algorithm: str, rng: Rng, *, version: int = 1, tier: int = 0
    ) -> StoredKey:
        """A new key of ``rng``'s randomness. Raises as ``add``."""
        ownership.demand(self.owner, purpose)
        usual = next((each for each in MATERIALS[purpose] if each.algorithm == algorithm), None)
        cipher = cipher_of(algorithm)
        if cipher is None and algorithm not in (AES_NAME, HMAC_NAME):
            raise KeyFileError(f"key {name}/{version}: {algorithm} keys are not made here")
        size = 32 if algorithm == HMAC_NAME else usual.lengths[0] if usual else 16
        return self.add(name, purpose, algorithm, rng.bytes(size), version=version, tier=tier)

    def receive(
        self, name: str, exchange: str, block: str, *, version: int | None = None, tier: int = 0
    ) -> tuple[StoredKey, tuple[str, ...]]:
        """Enter the key of a TR-31 block that came under the exchange key called ``exchange``, in the version that the
        block says; ``version`` where it says none. Also what the header tells besides, a sentence each.

        Raises NotYours, KeyFileError, TransportError.
        """
        under = self._exchange(exchange)
        arrived = key_blocks.unwrap_block(bytes.fromhex(under.value), block, under.algorithm)
        if None not in (version, arrived.version) and version != arrived.version:
            raise TransportError(f"the key block carries version {arrived.version} of its key, not {version}")
        number = next((each for each in (arrived.version, version) if each is not None), 1)
        key = self.add(
            name,
            arrived.purpose,
            arrived.algorithm,
            arrived.value,
            version=number,
            tier=tier,
            sendable=arrived.sendable,
        )
        return key, arrived.told

    def send(self, name: str, exchange: str, *, version: int = 1) -> str:
        """A key as TR-31 block under the exchange key ``exchange``. Raises KeyFileError, TransportError."""
        under, key = self._exchange(exchange), self.key(name, version)
        if not key.sendable:
            raise KeyFileError(f"{key!r} came as not exportable: whoever sent it sends it on, not this store")
        arrived = Arrived(key.purpose, key.algorithm, bytes.fromhex(key.value), key.version)
        return key_blocks.wrap_block(bytes.fromhex(under.value), arrived, aes=under.algorithm == AES_NAME)

    def receive_cryptogram(  # noqa: PLR0913 - a key block says most of this itself, a cryptogram nothing
        self,
        name: str,
        purpose: Purpose,
        algorithm: str,
        exchange: str,
        cryptogram: bytes,
        expected: bytes,
        *,
        version: int = 1,
        tier: int = 0,
    ) -> StoredKey:
        """Enter a key that came enciphered ECB under ``exchange``, with its KCV. Raises as ``receive``."""
        under = self._exchange(exchange)
        cipher = cipher_of(under.algorithm)
        if cipher is None:
            raise TransportError(f"{under!r} makes key blocks, not plain cryptograms")
        if cipher is DES:
            raise TransportError(f"{under!r} protects no key: single DES can be searched through")
        value = key_transport.unwrap_cryptogram(
            KeyHandle(cipher, bytes.fromhex(under.value)), cryptogram, algorithm, expected
        )
        return self.add(name, purpose, algorithm, value, version=version, tier=tier)

    def _exchange(self, name: str) -> StoredKey:
        key = self.key(name)
        if key.purpose is not Purpose.EXCHANGE:
            raise KeyFileError(f"{key!r} is no transport key between hosts")
        return key

    # --- invented keys ---------------------------------------------------------------------------------------

    def mark_as_invented(self) -> None:
        """Note that the keys that are here now were invented for tests; a key that comes later is not among them."""
        self.public[_INVENTED] = " ".join(_marked(key) for key in self.entries())

    @property
    def invented(self) -> bool:
        """True if every key here was invented for tests."""
        noted = self.public.get(_INVENTED, "").split()
        return all(_marked(key) in noted for key in self.entries())

    # --- using keys --------------------------------------------------------------------------------------------

    def demand_owner(self, owner: KeyOwner) -> None:
        """Refuse to serve another party. Raises NotYours."""
        if self.owner is not owner:
            raise NotYours(f"this key store belongs to {self.owner.who}; {owner.who} may not use it")

    def key(self, name: str, version: int = 1) -> StoredKey:
        """The entry. Raises KeyFileError."""
        if (name, version) in self._unfit:
            raise KeyFileError(self._set_aside((name, version)))
        try:
            return self._keys[name, version]
        except KeyError:
            raise KeyFileError(f"the key store of {self.owner.who} has no key {name}/{version}") from None

    def newest(self, name: str) -> int:
        """The highest version of a key. Raises KeyFileError."""
        versions = [version for each, version in (*self._keys, *self._unfit) if each == name]
        if not versions:
            raise KeyFileError(f"the key store of {self.owner.who} has no key {name}")
        return max(versions)

    def holds(self, name: str) -> bool:
        """True if there is a key of this name."""
        return any(each == name for each, _ in (*self._keys, *self._unfit))

    def handle(self, name: str, version: int = 1) -> KeyHandle:
        """A card key as a handle. Raises KeyFileError."""
        key = self.key(name, version)
        cipher = cipher_of(key.algorithm)
        if cipher is None:
            raise KeyFileError(f"{key!r} is no card key")
        return KeyHandle(cipher, bytes.fromhex(key.value))

    def secret(self, name: str, purpose: Purpose, version: int = 1) -> bytes:
        """The bytes of what only hosts use: file MAC keys and RSA primes. Raises KeyFileError."""
        key = self.key(name, version)
        if key.purpose is not purpose or purpose not in (Purpose.FILE_MAC, Purpose.ISSUER_RSA):
            raise KeyFileError(f"the value of {key!r} does not leave the store")
        return bytes.fromhex(key.value)

    def entries(self, purpose: Purpose | None = None) -> tuple[StoredKey, ...]:
        """All keys that can be used, or those of one purpose, by name and version."""
        return tuple(self._keys[at] for at in sorted(self._keys) if purpose in (None, self._keys[at].purpose))

    def __repr__(self) -> str:
        return f"<KeyFile of {self.owner.who}, {len(self._keys)} keys>"
