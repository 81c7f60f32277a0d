"""The social side on the bench: its macros, bound to the keys of one card, and commands that hit its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import NamedTuple

from cos.kernel.dialect import MF_FID
from cos.personalise.manager import SSSE_FID, master_header
from cos.personalise.social import announced, directories, key_service, social_card
from cos.profile import Profile, SocialProfile
from cos.ssse.commands.table import TABLE
from cos.ssse.tables import creation, levels, ssse
from cos.ssse.tables.model import AccessKind, Directory, File, KeyKind, KeyRow, Structure
from keys import t514
from keys.algorithms import SM4, TDES
from keys.handle import KeyHandle
from keys.host.social import SocialCard, SocialKeyService
from keys.store import KeyHeader
from terminal.assurance.bench import Cells, Side
from terminal.assurance.steps import Macro, Play, Reply, apdu, send

LABEL = "ssse"
_STK = KeyKind.MAINTENANCE
_VALUES = (b"\x31", b"\x32", b"\x33")


class Host(NamedTuple):
    """What the issuer and the holder of one card know."""

    service: SocialKeyService
    card: SocialCard
    directories: tuple[Directory, ...]
    pin: bytes
    master: KeyHandle
    social: SocialProfile


def host_of(profile: Profile, social: SocialProfile) -> Host:
    """The keys of the card that ``profile`` makes."""
    return Host(
        key_service(profile, social),
        social_card(profile, social),
        directories(social),
        bytes.fromhex(social.pin + "F" * (len(social.pin) % 2)),
        KeyHandle(SM4 if social.algorithm == "SM4" else TDES, profile.social_key("master")),
        social,
    )


# --- dialogues -------------------------------------------------------------------------------------------------------


def select(directory: Directory) -> Reply:
    """A directory of the environment, by name."""
    return (yield from send(apdu("00A40400", directory.name)))


def challenge(length: int = 8) -> Reply:
    """A random number."""
    answer = yield from send(apdu("00840000", le=length))
    return answer[:-2].ljust(length, b"\0")


def authenticate(host: Host, row: KeyRow, version: int = 0, *, flip: int = 0) -> Reply:
    """EXTERNAL AUTHENTICATION in the current directory; ``flip`` spoils the cryptogram."""
    random = yield from challenge()
    data = host.service.external_authentication(row.name, host.card, random, random, version)
    data = bytes((data[0] ^ flip,)) + data[1:]
    suffix = bytes((version,)) if version else b""
    return (yield from send(apdu(f"008200{row.kid:02X}", data + suffix)))


def prove_master(host: Host) -> Reply:
    """The environment's master key."""
    random = yield from challenge()
    return (yield from send(apdu("00820000", t514.master_authentication(host.master, random))))


def maintenance(directory: Directory) -> str:
    """The name of a directory's maintenance key."""
    return next(row.name for row in directory.keys if row.kind is _STK)


def secured(host: Host, directory: Directory, header: str, data: bytes = b"", *, enciphered: bool = False) -> Reply:
    """A command with MAC under the maintenance key, on a fresh random number."""
    random = yield from challenge()
    name, head = maintenance(directory), bytes.fromhex(header)
    make = host.service.secured_enciphered if enciphered else host.service.secured
    version = next(row.versions[0] for row in directory.keys if row.name == name)
    return (yield from send(make(name, host.card, random, head, data, version)))


def earn(host: Host, directory: Directory, file: File, *, write: bool) -> Play:
    """Everything the rule of ``file`` asks for, in its directory, which is selected."""
    rule = file.update if write else file.read
    yield from select(directory)
    if rule.kind in (AccessKind.PIN, AccessKind.PIN_AND_KEY):
        yield from send(apdu("00200000", host.pin))
    if rule.kind in (AccessKind.KEY, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY):
        row = directory.key(rule.key)
        if row is not None:
            yield from authenticate(host, row, row.versions[0])


def new_record(file: File, choice: int) -> bytes:
    """New contents for record 1 of ``file``, of the right shape; two choices give two contents."""
    fill = _VALUES[choice % len(_VALUES)]
    if file.structure in (Structure.LINEAR_FIXED, Structure.LINEAR_VARIABLE):
        if not file.items:  # set aside for later editions: nothing is known of its records
            return bytes((0x01, 4)) + fill * 4
        item = file.items[0]
        return bytes((item.tag or 0, item.length)) + fill * item.length
    return fill * file.record_length


def _where(file: File) -> str:
    if file.structure is Structure.TRANSPARENT:
        return f"D6{0x80 | file.sfi & 0x1F:02X}00"
    if file.structure is Structure.CYCLIC:
        return f"DC00{file.sfi << 3 | 3:02X}"
    return f"DC01{file.sfi << 3 | 4:02X}"


def _payload(file: File, choice: int) -> bytes:
    return _VALUES[choice % 3] * 8 if file.structure is Structure.TRANSPARENT else new_record(file, choice)


# --- the macros ------------------------------------------------------------------------------------------------------


class _Macros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.home, *self.applications = host.directories
        self.files = tuple((d, f) for d in host.directories for f in d.files)
        self.writable = tuple(
            (d, f)
            for d, f in self.files
            if f.update.kind in (AccessKind.KEY, AccessKind.PIN, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)
            and (f.items or f.structure is Structure.TRANSPARENT)
        )
        self.external = tuple(
            (d, row, version)
            for d in host.directories
            for row in d.keys
            if row.kind is KeyKind.AUTHENTICATION
            for version in row.versions
        )
        self.locking = tuple(entry for entry in self.external if entry[1].locks)
        self.never = tuple(entry for entry in self.external if not entry[1].locks)
        self.lockable = tuple(
            (d, row) for d in self.applications for row in d.keys if row.name.startswith("LK") and not row.locks
        )

    def select_directory(self, choice: int) -> Play:
        directory = self.host.directories[choice % len(self.host.directories)]
        if choice % 2:
            yield from send(apdu("00A40000", directory.fid.to_bytes(2, "big")))
        else:
            yield from select(directory)

    def select_file(self, choice: int) -> Play:
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        yield from send(apdu("00A40200", file.fid.to_bytes(2, "big")))

    def read(self, choice: int) -> Play:
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        yield from read_file(file)

    def read_with_rights(self, choice: int) -> Play:
        directory, file = self.files[choice % len(self.files)]
        yield from earn(self.host, directory, file, write=False)
        yield from read_file(file)

    def ext_auth(self, choice: int) -> Play:
        directory, row, version = self.locking[choice % len(self.locking)]
        yield from select(directory)
        yield from authenticate(self.host, row, version)

    def ext_auth_block(self, choice: int) -> Play:
        """With a key that failures never lock (BK, LK): right for even choices, else wrong."""
        directory, row, version = self.never[choice // 2 % len(self.never)]
        yield from select(directory)
        yield from authenticate(self.host, row, version, flip=choice % 2)

    def ext_auth_bad(self, choice: int) -> Play:
        directory, row, version = self.locking[choice % len(self.locking)]
        yield from select(directory)
        yield from authenticate(self.host, row, version, flip=1 + choice % 255)

    def master(self, _choice: int) -> Play:
        yield from select(self.home)
        yield from prove_master(self.host)

    def verify_ok(self, _choice: int) -> Play:
        yield from send(apdu("00200000", self.host.pin))

    def verify_bad(self, choice: int) -> Play:
        wrong = bytes((self.host.pin[0] ^ (1 + choice % 8),)) + self.host.pin[1:] if self.host.pin else b"\x12\x34"
        yield from send(apdu("00200000", wrong))

    def change_pin(self, _choice: int) -> Play:
        yield from send(apdu("805E0100", self.host.pin + b"\xff" + self.host.pin))

    def change_pin_anew(self, choice: int) -> Play:
        yield from send(apdu("805E0100", self.host.pin + b"\xff" + OTHER_PINS[choice % 2]))

    def internal(self, choice: int) -> Play:
        yield from select(self.host.directories[choice % len(self.host.directories)])
        yield from send(apdu("00880000", bytes(range(16))))

    def update(self, choice: int) -> Play:
        directory, file = self.writable[choice % len(self.writable)]
        yield from earn(self.host, directory, file, write=True)
        yield from send(apdu(f"00{_where(file)}", _payload(file, choice // len(self.writable))))

    def update_unearned(self, choice: int) -> Play:
        """The same command with whatever is proved at the moment, mostly too little."""
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        yield from send(apdu(f"00{_where(file)}", _payload(file, choice // len(self.files))))

    def misfit(self, choice: int) -> Play:
        """A command for records on a transparent file, and the other way round."""
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        if file.structure is Structure.TRANSPARENT:
            yield from send(apdu(f"00B201{file.sfi << 3 | choice % 5:02X}", le=256))
            yield from send(apdu(f"00DC01{file.sfi << 3 | 4:02X}", b"\x01\x01\x00"))
        else:
            yield from send(apdu(f"00B0{0x80 | file.sfi & 0x1F:02X}00", le=256))
            yield from send(apdu(f"00D6{0x80 | file.sfi & 0x1F:02X}00", b"\x00"))

    def update_mac(self, choice: int) -> Play:
        directory, file = self.writable[choice % len(self.writable)]
        yield from earn(self.host, directory, file, write=True)
        yield from secured(self.host, directory, f"04{_where(file)}", _payload(file, choice // len(self.writable)))

    def unblock_pin(self, _choice: int) -> Play:
        yield from self._puk()
        yield from secured(self.host, self.home, "84240000")

    def reset_pin(self, _choice: int) -> Play:
        yield from self._puk()
        yield from secured(self.host, self.home, "84240001", self.host.pin, enciphered=True)

    def reset_pin_anew(self, choice: int) -> Play:
        yield from self._puk()
        yield from secured(self.host, self.home, "84240001", OTHER_PINS[choice % 2], enciphered=True)

    def _puk(self) -> Play:
        puk = self.home.key("PUK")
        yield from select(self.home)
        if puk is not None:
            yield from authenticate(self.host, puk)

    def block_application(self, choice: int) -> Play:
        directory, row = self.lockable[choice % len(self.lockable)]
        yield from select(directory)
        yield from authenticate(self.host, row)
        yield from secured(self.host, directory, "841E0001")

    def block_card(self, _choice: int) -> Play:
        key = self.home.key("BK")
        yield from select(self.home)
        if key is not None:
            yield from authenticate(self.host, key)
        yield from secured(self.host, self.home, "84160000")

    def load_key(self, choice: int) -> Play:
        """Load an access key again: same name, same value, full counter. Under the environment's master key."""
        directory, row, version = self.external[choice % len(self.external)]
        value = self.host.service.card_key(row.name, self.host.card, version)
        yield from self._load(directory, row, version, value)

    def load_key_anew(self, choice: int) -> Play:
        """Give an access key the value of the next one."""
        directory, row, version = self.external[choice % len(self.external)]
        _, other, other_version = self.external[(choice + 1) % len(self.external)]
        value = self.host.service.card_key(other.name, self.host.card, other_version)
        yield from self._load(directory, row, version, value)

    def _load(self, directory: Directory, row: KeyRow, version: int, value: KeyHandle) -> Play:
        known = levels.levels(directory.keys)
        raw = creation.key_header(row, version, known, announced(self.host.social))
        header = KeyHeader.decode(raw)._replace(length=value.algorithm.key_length)
        yield from select(directory)
        yield from prove_master(self.host)
        random = yield from challenge()
        cipher = t514.wrap_key(self.host.master, header, value)
        yield from send(t514.write_key_command(self.host.master, 0, cipher, random))

    def replace_master(self, _choice: int) -> Play:
        """The environment's master key by another, under itself; later proofs of the old one fail."""
        yield from select(self.home)
        yield from prove_master(self.host)
        random = yield from challenge()
        other = KeyHandle(self.host.master.algorithm, OTHER_MASTER)
        cipher = t514.wrap_key(self.host.master, master_header(other.algorithm.social), other)
        yield from send(t514.write_key_command(self.host.master, 1, cipher, random))


OTHER_PINS = (bytes.fromhex("987654"), bytes.fromhex("13572468"))
OTHER_MASTER = bytes.fromhex("A5C3E1F70918273645546372819F0E1D")  # invented test key


def read_file(file: File) -> Reply:
    """Record 1, or the first 16 bytes, by short identifier."""
    if file.structure is Structure.TRANSPARENT:
        return (yield from send(apdu(f"00B0{0x80 | file.sfi & 0x1F:02X}00", le=16)))
    return (yield from send(apdu(f"00B201{file.sfi << 3 | 4:02X}", le=256)))


def macros(host: Host) -> Mapping[str, Macro]:
    """The macro table of the social side."""
    do = _Macros(host)
    files, keys, locking = (tuple(range(len(each))) for each in (do.writable, do.external, do.locking))
    rows = [
        Macro("verify_ok", do.verify_ok, writes=True, earns=True, restores=True, presents=True),
        Macro("verify_bad", do.verify_bad, writes=True, spends=True),
        Macro("select_directory", do.select_directory),
        Macro("select_file", do.select_file),
        Macro("read", do.read),
        Macro("read_with_rights", do.read_with_rights, earns=True, restores=True),
        Macro(
            "ext_auth",
            do.ext_auth,
            locking[::5],
            writes=True,
            earns=True,
            guarded=True,
            restores=True,
            presents=True,
        ),
        Macro("ext_auth_bad", do.ext_auth_bad, locking[::5], writes=True, spends=True),
        Macro("ext_auth_block", do.ext_auth_block, (0, 2), earns=True, guarded=True, restores=True),
        Macro("master", do.master, writes=True, earns=True, guarded=True, restores=True, presents=True),
        Macro("change_pin", do.change_pin, restores=True),
        Macro("internal", do.internal),
        Macro("update", do.update, files, writes=True, earns=True, restores=True),
        Macro("update_unearned", do.update_unearned),
        Macro("misfit", do.misfit),
        Macro("update_mac", do.update_mac, files[::7], writes=True, earns=True, guarded=True, restores=True),
        Macro("unblock_pin", do.unblock_pin, writes=True, guarded=True, sealed=True, restores=True),
        Macro("reset_pin", do.reset_pin, guarded=True, sealed=True, restores=True),
        Macro("load_key", do.load_key, guarded=True, sealed=True, restores=True),
        Macro(
            "block_card",
            do.block_card,
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            ends=True,
            traffic=host.social.options.card_block_scope == "environment",
        ),
        Macro("change_pin_anew", do.change_pin_anew, writes=True, restores=True, traffic=False),
        Macro(
            "reset_pin_anew", do.reset_pin_anew, writes=True, guarded=True, sealed=True, restores=True, traffic=False
        ),
        Macro(
            "load_key_anew",
            do.load_key_anew,
            keys[::9],
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            traffic=False,
        ),
        Macro(
            "replace_master", do.replace_master, writes=True, guarded=True, sealed=True, restores=True, traffic=False
        ),
    ]
    if do.lockable:
        locks = tuple(range(len(do.lockable)))
        rows.append(
            Macro(
                "block_application",
                do.block_application,
                locks,
                writes=True,
                guarded=True,
                sealed=True,
                restores=True,
                ends=True,
            )
        )
    return {row.name: row for row in rows}


# --- the side --------------------------------------------------------------------------------------------------------


def pool(host: Host) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, near what is there, and what is there on other cards."""
    found: list[bytes] = [apdu("00840000", le=n) for n in (4, 8, 16)]
    found += [apdu("00C00000"), apdu("00C00000", le=256), apdu("00200000"), apdu("00880000", bytes(16))]
    for directory in host.directories:
        found += [apdu("00A40400", directory.name), apdu("00A40000", directory.fid.to_bytes(2, "big"))]
        found += [apdu("00A40100", directory.fid.to_bytes(2, "big")), apdu("00A40400", directory.name[:-1])]
        for file in directory.files:
            fid = file.fid.to_bytes(2, "big")
            found += [apdu("00A40200", fid), apdu("00A40000", fid), apdu(f"00B201{file.sfi << 3 | 4:02X}", le=256)]
            found += [apdu(f"00B201{file.sfi << 3:02X}", le=256), apdu(f"00{_where(file)}", _payload(file, 0))]
        for row in directory.keys:
            found.append(apdu(f"008200{row.kid:02X}", bytes(16)))
    found += [apdu(f"00B200{mode:02X}", le=256) for mode in range(7)] + [apdu("00B00000", le=256)]
    found += [apdu("00A40000", (MF_FID ^ low).to_bytes(2, "big")) for low in (1, 2)]
    return tuple(dict.fromkeys(found))


_COUNTER, _RECORD = ord("T"), ord("K")


def counters(cells: Cells) -> dict[bytes, int]:
    """Tries left of every key and PIN, by cell: ``K``, directory 2, ``T``, reference 3."""
    return {key: cells[key][0] & 0x0F for key in cells if key[:1] == b"K" and len(key) == 7 and key[3] == _COUNTER}


def masked(cells: Cells) -> dict[bytes, bytes]:
    """The cells without try counters."""
    tries = counters(cells)
    return {key: value for key, value in cells.items() if key not in tries}


def secrets(cells: Cells) -> tuple[bytes, ...]:
    """Every key and PIN value in the cells."""
    return tuple(cells[key][8:] for key in cells if key[:1] == b"K" and len(key) == 7 and key[3] == _RECORD)


def side(profile: Profile, social: SocialProfile) -> Side:
    """The social side of the card that ``profile`` makes."""
    host = host_of(profile, social)
    return Side(
        LABEL,
        apdu("00A40400", ssse.NAME),
        (ssse.NAME,),
        (SSSE_FID.to_bytes(2, "big"),),
        TABLE.rows,
        pool(host),
        macros(host),
        counters,
        secrets,
        masked,
    )


def probes(host: Host) -> tuple[tuple[str, Callable[[], Play]], ...]:
    """For every file: read it, and write it, with nothing proved; what F5 asks after each exit."""
    do = _Macros(host)

    def read(directory: Directory, file: File) -> Play:
        yield from select(directory)
        yield from read_file(file)

    def write(directory: Directory, file: File) -> Play:
        yield from select(directory)
        yield from send(apdu(f"00{_where(file)}", _payload(file, 2)))

    def one(play: Callable[[Directory, File], Play], directory: Directory, file: File) -> Callable[[], Play]:
        return lambda: play(directory, file)

    return tuple(
        chain.from_iterable(
            (
                (f"read {file.fid:04X} in {directory.fid:04X}", one(read, directory, file)),
                (f"write {file.fid:04X} in {directory.fid:04X}", one(write, directory, file)),
            )
            for directory, file in do.files
        )
    )
