"""A payment terminal has one card and no PSAM; it and the social terminal do not know each other (总体方案 一（二）).

By its imports, by the names in it, by the graph of its objects while a PSAM lies in another slot, and by what reaches
that PSAM while the card pays.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from apdu.link import SmartCard
from cos.card import Card
from dualcos.reader.slot import Slot
from dualcos.terminal.financial.kernel.debit_kernel import DebitKernel, Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer
from dualcos.terminal.financial.kernel.kernel_parts import KernelParts
from tests.architecture.test_no_path import reachable
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench, approving
from tests.dualcos.terminal.financial.table_card import PaymentTable
from tests.dualcos.terminal.terminal_bench import TerminalBench

ROOT = Path(__file__).parents[2]
FINANCIAL, SOCIAL = "dualcos/terminal/financial", "dualcos/terminal/social"
NOT_THE_BANKS = (
    *(
        "dualcos.terminal.social",
        "dualcos.terminal.interface",
        "dualcos.messages.social_",
        "dualcos.messages.blacklist",
    ),
    *(
        "cos.psam",
        "cos.pki",
        "cos.ssse",
        "dualcos.dialogue.medical",
        "dualcos.dialogue.social",
        "dualcos.dialogue.psam",
    ),
)
NOT_THE_SOCIAL_TERMINALS = (
    "dualcos.terminal.financial",
    "dualcos.messages.acquirer",
    "dualcos.messages.pos_",
    "cos.pse",
)
SAMS = {"sam", "psam", "psams", "sams"}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imported(path: Path) -> set[str]:
    """Dotted names, of modules and of what is taken out of them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{each.name}" for each in node.names}
    return found


@pytest.mark.parametrize(("folder", "never"), [(FINANCIAL, NOT_THE_BANKS), (SOCIAL, NOT_THE_SOCIAL_TERMINALS)])
def test_neither_terminal_imports_what_is_the_others(folder: str, never: tuple[str, ...]) -> None:
    for path in sources(folder):
        assert not [name for name in imported(path) if name.startswith(never)], path


def test_nothing_of_the_social_terminal_is_loaded_with_the_payment_terminals() -> None:
    """By what it imports imports, too. A card's characters are the nation's (``cos.ssse.tables``)."""
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources(FINANCIAL)]
    program = f"import sys, {', '.join(each.removesuffix('.__init__') for each in modules)}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)  # noqa: S603 - our own program
    loaded = [name for name in ran.stdout.split() if name.startswith(NOT_THE_BANKS)]
    assert [name for name in loaded if not "cos.ssse.tables.rare_characters".startswith(name)] == []


def names_in(path: Path) -> set[str]:
    """Parameters, attributes, variables, classes, functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


@pytest.mark.parametrize("path", sources(FINANCIAL), ids=lambda path: path.name)
def test_nothing_in_a_payment_terminal_is_called_a_sam(path: Path) -> None:
    words = {word for name in names_in(path) for word in name.lower().split("_")}
    assert not words & SAMS


def test_a_kernel_is_given_one_card() -> None:
    hints = get_type_hints(KernelParts)
    assert [each.name for each in fields(KernelParts) if hints[each.name] is SmartCard] == ["card"]
    assert list(get_type_hints(DebitKernel.__init__)) == ["parts", "settings", "asked", "return"]


def test_no_way_leads_from_a_kernel_to_a_psam_in_the_next_slot() -> None:
    """A social terminal works beside it in the same process; each has its own slot."""
    social = TerminalBench("dual-2.0-3des")
    social.admit()
    bench = PaymentBench("dual-2.0-3des", card=social.card)
    bench.pay(approving)
    found = {id(each): each for each in reachable(bench.kernel)}
    assert [each for each in found.values() if isinstance(each, Slot)] == [bench.slot]
    assert social.sam is not None
    assert id(social.sam) not in found
    assert id(social.sam.card) not in found
    assert len([each for each in found.values() if isinstance(each, Card)]) == 1


@pytest.mark.parametrize("profile", ["dual-2.0-3des", "dual-3.0-sm4"])
def test_a_payment_touches_no_psam(profile: str) -> None:
    """Not one command, not one reset, while the other side of the same card is used before and behind."""
    social = TerminalBench(profile)
    social.admit().leave()
    assert social.sam is not None
    passed, power = len(social.sam.passed), len(social.sam.power)
    assert PaymentBench(profile, card=social.card).pay(approving).verdict is Verdict.APPROVED
    assert (len(social.sam.passed), len(social.sam.power)) == (passed, power)
    social.admit()
    assert len(social.sam.passed) > passed


# --- cards that are not ours --------------------------------------------------------------------------------------

ATRS = {
    "T=1, other history": "3B9F958131FE9F006646530510003171DF000000000022",
    "T=0, no history": "3B00",
    "T=1, T=0 too": "3B80800181",
    "inverse, history of a shop": "3F65250052096A9000",
}


@pytest.mark.parametrize("atr", ATRS)
@pytest.mark.parametrize("profile", [name for name in BANK if name.startswith(("bank-", "pboc"))])
def test_cards_without_a_social_side_pay_whatever_their_atr(profile: str, atr: str) -> None:
    bench = PaymentBench(profile)
    bench.card.bend_atr = lambda _own: bytes.fromhex(ATRS[atr])
    assert bench.pay(approving).verdict is Verdict.APPROVED
    assert not [each for each in bench.card.passed if b"sx1.sh" in each.command]


@pytest.mark.parametrize("atr", ["", "0000", "3BFF", "3F" + "FF" * 40])
def test_a_foreign_card_pays_behind_an_atr_that_is_none(atr: str) -> None:
    """What it says is not judged, if it says anything."""
    bench = PaymentBench(card=PaymentTable(atr=bytes.fromhex(atr)).card())
    assert bench.pay(IssuerAnswer(b"00")).verdict is (Verdict.APPROVED if atr else None)
