"""``make checks``: leaves out one check of host code at a time and looks which test alone sees it.

A first run of the tests notes which of them is refused by which check; then each check that has no case yet is left out
and those tests run, the quickest first. What fails is the check's case and is written into ``cases.toml``; what none
sees is printed: it wants a test, or a reason in ``unguarded.toml``. ``--again`` tries those that have a case, too.
PATTERNS: only checks whose names hold one of them.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from tests.lone_checks import cases, sites, switch

TESTS = (
    *("tests/keys", "tests/dualcos/profile", "tests/dualcos/dialogue", "tests/dualcos/test_text_files.py"),
    "tests/cos/test_card_file*.py",
    "tests/cos/test_profile*.py",
    *("tests/dualcos/explain/test_explain_export.py", "tests/dualcos/explain/test_explain_kept.py"),
    *("tests/dualcos/lab/conformance", "tests/dualcos/lab/faults/test_faults_script.py"),
    *("tests/dualcos/lab/test_files_alone.py", "tests/conformance/test_cards_otherwise.py"),
    *("tests/dualcos/lab/search/test_search_plan.py", "tests/dualcos/lab/evidence", "tests/dualcos/issuance"),
    *("tests/dualcos/messages", "tests/dualcos/terminal/social/test_blacklist_held.py"),
    "tests/dualcos/lab/fuzzing",
    *("tests/dualcos/reader/test_pcsc_alone.py", "tests/dualcos/terminal/interface"),
    *(
        f"tests/dualcos/terminal/full/test_{name}.py"
        for name in (
            *(
                "bill_flows",
                "bill_oddities",
                "bills_at_the_desk",
                "money_in_doubt",
                "one_half_fails",
                "sides_apart_at_terminal",
                "full_journal",
            ),
            *("combined_slip", "bill_press", "bill_words", "full_forms", "full_checks_alone"),
        )
    ),
    *(
        f"tests/dualcos/terminal/financial/test_{name}.py"
        for name in ("atm_transactions", "day_end", "payment_journal", "pos_transactions", "sales_slip")
    ),
    *(
        f"tests/dualcos/terminal/financial/test_{name}.py"
        for name in ("terminal_line", "till_alone", "till_on_a_leash", "value_added_at_till", "financial_forms")
    ),
    *(
        f"tests/dualcos/terminal/social/test_{name}.py"
        for name in ("inquiry", "updating", "pin_services", "social_forms")
    ),
    "tests/dualcos/terminal/social/test_social_[acev]*.py",
    *(
        f"tests/dualcos/terminal/social/test_{name}.py"
        for name in (
            "account_commands",
            "malformed_data",
            "card_left",
            "storage_copied_back",
            "medical_alone",
            "medical_flows",
        )
    ),
    *(f"tests/dualcos/terminal/social/test_{name}.py" for name in ("temporary_offline", "pull_out")),
    *(f"tests/dualcos/terminal/social/test_terminal_{name}.py" for name in ("journal", "uploads")),
    *(
        f"tests/dualcos/terminal/financial/test_{name}.py"
        for name in (
            *("application_chosen", "application_read", "data_authenticated", "combined_cryptogram"),
            *("restrictions_of_use", "cvm_list", "pins_at_payment", "terminal_risk", "action_codes"),
            *("issuer_answers", "issuer_scripts", "whole_payments", "result_bits"),
        )
    ),
)
"""Where the cases are looked for: what runs in one process."""
QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no", "--hypothesis-profile=unhurried", "-W", "ignore")
RECORD = sites.ROOT / "build" / "lone_checks.json"
COMPARABLE = "comparable"  # where a test's name stands: what was compared at all
_MOST_TESTS, _MOST_SECONDS = 40, 60


class _Finder:
    """Compiles the modules of the rooms with their switches."""

    def __init__(self) -> None:
        self.paths = {(sites.ROOT / path).resolve(): path for path in sites.files()}
        self.stems = {path.stem for path in self.paths} | {path.parent.name for path in self.paths}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname.rpartition(".")[2] not in self.stems:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None or Path(spec.origin).resolve() not in self.paths:
            return None
        spec.loader = _Loader(fullname, spec.origin)
        return spec


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> Any:
        path = Path(self.get_filename(fullname))
        tree, _ = sites.instrumented(path.resolve().relative_to(sites.ROOT))
        return compile(tree, str(path), "exec", dont_inherit=True)


class _Recorder:
    """Which checks decide something in which test, and how long that takes."""

    def __init__(self) -> None:
        self.by_test: dict[str, tuple[float, list[str], list[str]]] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Any:
        switch.reached.clear()
        switch.passed.clear()
        began = time.perf_counter()
        done = yield
        self.by_test[item.nodeid] = time.perf_counter() - began, sorted(switch.reached), sorted(switch.passed)
        self.by_test[COMPARABLE] = 0, sorted(switch.comparable), []
        return done

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def in_a_child(arguments: list[str], left_out: str = "", seconds: int = 0) -> _Recorder | None:
    """pytest in a forked process; None if it never ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.close(reading)
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2) if left_out else (0,):
                os.dup2(nothing, stream)
            signal.alarm(seconds)
            switch.left_out = left_out
            recorder = _Recorder()
            pytest.main([*QUIET, *arguments], plugins=[recorder])
            with os.fdopen(writing, "w") as file:
                json.dump([recorder.by_test, recorder.failed], file)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        said = file.read()
    os.waitpid(child, 0)
    if not said:
        return None
    recorder = _Recorder()
    recorder.by_test, recorder.failed = json.loads(said)
    return recorder


def record(patterns: list[str]) -> dict[str, tuple[float, list[str], list[str]]]:
    """Run the tests with nothing left out, file by file; those of other files are as they were."""
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    RECORD.parent.mkdir(exist_ok=True)
    for file in sorted({path for pattern in patterns or TESTS for path in _test_files(pattern)}):
        recorded = in_a_child([file])
        assert recorded is not None, file
        comparable = {*known.get(COMPARABLE, (0, []))[1], *recorded.by_test.pop(COMPARABLE, (0, [], []))[1]}
        known = {test: told for test, told in known.items() if test.partition("::")[0] != file}
        known |= {test: told for test, told in recorded.by_test.items() if test not in recorded.failed}
        known[COMPARABLE] = 0, sorted(comparable), []
        RECORD.write_text(json.dumps(known))
        for test in recorded.failed:
            print(f"fails with nothing left out, and is not asked: {test}")
    return known


def _test_files(pattern: str) -> list[str]:
    found = sites.ROOT.glob(pattern if pattern.endswith(".py") else f"{pattern}/**/test_*.py")
    return [path.relative_to(sites.ROOT).as_posix() for path in found]


def case_of(site: str, tests: list[str]) -> str:
    """The first of ``tests`` that fails when the check is left out; empty if none does."""
    began = time.monotonic()
    for at in range(0, min(len(tests), _MOST_TESTS), 8):
        seen = in_a_child(["-x", *tests[at : at + 8]], site, _MOST_SECONDS)
        if seen is None:
            return ""  # it never ends without the check, which no test says in words
        if seen.failed:
            return seen.failed[0]
        if time.monotonic() - began > _MOST_SECONDS:
            break
    return ""


def load() -> None:
    """All modules of the rooms, with their switches, and what tests need besides."""
    sys.meta_path.insert(0, _Finder())
    for room in ("keys", "dualcos"):
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    importlib.import_module("hypothesis.strategies")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lone_checks", description=__doc__)
    parser.add_argument("patterns", nargs="*", metavar="PATTERN")
    parser.add_argument("--again", action="store_true", help="those that have a case, too")
    parser.add_argument("--tests", action="append", default=[], help="run only these; others are as in the run before")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    parser.add_argument("--recorded", action="store_true", help="what the run before noted")
    options = parser.parse_args()
    os.chdir(sites.ROOT)
    load()
    noted = json.loads(RECORD.read_text()) if options.recorded else record(options.tests)
    by_site: dict[str, list[str]] = defaultdict(list)
    comparable = noted.pop(COMPARABLE)[1]
    by_time = sorted(noted.items(), key=lambda told: told[1][0])
    # A demand that blames raises nothing: who only passed it is asked last.
    for which in (1, 2):
        for test, told in by_time:
            for site in told[which]:
                by_site[site].append(test)
    table = cases.read()
    there = list(sites.sites())
    for gone in table.keys() - set(there):
        del table[gone]
    asked = [site for site in there if any(part in site for part in options.patterns or ("",))]
    asked = [site for site in asked if options.again or site not in table]
    unseen, reasons = [], cases.reasons()
    # Each thread does nothing but wait for the process it has forked.
    pool = ThreadPoolExecutor(options.jobs)
    for site, found in zip(asked, pool.map(lambda site: case_of(site, by_site[site]), asked), strict=True):
        table.pop(site, None)
        if found:
            table[site] = found
            cases.write(table)
        elif site not in reasons and (site in comparable or not sites.is_comparison(site)):
            unseen.append(site)
            print(
                f"{'seen by none' if by_site[site] else 'never decides'} ({len(by_site[site])} tests): {site}",
                flush=True,
            )
    cases.write(table)
    print(f"{len(there)} checks, {len(table)} with a case, {len(unseen)} that nobody sees")
    return int(bool(unseen))


if __name__ == "__main__":
    sys.exit(main())
