"""Seeded bugs: each a mistake somebody has made, put in by a patch; ``SEEDS`` says which property must see it.

A new real bug adds one. ``asked``: the mistakes that other cards and emulators were seen to make, by their short name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from dualcos.lab.search.plan import BUDGETS

from . import (
    counting,
    equating,
    explaining,
    failing,
    forgetting,
    interrupting,
    lingering,
    misreading,
    protecting,
    proving,
    remembering,
    sharing,
    spoiling,
    stacks,
    telling,
    widening,
    wrapping,
)
from .patching import Patch

MANAGED = str(Path(__file__).parents[1] / "profiles" / "pki-managed.toml")
"""A card whose certificates the manager PIN writes."""


COMMIT = BUDGETS["commit"].examples


class Seed(NamedTuple):
    """A bug, the property that must see it, what the reference calls it, on which card, in how many examples."""

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
    Seed(interrupting.refusal_elsewhere_unheard, "F5c", card="dual-2.0-3des", budget=COMMIT),
    Seed(interrupting.refusal_elsewhere_keeps_what_waits, "F5c", budget=COMMIT),
    Seed(interrupting.refusal_elsewhere_ends_the_banks_transaction, "F5c", card="bank-cda", budget=COMMIT),
    Seed(interrupting.no_command_at_all_unheard, "F5c", budget=COMMIT),
    Seed(interrupting.fetching_is_never_a_command, "F5d", card="dual-2.0-3des", budget=COMMIT),
    Seed(interrupting.class_00_only, "F5d", card="bank-cda", budget=COMMIT),
    Seed(interrupting.any_class_fetches, "F5d", card="bank-cda", budget=COMMIT),
    Seed(interrupting.refused_fetch_costs_the_answer, "F5d", card="bank-cda", budget=COMMIT),
    Seed(interrupting.own_class_is_another_command, "F5d", card="dual-2.0-3des", budget=COMMIT),
    Seed(interrupting.mf_words_a_next_name_otherwise, "F16", card="dual-2.0-3des", budget=COMMIT),
    Seed(interrupting.mf_takes_no_name, "F16", card="dual-2.0-3des", budget=COMMIT),
    Seed(interrupting.pki_takes_short_names, "F16", card="social-3.0-pki", budget=COMMIT),
    Seed(proving.certificates_give_back, "F27", card="social-3.0-pki", budget=COMMIT),
    Seed(proving.manager_gives_back, "F27", budget=COMMIT),
    Seed(proving.right_mac_fills_the_counter, "F27", card="social-3.0-pki", budget=COMMIT),
    Seed(proving.right_mac_fills_the_puk, "F27", budget=COMMIT),
    Seed(proving.change_pin_spends_first, "F27", card="social-3.0-pki", budget=COMMIT),
    Seed(proving.social_key_spends_first, "F27", budget=COMMIT),
    Seed(proving.bank_master_spends_first, "F27", card="bank-cda", budget=COMMIT),
    Seed(proving.wrong_mac_is_free, "F27", budget=COMMIT),
    Seed(proving.locked_puk_unblocks, "F27", budget=COMMIT),
    Seed(proving.locked_puk_keeps_its_right, "F27a", budget=COMMIT),
    Seed(proving.locked_key_keeps_its_right, "F27a", budget=COMMIT),
    Seed(proving.locked_manager_keeps_its_level, "F27a", card=MANAGED, budget=COMMIT),
    Seed(proving.replaced_social_master_rules, "F27b", budget=COMMIT),
    Seed(proving.replaced_bank_master_rules, "F27b", card="bank-cda", budget=COMMIT),
    Seed(proving.replaced_certificate_master_rules, "F27b", card="social-3.0-pki", budget=COMMIT),
    Seed(proving.replaced_card_master_rules, "F27b", budget=COMMIT),
    Seed(proving.application_inherits, "F27c", budget=COMMIT),
    Seed(proving.mac_compared_first, "T2", budget=COMMIT),
    Seed(proving.key_card_gives_back, "F27", card="psam-sm4", budget=COMMIT),
    Seed(proving.locked_authority_keeps_its_right, "F27a", card="psam-3des", budget=COMMIT),
    Seed(proving.replaced_key_card_master_rules, "F27b", card="psam-3des", budget=COMMIT),
    Seed(stacks.key_card_keeps_rights, "F5b", card="psam-sm4", budget=COMMIT),
    Seed(stacks.key_card_keeps_delivered_key, "F5b", card="psam-sm4", budget=COMMIT),
    Seed(stacks.key_card_shares_challenges, "F15b", card="psam-sm4", budget=COMMIT),
    Seed(stacks.key_card_counts_in_ram, "F14", card="psam-sm4"),  # takes two purchases in one dialogue
    Seed(stacks.key_card_asks_no_master, "F13", card="psam-sm4", budget=COMMIT),
    Seed(stacks.key_card_answers_weak_form, "F11", card="psam-sm4", budget=COMMIT),
    Seed(stacks.certificates_write_into_social, "F3", card="social-3.0-pki", budget=COMMIT),
    Seed(stacks.certificates_forget_when_selected_again, "F5b", card="social-3.0-pki", budget=COMMIT),
    Seed(stacks.certificates_serve_a_random_number_twice, "F15", card="social-3.0-pki", budget=COMMIT),
    Seed(stacks.certificates_tell_of_others, "F7a", card="social-3.0-pki", budget=COMMIT),
    Seed(stacks.bank_asks_no_master, "F13", card="bank-cda", budget=COMMIT),
    Seed(spoiling.claims_trusts_headers, "F25", card="dual-2.0-3des", budget=COMMIT),
    Seed(spoiling.power_on_dies_of_the_directory, "F25", card="dual-2.0-3des", budget=COMMIT),
    Seed(spoiling.entry_believed, "F25a", card="dual-2.0-3des", budget=COMMIT),
    Seed(spoiling.damage_silences_the_card, "F25", card="dual-2.0-3des", budget=COMMIT),
    Seed(spoiling.home_header_trusted, "F25", card="dual-2.0-3des", budget=COMMIT),
    Seed(spoiling.counter_cell_trusted, "F25", budget=COMMIT),
    Seed(spoiling.record_count_trusted, "F25", card="social-3.0"),  # one case in fifty shows it
    Seed(spoiling.counters_trusted, "F25", card="bank-cda", budget=COMMIT),
    Seed(spoiling.historical_bytes_trusted, "F25a", budget=COMMIT),
    Seed(spoiling.damage_is_the_terminals_fault, "F25", budget=COMMIT),
    Seed(failing.load_survives_a_wrong_parameter, "F24", card="social-3.0", budget=COMMIT),
    Seed(failing.wrong_mac_ends_rights, "F24", budget=COMMIT),
    Seed(failing.wrong_pin_ends_the_transaction, "F24", card="bank-cda", budget=COMMIT),
    Seed(failing.unread_record_moves_the_pointer, "F24", budget=COMMIT),
    Seed(misreading.control_nibble_ignored, "F17a", card="bank-cda", budget=COMMIT),
    Seed(misreading.inner_length_ignored, "F17a", card="bank-cda", budget=COMMIT),
    Seed(misreading.rest_of_record_ignored, "F17a", budget=COMMIT),
    Seed(misreading.fillers_stripped, "F17b", budget=COMMIT),
    Seed(wrapping.medical_sequences_come_round, "F26", card="social-3.0", budget=COMMIT),
    Seed(wrapping.totals_come_round, "F26", card="social-3.0", budget=COMMIT),
    Seed(wrapping.balance_comes_round, "F26", card="social-3.0", budget=COMMIT),
    Seed(wrapping.sequence_at_its_end_has_no_word, "F26", card="social-3.0", budget=COMMIT),
    Seed(wrapping.transaction_numbers_come_round, "F26", card="bank-cda", budget=COMMIT),
    Seed(wrapping.transaction_number_has_no_end, "F26", card="bank-cda", budget=COMMIT),
    Seed(wrapping.script_counter_comes_round, "F26", card="bank-cda", budget=COMMIT),
    Seed(wrapping.foreign_transactions_come_round, "F26", card="bank-cda", budget=COMMIT),
    Seed(wrapping.channel_counter_has_no_end, "F26", card="bank-cda", budget=COMMIT),
    Seed(wrapping.terminal_sequence_comes_round, "F26", card="psam-sm4", budget=COMMIT),
    Seed(wrapping.tries_above_their_limit_kill, "F26", card="social-3.0-pki", budget=COMMIT),
    Seed(lingering.handles_kept_by_name, "F21", card="dual-2.0-3des", budget=COMMIT),
    Seed(lingering.last_challenge_of_all, "F21", budget=COMMIT),
    Seed(lingering.waiting_answer_of_all, "F21", card="bank-cda", budget=COMMIT),
    Seed(explaining.draws_to_compare, "F21a"),
    Seed(explaining.leaves_a_mark, "F21a"),
    Seed(explaining.goes_to_look, "F21a"),
    Seed(equating.right_of_the_bytes, "F22", budget=COMMIT),
    Seed(equating.counter_of_the_bytes, "F22", card="social-3.0-pki", budget=COMMIT),
    Seed(equating.instruction_not_under_mac, "F22a", budget=COMMIT),
    Seed(widening.application_block_silences_the_card, "F23", budget=COMMIT),
    Seed(widening.bank_block_silences_the_card, "F23", card="dual-2.0-3des", budget=COMMIT),
    Seed(widening.block_of_every_equal_level, "F23", budget=COMMIT),
)
