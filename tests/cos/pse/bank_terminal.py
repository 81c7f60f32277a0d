"""A terminal and issuer for tests: speaks APDUs at T=0, knows the issuer's master keys, computes with pyemv only."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

from msgspec import structs

from apdu import tlv
from apdu.response import ResponseAPDU, parse_response
from cos.card import Card
from cos.pse.data.aip_afl_ada import AflEntry, listed_records
from dualcos.dialogue.bank import BankSession, CardCryptogram, parse_cryptogram
from dualcos.dialogue.driver import Manner, Reply, perform
from dualcos.profile.schema import Profile, load
from firewall.trace import TraceBuffer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    import pyemv

AID = "A000000333010101"
PSE = "315041592E5359532E4444463031"
AAC, TC, ARQC, CDA = 0x00, 0x40, 0x80, 0x10
CDOL_ORDER = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "9F21")
USUAL = {
    "9F02": "000000001000",
    "9F03": "000000000000",
    "9F1A": "0156",
    "95": "0000000000",
    "5F2A": "0156",
    "9A": "000125",
    "9C": "00",
    "9F37": "11223344",
    "9F21": "164721",
    "9F4E": "4455414C434F5320544553542053484F50202020",
}
GOOD_PIN, WRONG_PIN = "241234FFFFFFFFFF", "244321FFFFFFFFFF"


T = TypeVar("T")


def oracle(function: Callable[..., T], *arguments: object) -> T:
    """A pyemv function's opinion, without its warnings about TripleDES's old place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments)


def said(command: str | bytes) -> bytes:
    return bytes.fromhex(command) if isinstance(command, str) else command


def bank_profile(name: str = "bank-only", elements: dict[str, str | None] | None = None, **change: object) -> Profile:
    """A built-in profile with other elements (None: without) and other fields of its bank section."""
    profile = load(name)
    bank = profile.pse
    values = {**bank.elements, **(elements or {})}
    gone = {tag for tag, value in values.items() if value is None}
    records = {dgi: [tag for tag in tags if tag not in gone] for dgi, tags in bank.records.items()}
    internal = {dgi: [t for t in tags if t not in gone] for dgi, tags in bank.internal.items()}
    listed = {tag for tags in internal.values() for tag in tags}
    for tag in elements or {}:
        if tag in ("9F73", "9F75", "9F76", "9F36", "9F13") and tag not in listed and tag not in gone:
            internal["0D01" if tag in ("9F73", "9F75") else "0E01"].append(tag)
    fci = tuple(tag for tag in bank.fci if tag not in gone)
    if values.get("9F38") and "9F38" not in fci:
        fci = (*fci, "9F38")
    kept = {tag: value for tag, value in values.items() if value is not None}
    fields = {"elements": kept, "records": records, "internal": internal, "fci": fci, **change}
    pse = structs.replace(bank, **fields)
    return profile.having("pse", pse)


class Terminal:
    """One card in a terminal. ``atc``, ``ac`` are of the last first GENERATE AC: what the issuer works with."""

    def __init__(self, card: Card, profile: Profile) -> None:
        self.card = card
        self.profile = profile
        elements = profile.pse.elements
        self.pan, self.psn = elements["5A"].rstrip("F"), elements.get("5F34", "00")
        self.aip = bytes.fromhex(elements["82"])
        self.udk = {
            name: oracle(pyemv.kd.derive_icc_mk_a, profile.bank_key(name), self.pan, self.psn)
            for name in ("ac", "mac", "enc")
        }
        self.session = BankSession(bytes.fromhex(AID), {}, manner=Manner(behind_warnings=True))
        self.atc = self.ac = b""
        self.trace = TraceBuffer()
        card.power_on()

    # --- wire ----------------------------------------------------------------------------------------------

    def say(self, dialogue: Reply) -> ResponseAPDU:
        return perform(self.card, dialogue)

    def raw(self, command: str | bytes) -> ResponseAPDU:
        """One exchange; what waits is left waiting."""
        return parse_response(self.card.exchange(said(command)))

    def send(self, command: str | bytes) -> ResponseAPDU:
        """As a T=0 reader: repeats with the right Le, fetches what waits; a warning stays the word."""
        return self.say(self.session.send(said(command)))

    def sw(self, command: str | bytes) -> int:
        return self.send(command).sw

    # --- flow ----------------------------------------------------------------------------------------------

    def select(self, name: str = AID, p2: int = 0) -> ResponseAPDU:
        return self.say(self.session.select(bytes.fromhex(name), p2))

    def gpo(self, pdol: str = "") -> ResponseAPDU:
        return self.say(self.session.options(bytes.fromhex(pdol)))

    def verify(self, block: str = GOOD_PIN) -> int:
        return self.say(self.session.verify(bytes.fromhex(block))).sw

    def start(self, verify: bool = True) -> None:
        assert self.select().sw in (0x9000, 0x6283)
        assert self.gpo().sw == 0x9000
        if verify:
            assert self.verify() == 0x9000

    def values(self, **change: str) -> dict[str, str]:
        return {**USUAL, **{tag.removeprefix("t"): value for tag, value in change.items()}}

    def gac_raw(self, p1: int, arc: bytes | None = None, **change: str) -> ResponseAPDU:
        values = self.values(**change)
        data = bytes.fromhex("".join(values[tag] for tag in CDOL_ORDER))
        if arc is None:
            return self.say(self.session.generate(p1, data + bytes.fromhex(values["9F4E"])))
        return self.say(self.session.complete(p1, data=arc + data))

    def gac(self, p1: int, arc: bytes | None = None, **change: str) -> CardCryptogram:
        """A format-1 answer, its cryptogram checked with pyemv."""
        answer = self.gac_raw(p1, arc, **change)
        assert answer.sw == 0x9000, f"{answer.sw:04X}"
        assert answer.data[:2] == bytes((0x80, len(answer.data) - 2))
        found = parse_cryptogram(answer.data)
        assert found.ac == self.expected_ac(found.atc, found.cvr.hex(), self.values(**change))
        if arc is None:
            self.atc, self.ac = found.atc, found.ac
        return found

    def short(self, p1: int, arc: bytes | None = None, **change: str) -> tuple[int, str]:
        found = self.gac(p1, arc, **change)
        return found.cid, found.cvr.hex().upper()

    # --- issuer --------------------------------------------------------------------------------------------

    def session_key(self, name: str, atc: bytes) -> bytes:
        """PBOC-7 §11.1.3: the left half from the ATC, the right half from its complement."""
        inverse = bytes(byte ^ 0xFF for byte in atc)
        return oracle(pyemv.tools.encrypt_tdes_ecb, self.udk[name], bytes(6) + atc + bytes(6) + inverse)

    def expected_ac(self, atc: bytes, cvr: str, values: dict[str, str]) -> bytes:
        terminal = "".join(values[tag] for tag in ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37"))
        data = bytes.fromhex(terminal) + self.aip + atc + bytes.fromhex(cvr)
        return oracle(pyemv.ac.generate_ac, self.session_key("ac", atc), data, pyemv.ac.PaddingType.EMV)

    def ea(self, arc: bytes = b"00", right: bool = True) -> int:
        arpc = oracle(pyemv.ac.generate_arpc_1, self.session_key("ac", self.atc), self.ac, arc)
        return self.say(self.session.authenticate_issuer((arpc if right else bytes(8)) + arc)).sw

    def script(self, header: str, data: bytes = b"", right: bool = True) -> bytes:
        """A script command with its MAC."""
        head = bytes.fromhex(header) + bytes((len(data) + 4,))
        mac = oracle(
            pyemv.sm.generate_command_mac, self.session_key("mac", self.atc), head + self.atc + self.ac + data
        )[:4]
        return head + data + (mac if right else bytes(byte ^ 1 for byte in mac))

    def pin_change(self, new: str, current: str | None = None) -> bytes:
        d1 = bytes(4) + self.udk["enc"][4:8]
        block = bytes.fromhex(f"0{len(new):X}{new}".ljust(16, "F"))
        plain = bytes(a ^ b for a, b in zip(d1, block, strict=True))
        if current is not None:
            plain = bytes(a ^ b for a, b in zip(plain, bytes.fromhex(current.ljust(16, "0")), strict=True))
        padded = b"\x08" + plain + b"\x80" + bytes(6)
        cipher = oracle(pyemv.tools.encrypt_tdes_ecb, self.session_key("enc", self.atc), padded)
        return self.script("84240001" if current is not None else "84240002", cipher)

    def clean(self) -> None:
        """A complete online transaction with issuer authentication, so that the card is no longer new."""
        self.start()
        self.gac(ARQC)
        assert self.ea() == 0x9000
        assert self.gac(TC, b"00").cid == TC


def signed_records(card: Terminal, files: tuple[AflEntry, ...]) -> bytes:
    """Reads all records; what static data authentication is over: the contents of the signed ones in their order."""
    records = card.say(card.session.records(files))
    listed = [sfi << 8 | number for sfi, number, signed in listed_records(files) if signed]
    return b"".join(tlv.find(records[number], 0x70) for number in listed)
