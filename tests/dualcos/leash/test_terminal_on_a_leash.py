"""A virtual card in a social terminal without a PSAM, its back end behind TCP: each step is the back end's, and what a
rule does to it the terminal finds out.
"""

from __future__ import annotations

import pytest

from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.leash.ready_behaviours import SOCIAL, ready_behaviours
from dualcos.leash.rule_engine import Leash
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.medical_desk import MedicalDesk
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause
from dualcos.terminal.social.updating import update_online
from tests.demonstration_desk import OPENING, demonstration_desk
from tests.dualcos.leash.behaving_back_end import behaving
from tests.dualcos.terminal.terminal_bench import TERMINAL, TerminalBench

USE_ITS_OWN_ACCOUNT = {"DF04EF05": {"8F": "32"}}
"""Mode of use 2 (V2.0 §8.5.1.11): without it no card is loaded."""
PROFILES = ("social-1.0", "social-2.0", "social-3.0", "dual-3.0-sm4")


def with_update(profile: str) -> TerminalDesk:
    return demonstration_desk([profile], updates=USE_ITS_OWN_ACCOUNT)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("rules", [None, "answer-lost", "settlement-answer-lost", "answered-twice"])
def test_a_day_at_the_counter(profile, rules):
    leash = Leash(ready_behaviours(SOCIAL)[rules].rule if rules else ())
    with behaving(leash.followed, desk=with_update(profile)) as back_end, TerminalJournal() as journal:
        bench = TerminalBench(profile, sam=None, path=PathKind.HSM)
        bench.back_end = AskedBackEnd(back_end.client, journal.next_running, TERMINAL)
        if rules == "answer-lost":
            assert bench.refused().cause is StopCause.NO_BACK_END
        terminal = bench.terminal()
        at, desk = terminal.admit(), MedicalDesk(terminal, journal)
        assert update_online(at, "DF04EF05", bench.back_end, bench.store).written == (0x8F,)
        desk.load(at, 700)
        desk.settle(at, 11_000)
        desk.upload()
        balances = back_end.desk.books.balances()
        assert balances["transit"] == 0
        assert balances[f"provider/{TERMINAL.hex()}"] == 11_000
        (holder,) = (fen for account, fen in balances.items() if account.startswith("holder/"))
        assert holder == OPENING - 700 - 4000
        assert journal.open_records() == []
        assert journal.waiting() == []


@pytest.mark.parametrize(
    ("rules", "cause"),
    [("card-not-genuine", StopCause.NOT_GENUINE), ("request-lost", StopCause.NO_BACK_END)],
)
def test_what_the_terminal_makes_of_it(rules, cause):
    with behaving(Leash(ready_behaviours(SOCIAL)[rules].rule).followed) as back_end:
        bench = TerminalBench("social-2.0", sam=None, path=PathKind.HSM)
        bench.back_end = AskedBackEnd(back_end.client, iter(range(1, 99)).__next__, TERMINAL)
        assert bench.refused().cause is cause


def test_a_wrong_mac2_of_a_load_is_refused_by_the_card_and_the_money_comes_back():
    leash = Leash(ready_behaviours(SOCIAL)["wrong-load-mac"].rule)
    with behaving(leash.followed, desk=with_update("social-2.0")) as back_end, TerminalJournal() as journal:
        bench = TerminalBench("social-2.0", sam=None, path=PathKind.HSM)
        bench.back_end = AskedBackEnd(back_end.client, journal.next_running, TERMINAL)
        terminal = bench.terminal()
        at, desk = terminal.admit(), MedicalDesk(terminal, journal)
        update_online(at, "DF04EF05", bench.back_end, bench.store)
        stopped = bench.stopped(lambda: desk.load(at, 700))
        assert stopped.cause is StopCause.REFUSED
        assert f"{stopped.sw}" == "9302"
        desk.upload()
        balances = back_end.desk.books.balances()
        assert balances["transit"] == 0
        assert OPENING in balances.values()
