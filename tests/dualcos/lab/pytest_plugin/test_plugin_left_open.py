"""A connection that a failed test has left open ends with its test, whoever collects what is left of it, and when."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.dualcos.lab.pytest_plugin.conftest import PLUGIN

pytest.importorskip("smartcard", reason="needs pyscard (`pip install pyscard`)")

_TESTS = 16
SOURCE = f"""
import gc, pytest
from smartcard.System import readers

gc.set_threshold(50)  # often, so wherever it may

@pytest.mark.parametrize("number", range({_TESTS}))
def test_left_open(reader, number):
    connection = readers()[0].createConnection()
    connection.connect()
    itself = [connection]
    itself.append(itself)  # nothing but the garbage collector ends it
    answer, *sw = connection.transmit([0x00, 0x84, 0x00, 0x00, 0x08])
    assert sw == [0x90, 0x00] and number % 2
"""


def test_connections_left_open_hang_nobody_and_warn_nobody(tmp_path):
    (tmp_path / "test_left_open.py").write_text(SOURCE, "utf-8")
    done = subprocess.run(  # noqa: S603 - our own tests, in a process that may hang
        [sys.executable, "-m", "pytest", "-q", "-W", "error", *PLUGIN, "test_left_open.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # it is named already
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"{_TESTS // 2} failed, {_TESTS // 2} passed" in done.stdout, done.stdout[-2000:] + done.stderr[-500:]
    assert "Unraisable" not in done.stdout + done.stderr
