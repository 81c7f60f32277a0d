"""The social side as one value."""

from __future__ import annotations

from cos.kernel.directory_headers import COMMON_CELLS
from cos.kernel.security_state import KEY_CELLS
from cos.kernel.stack import Place, Stack
from cos.making.birth import initialise
from cos.ssse.commands.command_table import ROWS, engine
from cos.ssse.commands.personalisation import KEYS_TAKEN
from cos.ssse.medical.account import AMOUNTS_CELL
from cos.ssse.medical.medical_states import TABLE
from cos.ssse.options import SocialOptions
from cos.ssse.session import SsseSession
from cos.ssse.tables import ssse_holder
from cos.ssse.what_commands_say import SAYS

STACK = Stack(
    label="ssse",
    zh="社会保障系统环境",
    under="manager",
    places=(Place("ssse", "SSSE", ssse_holder.NAME, ssse_holder.FID),),
    options=SocialOptions,
    rows=ROWS,
    cells=(AMOUNTS_CELL, *COMMON_CELLS, *KEY_CELLS),
    capacity=64 * 1024,
    engines=engine,
    stay=SsseSession,
    initialise=initialise,
    card_wide=lambda options: options.card_block_scope == "card",
    says=SAYS,
    keys_taken=KEYS_TAKEN,
    machines=(TABLE,),
    shown="social files and keys",
)
