"""The manager as one value: the root of a user card."""

from __future__ import annotations

from cos.kernel.directory_headers import COMMON_CELLS
from cos.kernel.engine import Engine, always, standard_gates
from cos.kernel.security_state import KEYS
from cos.kernel.stack import Place, Stack
from cos.kernel.transmission import TransmissionOptions
from cos.making.birth import initialise
from cos.making.write_key import MASTER_KEY
from cos.manager.chip_states import TABLE
from cos.manager.command_table import ROWS
from cos.manager.session import Manager, ManagerOptions, ManagerSession, arrive
from cos.manager.waiting_environments import WAITING_CELLS, WaitingEnvironments
from keys.card_key_store import entry_cells


def _engine(_: ManagerOptions, transmission: TransmissionOptions) -> Engine[ManagerSession]:
    return Engine(ROWS, always, standard_gates(transmission))


def _waits(environment: Manager, name: bytes) -> bool:
    """An environment that waits for its first key."""
    labels = environment.powers.labels if environment.powers is not None else ()
    return WaitingEnvironments(environment.grant.nvm, labels).named(name) is not None


STACK = Stack(
    label="manager",
    zh="卡片管理",
    under="manager",
    places=(Place("manager", "MF", b"", 0x3F00, root=True),),
    options=ManagerOptions,
    rows=ROWS,
    cells=(*COMMON_CELLS, *WAITING_CELLS, *entry_cells(KEYS)),
    capacity=16 * 1024,
    engines=_engine,
    stay=arrive,
    initialise=initialise,
    keys_taken=(MASTER_KEY,),
    machines=(TABLE,),
    claimed=_waits,
    shown="card keys",
)
