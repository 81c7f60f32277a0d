"""The checks of host code, found in its text: each place where one condition decides that something is refused.

A check is the condition before a ``raise``, a finding that is yielded, blamed or returned; each side of an ``or`` there
is one for itself. So is what a function that answers yes or no says, a call that only demands something, and in all of
these the smallest difference of two values that are compared. Instrumented, each asks ``switch`` whether it is the one
that is left out today.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "keys/custody",
    *("keys/rsa_certificates.py", "keys/sm2_certificates.py", "keys/bank_cryptography.py", "keys/cps_channel.py"),
    "keys/line_cryptography.py",
    *("dualcos/textforms", "dualcos/cardfile", "dualcos/sqlitefile", "dualcos/dialogue"),
    *("dualcos/profile", "dualcos/issuance"),
    *("dualcos/explain/card_export.py", "dualcos/explain/trace_file_lines.py", "dualcos/explain/recorded_data.py"),
    *("dualcos/reader/pcsc.py", "dualcos/terminal/interface", "dualcos/terminal/full"),
    *("dualcos/messages/blacklist.py", "dualcos/messages/blacklist_entries.py", "dualcos/messages/blacklist_pieces.py"),
    *(
        f"dualcos/messages/{name}.py"
        for name in (
            *("iso8583_codec", "pos_envelope", "switch_envelope", "subfield_tables", "pos_subfields"),
            *("switch_subfields", "pos_messages", "pos_form", "line_keys", "download_messages", "field55"),
            *("switch_requests", "switch_answers", "switch_own_texts", "balance_field", "line_in_process"),
        )
    ),
    "dualcos/terminal/social/blacklist_held.py",
    *("dualcos/lab/conformance/vector_file.py", "dualcos/lab/conformance/command_template.py"),
    "dualcos/lab/conformance/routine_reach.py",
    *(
        "dualcos/lab/faults/fault_script.py",
        "dualcos/lab/search/results.py",
        "dualcos/lab/evidence",
        "dualcos/lab/fuzzing",
        "dualcos/lab/pytest_plugin/cards_asked.py",
    ),
    *(
        f"dualcos/terminal/financial/kernel/{name}.py"
        for name in (
            *("application_selection", "application_data", "card_objects"),
            *("certificate_chain", "offline_authentication"),
            *("processing_restrictions", "cardholder_verification", "terminal_risk", "action_analysis"),
            *("application_cryptograms", "issuer_answer", "debit_kernel"),
        )
    ),
    *(
        f"dualcos/terminal/financial/{name}.py"
        for name in (
            *("atm_transactions", "chip_payment", "day_end", "parameter_download", "payment_journal", "payment_means"),
            *("payment_messages", "payment_recovery", "payment_record", "payment_writer", "pos_transactions"),
            *("sales_slip", "short_flow", "slip_layout", "slip_press", "store_and_forward", "terminal_line"),
            "value_added",
        )
    ),
    *(
        f"dualcos/terminal/social/{name}.py"
        for name in (
            *("card_environment", "card_at_terminal", "validity_check", "psam_path", "hsm_path", "social_terminal"),
            *("transaction_choice", "inquiry", "updating", "pin_services", "blocking"),
            *(
                "medical_desk",
                "medical_entry",
                "medical_load",
                "medical_recovery",
                "medical_settlement",
                "transaction_witness",
            ),
            *("medical_records", "medical_means", "purchase_steps", "temporary_offline_file", "terminal_journal"),
            "transaction_witness",
        )
    ),
)
"""Where hosts and profiles check: files, and folders with all that is in them."""

REFUSES, ANSWERS_NO, ANSWERS_YES, DEMANDS = "refuses if", "no unless", "yes if", "demands"
NEAREST, BEGINNING, EDGE = "nearest", "beginning", "edge"
"""What may be left out: a refusal, an answer either way, a demand; the one place where two compared values differ, the
rest of one that begins as the other does, the edge of a range.
"""
_DEMANDING = re.compile(r"_?(demand|compare|check|verify|refuse|require)(_\w+)?")
_FAULT_TYPES = re.compile(r"Fault\b|Finding\b")
_SAID = re.compile(r"\b(str \| None|Iterator\[str\])")
_BLAMING = ("blame", "say")
_EQUAL = ("same", "compare_digest")


def files() -> list[Path]:
    """All files of the rooms, relative to the root."""
    found: set[Path] = set()
    for room in ROOMS:
        path = ROOT / room
        found |= {path} if path.suffix else set(path.rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def instrumented(path: Path) -> tuple[ast.Module, tuple[str, ...]]:
    """A file's module with a switch at each check, and their names in the order they stand there."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    found = _Instrument(path.as_posix())
    tree = found.visit(tree)
    return ast.fix_missing_locations(tree), tuple(found.sites)


def sites() -> Iterator[str]:
    """The name of every check: file, function, what may be left out, and of which words."""
    for path in files():
        yield from instrumented(path)[1]


def is_comparison(site: str) -> bool:
    """True for the smallest difference of two values, which may be of a kind that is never nearly alike."""
    return site.partition(": ")[2].startswith((NEAREST, BEGINNING, EDGE))


class _Instrument(ast.NodeTransformer):
    def __init__(self, path: str) -> None:
        self.path = path
        self.sites: list[str] = []
        self._scopes: list[str] = []
        self._functions: list[ast.FunctionDef] = []
        self._seen: Counter[str] = Counter()

    # --- where we are ------------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._scopes.append(node.name)
        self.generic_visit(node)
        self._scopes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == "__repr__":
            return node
        self._scopes.append(node.name)
        self._functions.append(node)
        node.body = [self.visit(each) for each in node.body]
        self._functions.pop()
        self._scopes.pop()
        return node

    def _returns(self) -> str:
        if not self._functions or self._functions[-1].returns is None:
            return ""
        return ast.unparse(self._functions[-1].returns).strip("'\"")

    # --- what refuses ------------------------------------------------------------------------------------------

    def visit_If(self, node: ast.If) -> ast.AST:
        if self._refuses(node.body):
            node.test = self._guarded(node.test, refusing=True)
        elif self._refuses(node.orelse) and not isinstance(node.orelse[0], ast.If):
            node.test = self._guarded(node.test, refusing=False)
        node.body = [self.visit(each) for each in node.body]
        node.orelse = [self.visit(each) for each in node.orelse]
        return node

    def _refuses(self, body: list[ast.stmt]) -> bool:
        return any(self._is_refusal(each) for each in body)

    def _is_refusal(self, node: ast.stmt) -> bool:
        if isinstance(node, ast.Raise):
            return node.exc is not None
        if isinstance(node, ast.Return) and node.value is not None:
            return self._is_fault(node.value)
        if not isinstance(node, ast.Expr):
            return False
        value = node.value
        if isinstance(value, ast.Yield) and value.value is not None:
            return self._is_fault(value.value)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if value.func.attr in _BLAMING:
                return True
            return value.func.attr == "append" and bool(re.search("Finding|Reject", ast.unparse(value.args[0])))
        return False

    def _is_fault(self, value: ast.expr) -> bool:
        """In a function that answers what is wrong, anything but None; of texts, those that stand there."""
        returns = self._returns()
        if isinstance(value, ast.Constant) and value.value in (None, True, False, ""):
            return value.value is False and returns == "bool"
        if _FAULT_TYPES.search(returns):
            return isinstance(value, ast.Call | ast.JoinedStr | ast.Constant | ast.Name)
        if _SAID.search(returns) and re.match("dualcos/(profile|issuance)/", self.path):
            return isinstance(value, ast.JoinedStr | ast.Constant | ast.BinOp)
        return False

    def visit_Return(self, node: ast.Return) -> ast.AST:
        value = node.value
        if isinstance(value, ast.IfExp) and self._is_fault(value.body) != self._is_fault(value.orelse):
            value.test = self._guarded(value.test, refusing=self._is_fault(value.body))
        elif self._returns() == "bool" and value is not None and not isinstance(value, ast.Constant):
            node.value = self._answer(value)
        else:
            self.generic_visit(node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
        if not _DEMANDING.fullmatch(name) or not self._functions:
            self.generic_visit(node)
            return node
        made = ast.Lambda(ast.arguments([], [], None, [], [], None, []), call)
        node.value = self._switch("demand", self._site(DEMANDS, call), made)
        return node

    # --- conditions --------------------------------------------------------------------------------------------

    def _guarded(self, test: ast.expr, *, refusing: bool) -> ast.expr:
        """``test`` with a switch at each part that alone refuses: by being true if ``refusing``, else false."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = self._guarded(test.operand, refusing=not refusing)
            return test
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or if refusing else ast.And):
            test.values = [self._guarded(each, refusing=refusing) for each in test.values]
            return test
        if not refusing and isinstance(test, ast.Compare) and len(test.ops) > 1:
            return self._guarded(_split(test), refusing=refusing)
        site = self._site(REFUSES, test if refusing else _denied(test))
        return self._switch("refuses" if refusing else "accepts", site, self._closest(test))

    def _answer(self, value: ast.expr) -> ast.expr:
        if isinstance(value, ast.BoolOp):
            value.values = [self._answer(each) for each in value.values]
            return value
        no, yes = self._site(ANSWERS_NO, value), self._site(ANSWERS_YES, value)
        return self._switch("answers", no, ast.Constant(yes), self._closest(value))

    def _closest(self, test: ast.expr) -> ast.expr:
        """``test`` with a switch for the smallest difference wherever two values are compared."""
        return _Closest(self).visit(test)

    def _site(self, kind: str, node: ast.expr) -> str:
        name = f"{self.path}::{'.'.join(self._scopes)}: {kind} {ast.unparse(node)}"
        self._seen[name] += 1
        name += f" ({self._seen[name]})" if self._seen[name] > 1 else ""
        self.sites.append(name)
        return name

    def _switch(self, what: str, site: str, *values: ast.expr) -> ast.expr:
        return ast.Call(ast.Name(f"__{what}__", ast.Load()), [ast.Constant(site), *values], [])


class _Closest(ast.NodeTransformer):
    def __init__(self, outer: _Instrument) -> None:
        self.outer = outer

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) > 1:
            return node
        left, op, right = node.left, node.ops[0], node.comparators[0]
        if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return self.outer._switch("edge", self.outer._site(EDGE, node), ast.Constant(_SIGNS[type(op)]), left, right)
        if not isinstance(op, ast.Eq | ast.NotEq) or _is_word(left) or _is_word(right):
            return node
        return _negated(self._equal(node, left, right), isinstance(op, ast.NotEq))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return self._equal(node, *node.args) if name in _EQUAL and len(node.args) == 2 else node

    def _equal(self, node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
        nearest = self.outer._site(NEAREST, node)
        beginning = "" if _is_number(left) or _is_number(right) else self.outer._site(BEGINNING, node)
        return self.outer._switch("equal", nearest, ast.Constant(beginning), left, right)


_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def _is_word(node: ast.expr) -> bool:
    """A text that stands in the code: what is nearly it is another word, and no forgery of it."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _is_number(node: ast.expr) -> bool:
    length = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    return length or (isinstance(node, ast.Constant) and isinstance(node.value, int))


def _denied(test: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), test)


def _negated(test: ast.expr, negative: bool) -> ast.expr:
    return _denied(test) if negative else test


def _split(chain: ast.Compare) -> ast.BoolOp:
    """``a <= b <= c`` as two comparisons; what is compared here may be asked twice."""
    values = [chain.left, *chain.comparators]
    pairs = [ast.Compare(values[at], [op], [values[at + 1]]) for at, op in enumerate(chain.ops)]
    copies = [ast.parse(ast.unparse(pair), mode="eval").body for pair in pairs]
    return ast.BoolOp(ast.And(), copies)
