"""The toy as one value."""

# ruff: noqa: E501 - a row a line

from __future__ import annotations

from cos.kernel.command_rows import CommandRow, Secret
from cos.kernel.directory_headers import COMMON_CELLS
from cos.kernel.engine import Engine, always, get_response, standard_gates
from cos.kernel.security_state import KEY_CELLS
from cos.kernel.stack import Place, Stack
from cos.kernel.transmission import TransmissionOptions
from cos.making import birth
from firewall.partition import Partition
from tests.toy_stack.options import ToyOptions
from tests.toy_stack.session import CELLS, LENGTH, ToySession, change_word, furnish, select, show_word, ticket

_REF = "tests/toy_stack"
_WORD = frozenset((LENGTH,))
ROWS: tuple[CommandRow[ToySession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择", select, _REF, (0x6700, 0x6A82), frozenset((0, 4)), frozenset((0, 2)), lc=range(2, 17), answers=True),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, _REF, (0x6F00,), answers=True, fetches=True),
    CommandRow(0x80, 0x2A, "SHOW WORD", "出示口令", show_word, _REF, (0x63C0, 0x6983), lc=_WORD, secret=Secret.DATA, writes=("word tries",)),
    CommandRow(0x80, 0x2C, "TICKET", "取号", ticket, _REF, (0x6982, 0x6985), le=frozenset((2, 256)), answers=True),
    CommandRow(0x80, 0x2E, "CHANGE WORD", "修改口令", change_word, _REF, (0x6982,), lc=_WORD, secret=Secret.DATA),
)  # fmt: skip


def _engine(_: ToyOptions, transmission: TransmissionOptions) -> Engine[ToySession]:
    return Engine(ROWS, always, standard_gates(transmission))


def _initialise(nvm: Partition, material: bytes) -> None:
    birth.initialise(nvm, material)
    furnish(nvm)


TOY = Stack(
    label="toy",
    zh="玩具环境",
    under="manager",
    places=(Place("toy", "TOY", b"TOY.ENVIRONMENT", 0xDDF7),),
    options=ToyOptions,
    rows=ROWS,
    cells=(*COMMON_CELLS, *KEY_CELLS, *CELLS),
    capacity=4 * 1024,
    engines=_engine,
    stay=ToySession,
    initialise=_initialise,
)
