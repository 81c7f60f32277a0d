"""What a payment terminal is set to, beyond its kernel: its master key, its acquirer's habits, its slips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dualcos.messages.pos_envelope import PosEnvelope
from dualcos.terminal.financial.kernel.kernel_settings import KernelSettings
from dualcos.terminal.terminal_forms import FormCell, FormFactor, TerminalKind, cell_of
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac


class SlipForm(NamedTuple):
    """How slips look. ``width``: columns, of which a Chinese character takes two. ``copies``: 商户存根, 持卡人存根."""

    width: int = 32
    copies: tuple[str, ...] = ("商户存根", "持卡人存根")


USUAL_SLIP = SlipForm()
USUAL_ENVELOPE = PosEnvelope()


@dataclass(frozen=True, slots=True)
class FinancialSettings:
    """``master_key``: TMK, under which working keys come. ``mac``: how messages are sealed; ``envelope``: what
    stands in front of them. ``institution``: field 32, empty to leave it to the acquirer. ``tries``: how often what
    waits is sent before a person is asked to see to it; it is sent on all the same. ``form``: None for what 9F35 says.
    """

    kernel: KernelSettings
    master_key: KeyHandle
    mac: LineMac = LineMac.ECB_HEX
    envelope: PosEnvelope = USUAL_ENVELOPE
    institution: str = ""
    operator: str = "01"
    tries: int = 3
    slip: SlipForm = USUAL_SLIP
    form: FormFactor | None = None

    @property
    def cell(self) -> FormCell:
        """What this terminal is for."""
        return cell_of(TerminalKind.FINANCIAL, self.form or self.kernel.data.form)
