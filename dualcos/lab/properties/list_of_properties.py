"""All properties in one list, with what each says and where it comes from. One property a line."""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from functools import partial

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

_WALL = "LD/T 6001.2 防火墙; SSC-4 §5.5"
_STATE = "SSC-7 §5.8, §6.6; SSC-5 §6.11.1"
_MESSAGING = "SSC-4 §8; SSC-7 §7.4"

PROPERTIES: tuple[Property, ...] = (
    Property("F1", "what e answers does not depend on f's traffic", _WALL, isolation.prefix_independence, isolation.cases),
    Property("F2", "what e answers does not depend on f's secrets and contents", _WALL, isolation.secret_variation, isolation.cases),
    Property("F3", "a command changes only the cells of the environment that executes it", _WALL, isolation.local_respect, partial(isolation.cases, before=True)),
    Property("F4", "an excursion into f leaves e as the bare excursion does", _WALL, isolation.excursion_neutrality, partial(isolation.cases, before=True, power=False)),
    Property("F5", "after leaving, e is as a fresh session over the same memory", _STATE, session_forgets.amnesia, session_forgets.exits),
    Property("F5a", "after each way out every access rule asks again", _STATE, session_forgets.every_rule_asks_again),
    Property("F5b", "each SELECT keeps and drops what the table of session items says", _STATE, selection_table.selection_table),
    Property("F5c", "a SELECT that is refused has one effect on e, whoever refuses it", f"{_STATE}; SSC-5 §7", interrupted_dialogues.refused_alike),
    Property("F5d", "GET RESPONSE continues the command whose answer waits, or is a command like any other", "SSC-5 §6.6, §7; PBOC-3 §9.3.1.3; ISO 7816-4 §5.3.4", interrupted_dialogues.class_of_fetching),
    Property("F6", "nothing earned in f satisfies a rule of e", _WALL, isolation.no_carried_authority),
    Property("F7", "no identifier, path or partial name leads from e to f", _WALL, session_forgets.no_foreign_handle),
    Property("F7a", "e answers to the same identifiers whether or not f exists", _WALL, session_forgets.all_identifiers),
    Property("F7b", "e answers as on a card where f does not exist", _WALL, session_forgets.not_even_there, partial(isolation.cases, pairs=session_forgets.dispensable)),
    Property("F7c", "in a directory only its own files answer to an identifier", "SSC-4 §6.1; SSC-3 §5.2", selection_table.own_files_only),
    Property("F8", "no key or PIN in an answer or in the trace", "SSC-4 §6.4, §7.4", secrecy_and_robustness.secrecy, counters_only_go_down.stays),
    Property("F8a", "no key or PIN in a repr", "SSC-4 §6.4, §7.4", secrecy_and_robustness.no_secret_in_repr),
    Property("F9", "between two successes a try counter only goes down, by one for each wrong presentation", "SSC-7 §5.8, §6.6", counters_only_go_down.try_counters, counters_only_go_down.presentations),
    Property("F10", "a refusal changes nothing but the counters its command declares", "SSC-5 §6", counters_only_go_down.frugal_refusals, counters_only_go_down.stays),
    Property("F11", "any one bit of a protected command flipped: refused, nothing changed", _MESSAGING, protected_commands.integrity),
    Property("F12", "where protection is required no weaker form is accepted", _MESSAGING, protected_commands.no_downgrade),
    Property("F13", "hand-over is one-way: only the own master key's proof changes an environment", "总体方案 一（四）; SSC-4 §5", hand_over.one_way, hand_over.lives),
    Property("F14", "transaction numbers rise; none carries two cryptograms over other data", "PBOC-5 §16; assurance contract T6", counters_only_go_down.numbers_once, counters_only_go_down.stays),
    Property("F15", "what a random number made acceptable is never accepted again", "SSC-5 §6.5; SSC-7 §6.6", session_forgets.challenge_once, session_forgets.reuses),
    Property("F15a", "a wrong use consumes the random number", "SSC-5 §6.5; SSC-7 §6.6", session_forgets.wrong_use_consumes),
    Property("F15b", "a random number of one environment is none in another", "SSC-5 §6.5", session_forgets.challenge_of_another),
    Property("F16", "card-wide effects come only by the channels declared for them", "SSC-5 §6.2.1; PBOC-5 B.4; 总体方案 一（四）", shared_channels.only_declared),
    Property("F17", "any bytes get an answer of at least two bytes", "SSC-2 §9", secrecy_and_robustness.total, secrecy_and_robustness.any_bytes),
    Property("F17a", "the nearest malformed forms of every data field: a declared word, and nothing changed", "SSC-5 tables 7 to 78; PBOC-5 annex B; ISO 7816-3 §12.1", malformed_fields.malformed),
    Property("F17b", "the same under a right MAC or master key, and in the making of a card", "SSC-5 §6.3, §6.8, §6.13; PBOC-5 B.10; EMV CPS 3.2.7; SSC-10 §5.2", malformed_under_keys.malformed_under_keys),
    Property("F18", "same card, same seed, same bytes: same answers and memory", "own promise: evidence can be repeated", secrecy_and_robustness.deterministic, counters_only_go_down.stays),
    Property("F19", "f locked and blocked does not change what e answers", _WALL, isolation.availability),
    Property("F20", "e's trace does not depend on f's traffic", _WALL, isolation.same_trace, isolation.cases),
    Property("F21", "answers depend on memory, random numbers and commands, not on what the process did before or does besides", "own promise: evidence can be repeated", process_history.no_history, numbered_traffic.numbered),
    Property("F21a", "who explains a card with its keys in view changes nothing of it", "own promise: evidence can be repeated", explained_beside.changes_nothing),
    Property("F22", "rights, counters and MACs go by the names of keys, not by their bytes", "SSC-4 §5.3, §6; SSC-7 §6.6, §13; PBOC-5 annex C", names_not_values.names_only, numbered_traffic.numbered),
    Property("F22a", "what proves one command is nothing in another, made with the same bytes", "SSC-4 §8; SSC-7 §7.4; PBOC-5 C.2.4", names_not_values.cryptograms_by_use),
    Property("F23", "a command reaches as far as declared, under every option that widens one", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2", reach_of_commands.declared_reach),
    Property("F23a", "the same of any traffic under any value of any option", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2", reach_of_commands.reach_in_traffic, numbered_traffic.numbered),
    Property("F24", "what a failing command keeps and drops of a session is one table, in every stack", f"{_STATE}; SSC-5 §6.5, §6.6, §7; SSC-9 §9.8, §9.10; PBOC-5 §15.3, §17.6", failure_table.failure_table),
    Property("F27", "no refusal gives a try back, none before the comparison costs one, a locked secret is not accepted", "SSC-7 §5.8, §6.6, §13.3", presented_secrets.refusals_are_free),
    Property("F27a", "a right ends with the tries of the key that earned it", "SSC-7 §13.3; the COS's rule for other keys", presented_secrets.end_with_their_tries),
    Property("F27b", "a right ends when its key is replaced", "SSC-4 §5.3; the COS's rule for other keys", presented_secrets.end_with_their_keys),
    Property("F27c", "an application made anew under its identifier inherits no right", "SSC-10 §5.2; the COS's rule", deleted_and_made_anew.made_anew),
    Property("F25", "whatever the cells of f hold, e and the ATR stay whole, and f answers", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2", damaged_cells.contained, damaged_cells.damages),
    Property("F25a", "the same of every cell in turn", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2", damaged_cells.everywhere),
    Property("F26", "every stored counter, amount and total at its edges: a declared word, and none begins again", "SSC-5 §7; SSC-7 §11, §12; SSC-9 §9.9; PBOC-5 §16", stored_numbers_at_edges.numbers_at_their_edges),
    Property("T7", "a booked load or purchase whose answer was lost still gives its proof", "SSC-7 §14; assurance contract T7", social_rules.proof_survives),
    Property("M1", "a record file answers as the model of it", "SSC-3 §5.3; SSC-5 §6.10, §6.13", social_rules.record_model, social_rules.record_work),
    Property("T2", "a try is spent before anything is compared", "SSC-7 §5.8; assurance contract T2", tearing_of_macros.spent_first),
)  # fmt: skip

_PULL = "LD/T 6001.2 防拔; assurance contract"

# The tearing contract: one sweep over every cut of every writing command judges all of it. T2 and T7 are above as well,
# as what no cut shows; T6 is F14.
CONTRACT: tuple[Property, ...] = tuple(
    Property(identity, sentence, f"{_PULL} {identity}", tearing_of_macros.contract)
    for identity, sentence in (
        ("T1", "after a power cut each environment is as before or as after the interrupted command"),
        ("T3", "recovery cut and run again ends the same"),
        ("T4", "after a cut the session is gone and the other environment's memory is byte-identical"),
        ("T5", "no try counter is higher after a cut than without it"),
        ("T8", "only the card's edge sees the power loss"),
    )
)


def find(identity: str) -> Property:
    """A property by its identity. Raises KeyError."""
    for each in (*PROPERTIES, *CONTRACT):
        if each.identity == identity:
            return each
    raise KeyError(identity)
