"""终端行为分析: action codes of issuer and acquirer against the TVR (PBOC-6 §7.9)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from dualcos.messages.terminal_parameters import ActionCodes
from dualcos.messages.terminal_results import Tvr, tvr_bits
from dualcos.terminal.financial.kernel.kernel_record import KernelRecord, KernelStep
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.terminal_forms import TerminalReach

_ZEROS, _ONES = bytes(5), b"\xff" * 5
_DENIAL, _ONLINE, _DEFAULT = 0x9F0E, 0x9F0F, 0x9F0D
OFFLINE_APPROVED, OFFLINE_DECLINED, UNABLE_APPROVED, UNABLE_DECLINED = b"Y1", b"Z1", b"Y3", b"Z3"


class CryptogramAsked(Enum):
    """What GENERATE AC asks for: its P1 (PBOC-5 B.6), to which CDA adds 10."""

    AAC = 0x00
    TC = 0x40
    ARQC = 0x80


class TerminalDecision(NamedTuple):
    """``code``: 8A as the terminal sets it, empty for one that is on its way to the issuer."""

    asked: CryptogramAsked
    code: bytes = b""


def issuer_codes(record: KernelRecord) -> ActionCodes:
    """IAC; where the card has none: denial of nothing, all else on line and declined (PBOC-6 §7.9.3)."""
    card = record.card
    return ActionCodes(card.get(_DENIAL, _ZEROS), card.get(_ONLINE, _ONES), card.get(_DEFAULT, _ONES))


def decide(record: KernelRecord, settings: KernelSettings, acquirer: ActionCodes) -> TerminalDecision:
    """What the first GENERATE AC asks for."""
    issuer, reach = issuer_codes(record), settings.data.reach
    if _hit(record, issuer.denial, acquirer.denial, ("拒绝", "denial")):
        return TerminalDecision(CryptogramAsked.AAC, OFFLINE_DECLINED)
    if reach is TerminalReach.ONLINE_ONLY:
        record.note(KernelStep.ACTION, "仅联机终端：联机", "an on-line only terminal goes on line")
        return TerminalDecision(CryptogramAsked.ARQC)
    if reach is TerminalReach.BOTH and _hit(record, issuer.online, acquirer.online, ("联机", "online")):
        return TerminalDecision(CryptogramAsked.ARQC)
    if reach is TerminalReach.OFFLINE_ONLY and _hit(record, issuer.default, acquirer.default, ("缺省", "default")):
        return TerminalDecision(CryptogramAsked.AAC, OFFLINE_DECLINED)
    record.note(KernelStep.ACTION, "脱机批准", "approved off line, as far as the terminal goes")
    return TerminalDecision(CryptogramAsked.TC, OFFLINE_APPROVED)


def decide_unable(record: KernelRecord, settings: KernelSettings, acquirer: ActionCodes) -> TerminalDecision:
    """What the second GENERATE AC asks for where the issuer cannot be reached (PBOC-6 §7.9.3 step 4)."""
    issuer = issuer_codes(record)
    skips = settings.data.reach is TerminalReach.ONLINE_ONLY and settings.skips_default
    if skips or _hit(record, issuer.default, acquirer.default, ("缺省", "default")):
        return TerminalDecision(CryptogramAsked.AAC, UNABLE_DECLINED)
    record.note(KernelStep.COMPLETION, "不能联机，脱机批准", "unable to go on line, approved")
    return TerminalDecision(CryptogramAsked.TC, UNABLE_APPROVED)


def _hit(record: KernelRecord, issuer: bytes, acquirer: bytes, name: tuple[str, str]) -> bool:
    """True if a bit of the TVR is in one of the two codes; says which."""
    tvr = int.from_bytes(record.tvr, "big")
    hits = [("IAC", tvr & int.from_bytes(issuer, "big")), ("TAC", tvr & int.from_bytes(acquirer, "big"))]
    for whose, bits in hits:
        if bits:
            said = list(tvr_bits(bits.to_bytes(5, "big")))
            zh, en = "、".join(_named(each)[0] for each in said), ", ".join(_named(each)[1] for each in said)
            record.note(KernelStep.ACTION, f"{whose}-{name[0]}：{zh}", f"{whose}-{name[1]}: {en}")
    return any(bits for _, bits in hits)


def _named(bit: Tvr) -> tuple[str, str]:
    row = bit.value
    return f"TVR {row.place} {row.zh}", f"TVR {row.place} {row.en}"
