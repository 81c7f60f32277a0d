"""A PSAM as one value: one stack in three environments, of which the first answers for the MF."""

from __future__ import annotations

from cos.kernel.directory_headers import COMMON_CELLS, readable_headers
from cos.kernel.files import DIRECTORY_PART, FILE_PART, FileSystem
from cos.kernel.security_state import KEY_CELLS, KEYS
from cos.kernel.stack import Place, Stack
from cos.making.birth import initialise
from cos.psam.commands.command_table import ROWS, engine
from cos.psam.commands.making import KEYS_TAKEN
from cos.psam.options import PsamOptions
from cos.psam.security.calculation import SEQUENCE_CELL
from cos.psam.security.delivered_key_states import KEY_TABLE, TABLE
from cos.psam.session import KEY_FILES, Psam, PsamSession
from cos.psam.what_commands_say import SAYS
from keys.card_key_store import entry_cells


def _own_names(environment: Psam, name: bytes) -> bool:
    """An environment and its applications: all may be entered at any time (SSC-9 §5)."""
    return any(header.name == name for header in readable_headers(FileSystem(environment.grant.nvm)))


def _name(short: str) -> bytes:
    return f"{short}.sh.社会保障".encode("gbk")


STACK = Stack(
    label="psam",
    zh="终端安全存取模块",
    under="psam",
    places=(
        Place("manager", "PSAM", _name("sx1"), 0x3F00, root=True),
        Place("psam-sx2", "PSAM", _name("sx2"), 0xDDF1),
        Place("psam-sx3", "PSAM", _name("sx3"), 0xDDF2),
    ),
    options=PsamOptions,
    rows=ROWS,
    cells=(
        SEQUENCE_CELL,
        *COMMON_CELLS,
        *entry_cells(KEYS),  # the chip maker's, which belong to no directory
        *KEY_CELLS,
        *entry_cells(KEY_FILES, (DIRECTORY_PART, FILE_PART), " of {directory}{file}", counted=False),
    ),
    capacity=64 * 1024,
    engines=engine,
    stay=PsamSession,
    initialise=initialise,
    claimed=_own_names,
    says=SAYS,
    keys_taken=KEYS_TAKEN,
    machines=(TABLE, KEY_TABLE),
    shown="key card",
)
