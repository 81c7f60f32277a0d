"""The macro table of the social side: dialogues by name, bound to the keys of one card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from cos.ssse.tables import access_levels, creation_data
from cos.ssse.tables.table_model import AccessKind, Directory, FileForm, KeyKind, KeyRow
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import (
    challenge,
    read_binary,
    read_record,
    select_fid,
    select_file,
    select_name,
    update_record,
)
from dualcos.dialogue.making import SOCIAL_FORM
from dualcos.dialogue.medical import MedicalAccount, account_of, balance, proof
from dualcos.dialogue.social import SocialSession, internal_authentication, read_start, update_header
from dualcos.lab.properties.social_host import OTHER_MASTER, SocialOwner, contents
from dualcos.lab.properties.traffic_steps import Macro, Play, spoiled
from dualcos.profile.social_plan import announced
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase

_TERMINAL, _TIME = bytes.fromhex("010203040506"), bytes.fromhex("20250601093000")
OTHER_PINS = (bytes.fromhex("987654"), bytes.fromhex("13572468"))
_CREDIT_MAC = 12  # where MAC2 begins in CREDIT FOR LOAD
_External = tuple[Directory, KeyRow, int]
_Row = TypeVar("_Row")


def _pick(rows: Sequence[_Row], choice: int) -> _Row:
    return rows[choice % len(rows)]


class _Macros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, host: SocialOwner) -> None:
        self.host, self.session = host, host.session
        self.pin = host.session.keys.pin
        self.files = tuple((d, f) for d in host.directories for f in d.files)
        self.writable = tuple(
            (d, f)
            for d, f in self.files
            if f.update.kind in (AccessKind.KEY, AccessKind.PIN, AccessKind.PIN_OR_KEY, AccessKind.PIN_AND_KEY)
            and (f.items or f.structure is FileForm.TRANSPARENT)
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
            (d, row.name) for d in host.directories[1:] for row in d.keys if row.name.startswith("LK") and not row.locks
        )

    def select_directory(self, choice: int) -> Reply:
        directory = _pick(self.host.directories, choice)
        return select_fid(directory.fid) if choice % 2 else select_name(directory.name)

    def select_file(self, choice: int) -> Play:
        directory, file = _pick(self.files, choice)
        yield from self.session.select(directory)
        yield from select_file(file.fid)

    def read(self, choice: int) -> Play:
        directory, file = _pick(self.files, choice)
        yield from self.session.select(directory)
        yield from read_start(file)

    def prove(self, key: _External) -> Play:
        directory, row, version = key
        yield from self.session.select(directory)
        yield from self.session.authenticate(row, version)

    def master(self) -> Play:
        yield from self.session.select()
        yield from SOCIAL_FORM.prove(self.host.master)

    def verify_bad(self, choice: int) -> Reply:
        wrong = bytes((self.pin[0] ^ (1 + choice % 8),)) + self.pin[1:] if self.pin else b"\x12\x34"
        return self.session.verify(wrong)

    def mixed(self, choice: int) -> Play:
        """An access key of the other cipher, loaded in the place of one (which changes its value), then proved."""
        directory, row, version = _pick(self.locking, choice)
        other = KeyHandle(TDES if self.host.master.algorithm is SM4 else SM4, OTHER_MASTER)
        yield from self._load((directory, row, version), other)
        random = yield from challenge()
        suffix = bytes((version,)) if version else b""
        yield from send(apdu(f"008200{row.kid:02X}", key_wrapping.master_authentication(other, random) + suffix))

    def internal(self, choice: int) -> Play:
        yield from self.session.select(_pick(self.host.directories, choice))
        yield from internal_authentication(bytes(range(8)), bytes(range(8, 16)))

    def update(self, choice: int, *, secured: bool = False) -> Reply:
        directory, file = _pick(self.writable, choice)
        content = contents(file, choice // len(self.writable))
        return self.session.update(directory, file, content, secured=secured)

    def update_unearned(self, choice: int) -> Play:
        """The same command with whatever is proved at the moment, mostly too little."""
        directory, file = _pick(self.files, choice)
        yield from self.session.select(directory)
        yield from send(apdu(f"00{update_header(file)}", contents(file, choice // len(self.files))))

    def misfit(self, choice: int) -> Play:
        """A command for records on a transparent file, and the other way round."""
        directory, file = _pick(self.files, choice)
        yield from self.session.select(directory)
        if file.structure is FileForm.TRANSPARENT:
            yield from read_record(1, file.sfi, choice % 5)
            yield from update_record(1, b"\x01\x01\x00", file.sfi)
        else:
            yield from read_binary(file.sfi, 256)
            yield from send(apdu(f"00D6{0x80 | file.sfi & 0x1F:02X}00", b"\x00"))

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
        yield from self.session.select(directory)
        yield from SOCIAL_FORM.prove(self.host.master)
        yield from SOCIAL_FORM.write_key(self.host.master, header, value)

    def replace_master(self) -> Play:
        """The environment's master key by another, under itself; later proofs of the old one fail."""
        yield from self.master()
        yield from SOCIAL_FORM.write_master(self.host.master, KeyHandle(self.host.master.algorithm, OTHER_MASTER))


class _MedicalMacros(NamedTuple):
    """The off-line medical account, in the directory where it lies."""

    session: SocialSession
    directory: Directory
    account: MedicalAccount

    def enter(self) -> Play:
        yield from self.session.select(self.directory)
        yield from self.session.verify()

    def load(self, choice: int) -> Play:
        """划入: INITIALIZE and CREDIT FOR LOAD."""
        yield from self.enter()
        yield from self.account.load(1000 + choice % 7, _TERMINAL, _TIME)

    def load_bad(self, choice: int) -> Play:
        """The same with a wrong MAC2."""
        return spoiled(self.load(choice * 2 + 1), 0x2A, 1, at=_CREDIT_MAC)

    def purchase(self, choice: int) -> Play:
        """消费: INITIALIZE and DEBIT FOR PURCHASE, nothing from the account, so that it never runs dry."""
        yield from self.enter()
        yield from self.account.purchase(
            Purchase(0, 5 + choice % 3, 7, _TERMINAL, (choice % 9).to_bytes(4, "big"), _TIME)
        )

    def balance(self, choice: int) -> Play:
        yield from self.enter()
        yield from balance(1 + choice % 3)

    def proof(self, choice: int) -> Play:
        yield from self.session.select(self.directory)
        yield from proof(0x31 + choice % 2, (choice % 3).to_bytes(2, "big"))

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
    do, at, pays = _Macros(host), host.session, host.social.options.wrong_mac_counts_for_puk
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
    for directory in host.directories:
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
