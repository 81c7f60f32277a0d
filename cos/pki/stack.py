"""The PKI environment as one value."""

from __future__ import annotations

from cos.kernel.directory_headers import COMMON_CELLS
from cos.kernel.files import DIRECTORY_PART
from cos.kernel.security_state import KEY_CELLS, KEYS
from cos.kernel.stack import Place, Stack
from cos.making.birth import initialise
from cos.pki.command_table import ROWS, engine
from cos.pki.files import KEYS_TAKEN
from cos.pki.session import TABLE, PkiOptions, PkiSession
from cos.pki.what_commands_say import SAYS
from keys.card_key_store import sm2_cells

STACK = Stack(
    label="pki",
    zh="证书环境",
    under="manager",
    places=(Place("pki", "PKI", "PKI.社会保障".encode("gbk"), 0xDDF3),),
    options=PkiOptions,
    rows=ROWS,
    cells=(*COMMON_CELLS, *KEY_CELLS, *sm2_cells(KEYS, (DIRECTORY_PART,), " of {directory}")),
    capacity=32 * 1024,
    engines=engine,
    stay=PkiSession,
    initialise=initialise,
    says=SAYS,
    keys_taken=KEYS_TAKEN,
    machines=(TABLE,),
)
