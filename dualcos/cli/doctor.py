"""``dualcos doctor``: what is missing on this machine, and the command that mends it. Changes nothing itself."""

from __future__ import annotations

import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from dualcos.cli.doctor_checks import AUDIENCES, CHECKS, file_check, looked
from dualcos.cli.facts.doctor_facts import CheckFacts, CheckState, DoctorReport
from dualcos.cli.file_arguments import add_input
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.surroundings import Surroundings
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import DIFFERS, DONE
from dualcos.explain.rendering import Paint, Role, columns

_ROLES: dict[CheckState, Role] = {"ok": "good", "note": "warn", "missing": "bad"}
_INDENT = " " * 11


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "files", metavar="FILE", nargs="*", help="card files or key stores to look at too")
    add_json(parser, DoctorReport)


def doctor(args: Namespace) -> int:
    """Look at everything. 0 if nothing is missing that something here needs, else 1; notes cost nothing."""
    facts = diagnosed(Surroundings.here(), tuple(args.files))
    tell(args, facts, _lines(facts, paint_for(sys.stdout)))
    return DIFFERS if facts.missing else DONE


def diagnosed(here: Surroundings, files: tuple[str, ...] = ()) -> DoctorReport:
    """What is found in those surroundings."""
    found = [
        CheckFacts(
            id=check.id,
            title=check.title,
            state=look.state,
            says=look.says,
            mend=look.mend,
            matters_to=list(check.matters_to),
        )
        for check, look in looked((*CHECKS, *map(file_check, files)), here)
    ]
    lacking = {who for each in found if each.state == "missing" for who in each.matters_to}
    return DoctorReport(
        version=here.installed("dualcos") or "",
        python=".".join(map(str, here.python)),
        platform=platform.platform(),
        checks=found,
        missing=sum(each.state == "missing" for each in found),
        ready=[who for who in AUDIENCES if who not in lacking],
    )


def _lines(facts: DoctorReport, paint: Paint) -> Iterator[str]:
    heads = columns((each.state, each.title, each.says) for each in facts.checks)
    for each, head in zip(facts.checks, heads, strict=True):
        yield paint(_ROLES[each.state], head[: len(each.state)]) + head[len(each.state) :]
        if each.mend is not None:
            yield f"{_INDENT}{paint('advice', f'» {each.mend}')}  {paint('faint', ', '.join(each.matters_to))}"
    yield ""
    if facts.ready:
        yield f"ready: {', '.join(facts.ready)}"
    if facts.missing:
        yield f"{facts.missing} missing: the command behind » mends each"


DOCTOR = Subcommand("doctor", "what is missing on this machine, and the command that mends it", _arguments, doctor)
