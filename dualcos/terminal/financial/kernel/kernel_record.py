"""What a kernel knows while it works, and what it has decided: data by tag, TVR and TSI, a note for each decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from apdu.tlv import TlvError, parse_dol
from dualcos.dialogue.bank import list_data
from dualcos.messages.terminal_results import TSI_LENGTH, TVR_LENGTH, CvmOutcome, ScriptResult, Tsi, Tvr

_MOST_OF_A_LIST = 252
_AMOUNT_BINARY = 0x81
_TRACKS = (0x56, 0x57, 0x9F1F, 0x9F20, 0x9F6B)
TVR_TAG, TSI_TAG, CVM_RESULTS_TAG, SCRIPT_RESULTS_TAG = 0x95, 0x9B, 0x9F34, 0xDF31

TERMINAL_TAGS = frozenset(
    (
        *(0x71, 0x72, 0x81, 0x83, 0x86, 0x8A, 0x91, TVR_TAG, 0x98, 0x99, 0x9A, TSI_TAG, 0x9C, 0x5F2A, 0x5F36, 0x5F57),
        *(0x9F01, 0x9F02, 0x9F03, 0x9F04, 0x9F06, 0x9F09, 0x9F15, 0x9F16, 0x9F18, 0x9F1A, 0x9F1B, 0x9F1C, 0x9F1E),
        *(0x9F21, 0x9F22, 0x9F33, CVM_RESULTS_TAG, 0x9F35, 0x9F37, 0x9F39, 0x9F3A, 0x9F3C, 0x9F3D, 0x9F40, 0x9F41),
        *(0x9F4E, 0x9F7A, SCRIPT_RESULTS_TAG, 0xDF60, 0xDF69),
    )
)
"""What terminal, acquirer and issuer say, never a card (PBOC-6 table 38)."""


class StepText(NamedTuple):
    """For people. ``ref``: the clause of PBOC-6."""

    zh: str
    en: str
    ref: str


class KernelStep(Enum):
    """The steps of a transaction, in their order (PBOC-6 §7.1)."""

    SELECTION = StepText("应用选择", "application selection", "§7.2")
    INITIATION = StepText("应用初始化", "initiation", "§7.3")
    READING = StepText("读应用数据", "reading application data", "§7.4")
    AUTHENTICATION = StepText("脱机数据认证", "offline data authentication", "§7.5")
    RESTRICTIONS = StepText("处理限制", "processing restrictions", "§7.6")
    CARDHOLDER = StepText("持卡人验证", "cardholder verification", "§7.7")
    RISK = StepText("终端风险管理", "terminal risk management", "§7.8")
    ACTION = StepText("终端行为分析", "terminal action analysis", "§7.9")
    CARD_ACTION = StepText("卡片行为分析", "card action analysis", "§7.10")
    ONLINE = StepText("联机处理", "online processing", "§7.11")
    COMPLETION = StepText("交易结束", "completion", "§7.13")
    SCRIPTS = StepText("发卡行脚本处理", "issuer script processing", "§7.12")


class KernelNote(NamedTuple):
    """One decision. ``result``: the bit of TVR or TSI that it set, None if none; ``ref``: the clause of PBOC-6."""

    step: KernelStep
    zh: str
    en: str
    ref: str
    result: Tvr | Tsi | None = None


class KernelRecord:
    """One transaction's data. ``card``: what the card said, by tag; ``terminal``: what the terminal says, which a card
    cannot change; ``notes``: what was decided, in order. ``pin_block``: the enciphered PIN of on-line verification.
    """

    def __init__(self, terminal: Mapping[int, bytes]) -> None:
        self.card: dict[int, bytes] = {}
        self.terminal: dict[int, bytes] = dict(terminal)
        self.notes: list[KernelNote] = []
        self.pin_block = b""
        self.signature_wanted = False
        self.scripts: list[ScriptResult] = []
        self.pdol_data = b""
        """What GET PROCESSING OPTIONS carried: a combined signature is over it, too (PBOC-7 §6)."""
        self.static_data = b""
        """Of the records that are signed, in the order in which they were read (PBOC-6 §7.4.4)."""
        self.static_faulty = False
        """A signed record was no template 70: authentication fails (PBOC-7 §5)."""
        self._tvr = self._tsi = 0
        self._show_results()

    def note(self, step: KernelStep, zh: str, en: str, ref: str = "", result: Tvr | Tsi | None = None) -> None:
        """Write down what was decided. ``ref``: the step's clause if it is left out."""
        self.notes.append(KernelNote(step, zh, en, ref or step.value.ref, result))

    def set(self, result: Tvr | Tsi, step: KernelStep, why: tuple[str, str] = ("", "")) -> None:
        """The bit is 1 from now on; ``why``: what led to it, for people."""
        if isinstance(result, Tvr):
            self._tvr |= result.mask
        else:
            self._tsi |= result.mask
        row = result.value
        self._show_results()
        zh, en = (f"{said}{more and sep}{more}" for said, more, sep in ((row.zh, why[0], "："), (row.en, why[1], ": ")))
        self.note(step, zh, en, row.ref, result)

    def has(self, result: Tvr | Tsi) -> bool:
        """True if the bit is 1."""
        return bool((self._tvr if isinstance(result, Tvr) else self._tsi) & result.mask)

    def forget(self) -> None:
        """What nobody may keep of a transaction that has ended: the PIN, tracks (PBOC-4 §6; EMV book 4 §2.3)."""
        self.pin_block = b""
        for tag in _TRACKS:
            self.card.pop(tag, None)

    def clear_results(self) -> None:
        """TVR and TSI are zero again, where an application is initiated (PBOC-6 §7.3.4)."""
        self._tvr = self._tsi = 0
        self._show_results()

    @property
    def tvr(self) -> bytes:
        """95 as it is now."""
        return self.terminal[TVR_TAG]

    @property
    def tsi(self) -> bytes:
        """9B as it is now."""
        return self.terminal[TSI_TAG]

    def _show_results(self) -> None:
        self.terminal[TVR_TAG] = self._tvr.to_bytes(TVR_LENGTH, "big")
        self.terminal[TSI_TAG] = self._tsi.to_bytes(TSI_LENGTH, "big")

    def keep_cvm_results(self, code: int, condition: int, outcome: CvmOutcome) -> None:
        """9F34."""
        self.terminal[CVM_RESULTS_TAG] = bytes((code, condition, outcome))

    def keep_script(self, result: ScriptResult) -> None:
        """One more in DF31."""
        self.scripts.append(result)
        self.terminal[SCRIPT_RESULTS_TAG] = b"".join(each.raw for each in self.scripts)

    def value(self, tag: int) -> bytes | None:
        """The terminal's if it has one, else the card's."""
        return self.terminal.get(tag, self.card.get(tag))

    def known(self) -> dict[int, bytes]:
        """All by tag, the terminal's before the card's."""
        return {**self.card, **self.terminal}

    def asked_for(self, dol: bytes) -> bytes:
        """What a data object list asks for (PBOC-6 §8.2). Raises TlvError for none, or one that asks for more than a
        command carries, or for an amount in a form that does not hold it.
        """
        known = self.known()
        if known.get(_AMOUNT_BINARY) == b"" and any(tag == _AMOUNT_BINARY for tag, _ in parse_dol(dol)):
            raise TlvError("the list asks for 81, which does not hold the amount")
        data = list_data(dol, known)
        if len(data) > _MOST_OF_A_LIST:
            raise TlvError(f"the list asks for {len(data)} bytes, {_MOST_OF_A_LIST} at most can be sent")
        return data

    def notes_of(self, step: KernelStep) -> Iterator[KernelNote]:
        """Those of one step."""
        return (each for each in self.notes if each.step is step)

    @property
    def pan(self) -> str:
        """Digits of 5A."""
        return self.card.get(0x5A, b"").hex().upper().rstrip("F")

    @property
    def sequence(self) -> str:
        """5F34, two digits; 00 where the card has none."""
        return self.card.get(0x5F34, b"\0").hex()

    @property
    def aip(self) -> int:
        """82 as a number of two bytes."""
        return int.from_bytes(self.card.get(0x82, b"\0\0"), "big")

    def __repr__(self) -> str:
        """Nothing of a card or a PIN."""
        return f"<KernelRecord TVR {self.tvr.hex().upper()} TSI {self.tsi.hex().upper()}, {len(self.notes)} notes>"
