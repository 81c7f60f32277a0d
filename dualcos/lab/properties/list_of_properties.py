"""All properties in one list: by what each is asked, and what must be seen of a card for it.

What it says, and by which clause, ``requirement_names`` declares.
"""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis.strategies import SearchStrategy

from dualcos.lab.conformance.requirement_names import CUT_REQUIREMENTS, requirement_called
from dualcos.lab.properties import (
    counters_only_go_down,
    damaged_cells,
    deleted_and_made_anew,
    explained_beside,
    failure_table,
    hand_over,
    interrupted_dialogues,
    isolation,
    malformed_fields,
    malformed_under_keys,
    names_not_values,
    numbered_traffic,
    presented_secrets,
    process_history,
    protected_commands,
    reach_of_commands,
    secrecy_and_robustness,
    selection_table,
    session_forgets,
    shared_channels,
    social_rules,
    stored_numbers_at_edges,
    tearing_of_macros,
)
from dualcos.lab.properties.property_and_violation import Property
from dualcos.lab.properties.sight_needed import (
    AFTER_EARNING,
    ANSWERS,
    EARNED,
    GUARDED,
    MEMORY,
    SIBLINGS,
    SPOILT,
    SightNeeded,
)
from dualcos.lab.properties.specimen import Specimen


def _asked(
    identity: str,
    needs: SightNeeded,
    check: Callable[[Specimen, Any], None],
    cases: Callable[[Specimen], SearchStrategy[Any]] | None = None,
) -> Property:
    found = requirement_called(identity)
    return Property(identity, found.sentence, found.clause, check, cases, needs)


PROPERTIES: tuple[Property, ...] = (
    _asked("F1", ANSWERS, isolation.prefix_independence, isolation.cases),
    _asked("F2", SIBLINGS, isolation.secret_variation, isolation.cases),
    _asked("F3", MEMORY, isolation.local_respect, partial(isolation.cases, before=True)),
    _asked("F4", ANSWERS, isolation.excursion_neutrality, partial(isolation.cases, before=True, power=False)),
    _asked("F5", ANSWERS, session_forgets.amnesia, session_forgets.exits),
    _asked("F5a", AFTER_EARNING, session_forgets.every_rule_asks_again),
    _asked("F5b", SIBLINGS, selection_table.selection_table),
    _asked("F5c", MEMORY, interrupted_dialogues.refused_alike),
    _asked("F5d", MEMORY, interrupted_dialogues.class_of_fetching),
    _asked("F6", EARNED, isolation.no_carried_authority),
    _asked("F7", MEMORY, session_forgets.no_foreign_handle),
    _asked("F7a", SIBLINGS, session_forgets.all_identifiers),
    _asked("F7b", SIBLINGS, session_forgets.not_even_there, partial(isolation.cases, pairs=session_forgets.dispensable)),
    _asked("F7c", SIBLINGS, selection_table.own_files_only),
    _asked("F8", MEMORY, secrecy_and_robustness.secrecy, counters_only_go_down.stays),
    _asked("F8a", MEMORY, secrecy_and_robustness.no_secret_in_repr),
    _asked("F9", MEMORY, counters_only_go_down.try_counters, counters_only_go_down.presentations),
    _asked("F10", MEMORY, counters_only_go_down.frugal_refusals, counters_only_go_down.stays),
    _asked("F11", GUARDED, protected_commands.integrity),
    _asked("F12", MEMORY, protected_commands.no_downgrade),
    _asked("F13", SIBLINGS, hand_over.one_way, hand_over.lives),
    _asked("F14", MEMORY, counters_only_go_down.numbers_once, counters_only_go_down.stays),
    _asked("F15", GUARDED, session_forgets.challenge_once, session_forgets.reuses),
    _asked("F15a", GUARDED, session_forgets.wrong_use_consumes),
    _asked("F15b", GUARDED, session_forgets.challenge_of_another),
    _asked("F16", MEMORY, shared_channels.only_declared),
    _asked("F17", ANSWERS, secrecy_and_robustness.total, secrecy_and_robustness.any_bytes),
    _asked("F17a", SIBLINGS, malformed_fields.malformed),
    _asked("F17b", SIBLINGS, malformed_under_keys.malformed_under_keys),
    _asked("F18", ANSWERS, secrecy_and_robustness.deterministic, counters_only_go_down.stays),
    _asked("F19", SPOILT, isolation.availability),
    _asked("F20", MEMORY, isolation.same_trace, isolation.cases),
    _asked("F21", MEMORY, process_history.no_history, numbered_traffic.numbered),
    _asked("F21a", MEMORY, explained_beside.changes_nothing),
    _asked("F22", SIBLINGS, names_not_values.names_only, numbered_traffic.numbered),
    _asked("F22a", SIBLINGS, names_not_values.cryptograms_by_use),
    _asked("F23", MEMORY, reach_of_commands.declared_reach),
    _asked("F23a", MEMORY, reach_of_commands.reach_in_traffic, numbered_traffic.numbered),
    _asked("F24", SIBLINGS, failure_table.failure_table),
    _asked("F27", MEMORY, presented_secrets.refusals_are_free),
    _asked("F27a", MEMORY, presented_secrets.end_with_their_tries),
    _asked("F27b", MEMORY, presented_secrets.end_with_their_keys),
    _asked("F27c", SIBLINGS, deleted_and_made_anew.made_anew),
    _asked("F25", MEMORY, damaged_cells.contained, damaged_cells.damages),
    _asked("F25a", MEMORY, damaged_cells.everywhere),
    _asked("F26", MEMORY, stored_numbers_at_edges.numbers_at_their_edges),
    _asked("T7", SIBLINGS, social_rules.proof_survives),
    _asked("M1", SIBLINGS, social_rules.record_model, social_rules.record_work),
    _asked("T2", MEMORY, tearing_of_macros.spent_first),
)  # fmt: skip

# The tearing contract: one sweep over every cut of every writing command judges all of it. T2 and T7 are above as well,
# as what no cut shows; T6 is F14.
CONTRACT: tuple[Property, ...] = tuple(
    _asked(each.identity, MEMORY, tearing_of_macros.contract) for each in CUT_REQUIREMENTS if each.identity != "T6"
)


def find(identity: str) -> Property:
    """A property by its identity. Raises KeyError."""
    for each in (*PROPERTIES, *CONTRACT):
        if each.identity == identity:
            return each
    raise KeyError(identity)
