"""``dualcos lab plan``: which of the chosen vectors are for the sample, and why, before anything is played."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence

from dualcos.cli.facts.lab_plan_facts import LabPlan, PlannedVector, PlanReason
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_sample import add_sample, add_selection, asked_sample, asked_vectors
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.user_faults import DONE, Fault
from dualcos.lab.campaign.campaign_sample import Sample, card_asked
from dualcos.lab.conformance.applying import Applying
from dualcos.lab.conformance.vector_file import Case, VectorError
from dualcos.profile.schema import public_settings

_MOST_REASONS = 12


def _arguments(parser: ArgumentParser) -> None:
    add_selection(parser)
    add_sample(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="only the counts")
    add_json(parser, PlannedVector, LabPlan, words="one line of JSON per vector, then the counts,")


def plan(args: Namespace) -> int:
    """Tell each vector's place. Nothing is played, and no card made or looked at."""
    try:
        sample = asked_sample(args)
        asked = card_asked(sample)
        found = [(case, asked.why(case)) for case in asked_vectors(args).cases]
    except VectorError as error:
        raise Fault(str(error)) from None
    for case, applying in found if not args.quiet else ():
        tell(args, _facts(case, applying), (_line(case, applying),))
    whole = _counted(sample, [applying for _, applying in found])
    tell(args, whole, _lines(whole, sample))
    return DONE


def _facts(case: Case, applying: Applying) -> PlannedVector:
    title = case.vector.title
    return PlannedVector(
        id=case.id,
        unit=case.unit.unit,
        title=title.en,
        title_zh=title.zh,
        plays=applying.plays,
        reason=applying.reason,
        kind=applying.kind,
    )


def _line(case: Case, applying: Applying) -> str:
    title = case.vector.title
    return f"{'in ' if applying.plays else 'out'}  {case.id}  {title.en} {title.zh}\n{'':5}{applying.reason}"


def _counted(sample: Sample, found: Sequence[Applying]) -> LabPlan:
    kinds = Counter((each.plays, each.kind) for each in found)
    ordered = sorted(kinds.items(), key=lambda each: (not each[0][0], -each[1], each[0][1]))
    return LabPlan(
        sample=sample.name or sample.kind,
        settings=list(public_settings(sample.settings)),
        vectors=len(found),
        plays=sum(each.plays for each in found),
        reasons=[PlanReason(plays=plays, why=kind, vectors=number) for (plays, kind), number in ordered],
    )


def _lines(whole: LabPlan, sample: Sample) -> Iterator[str]:
    yield f"{whole.plays} of {whole.vectors} vectors are for this sample: {whole.sample}"
    if whole.settings:
        yield f"set         {' '.join(whole.settings)}"
    for plays, word in ((True, "in"), (False, "out")):
        reasons = [each for each in whole.reasons if each.plays is plays]
        yield from (f"{each.vectors:6}  {word:3}  {each.why}" for each in reasons[:_MOST_REASONS])
        rest = sum(each.vectors for each in reasons[_MOST_REASONS:])
        if rest:
            yield f"{rest:6}  {word:3}  for {len(reasons) - _MOST_REASONS} other reasons"
    if sample.sam:
        yield "What the PSAM does not compute shows when it is asked, in the run."


LAB_PLAN = LabAction(
    "plan", "which vectors are for the sample, each with its reason; nothing is played", _arguments, plan
)
