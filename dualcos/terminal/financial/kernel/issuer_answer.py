"""What came back from the issuer, and what the card is told of it: issuer authentication, scripts (PBOC-6 §7.11.4.2 to
§7.12).
"""

from __future__ import annotations

from dataclasses import dataclass

from apdu import tlv
from apdu.status import SW, StatusWord
from apdu.tlv import Tlv, TlvError
from cos.pse.data.aip_afl_ada import Aip
from dualcos.dialogue.driver import apdu
from dualcos.messages.terminal_results import ScriptOutcome, ScriptResult, Tsi, Tvr
from dualcos.terminal.financial.kernel.card_objects import objects
from dualcos.terminal.financial.kernel.card_of_payment import CardOfPayment
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded

BEFORE, AFTER = 0x71, 0x72
_AUTHENTICATION, _IDENTIFIER, _COMMAND = 0x91, 0x9F18, 0x86
_LEAST_AUTHENTICATION, _MOST_AUTHENTICATION = 8, 16
_GOES_ON = (0x90, 0x62, 0x63)
_NO_IDENTIFIER = bytes(4)


@dataclass(frozen=True, slots=True)
class IssuerAnswer:
    """``code``: 8A, two characters. ``authentication``: 91, empty if none came. ``scripts``: contents of 71 and 72 with
    their tag, in the order in which they came. ``approval``: field 38.
    """

    code: bytes
    authentication: bytes = b""
    scripts: tuple[tuple[int, bytes], ...] = ()
    approval: str = ""


def issuer_answer(code: str, chip: bytes, approval: str = "") -> IssuerAnswer:
    """Out of a message: field 39, field 55, field 38. What cannot be read of field 55 stays out; a script that cannot
    is one without commands, which the kernel reports (PBOC-6 §7.12.4.1).
    """
    items = _objects(chip)
    authentication = next((item.value for item in items if item.tag == _AUTHENTICATION), b"")
    scripts = tuple((item.tag, item.value) for item in items if item.tag in (BEFORE, AFTER))
    return IssuerAnswer(code.encode("ascii", "replace")[:2].ljust(2), authentication, scripts, approval)


def _objects(chip: bytes) -> list[Tlv]:
    """Those before the first that breaks off; if that is a script, it has come all the same, and is empty."""
    found: list[Tlv] = []
    tag = at = 0
    try:
        while at < len(chip):
            if not chip[at]:  # EMV book 3 annex B1
                at += 1
                continue
            tag, at = tlv.read_tag(chip, at)
            length, at = tlv.read_length(chip, at)
            if at + length > len(chip):
                raise TlvError("breaks off")
            found.append(Tlv(tag, chip[at : at + length]))
            at, tag = at + length, 0
    except TlvError:
        if tag in (BEFORE, AFTER):
            found.append(Tlv(tag, b""))
    return found


def authenticate_issuer(
    card: CardOfPayment, record: KernelRecord, answer: IssuerAnswer, settings: KernelSettings
) -> None:
    """EXTERNAL AUTHENTICATE where data came and the card's AIP asks for it; TSI 1.5, TVR 5.7 (PBOC-6 §7.11.4.3).
    Data that are none (8 to 16 bytes, EMV book 3 annex A) are not sent: they authenticate nobody. Raises
    TransactionEnded.
    """
    if not answer.authentication:
        record.note(KernelStep.ONLINE, "无发卡行认证数据", "no issuer authentication data came", "§7.11.4.2")
        return
    record.terminal[_AUTHENTICATION] = answer.authentication
    if not record.aip & Aip.ISSUER_AUTHENTICATION:
        record.note(KernelStep.ONLINE, "卡片不支持发卡行认证", "the card does not authenticate its issuer", "§7.11.4.2")
        return
    if not _LEAST_AUTHENTICATION <= len(answer.authentication) <= _MOST_AUTHENTICATION:
        length = len(answer.authentication)
        record.set(Tvr.ISSUER_NOT_AUTHENTICATED, KernelStep.ONLINE, (f"91长{length}字节", f"91 has {length} bytes"))
        return
    record.set(Tsi.ISSUER_AUTHENTICATION, KernelStep.ONLINE)
    sw = card.send(apdu("00820000", answer.authentication)).sw
    if sw == SW.CONDITIONS_NOT_SATISFIED and settings.stops_at_6985:
        raise TransactionEnded(EndCause.ISSUER_REFUSED, sw)
    if sw != SW.OK:
        record.set(Tvr.ISSUER_NOT_AUTHENTICATED, KernelStep.ONLINE, (str(sw), str(sw)))


def run_scripts(card: CardOfPayment, record: KernelRecord, answer: IssuerAnswer, which: int) -> None:
    """All scripts of one kind, 71 before the second GENERATE AC or 72 behind it; DF31, TSI 1.3, TVR 5.6 or 5.5. A card
    that is gone meanwhile has failed its command; nothing is raised, for the transaction is decided.
    """
    for tag, content in answer.scripts:
        if tag == which:
            result = _carried_out(card, record, content)
            record.keep_script(result)
            record.set(Tsi.SCRIPT_PROCESSING, KernelStep.SCRIPTS)
            if result.outcome is not ScriptOutcome.SUCCESSFUL:
                failed = Tvr.SCRIPT_FAILED_BEFORE if which == BEFORE else Tvr.SCRIPT_FAILED_AFTER
                record.set(failed, KernelStep.SCRIPTS, _where(result))


def _where(result: ScriptResult) -> tuple[str, str]:
    if not result.number:
        return "脚本无法解析", "the script cannot be read"
    return f"第{result.number}条命令", f"command {result.number}"


def _carried_out(card: CardOfPayment, record: KernelRecord, content: bytes) -> ScriptResult:
    """One script. Commands are looked at before any is sent: a script is read whole, or not carried out. What they do
    is between issuer and card, which has their MAC to go by: a command that PBOC-6 §7.12.3 does not list is passed on
    as well, and what it spoils of the transaction ends in the reversal of what the issuer has approved.
    """
    try:
        items = objects(content)
    except TlvError:
        return ScriptResult(ScriptOutcome.NOT_PERFORMED, 0, _NO_IDENTIFIER)
    identifier = next((item.value for item in items if item.tag == _IDENTIFIER), _NO_IDENTIFIER)
    commands = [item.value for item in items if item.tag == _COMMAND]
    if len(identifier) != 4 or not commands or any(len(each) < 4 for each in commands):
        return ScriptResult(ScriptOutcome.NOT_PERFORMED, 0, identifier[:4].ljust(4, b"\0"))
    for number, command in enumerate(commands, 1):
        sw = _answered(card, command)
        said = "无应答" if sw is None else str(sw)
        record.note(KernelStep.SCRIPTS, f"脚本命令{number}：{said}", f"script command {number}: {sw or 'no answer'}")
        if sw is None or sw.sw1 not in _GOES_ON:
            return ScriptResult(ScriptOutcome.FAILED, number, identifier)
    return ScriptResult(ScriptOutcome.SUCCESSFUL, 0, identifier)


def _answered(card: CardOfPayment, command: bytes) -> StatusWord | None:
    try:
        return card.send(command).sw
    except TransactionEnded:
        return None
