"""Seeded bugs: each a mistake somebody has made, put in by a patch; ``SEEDS`` says which property must see it.

A new real bug adds one. ``asked``: the mistakes that other cards and emulators were seen to make, by their short name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import counting, forgetting, protecting, remembering, sharing, spoiling, telling
from .patching import Patch


class Seed(NamedTuple):
    """A bug, the property that must see it, what the reference calls it, on which card, within how many examples."""

    bug: Callable[[Patch], None]
    seen_by: str
    asked: str = ""
    card: str = "social-2.0"
    budget: int = 300


SEEDS = (
    Seed(forgetting.right_kept, "F5b", "right kept"),
    Seed(forgetting.ef_kept, "F5b", "EF kept"),
    Seed(forgetting.pointer_kept, "F5b", "pointer kept"),
    Seed(forgetting.failed_select_drops, "F5b"),
    Seed(forgetting.deselect_hook_empty, "F5a", "deselect hook empty"),
    Seed(forgetting.pending_answer_kept, "F5a", "pending answer kept"),
    Seed(forgetting.challenge_shared, "F15b", "challenge shared"),
    Seed(forgetting.challenge_not_consumed, "F15", "challenge not consumed"),
    Seed(sharing.one_generator, "F1", "one RNG"),
    Seed(sharing.one_try_counter, "F1", "one try counter"),
    Seed(sharing.global_fid_lookup, "F7c", "global FID lookup"),
    Seed(sharing.prefix_selects, "F7"),
    Seed(sharing.writes_across, "F3"),
    Seed(counting.counter_rolled_back, "F9", "rollback of the counter"),
    Seed(counting.compare_then_decrement, "T2"),
    Seed(counting.reset_restores_tries, "F9"),
    Seed(protecting.sm_optional, "F12", "SM optional"),
    Seed(protecting.mac_first_bytes_only, "F11"),
    Seed(protecting.header_not_under_mac, "F11"),
    Seed(remembering.not_atomic, "T"),
    Seed(remembering.commit_cell_first, "T"),
    Seed(remembering.power_loss_swallowed, "T"),
    Seed(remembering.refusal_writes, "F10"),
    Seed(remembering.record_zero, "M1", "record 0 accepted"),
    Seed(telling.pin_in_trace, "F8"),
    Seed(telling.key_in_repr, "F8a"),
    Seed(telling.not_deterministic, "F18"),
    Seed(telling.dies_of_a_command, "F17"),
    Seed(telling.event_in_the_wrong_trace, "F20"),
    Seed(telling.card_key_rules_inside, "F13"),
    Seed(telling.shared_quota, "F19"),
    Seed(sharing.pin_of_the_whole_card, "F6", card="dual-2.0-3des"),
    Seed(sharing.stranger_resets, "F16"),
    Seed(counting.transaction_number_in_memory, "F14", card="bank-cda"),
    Seed(spoiling.claims_trusts_headers, "F25", card="dual-2.0-3des", budget=50),
    Seed(spoiling.power_on_dies_of_the_directory, "F25", card="dual-2.0-3des", budget=50),
    Seed(spoiling.entry_believed, "F25a", card="dual-2.0-3des", budget=50),
    Seed(spoiling.damage_silences_the_card, "F25", card="dual-2.0-3des", budget=50),
    Seed(spoiling.home_header_trusted, "F25", card="dual-2.0-3des", budget=50),
    Seed(spoiling.counter_cell_trusted, "F25", budget=50),
    Seed(spoiling.record_count_trusted, "F25", budget=50),
    Seed(spoiling.counters_trusted, "F25", card="bank-cda", budget=50),
    Seed(spoiling.historical_bytes_trusted, "F25a", budget=50),
    Seed(spoiling.damage_is_the_terminals_fault, "F25", budget=50),
)
