"""What the issuance tests share: people and stores, a batch made in one pass, chips; an acquirer with its terminal."""

from collections.abc import Iterator

import pytest
from issuance_world import TEMPLATE, build

from dualcos.issuance.personaliser import batch_runs
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.stock_register import StockRegister
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.terminal_at_front import TerminalAtFront


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Sixty people and the three stores, built once."""
    return build(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def made(world, tmp_path_factory):
    """Sixty citizens in one pass."""
    folder = tmp_path_factory.mktemp("central")
    with StockRegister(folder / "stock.db") as register:
        return folder, run(world.setting(folder / "cards"), world.both, register)


@pytest.fixture(scope="session")
def chips(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chips")
    with StockRegister(folder / "stock.db", "chips") as register:
        report = run(world.setting(folder / "cards", "chips"), batch_runs.chips(50, "CHIPS", TEMPLATE), register)
    assert report.counts == {"made": 50}
    return folder / "cards"


@pytest.fixture
def acquirer() -> Iterator[DemonstrationLine]:
    made = demonstration_line(["dual-2.0-3des"])
    yield made
    made.close()


@pytest.fixture
def terminal(acquirer) -> TerminalAtFront:
    made = TerminalAtFront(acquirer.line)
    assert made.signed_on().text(39) == "00"
    return made
