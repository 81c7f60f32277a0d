"""The payment application (JR/T 0025, PBOC 2.0) as a terminal and its issuer's host talk to it.

A method that sends one command gives its whole answer, whatever it is: what the card allows in which state is the
card's business, and a laboratory sends commands where they do not belong. ``read`` insists on success.

What a data object list asks for is taken from what the terminal knows, by tag, and fitted by the rule of EMV book 3
§5.4; the lists are those the card shows, unless they are given. The issuer's part needs the card's own keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data.aip_afl_ada import AflEntry, listed_records, parse_afl
from cos.pse.data.data_elements import fill
from cos.pse.stack import STACK
from dualcos.dialogue.driver import USUAL, Dialogue, Manner, Reply, apdu, done, send
from dualcos.dialogue.making import FCI_SFI, directory
from keys.bank_cryptography import cryptogram_input
from keys.custody.bank_key_service import KeyTriple

PDOL, CDOL1, CDOL2, DDOL = 0x9F38, 0x8C, 0x8D, 0x9F49
_HOME = STACK.places[0]
PSE = directory(_HOME.fid, _HOME.name)._replace(fci_sfi=FCI_SFI)
"""The environment as it is created."""
APPROVED = b"00"  # authorisation response code 8A
_CODE = 0x8A


class ScriptHeader(StrEnum):
    """Script commands without data of their own: CLA INS P1 P2 (PBOC-5 annex B)."""

    BLOCK_APPLICATION = "841E0000"
    UNBLOCK_APPLICATION = "84180000"
    BLOCK_CARD = "84160000"
    UNBLOCK_PIN = "84240000"


class ProcessingOptions(NamedTuple):
    """What GET PROCESSING OPTIONS tells: AIP 2, and where the records are (PBOC-5 B.8)."""

    aip: bytes
    files: tuple[AflEntry, ...]


class CardCryptogram(NamedTuple):
    """What GENERATE AC tells: CID, ATC 2, cryptogram 8 (none beside a CDA signature), issuer application data."""

    cid: int
    atc: bytes
    ac: bytes
    iad: bytes

    @property
    def cvr(self) -> bytes:
        """Card verification results, 4 bytes with their length (PBOC-5 table E.1)."""
        return self.iad[3:7]


def parse_options(data: bytes) -> ProcessingOptions:
    """The answer of GET PROCESSING OPTIONS, format 1 or 2. Raises TlvError, AflError."""
    plain = tlv.find(data, 0x80)
    aip, locator = (plain[:2], plain[2:]) if plain is not None else (tlv.find(data, 0x77, tag) for tag in (0x82, 0x94))
    return ProcessingOptions(aip or b"", parse_afl(locator or b""))


def parse_cryptogram(data: bytes) -> CardCryptogram:
    """The answer of GENERATE AC, format 1 or 2. Raises TlvError if it carries no transaction counter."""
    plain = tlv.find(data, 0x80)
    if plain is not None and len(plain) >= 11:
        return CardCryptogram(plain[0], plain[1:3], plain[3:11], plain[11:])
    cid, atc, ac, iad = (tlv.find(data, 0x77, tag) or b"" for tag in (0x9F27, 0x9F36, 0x9F26, 0x9F10))
    if not cid or not atc:
        raise TlvError("no answer of GENERATE AC")
    return CardCryptogram(cid[0], atc, ac, iad)


def list_data(raw: bytes, known: Mapping[int, bytes]) -> bytes:
    """What a data object list asks for, in its order; zeros for what is not known. Raises TlvError."""
    return b"".join(fill(tag, known[tag], size) if tag in known else bytes(size) for tag, size in tlv.parse_dol(raw))


def read_record(sfi: int, number: int) -> bytes:
    """READ RECORD by short identifier."""
    return apdu(f"00B2{number:02X}{sfi << 3 | 4:02X}", le=256)


class BankSession:
    """One application of one card. A new SELECT begins anew with it.

    ``terminal``: what the terminal knows, by tag. ``lists``: data object lists known beforehand, by tag. ``keys``: the
    card's own, for the issuer's part (``BankKeyService.card_keys``). ``fci``: the answer of SELECT; ``shown``: the
    data objects of the records that were read. ``first``: the transaction's first cryptogram, None if there was none.
    ``sent``: what the lists of the last GENERATE AC asked for, by tag.
    """

    def __init__(
        self,
        aid: bytes,
        terminal: Mapping[int, bytes],
        keys: KeyTriple | None = None,
        *,
        lists: Mapping[int, bytes] | None = None,
        manner: Manner = USUAL,
    ) -> None:
        self.aid = aid
        self.terminal = terminal
        self.manner = manner
        self.fci = b""
        self.shown: dict[int, bytes] = {}
        self.sent: dict[int, bytes] = {}
        self.first: CardCryptogram | None = None
        self._keys = keys
        self._lists = lists or {}

    def data_list(self, tag: int) -> bytes:
        """PDOL, CDOL1, CDOL2 or DDOL: as given, else as shown, else empty. Raises TlvError if the FCI is none."""
        if tag in self._lists:
            return self._lists[tag]
        return (tlv.find(self.fci, 0x6F, 0xA5, tag) if tag == PDOL else self.shown.get(tag)) or b""

    def values(self, tag: int) -> bytes:
        """What the terminal sends for that list. Raises TlvError."""
        return list_data(self.data_list(tag), self.terminal)

    # --- terminal and holder -----------------------------------------------------------------------------------

    def send(self, command: bytes) -> Reply:
        """Any command, such as a script's that came from the issuer."""
        return send(command, self.manner)

    def select(self, name: bytes | None = None, p2: int = 0) -> Reply:
        """SELECT the application, by ``name`` if it is another one or part of one; ``p2`` 02: the next occurrence."""
        answer = yield from self.send(apdu(f"00A404{p2:02X}", self.aid if name is None else name))
        self.fci, self.shown, self.first = answer.data, {}, None
        return answer

    def options(self, data: bytes | None = None) -> Reply:
        """GET PROCESSING OPTIONS; a transaction begins. ``data``: for the PDOL, instead of what the terminal knows."""
        self.first = None
        return self.send(self._options(data))

    def _options(self, data: bytes | None = None) -> bytes:
        return apdu("80A80000", tlv.encode(0x83, self.values(PDOL) if data is None else data))

    def read(self) -> Dialogue[dict[int, bytes]]:
        """GET PROCESSING OPTIONS and all ``records`` it names. Raises besides TlvError, AflError for what it is not."""
        answer = yield from done("GET PROCESSING OPTIONS", self._options(), self.manner)
        return (yield from self.records(parse_options(answer).files))

    def records(self, files: Iterable[AflEntry]) -> Dialogue[dict[int, bytes]]:
        """All records of an AFL, as templates, by the number of their data group (SFI, record), in the AFL's order.

        Raises StepRefused for a record that is listed and not there, TlvError for one that is no template.
        """
        records: dict[int, bytes] = {}
        for sfi, number, _ in listed_records(files):
            what = f"record {number} of SFI {sfi:02X}"
            record = yield from done(what, read_record(sfi, number), self.manner)
            records[sfi << 8 | number] = record
            self.shown |= {item.tag: item.value for item in tlv.leaves(record)}
        return records

    def record(self, sfi: int, number: int) -> Reply:
        """READ RECORD."""
        return self.send(read_record(sfi, number))

    def get_data(self, tag: int) -> Reply:
        """GET DATA."""
        return self.send(apdu(f"80CA{tag:04X}", le=256))

    def verify(self, block: bytes) -> Reply:
        """VERIFY with a PIN block (``bank_cryptography.pin_block``)."""
        return self.send(apdu("00200080", block))

    def authenticate_card(self) -> Reply:
        """INTERNAL AUTHENTICATE with the data of the DDOL."""
        return self.send(apdu("00880000", self.values(DDOL)))

    def generate(self, kind: int, data: bytes | None = None) -> Reply:
        """The first GENERATE AC. ``kind``: reference control, AAC 00, TC 40, ARQC 80; with 10 a CDA signature.

        ``data``: the data field, instead of what CDOL1 asks for.
        """
        answer = yield from self._generate(kind, CDOL1, self.terminal, data)
        try:
            self.first = parse_cryptogram(answer.data)
        except TlvError:  # a refusal, or no answer of this command: there is nothing to go online with
            self.first = None
        return answer

    def complete(self, kind: int, code: bytes = APPROVED, data: bytes | None = None) -> Reply:
        """The second GENERATE AC; ``code``: the issuer's answer or what the terminal says instead of it (8A)."""
        return self._generate(kind, CDOL2, {**self.terminal, _CODE: code}, data)

    def _generate(self, kind: int, tag: int, known: Mapping[int, bytes], data: bytes | None) -> Reply:
        if data is None:
            wanted = self.data_list(tag)
            data = list_data(wanted, known)
            self.sent = tlv.split_dol(tlv.parse_dol(wanted), data)
        return self.send(apdu(f"80AE{kind:02X}00", data))

    # --- issuer ------------------------------------------------------------------------------------------------

    def proves(self, answer: CardCryptogram, aip: bytes) -> bool:
        """True if ``answer`` to the last GENERATE AC is this card's. Raises KeyError for what was not sent."""
        text = cryptogram_input(self.sent, aip, answer.atc, answer.cvr)
        return self._issuer().verifies(answer.atc, text, answer.ac)

    def approval(self, code: bytes = APPROVED) -> bytes:
        """Issuer authentication data (tag 91): ARPC 8 ‖ ``code`` (PBOC-5 B.5)."""
        return self._issuer().issuer_authentication_data(*self._answered(), code)

    def authenticate_issuer(self, data: bytes | None = None) -> Reply:
        """EXTERNAL AUTHENTICATE; ``data`` as it came from the issuer, else ``approval()``."""
        return self.send(apdu("00820000", self.approval() if data is None else data))

    def script(self, header: str, data: bytes = b"") -> Reply:
        """A script command under its MAC (PBOC-5 C.2.4): a ``ScriptHeader`` or CLA INS P1 P2 in hex."""
        return self.send(self._issuer().script(*self._answered()).command(bytes.fromhex(header), data))

    def put_data(self, tag: int, value: bytes) -> Reply:
        """PUT DATA."""
        return self.script(f"04DA{tag:04X}", value)

    def update_record(self, sfi: int, number: int, record: bytes) -> Reply:
        """UPDATE RECORD."""
        return self.script(f"04DC{number:02X}{sfi << 3 | 4:02X}", record)

    def change_pin(self, new: str, current: str | None = None) -> Reply:
        """PIN CHANGE; with ``current`` in the form P2 01, else P2 02 (PBOC-5 B.10)."""
        return self.send(self._issuer().pin_change(*self._answered(), new, current))

    def _issuer(self) -> KeyTriple:
        if self._keys is None:
            raise ValueError("the issuer's part needs the card's keys")
        return self._keys

    def _answered(self) -> tuple[bytes, bytes]:
        """ATC and cryptogram of the first GENERATE AC: what issuer authentication and scripts are bound to."""
        if self.first is None:
            raise ValueError("there is no first cryptogram the issuer could answer")
        return self.first.atc, self.first.ac
