"""``run_client``: the child finds the service through its environment; its exit code comes back."""

from __future__ import annotations

import sys

import pytest

from dualcos.reader.embedded import EmbeddedService, ReaderServiceError, run_client
from dualcos.reader.slot import Slot
from tests.echo_card import EchoCard

LOOK = """
import sys
from tests.dualcos.reader.wire import WireClient
import os
with WireClient(os.environ["PCSCLITE_CSOCK_NAME"]) as client:
    sys.exit(7 if client.states()[0].name == "Run 00 00" else 1)
"""


@pytest.fixture
def service():
    with EmbeddedService([Slot("Run 00 00", EchoCard())]) as running:
        yield running


def test_the_child_finds_the_service(service):
    assert run_client([sys.executable, "-c", LOOK], service) == 7


def test_a_killed_child(service):
    assert run_client([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], service) == 128 + 9


@pytest.mark.parametrize("argv", [[], ["/no/such/program"]])
def test_what_cannot_be_run(service, argv):
    with pytest.raises(ReaderServiceError):
        run_client(argv, service)
