"""Every reason is a phrase and data where it is raised, and a sentence in the tables where it is read."""

from __future__ import annotations

import ast
import importlib
import string
from collections import Counter
from collections.abc import Hashable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import pytest

from apdu.status import SW
from cos.kernel.access_rights import Holder
from cos.kernel.refusal import ErrorWord, Refusal
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.refusal_reasons import words
from dualcos.explain.refusal_sentences import BY_PHRASE, REASONS
from firewall.trace import Reason, Reasoned
from tests.mishaps import mishaps

ROOT = Path(__file__).parents[2]
SOURCES = (
    *sorted((ROOT / "cos").rglob("*.py")),
    ROOT / "keys/card_key_store.py",
    *(ROOT / name for name in ("firewall/mint.py", "firewall/dispatcher.py")),
)
PASSING_ON = "cos/kernel/refusal.py"
"""The file that says what an error has said."""
EVERYWHERE = frozenset(("command", "place"))
"""Data that every reason has where it is read (``explain.reasons.told``)."""


ASKED = frozenset(("home", "state", "ref", "directory", "type_code", "counts"))
"""Data that a sentence needs to write others, or that advice or the diagnosis asks for."""


class Site(NamedTuple):
    """One place that refuses: its phrases (None: not one that can be read off), the data it gives, its clause; empty if
    it has none, so that the row's is told; None if it is not one that can be read off.
    """

    place: str
    phrases: tuple[str | None, ...]
    data: frozenset[str]
    composed: tuple[str, ...] = ()
    clause: str | None = ""


class Says(NamedTuple):
    """At which place a refusal, an error or a function that makes one takes its phrase, the data it adds, and at which
    place it takes the clause, or the clause it gives itself; None: one that cannot be read off.
    """

    at: int
    data: frozenset[str] = frozenset()
    clause: int | str | None = ""


Sayings = dict[object, Says]


class Scope(NamedTuple):
    """Where a call stands."""

    owner: type | None
    function: ast.FunctionDef | None


class Source:
    """One file: what its functions call."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(ROOT).as_posix()
        dotted = self.name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        self.module = importlib.import_module(dotted)
        self.calls: list[tuple[Scope, ast.Call]] = []
        self._walk(ast.parse(path.read_text("utf-8")), Scope(None, None))

    def _walk(self, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, ast.Call):
                self.calls.append((scope, child))
            elif isinstance(child, ast.ClassDef):
                inner = Scope(getattr(self.module, child.name, None), None)
            elif isinstance(child, ast.FunctionDef):
                inner = scope._replace(function=child)
            self._walk(child, inner)

    def called(self, call: ast.Call, scope: Scope) -> object:
        """What a call calls; an error's own ``__init__`` calls that of the error it stands on."""
        if ast.unparse(call.func) == "super().__init__" and scope.owner is not None:
            return scope.owner.__mro__[1]
        found: object = self.module
        for name in ast.unparse(call.func).split("."):
            found = getattr(found, name, None)
        return found

    def saying(self, sayings: Sayings) -> Iterator[tuple[Scope, ast.Call, Says]]:
        """The calls that take a phrase."""
        for scope, call in self.calls:
            called = self.called(call, scope)
            says = sayings.get(called) if isinstance(called, Hashable) else None
            if says is not None and len(call.args) > says.at:
                yield scope, call, says

    def clause(self, call: ast.Call, says: Says) -> str | None:
        """The clause that a call gives."""
        if not isinstance(says.clause, int):
            return says.clause
        if len(call.args) <= says.clause:
            return ""
        node = call.args[says.clause]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        value = getattr(self.module, node.id, None) if isinstance(node, ast.Name) else None
        return value if isinstance(value, str) else None

    def phrases(self, node: ast.expr, scope: Scope) -> tuple[str | None, ...]:
        """What an expression may say."""
        if isinstance(node, ast.IfExp):
            return (*self.phrases(node.body, scope), *self.phrases(node.orelse, scope))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return (node.value,)
        if isinstance(node, ast.Name):
            assigned = (each for each in ast.walk(scope.function or ast.Pass()) if isinstance(each, ast.Assign))
            here = [each.value for each in assigned if ast.unparse(each.targets[0]) == node.id]
            value = getattr(self.module, node.id, None)
            if not here:
                return (value if isinstance(value, str) else None,)
            return tuple(said for each in here for said in self.phrases(each, scope))
        return (None,)


def data_of(call: ast.Call) -> frozenset[str]:
    """Keywords, and the keys of a table that is written out."""
    tables = (each for each in call.args if isinstance(each, ast.Dict))
    written = (key.value for table in tables for key in table.keys if isinstance(key, ast.Constant))
    return frozenset((*(each.arg for each in call.keywords if each.arg is not None), *written))


def composed(call: ast.Call) -> tuple[str, ...]:
    """Data that are put together as text where the card refuses."""
    inside = ((each, node) for each in call.keywords for node in ast.walk(each.value))
    return tuple(
        ast.unparse(each)
        for each, node in inside
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "str")
    )


def parameter(node: ast.expr, scope: Scope) -> int | None:
    """At which place a function takes what ``node`` names."""
    arguments = scope.function.args if scope.function is not None else None
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)] if arguments is not None else []
    at = names.index(node.id) if isinstance(node, ast.Name) and node.id in names else None
    return at - 1 if at is not None and scope.owner is not None else at


def all_sayings(sources: tuple[Source, ...]) -> Sayings:
    """Refusals, small errors, and functions that make one of a phrase they are given."""
    fault = frozenset(("fault",))
    found: Sayings = {Refusal: Says(2, clause=3), Reasoned: Says(0), ErrorWord: Says(3, fault)}
    found |= {each: Says(0) for each in errors() if each.__init__ is Reasoned.__init__}
    count = 0
    while count != len(found):
        count = len(found)
        for source in sources:
            for scope, call, says in tuple(source.saying(found)):
                at = parameter(call.args[says.at], scope)
                if at is not None and scope.function is not None:
                    made = scope.owner or getattr(source.module, scope.function.name)
                    found[made] = Says(at, says.data | data_of(call), handed_on(source, call, says, scope))
    return found | {Reason: Says(1, clause=2)}


def handed_on(source: Source, call: ast.Call, says: Says, scope: Scope) -> int | str | None:
    """Which clause a function gives that makes a refusal: one that it is given, or the one in its call."""
    taken = says.clause if isinstance(says.clause, int) and len(call.args) > says.clause else None
    at = parameter(call.args[taken], scope) if taken is not None else None
    return at if at is not None else source.clause(call, says)


def errors(kind: type[Exception] = Reasoned) -> Iterator[type[Exception]]:
    for each in kind.__subclasses__():
        yield each
        yield from errors(each)


def sites(sources: tuple[Source, ...]) -> Iterator[Site]:
    sayings = all_sayings(sources)
    for source in sources:
        for scope, call, says in source.saying(sayings):
            said = source.phrases(call.args[says.at], scope)
            if parameter(call.args[says.at], scope) is None and (source.name != PASSING_ON or said[0] is not None):
                data, clause = says.data | data_of(call), source.clause(call, says)
                yield Site(f"{source.name}:{call.lineno}", said, data, composed(call), clause)


SITES = tuple(sites(tuple(map(Source, SOURCES))))


def fields(template: str) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(template) if name)


def test_whatever_refuses_says_a_phrase_of_the_tables():
    assert [site.place for site in SITES if not all(phrase in BY_PHRASE for phrase in site.phrases)] == []


def test_a_phrase_is_short_and_no_sentence():
    assert [
        phrase for phrase in BY_PHRASE if len(phrase) > 40 or set(phrase) & set("{}.:;") or phrase != phrase.strip()
    ] == []


def test_a_phrase_means_one_thing():
    counts = Counter(each.name for each in REASONS)
    assert [phrase for phrase, count in counts.items() if count > 1] == []


def test_a_sentence_finds_the_data_it_tells():
    lacking = {
        site.place: sorted(fields(BY_PHRASE[phrase].says.en) - site.data - EVERYWHERE)
        for site in SITES
        for phrase in site.phrases
        if phrase in BY_PHRASE and not fields(BY_PHRASE[phrase].says.en) <= site.data | EVERYWHERE
    }
    assert lacking == {}


def test_data_are_no_text_made_for_the_purpose():
    assert {site.place: site.composed for site in SITES if site.composed} == {}


def test_data_are_told():
    untold = {}
    for site in SITES:
        known = (BY_PHRASE[phrase] for phrase in site.phrases if phrase in BY_PHRASE)
        told = frozenset(name for each in known for name in fields(each.says.en))
        if site.data - told - ASKED - EVERYWHERE:
            untold[site.place] = sorted(site.data - told)
    assert untold == {}


def test_no_sentence_is_kept_that_nobody_says():
    assert sorted(BY_PHRASE.keys() - {phrase for site in SITES for phrase in site.phrases}) == []


def test_the_clause_of_a_reason_is_the_one_that_is_raised():
    """What cannot be read off is asked where the reason is provoked."""
    raised: dict[str, set[str]] = {}
    for site in SITES:
        for phrase in site.phrases:
            if phrase is not None and site.clause is not None:
                raised.setdefault(phrase, set()).add(site.clause)
    assert len(raised) > 220
    unlike = {
        phrase: (sorted(clauses), BY_PHRASE[phrase].clauses)
        for phrase, clauses in raised.items()
        if phrase in BY_PHRASE and not clauses <= set(BY_PHRASE[phrase].clauses or ("",))
    }
    assert unlike == {}


# --- both languages --------------------------------------------------------------------------------------------------


def wordings(entry):
    return entry.says, entry.cause, entry.change, *([entry.means] if any(entry.means) else [])


@pytest.mark.parametrize("entry", REASONS, ids=lambda entry: entry.id)
def test_an_entry_says_the_same_in_both_languages(entry):
    forms = [sorted(string.Formatter().parse(text), key=str) for text in entry.says]
    told = [{(name, form) for _, name, form, _ in form_ if name} for form_ in forms]
    assert told[0] == told[1]
    for wording in wordings(entry):
        assert all(wording)
        assert not has_chinese(wording.en)
        assert has_chinese(wording.zh) or set(wording) == {"{fault}"}
    for wording in wordings(entry)[1:]:
        assert not set("{}") & set("".join(wording))
        assert set(mishaps(wording.en)) <= {"a list or a table as Python writes it"}  # (00, 02)
    for told_of in (entry.cause, entry.change):
        assert told_of.en[-1] == "."
        assert told_of.zh[-1] == "。"


def has_chinese(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def test_no_two_entries_tell_the_same():
    for part in ("cause", "change"):
        counts = Counter(getattr(each, part) for each in REASONS)
        assert [wording for wording, count in counts.items() if count > 1] == []


# --- every template with data of every kind ------------------------------------------------------------------------


class Member(Enum):
    NAME = "card master key"


class Entry(NamedTuple):
    kind: int = 13
    kid: int = 5
    version: int = 1
    row: str = "GET BALANCE"
    sw: int = SW.OK


NUMBERS = (0, 9, 255, 0xEF05)
OTHERS = ("READ RECORD", b"\x1e\xf6", Member.NAME, (Member.NAME, Member.NAME), None)


HOLDER = Holder(0xDF01, 0x44, ((13, 4),))
RIGHTS = {"rule": ((HOLDER, HOLDER), (HOLDER,)), "held": (HOLDER,), "at": 0xDF01}


def sample(template: str) -> Iterator[dict[str, object]]:
    """Data that fit the template: numbers where it formats them, else every kind in turn."""
    pieces = [(name, form) for _, name, form, _ in string.Formatter().parse(template) if name]
    for number, other in zip((*NUMBERS, 1), OTHERS, strict=True):
        yield {
            name.partition(".")[0]: Entry() if "." in name else RIGHTS.get(form, number if form else other)
            for name, form in pieces
        }


@pytest.mark.parametrize("phrase", sorted(BY_PHRASE))
def test_every_sentence_is_one(phrase):
    template = BY_PHRASE[phrase].says.en
    for about in sample(template):
        found = mishaps(words(Reason("gate", phrase, "", about)))
        assert found in ([], ["one word"] if template == "{fault}" else [])


@pytest.mark.parametrize("phrase", sorted(BY_PHRASE))
def test_every_chinese_sentence_is_one(phrase):
    for about in sample(BY_PHRASE[phrase].says.zh):
        said = words(Reason("gate", phrase, "", about), Language.CHINESE)
        assert not {"a value as Python writes it", "a placeholder", "a class", "nothing"} & set(mishaps(said))
