"""The social side as one value."""

from __future__ import annotations

from cos.kernel.dialect import COMMON_CELLS
from cos.kernel.stack import Place, Stack
from cos.kernel.standing import KEY_CELLS
from cos.making.birth import initialise
from cos.ssse.commands.table import ROWS, engine
from cos.ssse.environment import SsseSession
from cos.ssse.medical.account import AMOUNTS_CELL
from cos.ssse.medical.state import TABLE
from cos.ssse.options import SocialOptions
from cos.ssse.says import SAYS
from cos.ssse.tables import ssse

STACK = Stack(
    label="ssse",
    zh="社会保障系统环境",
    under="manager",
    places=(Place("ssse", "SSSE", ssse.NAME, ssse.FID),),
    options=SocialOptions,
    rows=ROWS,
    cells=(AMOUNTS_CELL, *COMMON_CELLS, *KEY_CELLS),
    capacity=64 * 1024,
    engines=engine,
    stay=SsseSession,
    initialise=initialise,
    card_wide=lambda options: options.card_block_scope == "card",
    says=SAYS,
    machines=(TABLE,),
    shown="social files and keys",
)
