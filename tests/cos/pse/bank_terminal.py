"""A terminal and issuer for tests: speaks APDUs at T=0, knows the issuer's master keys, computes with pyemv only."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from msgspec import structs

from cos.card import Card
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


class Answer(NamedTuple):
    data: bytes
    sw: int


class Cryptogram(NamedTuple):
    cid: int
    atc: bytes
    ac: bytes
    cvr: str
    iad: bytes


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
        self.atc = self.ac = b""
        self.trace = TraceBuffer()
        card.power_on()

    # --- wire ----------------------------------------------------------------------------------------------

    def raw(self, command: str | bytes) -> Answer:
        command = bytes.fromhex(command) if isinstance(command, str) else command
        answer = self.card.exchange(command)
        return Answer(answer[:-2], int.from_bytes(answer[-2:], "big"))

    def send(self, command: str | bytes) -> Answer:
        """As a T=0 reader: repeats with the right Le, fetches what waits; a warning stays the word."""
        command = bytes.fromhex(command) if isinstance(command, str) else command
        answer = self.raw(command)
        if answer.sw >> 8 == 0x6C:
            answer = self.raw(command[:4] + bytes((answer.sw & 0xFF,)))
        if answer.sw >> 8 == 0x61:
            return self.raw(bytes((0, 0xC0, 0, 0, answer.sw & 0xFF)))
        if answer.sw >> 8 == 0x62:
            length = self.raw("00C0000000").sw & 0xFF
            return Answer(self.raw(bytes((0, 0xC0, 0, 0, length))).data, answer.sw)
        return answer

    def sw(self, command: str | bytes) -> int:
        return self.send(command).sw

    # --- flow ----------------------------------------------------------------------------------------------

    def select(self, name: str = AID, p2: int = 0) -> Answer:
        return self.send(f"00A404{p2:02X}{len(name) // 2:02X}{name}00")

    def gpo(self, pdol: str = "") -> Answer:
        return self.send(f"80A80000{len(pdol) // 2 + 2:02X}83{len(pdol) // 2:02X}{pdol}00")

    def verify(self, block: str = GOOD_PIN) -> int:
        return self.sw("0020008008" + block)

    def start(self, verify: bool = True) -> None:
        assert self.select().sw in (0x9000, 0x6283)
        assert self.gpo().sw == 0x9000
        if verify:
            assert self.verify() == 0x9000

    def values(self, **change: str) -> dict[str, str]:
        return {**USUAL, **{tag.removeprefix("t"): value for tag, value in change.items()}}

    def gac_raw(self, p1: int, arc: bytes | None = None, **change: str) -> Answer:
        values = self.values(**change)
        order = CDOL_ORDER if arc is not None else (*CDOL_ORDER, "9F4E")
        data = (arc or b"").hex() + "".join(values[tag] for tag in order)
        return self.send(f"80AE{p1:02X}00{len(data) // 2:02X}{data}00")

    def gac(self, p1: int, arc: bytes | None = None, **change: str) -> Cryptogram:
        """A format-1 answer, its cryptogram checked with pyemv."""
        answer = self.gac_raw(p1, arc, **change)
        assert answer.sw == 0x9000, f"{answer.sw:04X}"
        data = answer.data
        assert data[:2] == bytes((0x80, len(data) - 2))
        found = Cryptogram(data[2], data[3:5], data[5:13], data[16:20].hex().upper(), data[13:])
        assert found.ac == self.expected_ac(found.atc, found.cvr, self.values(**change))
        if arc is None:
            self.atc, self.ac = found.atc, found.ac
        return found

    def short(self, p1: int, arc: bytes | None = None, **change: str) -> tuple[int, str]:
        found = self.gac(p1, arc, **change)
        return found.cid, found.cvr

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
        if not right:
            arpc = bytes(8)
        return self.sw(b"\x00\x82\x00\x00\x0a" + arpc + arc)

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
