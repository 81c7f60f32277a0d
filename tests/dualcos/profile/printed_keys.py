"""``dualcos keys show-test`` asked as a user does, and its answer read as a program does."""

from __future__ import annotations

import contextlib
import io
import json
from functools import cache
from typing import Any, NamedTuple

from dualcos.cli.main import run


class Told(NamedTuple):
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def told(*argv: str) -> Told:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(argv)
    return Told(code, out.getvalue(), err.getvalue())


@cache
def asked(card: str, party: str) -> Told:
    """The command's answer about a built-in profile, as JSON."""
    return told("keys", "show-test", card, "--for", party, "--json")


class Printed(NamedTuple):
    """The JSON of one party."""

    facts: dict[str, Any]

    def fact(self, name: str) -> str:
        return next(each["value"] for each in self.facts["facts"] if each["name"] == name)

    def tag(self, tag: str, algorithm: str = "") -> bytes:
        """The value of an element."""
        found = (each for each in self.facts["facts"] if each["tag"] == tag and each["name"].endswith(algorithm))
        return bytes.fromhex(next(found)["value"])

    def key(self, name: str) -> bytes:
        return bytes.fromhex(next(each["value"] for each in self.facts["keys"] if each["name"] == name))

    def authority(self, algorithm: str) -> dict[str, str]:
        return next(each for each in self.facts["authorities"] if each["algorithm"] == algorithm)

    def tree(self, name: str, version: int, tier: str) -> bytes:
        key = next(each for each in self.facts["tree"] if (each["name"], each["version"]) == (name, version))
        return bytes.fromhex(next(each["value"] for each in key["tiers"] if each["tier"] == tier))


def printed(card: str, party: str) -> Printed:
    """What the command prints of a built-in profile for ``party``."""
    answer = asked(card, party)
    assert (answer.code, answer.err) == (0, ""), answer
    return Printed(json.loads(answer.out))
