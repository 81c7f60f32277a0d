"""A mistake in the mechanism that stacks share is seen on each stack that uses it, by vectors of that stack.

What is shared is wrong everywhere at once, so one environment compared with another shows nothing: each stack keeps
vectors of its own for what the kernel does for it. Here a line of the kernel is changed and those vectors are played.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from cos.card import Card
from cos.kernel import access_rights, file_commands, presenting_secrets
from cos.kernel.security_state import Standing
from cos.making import birth, create_file, write_key
from cos.stacks import STACKS, places
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import Case, load

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"


class Bug(NamedTuple):
    """A line of shared mechanism, what it was mistaken for, and by stack a vector that sees it."""

    function: Callable[..., object]
    right: str
    wrong: str
    seen_by: Mapping[str, str]


def _bug(function: Callable[..., object], right: str, wrong: str, **seen_by: str) -> Bug:
    return Bug(function, right, wrong, MappingProxyType(seen_by))


_SPENT, _UNSPENT = "left = store.spend_try(ref)", "left = store.tries_left(ref) - 1"

BUGS = (
    _bug(
        access_rights.demand, "if not satisfied(rule, held):", "if not rule:",
        ssse="SSC-SELECT-26", psam="PSAM-DIRECTORIES-01", pki="PKI-FILES-10",
    ),
    _bug(
        Standing.enter, "self.security = SecurityState() if keeps is None else self.security.only(keeps)", "pass",
        ssse="SSC-SELECT-26", psam="PSAM-DIRECTORIES-01", pki="PKI-FILES-11",
    ),
    _bug(
        Standing.enter, "self.challenge.drop()", "pass",
        ssse="SSC-DIRECTORIES-05", psam="PSAM-DIRECTORIES-02", pki="PKI-DIRECTORIES-04",
    ),
    _bug(
        file_commands.found, "if file.descriptor.structure is Structure.INTERNAL:", "if False:",
        ssse="SSC-PERSO-30", psam="PSAM-DIRECTORIES-03", pki="PKI-DIRECTORIES-03",
    ),
    _bug(
        file_commands.read_binary, "file.read(offset, wanted)", "file.read(0, wanted)",
        ssse="SSC-READ-BINARY-05", psam="PSAM-FILES-04", pki="PKI-FILES-08",
    ),
    _bug(
        file_commands.update_binary, "file.write(offset, command.data)", "file.write(0, command.data)",
        psam="PSAM-FILES-10", pki="PKI-FILES-08",
    ),
    _bug(file_commands.read_numbered, "demand(session.at, file, write=False)", "pass", psam="PSAM-BLANK-10"),
    _bug(file_commands.update_numbered, "demand(session.at, file, write=True)", "pass", psam="PSAM-FILES-09"),
    _bug(
        presenting_secrets.prove, f"{_SPENT} if counts", f"{_UNSPENT} if counts",
        manager="MF-MANAGER-29", ssse="SSC-EXTERNAL-07", pse="GRH-PROOF-63CX", pki="PKI-PIN-05",
        psam="PSAM-EXTERNAL-04",
    ),
    _bug(
        presenting_secrets.taken, "random = challenge.take()", "random = challenge._value",
        manager="MF-MANAGER-16", ssse="SSC-PERSO-16", pse="GRH-PROOF-ONCE", pki="PKI-PIN-07", psam="PSAM-MAKING-13",
    ),
    _bug(
        presenting_secrets.present, _SPENT, _UNSPENT,
        manager="MF-MANAGER-05", ssse="SSC-VERIFY-02", pki="PKI-PIN-10", psam="PSAM-MAKING-04",
    ),
    _bug(
        create_file.create_file, "at.files.create(at.directory.fid,", "at.files.create(at.home.fid,",
        ssse="SSC-DIRECTORIES-02", pse="GRH-DELETE-EF", pki="PKI-MAKE-10", psam="PSAM-DELETE-02",
    ),
    _bug(
        create_file.create_application, "or other.name == header.name", "",
        ssse="SSC-PERSO-03", pse="GRH-CREATE-6A89-NAME", pki="PKI-DIRECTORIES-02", psam="PSAM-DIRECTORIES-04",
    ),
    _bug(
        create_file.end, "life=Life.USER", "life=at.directory.life",
        ssse="SSC-PERSO-05", pse="GRH-END-9000", pki="PKI-MAKE-03", psam="PSAM-MAKING-16",
    ),
    _bug(
        create_file.delete_environment, "demand_master(session)", "pass",
        ssse="SSC-PERSO-02", pse="GRH-DELETE-ENV-6982", psam="PSAM-DELETE-07",
    ),
    _bug(
        create_file.delete_application, "erase_keys(at.keys(fid))", "pass",
        ssse="SSC-DIRECTORIES-03", psam="RIGHTS-PSAM-RECREATED",
    ),
    _bug(
        create_file.delete_file, "at.files.delete(at.directory.fid, fid_in(command))", "pass",
        ssse="SSC-PERSO-06", pse="GRH-DELETE-EF-6A82",
    ),
    _bug(
        write_key.received, "at.keys(governing(at)).key(MASTER)", "at.keys(at.home.fid).key(MASTER)",
        ssse="SSC-DIRECTORIES-04", pki="PKI-MAKE-01", psam="RIGHTS-PSAM-KID-REPLACED-3DES",
    ),
    _bug(
        write_key.loaded, "if not any(each.fits(command.p1, header, value) for each in takes):", "if False:",
        manager="MF-MANAGER-18", ssse="SSC-PERSO-19", pse="GRH-KEY-6A80", pki="PKI-MAKE-12", psam="PSAM-MAKING-15",
    ),
    _bug(
        birth.initialise, ".decode(key_header), value)", ".decode(key_header), value[::-1])",
        ssse="SSC-DIRECTORIES-01", pse="GRH-SKELETON", pki="PKI-DIRECTORIES-01", psam="PSAM-DELETE-04",
    ),
)  # fmt: skip

NOT_BORN = {stack.label for stack in STACKS if all(place.root for place in stack.places)}


def plant(patch: pytest.MonkeyPatch, bug: Bug) -> None:
    """Change the line, for whoever holds the function."""
    source = textwrap.dedent(inspect.getsource(bug.function))
    assert source.count(bug.right) == 1, "the line is not there any more: move the bug"
    made: dict[str, object] = {}
    wrong = source.replace(bug.right, bug.wrong)
    code = compile(wrong, "<a mistake>", "exec", __future__.annotations.compiler_flag, dont_inherit=True)
    exec(code, dict(bug.function.__globals__), made)  # noqa: S102 - the kernel's own text, one line changed
    patch.setattr(bug.function, "__code__", made[bug.function.__name__].__code__)


# --- who uses what ----------------------------------------------------------------------------------------------------

Node = tuple[str, str]
"""A function, method or constant of the shared rooms: module, name."""

_STANDING = Standing.__module__


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _trees(*rooms: str) -> dict[str, ast.Module]:
    paths = (path for room in rooms for path in sorted((ROOT / "cos" / room).rglob("*.py")))
    return {_module(path): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def _aliases(module: str, tree: ast.Module) -> dict[str, Node]:
    """What the names of a module stand for: of another one, or of itself; a module stands for ``(it, "")``."""
    found: dict[str, Node] = {name: (module, name) for name in _defined(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                named = (whole, "") if whole in SHARED else (node.module or "", alias.name)
                found[alias.asname or alias.name] = named
    return found


def _defined(tree: ast.Module) -> dict[str, ast.AST]:
    """Functions, methods and constants of a module."""
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found |= {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {each.id: node for each in targets if isinstance(each, ast.Name)}
    return found


def _named(node: ast.AST, aliases: dict[str, Node]) -> Iterator[Node]:
    """What a piece of source uses of the shared rooms; of a standing, which sessions call ``at``, its methods."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in aliases:
            yield aliases[each.id]
        elif isinstance(each, ast.Attribute):
            holder = each.value.id if isinstance(each.value, ast.Name) else getattr(each.value, "attr", "")
            if holder == "at":
                yield _STANDING, each.attr
            elif isinstance(each.value, ast.Name) and each.value.id in aliases and not aliases[each.value.id][1]:
                yield aliases[each.value.id][0], each.attr


SHARED = _trees("kernel", "making")


@cache
def used(label: str) -> frozenset[Node]:
    """Everything shared that runs for a stack."""
    todo = [node for module, tree in _trees(label).items() for node in _named(tree, _aliases(module, tree))]
    found: set[Node] = set()
    while todo:
        module, name = todo.pop()
        if module in SHARED and (module, name) not in found:
            found.add((module, name))
            tree = SHARED[module]
            body = _defined(tree).get(name)
            todo += _named(body, _aliases(module, tree)) if body is not None else ()
    return frozenset(found)


def users(bug: Bug) -> set[str]:
    """The stacks it runs for; what fills fresh memory runs for none that only answers for the MF."""
    node = bug.function.__module__, bug.function.__name__
    return {stack.label for stack in STACKS if node in used(stack.label)} - (
        NOT_BORN if bug.function is birth.initialise else set()
    )


# --- and is it seen ---------------------------------------------------------------------------------------------------


@cache
def cases() -> dict[str, Case]:
    return {case.id: case for case in load(VECTORS)}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def answering(patch: pytest.MonkeyPatch) -> list[str]:
    """Of each command sent from now on the stack that it was sent to."""
    sent: list[str] = []
    exchange = Card.exchange

    def noting(self: Card, command: bytes) -> bytes:
        sent.append(next(stack.label for place, stack in places(self.stacks) if place.label == self.environment))
        return exchange(self, command)

    patch.setattr(Card, "exchange", noting)
    return sent


def name_of(bug: Bug) -> str:
    return f"{bug.function.__module__.rpartition('.')[2]}.{bug.function.__name__}:{bug.wrong[:24]}"


@pytest.mark.parametrize("bug", BUGS, ids=name_of)
def test_every_stack_that_uses_the_line_has_a_vector_for_it(bug):
    assert bug.seen_by.keys() == users(bug)


SEEN = [(bug, label) for bug in BUGS for label in bug.seen_by]


@pytest.mark.parametrize(("bug", "label"), SEEN, ids=lambda value: value if isinstance(value, str) else name_of(value))
def test_a_mistake_in_shared_code_is_seen_on_each_stack(bug, label, bench, monkeypatch):
    case = cases()[bug.seen_by[label]]
    bench.target(case)  # the card is made before there is a mistake
    sent = answering(monkeypatch)
    assert play(case, bench).verdict is VectorVerdict.PASS
    plant(monkeypatch, bug)
    assert play(case, bench).verdict is VectorVerdict.FAIL
    assert sent[-1] == label
