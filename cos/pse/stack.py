"""The bank side as one value: engines by the stage of its life."""

from __future__ import annotations

from cos.kernel.directory_headers import COMMON_CELLS
from cos.kernel.stack import Place, Stack
from cos.making.birth import initialise
from cos.pse.commands.command_table import ROWS, engines
from cos.pse.current_directory import DIRECTORY_CELLS
from cos.pse.data.data_groups import Suite
from cos.pse.issued_data import Groups, Issued
from cos.pse.options import BankOptions
from cos.pse.personalisation.prepersonalisation import KEYS_TAKEN
from cos.pse.session import SHORTEST_NAME, OpenChannel, Pse, PseSession, Run, applications
from cos.pse.transaction.risk_data import RiskData
from cos.pse.transaction.transaction_memory import Counters, Transaction
from cos.pse.transaction.transaction_states import MACHINE
from cos.pse.what_commands_say import SAYS


def _partial_names(environment: Pse, name: bytes) -> bool:
    """An application's name, or its beginning of at least 5 bytes (PBOC-5 §6.4.2, PBOC-3 §11.3.5)."""
    return len(name) >= SHORTEST_NAME and any(
        header.name.startswith(name) for header in applications(environment.grant.nvm)
    )


STACK = Stack(
    label="pse",
    zh="支付系统环境",
    under="manager",
    places=(Place("pse", "PSE", b"1PAY.SYS.DDF01", 0xDDF2),),
    options=BankOptions,
    rows=ROWS,
    cells=(*COMMON_CELLS, *DIRECTORY_CELLS),
    capacity=32 * 1024,
    engines=engines,
    stay=PseSession,
    initialise=initialise,
    claimed=_partial_names,
    card_wide=lambda options: options.card_block_scope == "card",
    says=SAYS,
    keys_taken=KEYS_TAKEN,
    machines=(MACHINE,),
    shown="data groups",
    unchanging=(Counters, Groups, Issued, OpenChannel, RiskData, Run, Suite, Transaction),
)
