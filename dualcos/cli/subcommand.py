"""What a subcommand is, and the table of all of them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple


class Subcommand(NamedTuple):
    """One subcommand: ``arguments`` declares them, ``run`` calls one public function and returns the exit code.

    ``takes_command``: what stands behind ``--`` is handed over as ``args.command``. An action that may have a command
    and need not says so by ``args.may_take_command``.
    """

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    takes_command: bool = False


# A new subcommand is one more line here: its module, and what it is called there. Only the one that runs is loaded.
SUBCOMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("serve", "SERVE"),
        "run": ("serve", "RUN"),
        "send": ("send", "SEND"),
        "explain": ("explain", "EXPLAIN"),
        "why": ("why", "WHY"),
        "replay": ("replay", "REPLAY"),
        "record": ("record", "RECORD"),
        "terminal": ("terminal", "TERMINAL"),
        "lab": ("lab", "LAB"),
        "conform": ("conform", "CONFORM"),
        "inspect": ("inspect", "INSPECT"),
        "issue": ("issue", "ISSUE"),
        "card": ("card", "CARD"),
        "profiles": ("profiles", "PROFILES"),
        "holders": ("holders", "HOLDERS_COMMAND"),
        "sample": ("sample", "SAMPLE"),
        "prepare": ("prepare", "PREPARE"),
        "match": ("prepare", "MATCH"),
        "personalise": ("personalise", "PERSONALISE"),
        "keys": ("keys", "KEYS"),
        "backend": ("backend", "BACKEND"),
        "host": ("host", "HOST"),
        "blacklist": ("blacklist", "BLACKLIST"),
        "fuzz": ("fuzz", "FUZZ"),
        "doctor": ("doctor", "DOCTOR"),
    }
)


def subcommand(name: str) -> Subcommand:
    """The subcommand of this name in the table."""
    module, called = SUBCOMMANDS[name]
    found: Subcommand = getattr(import_module(f"dualcos.cli.{module}"), called)
    return found
