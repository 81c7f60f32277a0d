"""What card and kernel came to, told bit by bit: every decision with its clause and the bit it set; TVR, TSI, 9F34."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dualcos.cli.facts.fact_sheet import hexed
from dualcos.cli.facts.financial_facts import CardTransaction, CvmResult, KernelDecision, ResultBitFact
from dualcos.cli.facts.terminal_facts import TerminalDetail
from dualcos.cli.standing.step_kinds import detail
from dualcos.explain.bank_elements import value_in_words
from dualcos.explain.card_texts import card_text
from dualcos.explain.chip_data_words import element_names
from dualcos.explain.rendering import Paint, columns, grouped
from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.cvm_list import CvmRule
from dualcos.messages.terminal_results import CvmOutcome, ResultBit, Tvr, tsi_bits, tvr_bits
from dualcos.terminal.financial.kernel.cryptogram_answer import CryptogramKind
from dualcos.terminal.financial.kernel.kernel_record import (
    CVM_RESULTS_TAG,
    SCRIPT_RESULTS_TAG,
    KernelNote,
    KernelRecord,
)
from dualcos.terminal.terminal_parts import PartText

_AID, _LABEL, _CID = 0x84, 0x50, 0x9F27
_NO_METHOD = 0x3F
_OUTCOMES = {
    CvmOutcome.UNKNOWN: PartText("结果未知", "outcome unknown"),
    CvmOutcome.FAILED: PartText("失败", "failed"),
    CvmOutcome.SUCCESSFUL: PartText("成功", "successful"),
}
_SHOWN = (0x84, 0x50, 0x9F12, 0x5A, 0x5F34, 0x5F20, 0x5F24, 0x5F25, 0x5F28, 0x9F08, 0x8F)
_CODES = (0x9F0E, 0x9F0F, 0x9F0D)
_LISTS = (0x82, 0x9F07, 0x8E, *_CODES)
_NUMBER = 0x5A


def clause_of(ref: str) -> str:
    """With its document, which the kernel leaves out where it is PBOC-6."""
    return f"PBOC-6 {ref}" if ref.startswith("§") else ref


# --- facts ----------------------------------------------------------------------------------------------------------


def card_facts(record: KernelRecord) -> CardTransaction:
    """All of it."""
    cid = record.card.get(_CID)
    return CardTransaction(
        application=hexed(record.card.get(_AID, b"")),
        label=_label(record),
        account=masked_account(record.pan),
        tvr=hexed(record.tvr),
        tvr_bits=[_bit_fact(bit.value) for bit in tvr_bits(record.tvr)],
        tsi=hexed(record.tsi),
        tsi_bits=[_bit_fact(bit.value) for bit in tsi_bits(record.tsi)],
        cvm=_cvm_fact(record),
        cryptogram=CryptogramKind(cid[0] >> 6).name if cid else None,
        scripts=hexed(record.terminal.get(SCRIPT_RESULTS_TAG, b"")),
        decisions=[_decision(note) for note in record.notes],
    )


def _label(record: KernelRecord) -> str:
    value = record.card.get(_LABEL, b"")
    return card_text(value) or hexed(value)


def _bit_fact(bit: ResultBit) -> ResultBitFact:
    return ResultBitFact(place=bit.place, zh=bit.zh, en=bit.en, clause=clause_of(bit.ref))


def _decision(note: KernelNote) -> KernelDecision:
    step = note.step.name.lower().replace("_", "-")
    return KernelDecision(step=step, zh=note.zh, en=note.en, clause=clause_of(note.ref), bit=_bit_of(note))


def _bit_of(note: KernelNote) -> str | None:
    if note.result is None:
        return None
    return f"{'TVR' if isinstance(note.result, Tvr) else 'TSI'} {note.result.value.place}"


def _cvm_fact(record: KernelRecord) -> CvmResult | None:
    value = record.terminal.get(CVM_RESULTS_TAG)
    if value is None:
        return None
    said = cvm_words(value)
    return CvmResult(results=hexed(value), zh=said.zh, en=said.en)


def cvm_words(value: bytes) -> PartText:
    """9F34: which method under which condition, and what came of it."""
    code, condition, outcome = value
    came = _OUTCOMES[CvmOutcome(outcome)]
    if code & _NO_METHOD == _NO_METHOD:
        return PartText(f"未执行CVM：{came.zh}", f"no method performed: {came.en}")
    rule = CvmRule(code & _NO_METHOD, goes_on=False, condition=condition)
    return PartText(f"{rule.zh}：{came.zh}", f"{rule}: {came.en}")


# --- for people -----------------------------------------------------------------------------------------------------


def card_details(record: KernelRecord) -> Iterator[TerminalDetail]:
    """What was read of the card, as far as people ask for it; the account number is masked."""
    for tag in _SHOWN:
        if tag in record.card:
            yield detail(*element_names(tag), _shown(tag, record), f"{tag:X}")


def _shown(tag: int, record: KernelRecord) -> str:
    if tag == _NUMBER:
        return masked_account(record.pan)
    value, colon, said = value_in_words(tag, record.card[tag]).partition(": ")
    return said if colon else value


def list_lines(record: KernelRecord) -> Iterator[str]:
    """What of the card is a list, an entry to a line: what it can, what it is for, how its holder is verified, when its
    issuer declines and when he is asked.
    """
    for tag in _LISTS:
        value = record.card.get(tag)
        if value is not None:
            zh, en = element_names(tag)
            yield f"    {tag:X}  {en} {zh}  {hexed(value)}"
            yield from (f"        {each}" for each in _entries(tag, value))


def _entries(tag: int, value: bytes) -> list[str]:
    if tag in _CODES:
        return [f"{bit.value.place}  {bit.value.zh} {bit.value.en}" for bit in tvr_bits(value)]
    _, colon, said = value_in_words(tag, value).partition(": ")
    return said.split("; ") if colon else []


def kernel_lines(record: KernelRecord, paint: Paint) -> Iterator[str]:
    """Every decision under its step, then the results bit by bit."""
    for step, notes in groupby(record.notes, lambda note: note.step):
        yield f"  {paint('name', f'{step.value.zh} {step.value.en}')}"
        yield from _note_lines(notes, paint)
    yield from result_lines(record, paint)


def _note_lines(notes: Iterator[KernelNote], paint: Paint) -> Iterator[str]:
    for note in notes:
        mark = _bit_of(note)
        rule = paint("faint", f"[{clause_of(note.ref)}]")
        set_bit = f"{paint('warn', mark)}  " if mark else ""
        yield f"    {set_bit}{note.zh} {note.en}  {rule}"


def result_lines(record: KernelRecord, paint: Paint) -> Iterator[str]:
    """TVR, TSI and 9F34: bytes, and each bit that is 1."""
    for name, value, bits in (
        ("TVR 95", record.tvr, [each.value for each in tvr_bits(record.tvr)]),
        ("TSI 9B", record.tsi, [each.value for each in tsi_bits(record.tsi)]),
    ):
        yield f"  {paint('name', name)}  {grouped(value, 1)}"
        rows = (
            (f"    {each.place}", f"{each.zh} {each.en}", paint("faint", f"[{clause_of(each.ref)}]")) for each in bits
        )
        yield from (line.rstrip() for line in columns(rows))
    cvm = record.terminal.get(CVM_RESULTS_TAG)
    if cvm is not None:
        yield f"  {paint('name', 'CVM 9F34')}  {grouped(cvm, 1)}  {cvm_words(cvm)}"
