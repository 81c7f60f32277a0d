# ruff: noqa: S603 - the command lines are our own
"""Hosts on a leash as processes, and the pages on them: what ``backend serve`` and ``host serve`` have in common."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


class ServedOnLeash:
    """A running ``dualcos COMMAND serve``; its first line has been read."""

    def __init__(self, folder: Path, command: str, *argv: str) -> None:
        self.json = "--json" in argv
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dualcos", command, "serve", *argv],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=ENVIRONMENT,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.first = self.process.stdout.readline()
        assert self.first, self.process.communicate()
        self.port = (
            json.loads(self.first)["port"] if self.json else int(re.findall(r"127\.0\.0\.1:(\d+)", self.first)[0])
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def killed(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)


def blocks(page: str) -> list[tuple[str, str]]:
    """Kind and text of each block of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def shown(block: str) -> list[tuple[list[str], list[str]]]:
    """Commands and the lines that follow them; a block without any shows what was printed elsewhere."""
    found: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:].split(), []))
        elif found:
            found[-1][1].append(line)
    return found
