"""F5b and F7c over the directories of every environment (what each has: ``selection_grounds``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from dualcos.lab.properties import (
    bank_macros,
    manager_macros,
    pki_macros,
    psam_macros,
    selection_grounds,
    social_macros,
    social_rules,
)
from dualcos.lab.properties.items_select_keeps import (
    WAYS,
    Ground,
    SessionItem,
    Teller,
    failing,
    kept,
    there_and_back,
)
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.social_macros import host_of
from dualcos.lab.properties.specimen import LabBench, Side, Specimen
from dualcos.lab.properties.traffic_steps import Played

IDENTIFIERS = range(0x10000)


def _social(specimen: ProfileSpecimen, _label: str, *, fetches: bool) -> tuple[Ground, ...]:
    assert specimen.profile.ssse is not None  # noqa: S101 - asked of cards that have the section
    return social_rules.of_social(host_of(specimen.profile, specimen.profile.ssse), fetches=fetches)


def _psam(specimen: ProfileSpecimen, label: str, *, fetches: bool) -> tuple[Ground, ...]:
    assert specimen.profile.psam is not None  # noqa: S101 - asked of cards that have the section
    return selection_grounds.of_psam(
        psam_macros.owners(specimen.profile, specimen.profile.psam)[label], fetches=fetches
    )


# By stack. Of one that is missing here nothing is asked, and nothing is judged: for ours ``test_sides`` finds that.
GROUNDS: Mapping[str, Callable[..., tuple[Ground, ...]]] = MappingProxyType(
    {
        manager_macros.LABEL: lambda specimen, _label, *, fetches: selection_grounds.of_manager(
            specimen.profile, fetches=fetches
        ),
        social_macros.LABEL: _social,
        bank_macros.LABEL: lambda specimen, _label, *, fetches: selection_grounds.of_bank(
            specimen.profile, fetches=fetches
        ),
        pki_macros.LABEL: lambda specimen, _label, *, fetches: selection_grounds.of_pki(
            specimen.profile, fetches=fetches
        ),
        psam_macros.LABEL: _psam,
    }
)


def grounds_of(specimen: ProfileSpecimen, side: Side) -> tuple[Ground, ...]:
    """The directories of one environment."""
    fetches = specimen.profile.chip.transmission.case4 == "61xx"
    of = GROUNDS.get(side.stack or side.label)
    return of(specimen, side.label, fetches=fetches) if of is not None else ()


def selection_table(specimen: Specimen, _case: None) -> None:
    """F5b: each item, each kind of SELECT, as the table of session items has it."""
    if not isinstance(specimen, ProfileSpecimen):
        return
    bench = specimen.bench()
    for side in bench.sides.values():
        known = grounds_of(specimen, side)
        for here in known:
            there = next((other for other in known if other is not here), None)
            for item in here.items:
                _ask(bench, side, here, there, item)
                specimen.tally.judge(side.label)


def _ask(bench: LabBench, side: Side, here: Ground, there: Ground | None, item: SessionItem) -> None:
    _is_seen(bench, side, here, item)
    line = kept(side.stack or side.label, item.name)
    for (way, leave), keeps in zip(_ways(here, there), line, strict=True):
        if leave is None:
            continue  # the environment has one directory: the other way out of it is F5's
        teller = Teller(bench, side.label)
        teller.tell(item.gain())
        teller.tell(leave())
        word = teller.word(item.probe())
        if (word != item.without) != keeps:
            text = f"{item.name} in {here.name} of {side.label}, {way}: {word:04X}"
            raise Violation("F5b", f"{text}; it should be {'kept' if keeps else 'dropped'}", teller.player.record)


def _is_seen(bench: LabBench, side: Side, here: Ground, item: SessionItem) -> None:
    """Without any SELECT in between the item is there: else nothing is shown by its absence behind one."""
    teller = Teller(bench, side.label)
    teller.tell(item.gain())
    if teller.word(item.probe()) == item.without:
        text = f"{item.name} in {here.name} of {side.label} is not there in the first place"
        raise Violation("F5b", text, teller.player.record)


def _ways(here: Ground, there: Ground | None) -> Iterator[tuple[str, Callable[[], Played] | None]]:
    ways = (here.select, None if there is None else lambda: there_and_back(here, there), failing)
    yield from zip(WAYS, ways, strict=True)


def own_files_only(specimen: Specimen, _case: None) -> None:
    """F7c: SELECT P1 02 finds the files of the current directory and no other: all 65 536 identifiers in the first
    directory of each stack that has any; in every other those used anywhere in its environment, and their neighbours.
    """
    if not isinstance(specimen, ProfileSpecimen):
        return
    bench, whole = specimen.bench(), set[str]()
    for side in bench.sides.values():
        known = grounds_of(specimen, side)
        used = {fid for ground in known for fid in ground.own} | {
            int.from_bytes(fid, "big") for fid in side.fids if fid
        }
        near = sorted({(fid + step) & 0xFFFF for fid in used for step in (-1, 0, 1)})
        for here in known:
            stack = side.stack or side.label
            fids = near if stack in whole or not here.own else (*near, *IDENTIFIERS)
            whole.update((stack,) if here.own else ())
            _finds_its_own(bench, side, here, fids)
            specimen.tally.judge(side.label)


def _finds_its_own(bench: LabBench, side: Side, here: Ground, fids: Iterable[int]) -> None:
    teller = Teller(bench, side.label)
    teller.tell(here.select())
    for fid in fids:
        answer = bench.card.exchange(b"\x00\xa4\x02\x00\x02" + fid.to_bytes(2, "big"))
        if (answer == b"\x90\x00") != (fid in here.own) and fid not in here.open:
            text = f"{fid:04X} in {here.name} of {side.label}: {answer.hex()}"
            raise Violation("F7c", text, teller.player.record)
