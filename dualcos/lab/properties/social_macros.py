"""The macro table of the social side: dialogues by name, bound to the keys of one card."""

from __future__ import annotations

from collections.abc import Mapping

from cos.ssse.tables import access_levels, creation_data
from cos.ssse.tables.table_model import AccessKind, Directory, FileForm, KeyKind, KeyRow
from dualcos.dialogue.making import master_header
from dualcos.lab.properties.social_host import (
    OTHER_MASTER,
    SocialOwner,
    authenticate,
    challenge,
    earn,
    payload,
    prove_master,
    read_file,
    secured,
    select,
    where,
)
from dualcos.lab.properties.traffic_steps import Macro, Play, apdu, send
from dualcos.profile.social_plan import announced
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from keys.medical_macs import Load, Purchase, load_session, purchase_session

_TERMINAL, _TIME, _DONE = bytes.fromhex("010203040506"), bytes.fromhex("20250601093000"), b"\x90\x00"
OTHER_PINS = (bytes.fromhex("987654"), bytes.fromhex("13572468"))


class _Macros:
    """Dialogues by number: every ``choice`` means one thing, and any number is a choice."""

    def __init__(self, host: SocialOwner) -> None:
        self.host = host
        self.home, *self.applications = host.directories
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

    def mixed(self, choice: int) -> Play:
        """An access key of the other cipher, loaded in the place of one (which changes its value), then proved."""
        directory, row, version = self.locking[choice % len(self.locking)]
        other = KeyHandle(TDES if self.host.master.algorithm is SM4 else SM4, OTHER_MASTER)
        yield from self._load(directory, row, version, other)
        random = yield from challenge()
        suffix = bytes((version,)) if version else b""
        yield from send(apdu(f"008200{row.kid:02X}", key_wrapping.master_authentication(other, random) + suffix))

    def change_pin_anew(self, choice: int) -> Play:
        yield from send(apdu("805E0100", self.host.pin + b"\xff" + OTHER_PINS[choice % 2]))

    def internal(self, choice: int) -> Play:
        yield from select(self.host.directories[choice % len(self.host.directories)])
        yield from send(apdu("00880000", bytes(range(16))))

    def update(self, choice: int) -> Play:
        directory, file = self.writable[choice % len(self.writable)]
        yield from earn(self.host, directory, file, write=True)
        yield from send(apdu(f"00{where(file)}", payload(file, choice // len(self.writable))))

    def update_unearned(self, choice: int) -> Play:
        """The same command with whatever is proved at the moment, mostly too little."""
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        yield from send(apdu(f"00{where(file)}", payload(file, choice // len(self.files))))

    def misfit(self, choice: int) -> Play:
        """A command for records on a transparent file, and the other way round."""
        directory, file = self.files[choice % len(self.files)]
        yield from select(directory)
        if file.structure is FileForm.TRANSPARENT:
            yield from send(apdu(f"00B201{file.sfi << 3 | choice % 5:02X}", le=256))
            yield from send(apdu(f"00DC01{file.sfi << 3 | 4:02X}", b"\x01\x01\x00"))
        else:
            yield from send(apdu(f"00B0{0x80 | file.sfi & 0x1F:02X}00", le=256))
            yield from send(apdu(f"00D6{0x80 | file.sfi & 0x1F:02X}00", b"\x00"))

    def update_mac(self, choice: int) -> Play:
        directory, file = self.writable[choice % len(self.writable)]
        yield from earn(self.host, directory, file, write=True)
        yield from secured(self.host, directory, f"04{where(file)}", payload(file, choice // len(self.writable)))

    def unblock_pin(self, _choice: int) -> Play:
        yield from self._puk()
        yield from secured(self.host, self.home, "84240000")

    def reset_pin(self, _choice: int) -> Play:
        yield from self._puk()
        yield from secured(self.host, self.home, "84240001", self.host.pin, enciphered=True)

    def reset_pin_muddled(self, _choice: int) -> Play:
        """A right MAC over what is no PIN."""
        yield from self._puk()
        yield from secured(self.host, self.home, "84240001", b"\x12", enciphered=True)

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
        known = access_levels.levels(directory.keys)
        raw = creation_data.key_header(row, version, known, announced(self.host.social))
        header = KeyHeader.decode(raw)._replace(length=value.algorithm.key_length, algorithm=value.algorithm.social)
        yield from select(directory)
        yield from prove_master(self.host)
        random = yield from challenge()
        cipher = key_wrapping.wrap_key(self.host.master, header, value)
        yield from send(key_wrapping.write_key_command(self.host.master, 0, cipher, random))

    # --- the medical account ---------------------------------------------------------------------------------------

    def _account(self) -> Directory:
        return next(d for d in self.applications if any(row.kind is KeyKind.PURCHASE for row in d.keys))

    def _medical_key(self, kind: KeyKind) -> KeyHandle:
        row = next(row for row in self._account().keys if row.kind is kind)
        return self.host.service.card_key(row.name, self.host.card, row.versions[0])

    def _index(self) -> bytes:
        row = next(row for row in self._account().keys if row.kind is KeyKind.PURCHASE)
        return bytes((row.versions[0] or 1,))

    def _enter_account(self) -> Play:
        yield from select(self._account())
        yield from send(apdu("00200000", self.host.pin))

    def load(self, choice: int) -> Play:
        """划入: INITIALIZE and CREDIT FOR LOAD with the right MAC2; for odd choices a wrong one."""
        yield from self._enter_account()
        amount = 1000 + choice % 7
        head = self._index() + amount.to_bytes(4, "big") + _TERMINAL
        answer = yield from send(apdu("B0280001", head))
        if answer[-2:] != _DONE:
            return
        balance, sequence = int.from_bytes(answer[:4], "big"), int.from_bytes(answer[4:6], "big")
        session = load_session(self._medical_key(KeyKind.LOAD), answer[8:12], sequence)
        mac2 = Load(balance, amount, _TERMINAL, sequence, _TIME).mac2(session)
        yield from send(apdu("B02A0000", _TIME + bytes((mac2[0] ^ choice % 2,)) + mac2[1:]))

    def purchase(self, choice: int) -> Play:
        """消费: INITIALIZE and DEBIT FOR PURCHASE, nothing from the account, so that it never runs dry."""
        yield from self._enter_account()
        sums = (0, 5 + choice % 3, 7)
        data = self._index() + b"".join(amount.to_bytes(4, "big") for amount in sums) + _TERMINAL
        answer = yield from send(apdu("B0280101", data))
        if answer[-2:] != _DONE:
            return
        sequence = int.from_bytes(answer[14:16], "big")
        terminal_sequence = (choice % 9).to_bytes(4, "big")
        session = purchase_session(self._medical_key(KeyKind.PURCHASE), answer[18:22], sequence, terminal_sequence)
        mac1 = Purchase(*sums, _TERMINAL, terminal_sequence, _TIME).mac1(session)
        yield from send(apdu("B02C0100", terminal_sequence + _TIME + mac1))

    def balance(self, choice: int) -> Play:
        yield from self._enter_account()
        which = 1 + choice % 3
        yield from send(apdu(f"B02600{which:02X}", le=4 if which == 1 else 6))

    def proof(self, choice: int) -> Play:
        yield from select(self._account())
        yield from send(apdu(f"B02E00{0x31 + choice % 2:02X}", (choice % 3).to_bytes(2, "big"), le=8))

    def replace_master(self, _choice: int) -> Play:
        """The environment's master key by another, under itself; later proofs of the old one fail."""
        yield from select(self.home)
        yield from prove_master(self.host)
        random = yield from challenge()
        other = KeyHandle(self.host.master.algorithm, OTHER_MASTER)
        cipher = key_wrapping.wrap_key(self.host.master, master_header(other.algorithm.social), other)
        yield from send(key_wrapping.write_key_command(self.host.master, 1, cipher, random))


def macros(host: SocialOwner) -> Mapping[str, Macro]:
    """The macro table of the social side."""
    do, pays = _Macros(host), host.social.options.wrong_mac_counts_for_puk
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
        Macro("change_pin", do.change_pin, restores=True, presents=True),
        Macro("mixed", do.mixed, locking[::11], restores=True, presents=True, traffic=False),
        Macro("internal", do.internal),
        Macro("update", do.update, files, writes=True, earns=True, restores=True),
        Macro("update_unearned", do.update_unearned),
        Macro("misfit", do.misfit),
        Macro("update_mac", do.update_mac, files[::7], writes=True, earns=True, guarded=True, restores=True),
        Macro("unblock_pin", do.unblock_pin, writes=True, guarded=True, sealed=True, restores=True, presents=pays),
        Macro("reset_pin", do.reset_pin, guarded=True, sealed=True, restores=True, presents=pays),
        Macro("reset_pin_muddled", do.reset_pin_muddled, restores=True, muddles=pays),
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
            replaces=keys,
            traffic=False,
        ),
        Macro(
            "replace_master",
            do.replace_master,
            writes=True,
            guarded=True,
            sealed=True,
            restores=True,
            replaces=(0,),
            traffic=False,
        ),
    ]
    if any(row.kind is KeyKind.PURCHASE for directory in host.directories for row in directory.keys):
        rows += [
            Macro("load", lambda choice: do.load(choice * 2), (0, 1), writes=True, guarded=True, restores=True),
            Macro("load_bad", lambda choice: do.load(choice * 2 + 1), restores=True),
            # MAC1 takes no part of the terminal's sequence, the session key its last two bytes only (SSC-7 §12).
            Macro("purchase", do.purchase, (0, 1), writes=True, guarded=True, uncovered=(5, 6), restores=True),
            Macro("balance", do.balance, (0, 1, 2), restores=True),
            Macro("proof", do.proof, (0, 1, 2, 3)),
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
