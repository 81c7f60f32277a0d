"""The social side on the bench: its owner, dialogues by name bound to one card's keys, commands that hit its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from cos.kernel.directory_headers import MF_FID
from cos.ssse.commands.command_table import ROWS
from cos.ssse.tables import access_levels, creation_data, ssse_holder
from cos.ssse.tables.table_model import AccessKind, Directory, File, FileForm, KeyKind, KeyRow
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import (
    read_binary,
    read_record,
    select_fid,
    select_file,
    select_name,
    update_binary,
    update_record,
)
from dualcos.dialogue.making import SOCIAL_FORM
from dualcos.dialogue.medical import MedicalAccount, account_of, balance, proof
from dualcos.dialogue.social import (
    SocialSession,
    internal_authentication,
    read_start,
    update_header,
)
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Macro, Play, in_turn, spoiled
from dualcos.profile.birth_order import social_master
from dualcos.profile.host_sessions import social_session
from dualcos.profile.schema import Profile
from dualcos.profile.social_plan import announced
from dualcos.profile.social_profile import SocialProfile
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.custody.social_key_service import SocialKeyService, TierKey
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

LABEL = "ssse"
_VALUES = (b"\x31", b"\x32", b"\x33")
_TERMINAL, _TIME = bytes.fromhex("010203040506"), bytes.fromhex("20250601093000")
OTHER_PINS = (bytes.fromhex("987654"), bytes.fromhex("13572468"))
_CREDIT_MAC = 12  # where MAC2 begins in CREDIT FOR LOAD
_External = tuple[Directory, KeyRow, int]
_Row = TypeVar("_Row")


def _pick(rows: Sequence[_Row], choice: int) -> _Row:
    return rows[choice % len(rows)]


class SocialOwner(NamedTuple):
    """The issuer and the holder of one card: its session, the environment's master key, what was ordered."""

    session: SocialSession
    master: KeyHandle
    social: SocialProfile


def host_of(profile: Profile, social: SocialProfile) -> SocialOwner:
    """The keys of the card that ``profile`` makes."""
    return SocialOwner(social_session(profile, social), social_master(profile), social)


def contents(file: File, choice: int) -> bytes:
    """New contents for record 1 or the first bytes of ``file``, of the right shape; two choices give two contents."""
    fill = _VALUES[choice % len(_VALUES)]
    if file.structure is FileForm.TRANSPARENT:
        return fill * 8
    if file.structure is FileForm.CYCLIC:
        return fill * file.record_length
    if not file.items:  # set aside for later editions: nothing is known of its records
        return bytes((0x01, 4)) + fill * 4
    item = file.items[0]
    return bytes((item.tag or 0, item.length)) + fill * item.length


class _SocialMacros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, host: SocialOwner) -> None:
        self.host, self.session = host, host.session
        self.pin = host.session.keys.pin
        self.files = tuple((d, f) for d in host.session.directories for f in d.files)
        self.writable = tuple(
            (d, f)
            for d, f in self.files
            if f.update.kind in (AccessKind.KEY, AccessKind.PIN, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)
            and (f.items or f.structure is FileForm.TRANSPARENT)
        )
        self.external = tuple(
            (d, row, version)
            for d in host.session.directories
            for row in d.keys
            if row.kind is KeyKind.AUTHENTICATION
            for version in row.versions
        )
        self.locking = tuple(entry for entry in self.external if entry[1].locks)
        self.never = tuple(entry for entry in self.external if not entry[1].locks)
        self.lockable = tuple(
            (d, row.name)
            for d in host.session.directories[1:]
            for row in d.keys
            if row.name.startswith("LK") and not row.locks
        )

    def select_directory(self, choice: int) -> Reply:
        directory = _pick(self.session.directories, choice)
        return select_fid(directory.fid) if choice % 2 else select_name(directory.name)

    def select_file(self, choice: int) -> Play:
        directory, file = _pick(self.files, choice)
        return in_turn(self.session.select(directory), select_file(file.fid))

    def read(self, choice: int) -> Play:
        directory, file = _pick(self.files, choice)
        return in_turn(self.session.select(directory), read_start(file))

    def prove(self, key: _External) -> Play:
        directory, row, version = key
        return in_turn(self.session.select(directory), self.session.authenticate(row, version))

    def master(self) -> Play:
        return in_turn(self.session.select(), SOCIAL_FORM.prove(self.host.master))

    def verify_bad(self, choice: int) -> Reply:
        wrong = bytes((self.pin[0] ^ (1 + choice % 8),)) + self.pin[1:] if self.pin else b"\x12\x34"
        return self.session.verify(wrong)

    def mixed(self, choice: int) -> Play:
        """An access key of the other cipher, loaded in the place of one (which changes its value), then proved."""
        directory, row, version = _pick(self.locking, choice)
        other = KeyHandle(TDES if self.host.master.algorithm is SM4 else SM4, OTHER_MASTER)
        holder_of_it = SocialKeyService({(row.name, version): TierKey(other, 3)})
        session = SocialSession(self.session.keys._replace(service=holder_of_it), ())
        return in_turn(self._load((directory, row, version), other), session.authenticate(row, version))

    def internal(self, choice: int) -> Play:
        directory = _pick(self.session.directories, choice)
        return in_turn(self.session.select(directory), internal_authentication(bytes(range(8)), bytes(range(8, 16))))

    def update(self, choice: int, *, secured: bool = False) -> Reply:
        directory, file = _pick(self.writable, choice)
        content = contents(file, choice // len(self.writable))
        return self.session.update(directory, file, content, secured=secured)

    def update_unearned(self, choice: int) -> Play:
        """The same command with whatever is proved at the moment, mostly too little."""
        directory, file = _pick(self.files, choice)
        command = apdu(f"00{update_header(file)}", contents(file, choice // len(self.files)))
        return in_turn(self.session.select(directory), send(command))

    def misfit(self, choice: int) -> Play:
        """A command for records on a transparent file, and the other way round."""
        directory, file = _pick(self.files, choice)
        wrong = (read_binary(file.sfi, 256), update_binary(file.sfi, b"\x00"))
        if file.structure is FileForm.TRANSPARENT:
            wrong = (read_record(1, file.sfi, choice % 5), update_record(1, b"\x01\x01\x00", file.sfi))
        return in_turn(self.session.select(directory), *wrong)

    def load_key(self, choice: int, other: int = 0) -> Play:
        """Load an access key again: same name, full counter, and the value of the ``other`` next one. Under the
        environment's master key.
        """
        _, row, version = _pick(self.external, choice + other)
        return self._load(_pick(self.external, choice), self.session.keys.key(row, version))

    def _load(self, key: _External, value: KeyHandle) -> Play:
        directory, row, version = key
        known = access_levels.levels(directory.keys)
        raw = creation_data.key_header(row, version, known, announced(self.host.social))
        header = KeyHeader.decode(raw)._replace(length=value.algorithm.key_length, algorithm=value.algorithm.social)
        master = self.host.master
        return in_turn(
            self.session.select(directory),
            SOCIAL_FORM.prove(master),
            SOCIAL_FORM.write_key(master, header, value),
        )

    def replace_master(self) -> Play:
        """The environment's master key by another, under itself; later proofs of the old one fail."""
        master = self.host.master
        return in_turn(self.master(), SOCIAL_FORM.write_master(master, KeyHandle(master.algorithm, OTHER_MASTER)))


class _MedicalMacros(NamedTuple):
    """The off-line medical account, in the directory where it lies."""

    session: SocialSession
    directory: Directory
    account: MedicalAccount

    def enter(self) -> Play:
        return in_turn(self.session.select(self.directory), self.session.verify())

    def load(self, choice: int) -> Play:
        """划入: INITIALIZE and CREDIT FOR LOAD."""
        return in_turn(self.enter(), self.account.load(1000 + choice % 7, _TERMINAL, _TIME))

    def load_bad(self, choice: int) -> Play:
        """The same with a wrong MAC2."""
        return spoiled(self.load(choice * 2 + 1), 0x2A, 1, at=_CREDIT_MAC)

    def purchase(self, choice: int) -> Play:
        """消费: INITIALIZE and DEBIT FOR PURCHASE, nothing from the account, so that it never runs dry."""
        order = Purchase(0, 5 + choice % 3, 7, _TERMINAL, (choice % 9).to_bytes(4, "big"), _TIME)
        return in_turn(self.enter(), self.account.purchase(order))

    def balance(self, choice: int) -> Play:
        return in_turn(self.enter(), balance(1 + choice % 3))

    def proof(self, choice: int) -> Play:
        sequence = (choice % 3).to_bytes(2, "big")
        return in_turn(self.session.select(self.directory), proof(0x31 + choice % 2, sequence))

    def rows(self) -> list[Macro]:
        """Its part of the table; of loads the even ones are right."""
        return [
            Macro("load", lambda choice: self.load(choice * 2), (0, 1), writes=True, guarded=True, restores=True),
            Macro(
                "load_bad", lambda choice: spoiled(self.load(choice * 2 + 1), 0x2A, 1, at=_CREDIT_MAC), restores=True
            ),
            # MAC1 takes no part of the terminal's sequence, the session key its last two bytes only (SSC-7 §12).
            Macro("purchase", self.purchase, (0, 1), writes=True, guarded=True, uncovered=(5, 6), restores=True),
            Macro("balance", self.balance, (0, 1, 2), restores=True),
            Macro("proof", self.proof, (0, 1, 2, 3)),
        ]


def macros(host: SocialOwner) -> Mapping[str, Macro]:
    """The macro table of the social side."""
    do, at, pays = _SocialMacros(host), host.session, host.social.options.wrong_mac_counts_for_puk
    files, keys, locking = (tuple(range(len(each))) for each in (do.writable, do.external, do.locking))
    rows = [
        Macro("verify_ok", lambda _: at.verify(), writes=True, earns=True, restores=True, presents=True),
        Macro("verify_bad", do.verify_bad, writes=True, spends=True),
        Macro("select_directory", do.select_directory),
        Macro("select_file", do.select_file),
        Macro("read", do.read),
        Macro("read_with_rights", lambda choice: at.read(*_pick(do.files, choice)), earns=True, restores=True),
        Macro(
            "ext_auth",
            lambda choice: do.prove(_pick(do.locking, choice)),
            locking[::5],
            writes=True,
            earns=True,
            guarded=True,
            restores=True,
            presents=True,
        ),
        Macro(
            "ext_auth_bad",
            lambda choice: spoiled(do.prove(_pick(do.locking, choice)), 0x82, 1 + choice % 255),
            locking[::5],
            writes=True,
            spends=True,
        ),
        Macro(
            "ext_auth_block",
            lambda choice: spoiled(do.prove(_pick(do.never, choice // 2)), 0x82, choice % 2),
            (0, 2),
            earns=True,
            guarded=True,
            restores=True,
        ),
        Macro("master", lambda _: do.master(), writes=True, earns=True, guarded=True, restores=True, presents=True),
        Macro("change_pin", lambda _: at.change_pin(do.pin), restores=True, presents=True),
        Macro("mixed", do.mixed, locking[::11], restores=True, presents=True, traffic=False),
        Macro("internal", do.internal),
        Macro("update", do.update, files, writes=True, earns=True, restores=True),
        Macro("update_unearned", do.update_unearned),
        Macro("misfit", do.misfit),
        Macro(
            "update_mac",
            lambda choice: do.update(choice, secured=True),
            files[::7],
            writes=True,
            earns=True,
            guarded=True,
            restores=True,
        ),
        Macro(
            "unblock_pin",
            lambda _: at.unblock_pin(),
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            presents=pays,
        ),
        Macro("reset_pin", lambda _: at.reload_pin(do.pin), guarded=True, sealed=True, restores=True, presents=pays),
        Macro("reset_pin_muddled", lambda _: at.reload_pin(b"\x12"), restores=True, muddles=pays),
        Macro("load_key", do.load_key, guarded=True, sealed=True, restores=True),
        Macro(
            "block_card",
            lambda _: at.block_card(),
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            ends=True,
            traffic=host.social.options.card_block_scope == "environment",
        ),
        Macro(
            "change_pin_anew",
            lambda choice: at.change_pin(_pick(OTHER_PINS, choice)),
            writes=True,
            restores=True,
            traffic=False,
        ),
        Macro(
            "reset_pin_anew",
            lambda choice: at.reload_pin(_pick(OTHER_PINS, choice)),
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            traffic=False,
        ),
        Macro(
            "load_key_anew",
            lambda choice: do.load_key(choice, 1),
            keys[::9],
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            replaces=keys,
            traffic=False,
        ),
        Macro(
            "replace_master",
            lambda _: do.replace_master(),
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            replaces=(0,),
            traffic=False,
        ),
    ]
    for directory in host.session.directories:
        account = account_of(at.keys, directory)
        if account is not None:
            rows += _MedicalMacros(at, directory, account).rows()
    if do.lockable:
        locks = tuple(range(len(do.lockable)))
        rows.append(
            Macro(
                "block_application",
                lambda choice: at.block_application(*_pick(do.lockable, choice)),
                locks,
                writes=True,
                guarded=True,
                sealed=True,
                restores=True,
                ends=True,
            )
        )
    return {row.name: row for row in rows}


def pool(host: SocialOwner) -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, near what is there, and what is there on other cards."""
    found: list[bytes] = [apdu("00840000", le=n) for n in (4, 8, 16)]
    found += [apdu("00C00000"), apdu("00C00000", le=256), apdu("00200000"), apdu("00880000", bytes(16))]
    for directory in host.session.directories:
        found += [apdu("00A40400", directory.name), apdu("00A40000", directory.fid.to_bytes(2, "big"))]
        found += [apdu("00A40100", directory.fid.to_bytes(2, "big")), apdu("00A40400", directory.name[:-1])]
        for file in directory.files:
            fid = file.fid.to_bytes(2, "big")
            found += [apdu("00A40200", fid), apdu("00A40000", fid), apdu(f"00B201{file.sfi << 3 | 4:02X}", le=256)]
            found += [apdu(f"00B201{file.sfi << 3:02X}", le=256), apdu(f"00{update_header(file)}", contents(file, 0))]
        for row in directory.keys:
            found.append(apdu(f"008200{row.kid:02X}", bytes(16)))
    found += [apdu(f"00B200{mode:02X}", le=256) for mode in range(7)] + [apdu("00B00000", le=256)]
    found += [apdu("00A40000", (MF_FID ^ low).to_bytes(2, "big")) for low in (1, 2)]
    return tuple(dict.fromkeys(found))


def side(profile: Profile, social: SocialProfile) -> Side:
    """The social side of the card that ``profile`` makes."""
    host = host_of(profile, social)
    return Side(
        LABEL,
        apdu("00A40400", ssse_holder.NAME),
        (ssse_holder.NAME,),
        (ssse_holder.FID.to_bytes(2, "big"),),
        ROWS,
        pool(host),
        macros(host),
        memory_of(LABEL),
    )
