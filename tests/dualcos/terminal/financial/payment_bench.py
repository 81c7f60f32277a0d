"""A payment terminal on a bench: a card in a watched slot; holder, PIN pad and attendant who follow a script; the
card's issuer, who answers with the card's own keys.

What a terminal has found is read out of what it sends (``sent``), never out of what it remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from apdu import tlv
from apdu.link import SmartCard
from dualcos.lab.faults.fault_script import FaultScript, Rule
from dualcos.lab.faults.faulty_card import FaultyCard
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.messages.terminal_results import Tsi, Tvr, tsi_bits, tvr_bits
from dualcos.profile.bank_order import bank_card, card_keys, sm_key_service
from dualcos.profile.schema import Profile, load, names
from dualcos.profile.terminal_keys import test_authority_keys as authorities
from dualcos.reader.slot import Slot
from dualcos.terminal.financial.kernel.debit_kernel import CardVerdict, DebitKernel, TransactionAsked, Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked, BankPinPad, KernelParts
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord
from dualcos.terminal.financial.kernel.kernel_settings import POS, USUAL_RISK, KernelSettings, RevokedCertificate
from dualcos.terminal.financial.kernel.processing_restrictions import GOODS_AND_SERVICES
from dualcos.terminal.financial.kernel.transaction_ended import TransactionEnded
from firewall.trace import NullTrace
from keys.custody.bank_key_service import KeyTriple
from tests.dualcos.terminal.financial.cryptogram_oracle import said_cid
from tests.dualcos.terminal.terminal_bench import NOW, WatchedCard, made_card

BANK = tuple(name for name in names() if load(name).pse is not None)
DEBIT = bytes.fromhex("A000000333010101")
PIN, SEALED_PIN, TELEPHONE_CODE = "1234", bytes.fromhex("0102030405060708"), "654321"
TELLING = (
    "pse.elements.8C=9F02069F03069F1A0295055F2A029A039C019F37049F21039F4E149F34039B02",
    "pse.elements.8D=8A029F02069F03069F1A0295055F2A029A039C019F37049F21039F34039B02",
)
"""Settings of a profile whose card asks for TSI and CVM results, too, so that they are seen in what is sent."""
TVR, TSI, CVM_RESULTS, CODE = 0x95, 0x9B, 0x9F34, 0x8A


@cache
def _profile(name: str, settings: tuple[str, ...]) -> Profile:
    return load(name, settings=settings)


class ChoosingHolder:
    """The holder: ``choice`` of a list; ``answers`` to what is to be confirmed, in turn, then yes."""

    def __init__(self, choice: int | None = 0, *answers: bool) -> None:
        self.choice = choice
        self.answers = list(answers)
        self.asked: list[Sequence[str] | str] = []

    def chooses(self, labels: Sequence[str]) -> int | None:
        self.asked.append(labels)
        return self.choice

    def confirms(self, label: str) -> bool:
        self.asked.append(label)
        return self.answers.pop(0) if self.answers else True


class ScriptedPad:
    """The PIN pad: ``entries`` in turn, then the right ones; an exception in their place is raised."""

    def __init__(self, *entries: str | bytes | Exception) -> None:
        self.entries = list(entries)
        self.asked: list[tuple[BankPinAsked, int | None]] = []
        self.accounts: list[str] = []
        self.amounts: list[int] = []

    def digits(self, asked: BankPinAsked, tries: int | None, amount: int) -> str:
        self.amounts.append(amount)
        self.asked.append((asked, tries))
        entered = self._next(PIN)
        assert isinstance(entered, str)
        return entered

    def enciphered(self, pan: str, amount: int) -> bytes:
        self.amounts.append(amount)
        self.asked.append((BankPinAsked.ONLINE, None))
        self.accounts.append(pan)
        entered = self._next(SEALED_PIN)
        assert isinstance(entered, bytes)
        return entered

    def _next(self, usual: str | bytes) -> str | bytes:
        entered = self.entries.pop(0) if self.entries else usual
        if isinstance(entered, Exception):
            raise entered
        return entered


class ScriptedAttendant:
    """The attendant: whether a document is the holder's; the code that he hears on the telephone."""

    def __init__(self, *, document: bool = True, heard: str | None = TELEPHONE_CODE) -> None:
        self.document, self.heard = document, heard
        self.compared: list[tuple[str, str]] = []
        self.called: list[str] = []

    def compares_document(self, kind: str, number: str) -> bool:
        self.compared.append((kind, number))
        return self.document

    def authorises(self, pan: str) -> str | None:
        self.called.append(pan)
        return self.heard


class Payment(NamedTuple):
    """How a transaction went. ``said``: every verdict, in order; ``ended``: why it did not come to its end."""

    said: tuple[CardVerdict, ...] = ()
    ended: TransactionEnded | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The last one; None if it ended without."""
        return None if self.ended is not None or not self.said else self.said[-1].verdict

    @property
    def last(self) -> CardVerdict:
        """The last one; there has to be one."""
        assert self.ended is None, self.ended
        return self.said[-1]


class PaymentBench:
    """``profile`` and ``settings``: of the card; ``card``: another one. ``faults``: rules of a fault script before it.

    All parts are here to be looked at and changed before ``kernel`` is called.
    """

    def __init__(
        self,
        profile: str = "dual-2.0-3des",
        *settings: str,
        card: SmartCard | None = None,
        faults: Iterable[Rule] = (),
    ) -> None:
        self.profile = _profile(profile, settings)
        inner = card or made_card(profile, *settings)
        rules = list(faults)
        if rules:
            inner = FaultyCard(
                inner,  # type: ignore[arg-type]  # only rules of power cuts need a card with a rail
                FaultScript(title="t", rules=rules),
                trace=NullTrace(),
                pull=lambda _back: self.card.pull(),
                sleep=lambda _seconds: None,
            )
        self.card = WatchedCard(inner)
        self.bugs: list[str] = []  # of the card: there must be none
        self.slot = Slot("card", self.card, report=self.bugs.append, shortest=0)
        self.holder = ChoosingHolder()
        self.pad: BankPinPad | None = ScriptedPad()
        self.attendant: ScriptedAttendant | None = ScriptedAttendant()
        self.data = POS
        self.parameters = AidParameters(DEBIT)
        self.risk = USUAL_RISK
        self.applications: Sequence[AidParameters] = ()  # instead of the one of ``parameters``
        self.keys = authorities()
        self.revoked: frozenset[RevokedCertificate] = frozenset()
        self.sm_algorithms = False
        self.random: Callable[[int], bytes] = lambda count: bytes(range(1, count + 1))
        self.skips_default = self.stops_at_6985 = False
        self.asked = TransactionAsked("00", 10_000, NOW, 1, GOODS_AND_SERVICES)
        self._kernel: DebitKernel | None = None

    # --- the terminal ---------------------------------------------------------------------------------------------

    @property
    def kernel(self) -> DebitKernel:
        """The kernel of this transaction, made of the parts as they are when it is first asked for."""
        if self._kernel is None:
            parts = KernelParts(self.slot, self.holder, self.pad, self.attendant)
            self._kernel = DebitKernel(parts, self.settings, self.asked)
        return self._kernel

    @property
    def settings(self) -> KernelSettings:
        """What the kernel goes by."""
        return KernelSettings(
            self.data,
            tuple(self.applications) or (self.parameters,),
            self.random,
            self.keys,
            self.risk,
            self.skips_default,
            self.stops_at_6985,
            self.revoked,
            self.sm_algorithms,
        )

    @property
    def record(self) -> KernelRecord:
        """What the kernel knows."""
        return self.kernel.record

    def again(self) -> None:
        """Another transaction with the same card; what passed is forgotten."""
        self._kernel = None
        self.card.passed.clear()

    def begin(self) -> CardVerdict:
        """Up to the first cryptogram."""
        self.kernel.read()
        return self.kernel.begin()

    def pay(self, answer: IssuerAnswer | Callable[[PaymentBench], IssuerAnswer | None] | None = None) -> Payment:
        """A whole transaction, scripts and all. ``answer``: the issuer's, or what makes it; None: it is not reached."""
        said: list[CardVerdict] = []
        try:
            said.append(self.begin())
            if said[0].verdict is Verdict.ONLINE:
                got = answer(self) if callable(answer) else answer
                said.append(self.kernel.complete(got))
                if got is not None:
                    self.kernel.run_scripts(got)
        except TransactionEnded as ended:
            return Payment(tuple(said), ended)
        finally:
            self.kernel.release()
        return Payment(tuple(said))

    # --- the issuer -----------------------------------------------------------------------------------------------

    @property
    def card_keys(self) -> KeyTriple:
        """Of the algorithms with which this transaction is done."""
        if self.record.terminal.get(0xDF69) == b"\x01" and self.profile.pse and self.profile.pse.sm is not None:
            return sm_key_service(self.profile).card_keys(bank_card(self.profile))
        return card_keys(self.profile)

    def issuer(self, code: str = "00", *scripts: tuple[int, bytes], arpc: bytes | None = None) -> IssuerAnswer:
        """What the card's issuer answers to its ARQC. ``arpc``: 91 as it is to be, empty for none."""
        atc, ac = self.arqc
        raw = code.encode()
        right = self.card_keys.issuer_authentication_data(atc, ac, raw) if arpc is None else arpc
        return IssuerAnswer(raw, right, scripts)

    def script(self, *headers: str, identifier: bytes = b"\x00\x00\x00\x2a") -> bytes:
        """Contents of a script: commands without data under their MAC, of the issuer of this card."""
        commands = (self.script_command(header) for header in headers)
        return tlv.encode(0x9F18, identifier) + b"".join(tlv.encode(0x86, each) for each in commands)

    def script_command(self, header: str, data: bytes = b"") -> bytes:
        """One command of a script."""
        return self.card_keys.script(*self.arqc).command(bytes.fromhex(header), data)

    @property
    def arqc(self) -> tuple[bytes, bytes]:
        """Transaction counter and cryptogram of the first GENERATE AC: what goes to the issuer in 9F36 and 9F26."""
        return self.record.card[0x9F36], self.record.card[0x9F26]

    # --- what was sent --------------------------------------------------------------------------------------------

    def sent(self, instruction: int) -> list[bytes]:
        """The commands with that instruction which reached the card, in order."""
        return [each.command for each in self.card.passed if each.command[1] == instruction]

    def generated(self) -> Iterator[dict[int, bytes]]:
        """What each GENERATE AC told the card, by tag: split by the card's own lists."""
        for tag, command in zip((0x8C, 0x8D), self.sent(0xAE), strict=False):
            wanted = tlv.parse_dol(self.record.card[tag])
            yield tlv.split_dol(wanted, command[5 : 5 + command[4]])

    @property
    def last_cryptogram(self) -> int | None:
        """What the card answered to the last GENERATE AC, fetched in pieces or not: 9F27; None where that is none."""
        at = max((at for at, each in enumerate(self.card.passed) if each.command[1] == 0xAE), default=None)
        if at is None:
            return None
        answer = b""
        for each in self.card.passed[at:]:
            if answer and each.command[1] != 0xC0:
                break
            answer = answer[:-2] + each.answer
        return said_cid(answer[:-2]) if answer[-2:] == b"\x90\x00" else None

    @property
    def told(self) -> dict[int, bytes]:
        """What the last GENERATE AC told the card."""
        return list(self.generated())[-1]

    @property
    def tvr(self) -> frozenset[Tvr]:
        """Bits of the last TVR that went to the card."""
        return frozenset(tvr_bits(self.told[TVR]))

    @property
    def tsi(self) -> frozenset[Tsi]:
        """Bits of the last TSI that went to the card, of one whose lists ask for it."""
        return frozenset(tsi_bits(self.told[TSI]))

    @property
    def first_tvr(self) -> frozenset[Tvr]:
        """Bits of the TVR in the first GENERATE AC."""
        return frozenset(tvr_bits(next(self.generated())[TVR]))


def approving(bench: PaymentBench) -> IssuerAnswer:
    """The issuer approves and proves itself."""
    return bench.issuer()


def declining(bench: PaymentBench) -> IssuerAnswer:
    """The issuer declines and proves itself."""
    return bench.issuer("05")
