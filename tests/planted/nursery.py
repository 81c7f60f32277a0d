"""``python -m tests.planted.nursery [ROOM…]``: a process that has all libraries in memory and forks one for each fault.

Starting Python, pytest and the libraries takes longer than most of the tests that see a fault. A line on stdin names
fault and test; one on stdout tells the exit code and what was printed. ROOMs of the product that know nothing of the
faulty file are loaded beforehand, too.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
import tempfile
import traceback

import pytest
import sitecustomize  # the one in ``hook``
from hypothesis import strategies  # noqa: F401 - loaded beforehand

NO_VERDICT = 70
LIBRARIES = (
    *(
        "msgspec",
        "pyrage",
        "psec.tr31",
        "construct",
        "jsonschema",
        "sqlite3",
        "asyncio",
        "ssl",
        "xml.etree.ElementTree",
    ),
    *("cryptography.hazmat.primitives.ciphers.aead", "cryptography.hazmat.primitives.asymmetric.rsa"),
    *("cryptography.hazmat.decrepit.ciphers.algorithms", "_pytest.assertion.rewrite", "multiprocessing.pool"),
)


def load(rooms: list[str]) -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    for room in rooms:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)


def run(planted: str, arguments: list[str]) -> int:
    """In a process of its own: the fault, then pytest, which is loaded already and says so."""
    os.environ["PLANTED"] = planted
    # Of plug-ins that pytest finds by itself it loads all modules by a way of its own, and ours is in one package with
    # what the fault is planted in.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sitecustomize.plant(planted)
    ours = ["-p", "_hypothesis_pytestplugin", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*ours, *arguments]))


def main() -> None:
    load(sys.argv[1:])
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if not child:
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                for stream in (1, 2):
                    os.dup2(said.fileno(), stream)
                code = NO_VERDICT
                try:
                    code = run(asked["planted"], asked["arguments"])
                except BaseException:
                    traceback.print_exc()
                finally:
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said.seek(0)
            answer = {"code": code, "said": said.read().decode("utf-8", "replace")}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
