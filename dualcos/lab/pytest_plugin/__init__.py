"""The plug-in for pytest: the card, its reader and its PSAM as fixtures, files of vectors as tests.

pytest loads this module in every run, whether a test asks for a card or not, so everything else is loaded when one
does. A fixture of the same name in a ``conftest.py`` or a test's own file stands before the plug-in's.
"""

# ruff: noqa: PLC0415 - see above: imports stand where somebody has asked for what they bring

from __future__ import annotations

import shutil
import sys
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Callable, Generator, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dualcos

if TYPE_CHECKING:
    from dualcos.lab.pytest_plugin.card_under_test import CardUnderTest, MadeCard, SavedState
    from dualcos.lab.pytest_plugin.cards_asked import CardAskedFor, Wishes
    from dualcos.lab.pytest_plugin.exchange_journal import ExchangeJournal
    from dualcos.lab.pytest_plugin.reader_under_test import ReaderUnderTest
    from dualcos.lab.pytest_plugin.vector_items import VectorCollector, VectorPlayer

_LAST = 10
_SECTION = "dualcos: what passed 交互记录"
_PROFILE, _PSAM = "dualcos_profile", "psam"
_MARKER = (
    "dualcos(*cards, settings=[…], seed=…, holder=…, faults=…, psam=…, psam_settings=[…]): "
    "the card of this test, a profile or a card file; several: the test runs on each"
)
_VECTOR_MARKER = "dualcos_vector: a conformance vector, collected from a file"
_journal_key: pytest.StashKey[ExchangeJournal] = pytest.StashKey()
_made_key: pytest.StashKey[dict[tuple[str, CardAskedFor], MadeCard]] = pytest.StashKey()
_instead_key: pytest.StashKey[str] = pytest.StashKey()  # of a traceback that had our frames only
_player_key: pytest.StashKey[VectorPlayer] = pytest.StashKey()


# --- options ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line, and what may stand in ``pytest.ini``."""
    group = parser.getgroup("dualcos", "dualcos, the software social security card")
    card = "the card of fixtures and vectors: a profile or a card file"
    group.addoption("--dualcos", action="append", default=[], metavar="CARD", help=f"{card}; repeat for more")
    group.addoption(
        "--dualcos-set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="a field of the profile otherwise than in its file; repeat for more",
    )
    group.addoption("--dualcos-psam", default="", metavar="CARD", help="the PSAM (default: of the card's cipher)")
    group.addoption(
        "--dualcos-seed", default="", metavar="N", help="where random numbers start, or `random` (default: 0)"
    )
    group.addoption(
        "--dualcos-last",
        type=_how_many,
        default=_LAST,
        metavar="N",
        help=f"how much of what passed a failure shows, 0: all (default: {_LAST})",
    )
    parser.addini("dualcos", f"{card}, or several (default: dual-2.0-3des)", type="args", default=[])
    parser.addini("dualcos_vectors", "files of vectors to collect: vectors/*.json", type="args", default=[])


def _how_many(text: str) -> int:
    """A number of exchanges. Raises ArgumentTypeError for what is none."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"takes how many exchanges a failure shows, or 0 for all, not {text!r}")
    return int(text)


def pytest_configure(config: pytest.Config) -> None:
    """Say what the markers mean. Raises UsageError for a card that is not there; of those in an ini file the tests
    that ask for one say so.
    """
    for marker in (_MARKER, _VECTOR_MARKER):
        config.addinivalue_line("markers", marker)
    if not any(config.getoption(f"dualcos{each}") for each in ("", "_set", "_psam")):
        return
    if sentence := dualcos.in_the_way():
        raise pytest.UsageError(f"dualcos: {sentence}")
    from dualcos.lab.pytest_plugin.cards_asked import UNUSABLE

    wishes = _wishes(config)
    asked = _cards_of_all(config) or (wishes.card,)
    try:
        for each in (*asked, wishes.psam_beside(None)):
            each.demand()
    except UNUSABLE as error:
        raise pytest.UsageError(f"dualcos: {error}") from None


def _names(config: pytest.Config) -> tuple[str, ...]:
    """The cards that the command line names, or else the ini file, whose files lie beside it."""
    from dualcos.lab.pytest_plugin.cards_asked import near

    said: list[str] = config.getoption("dualcos")
    return tuple(said) or tuple(near(name, config.rootpath) for name in config.getini("dualcos"))


def _wishes(config: pytest.Config) -> Wishes:
    from dualcos.lab.pytest_plugin.cards_asked import Wishes

    return Wishes(
        settings=tuple(config.getoption("dualcos_set")),
        seed=config.getoption("dualcos_seed"),
        psam=config.getoption("dualcos_psam"),
    )


def _cards_of_all(config: pytest.Config) -> tuple[CardAskedFor, ...]:
    """The cards of all tests that name none themselves; none if nobody has said."""
    return tuple(_wishes(config)._replace(name=name).card for name in _names(config))


# --- which card a test has -------------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for which several cards are named runs on each."""
    if _PROFILE not in metafunc.fixturenames or _is_said_otherwise(metafunc) or dualcos.in_the_way():
        return  # and what stands in the way the fixture says
    from dualcos.lab.pytest_plugin.cards_asked import called, several

    definition = metafunc.definition
    cards = several(definition.iter_markers("dualcos"), definition.path.parent) or _names(metafunc.config)
    if len(cards) > 1:
        metafunc.parametrize(_PROFILE, cards, ids=called, indirect=True)


def _is_said_otherwise(metafunc: pytest.Metafunc) -> bool:
    """True if the test's own ``parametrize``, or a fixture that stands before ours, names its cards."""
    fixtures = metafunc._arg2fixturedefs.get(_PROFILE, ())  # noqa: SLF001 - pytest says it nowhere else
    if fixtures and fixtures[-1].func.__module__ != __name__:
        return True
    marks = metafunc.definition.iter_markers("parametrize")
    said = (mark.kwargs.get("argnames", (*mark.args, "")[0]) for mark in marks)
    return any(_PROFILE in (names.replace(" ", "").split(",") if isinstance(names, str) else names) for names in said)


@pytest.fixture(scope="session")
def _dualcos_packages() -> None:
    """The card's packages are there, or each test that needs them says in one line what stands in their way."""
    if sentence := dualcos.in_the_way():
        pytest.fail(f"dualcos: {sentence}", pytrace=False)


@pytest.fixture
def dualcos_profile(request: pytest.FixtureRequest, _dualcos_packages: None) -> str:
    """The name of the card under test: a profile's, or a card file's path. One of your own says which card it is."""
    name: str = getattr(request, "param", "") or _wanted(request).card.name
    return name


def _wanted(request: pytest.FixtureRequest, profile: object = "") -> Wishes:
    """What options and markers say; the card is the one of ``profile``, if the fixture of that name has given one."""
    from dualcos.lab.pytest_plugin.cards_asked import near, unusable

    names, folder = _names(request.config), request.path.parent
    marks = reversed(list(request.node.iter_markers("dualcos")))
    wishes = _wishes(request.config)._replace(name=(*names, "")[0]).marked(marks, folder)
    if not isinstance(profile, str | Path):
        unusable(TypeError(f"the fixture {_PROFILE} gives the name of a profile or card file, not {profile!r:.80}"))
    if profile in ("", wishes.card.name):
        return wishes
    return wishes._replace(name=str(profile) if profile in names else near(profile, folder))


def _card(request: pytest.FixtureRequest, slot: str, asked: CardAskedFor, faults: str = "") -> CardUnderTest:
    """The card as it was made, for this test."""
    from dualcos.lab.pytest_plugin.card_under_test import CardUnderTest
    from dualcos.lab.pytest_plugin.cards_asked import UNUSABLE, unusable

    try:
        return CardUnderTest(_made(request.config, slot, asked), _journal(request), slot=slot, faults=faults)
    except UNUSABLE as error:
        unusable(error)


def _made(config: pytest.Config, slot: str, asked: CardAskedFor) -> MadeCard:
    """The card, made or opened once for all tests of this process. Raises one of ``UNUSABLE``."""
    from dualcos.lab.pytest_plugin.card_under_test import MadeCard

    made = config.stash.setdefault(_made_key, {})
    if (slot, asked) not in made:
        made[slot, asked] = MadeCard(asked)
    return made[slot, asked]


def _journal(request: pytest.FixtureRequest) -> ExchangeJournal:
    from dualcos.lab.pytest_plugin.exchange_journal import ExchangeJournal

    journal: ExchangeJournal = request.node.stash.setdefault(_journal_key, ExchangeJournal())
    return journal


# --- fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture
def card(request: pytest.FixtureRequest, dualcos_profile: str, _dualcos_packages: None) -> CardUnderTest:
    """The card, fresh for each test and without power: ``power_on``, ``exchange`` bytes, or ``send`` hex and look at
    ``data`` and ``sw`` of the whole answer.
    """
    wishes = _wanted(request, dualcos_profile)
    return _card(request, "", wishes.card, wishes.faults)


@pytest.fixture
def psam(request: pytest.FixtureRequest, dualcos_profile: str, _dualcos_packages: None) -> CardUnderTest:
    """A terminal's PSAM, fresh for each test; used as ``card`` is."""
    from dualcos.lab.pytest_plugin.cards_asked import UNUSABLE, unusable

    wishes = _wanted(request, dualcos_profile)
    try:
        profile = None if wishes.psam else _made(request.config, "", wishes.card).profile
    except UNUSABLE as error:
        unusable(error)
    return _card(request, "sam", wishes.psam_beside(profile))


@pytest.fixture
def saved_state(request: pytest.FixtureRequest, _dualcos_packages: None) -> Callable[[], SavedState]:
    """Remembers where card and PSAM stand when it is called. ``restore()`` of what it gives brings them back there; in
    a ``with``, its end does.
    """
    from dualcos.lab.pytest_plugin.card_under_test import CardUnderTest, SavedState

    asked = [request.getfixturevalue(name) for name in ("card", _PSAM) if name in request.fixturenames]
    cards = [each for each in asked if isinstance(each, CardUnderTest)]
    if not cards:
        pytest.fail("dualcos: saved_state is about card, psam or reader: name one of them beside it", pytrace=False)
    return lambda: SavedState(cards)


@pytest.fixture
def reader(
    request: pytest.FixtureRequest,
    card: CardUnderTest,
    _dualcos_packages: None,
    _dualcos_socket: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ReaderUnderTest]:
    """The card in a PC/SC reader, with the PSAM in a second slot if the test asks for one: ``reader.run(["program"])``,
    or pyscard in the test itself.
    """
    from dualcos.lab.pytest_plugin.reader_under_test import reader_with

    psam = request.getfixturevalue(_PSAM) if _PSAM in request.fixturenames else None
    with reader_with(card, psam, _dualcos_socket, _journal(request)) as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture(scope="session")
def _dualcos_socket() -> Iterator[Path]:
    """One place for the sockets of all tests of this process, one after the other: libpcsclite looks for its name once
    and never again.
    """
    folder = Path(tempfile.mkdtemp(prefix="dualcos-"))
    yield folder / "pcscd.comm"
    shutil.rmtree(folder, ignore_errors=True)


# --- failures --------------------------------------------------------------------------------------------------------


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Status words compared: both in hex, and what came in words."""
    status = sys.modules.get("apdu.status")
    if status is None or not isinstance(left, int) or not isinstance(right, int) or dualcos.in_the_way():
        return None
    came = next((each for each in (left, right) if isinstance(each, status.StatusWord)), None)
    if came is None:
        return None
    words = " ".join(("status word", f"{left:04X}", op, f"{right:04X}"))
    return [words, f"{came}: {status.meaning(came)}"]


@pytest.hookimpl(specname="pytest_runtest_makereport")
def pytest_makereport_without_own_frames(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """An error shows no frame of dualcos, in whatever form it is printed; ``own_frames`` says why.

    Called behind unittest, which puts its own error there, and before pytest, which puts it into words.
    """
    if call.excinfo is not None:
        call.excinfo, item.stash[_instead_key] = _without_own_frames(call.excinfo, item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same of what a file of tests does while it is collected."""
    report = yield
    call: pytest.CallInfo[object] | None = getattr(report, "call", None)
    if report.failed and call is not None and call.excinfo is not None:
        excinfo, instead = _without_own_frames(call.excinfo, collector.config)
        if excinfo is not call.excinfo and not isinstance(excinfo.value, collector.CollectError):
            call.excinfo = excinfo
            words: Any = instead or collector.repr_failure(excinfo)
            report.longrepr = words
    return report


def _without_own_frames(
    excinfo: pytest.ExceptionInfo[BaseException], config: pytest.Config
) -> tuple[pytest.ExceptionInfo[BaseException], str]:
    """The same object if it had none; and what to say instead of a traceback that has no other ones."""
    from dualcos.lab.pytest_plugin.own_frames import HOME, take_out_own_frames

    if config.rootpath == HOME:  # the tests of dualcos itself
        return excinfo, ""
    found, instead = take_out_own_frames(excinfo.value)
    return (pytest.ExceptionInfo.from_exception(excinfo.value) if found else excinfo), instead


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure tells what passed the test's cards, explained."""
    item.stash[_instead_key] = ""
    report = yield
    if report.failed and item.stash[_instead_key] and not isinstance(report.longrepr, str):
        report.longrepr = item.stash[_instead_key]
    journal = item.stash.get(_journal_key, None)
    if journal is None:
        return report
    if report.when == "teardown":
        del item.stash[_journal_key]  # many tests are many exchanges; and one that is run again begins anew
    if not report.failed:
        return report
    words = journal.words(item.config.getoption("dualcos_last"))
    add = getattr(report.longrepr, "addsection", None)  # what is added there stands in JUnit XML, too
    if words and add is not None:
        add(_SECTION, words)
    elif words:
        report.sections.append((_SECTION, words))
    return report


# --- vectors ---------------------------------------------------------------------------------------------------------


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> VectorCollector | None:
    """Files of vectors that the command line names, or a pattern of the ini file fits. No other file is opened."""
    if file_path.suffix != ".json":
        return None
    fits = _fits(file_path, parent.config)
    if not fits and not parent.session.isinitpath(file_path):
        return None
    if sentence := dualcos.in_the_way():
        raise parent.CollectError(f"dualcos: {sentence}")
    from dualcos.lab.pytest_plugin.vector_items import VectorCollector, VectorPlayer, is_unit

    if not is_unit(file_path, promised=fits):
        return None
    player = parent.config.stash.setdefault(_player_key, VectorPlayer(parent.config.getoption("dualcos_last")))
    return VectorCollector.from_parent(parent, path=file_path, player=player, cards=_cards_of_all(parent.config))


def _fits(path: Path, config: pytest.Config) -> bool:
    patterns: list[str] = config.getini("dualcos_vectors")
    if not patterns or not path.is_relative_to(config.rootpath):
        return False
    inside = path.relative_to(config.rootpath).as_posix()
    return any(fnmatch(inside, pattern) for pattern in patterns)
