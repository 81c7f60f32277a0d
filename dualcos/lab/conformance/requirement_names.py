"""Requirements: what vectors decide and properties ask, each declared here once with its clause.

``F`` firewall and sessions, ``T`` power cuts (assurance contract), ``M`` models: the properties of ``docs/properties.md``,
which ``dualcos.lab.properties`` asks of drawn traffic and vectors of chosen examples. ``P``: what 总体方案 itself demands
of a card. A requirement for which there is no vector says why.
"""

# ruff: noqa: E501 - the table is read by column

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.lab.conformance.nearest_names import near


class Requirement(NamedTuple):
    """``without``: why no vector decides it, empty where some do."""

    identity: str
    sentence: str
    clause: str
    without: str = ""


_WALL = "LD/T 6001.2 防火墙; SSC-4 §5.5"
_STATE = "SSC-7 §5.8, §6.6; SSC-5 §6.11.1"
_MESSAGING = "SSC-4 §8; SSC-7 §7.4"
_PULL = "LD/T 6001.2 防拔; assurance contract"
_DRAWN = "examples show little of it: traffic is drawn and compared by `dualcos fuzz firewall`"
_EVERY = "it needs every cut of every command, and cuts in what follows: `dualcos fuzz firewall`"
_PROCESS = "it is about the program, not about answers: `dualcos fuzz firewall`"

PROPERTY_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("F1", "what e answers does not depend on f's traffic", _WALL, _DRAWN),
    Requirement("F2", "what e answers does not depend on f's secrets and contents", _WALL, _DRAWN),
    Requirement("F3", "a command changes only the cells of the environment that executes it", _WALL, _DRAWN),
    Requirement("F4", "an excursion into f leaves e as the bare excursion does", _WALL, _DRAWN),
    Requirement("F5", "after leaving, e is as a fresh session over the same memory", _STATE),
    Requirement("F5a", "after each way out every access rule asks again", _STATE),
    Requirement("F5b", "each SELECT keeps and drops what the table of session items says", _STATE),
    Requirement("F5c", "a SELECT that is refused has one effect on e, whoever refuses it", f"{_STATE}; SSC-5 §7"),
    Requirement("F5d", "GET RESPONSE continues the command whose answer waits, or is a command like any other", "SSC-5 §6.6, §7; PBOC-3 §9.3.1.3; ISO 7816-4 §5.3.4"),
    Requirement("F6", "nothing earned in f satisfies a rule of e", _WALL),
    Requirement("F7", "no identifier, path or partial name leads from e to f", _WALL),
    Requirement("F7a", "e answers to the same identifiers whether or not f exists", _WALL, _DRAWN),
    Requirement("F7b", "e answers as on a card where f does not exist", _WALL),
    Requirement("F7c", "in a directory only its own files answer to an identifier", "SSC-4 §6.1; SSC-3 §5.2"),
    Requirement("F8", "no key or PIN in an answer or in the trace", "SSC-4 §6.4, §7.4"),
    Requirement("F8a", "no key or PIN in a repr", "SSC-4 §6.4, §7.4", _PROCESS),
    Requirement("F9", "between two successes a try counter only goes down, by one for each wrong presentation", "SSC-7 §5.8, §6.6"),
    Requirement("F10", "a refusal changes nothing but the counters its command declares", "SSC-5 §6"),
    Requirement("F11", "any one bit of a protected command flipped: refused, nothing changed", _MESSAGING),
    Requirement("F12", "where protection is required no weaker form is accepted", _MESSAGING),
    Requirement("F13", "hand-over is one-way: only the own master key's proof changes an environment", "总体方案 一（四）; SSC-4 §5"),
    Requirement("F14", "transaction numbers rise; none carries two cryptograms over other data", "PBOC-5 §16; assurance contract T6"),
    Requirement("F15", "what a random number made acceptable is never accepted again", "SSC-5 §6.5; SSC-7 §6.6"),
    Requirement("F15a", "a wrong use consumes the random number", "SSC-5 §6.5; SSC-7 §6.6"),
    Requirement("F15b", "a random number of one environment is none in another", "SSC-5 §6.5", _DRAWN),
    Requirement("F16", "card-wide effects come only by the channels declared for them", "SSC-5 §6.2.1; PBOC-5 B.4; 总体方案 一（四）"),
    Requirement("F17", "any bytes get an answer of at least two bytes", "SSC-2 §9"),
    Requirement("F17a", "the nearest malformed forms of every data field: a declared word, and nothing changed", "SSC-5 tables 7 to 78; PBOC-5 annex B; ISO 7816-3 §12.1"),
    Requirement("F17b", "the same under a right MAC or master key, and in the making of a card", "SSC-5 §6.3, §6.8, §6.13; PBOC-5 B.10; EMV CPS 3.2.7; SSC-10 §5.2"),
    Requirement("F18", "same card, same seed, same bytes: same answers and memory", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F19", "f locked and blocked does not change what e answers", _WALL),
    Requirement("F20", "e's trace does not depend on f's traffic", _WALL, _DRAWN),
    Requirement("F21", "answers depend on memory, random numbers and commands, not on what the process did before or does besides", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F21a", "who explains a card with its keys in view changes nothing of it", "own promise: evidence can be repeated", _PROCESS),
    Requirement("F22", "rights, counters and MACs go by the names of keys, not by their bytes", "SSC-4 §5.3, §6; SSC-7 §6.6, §13; PBOC-5 annex C"),
    Requirement("F22a", "what proves one command is nothing in another, made with the same bytes", "SSC-4 §8; SSC-7 §7.4; PBOC-5 C.2.4", _DRAWN),
    Requirement("F23", "a command reaches as far as declared, under every option that widens one", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2"),
    Requirement("F23a", "the same of any traffic under any value of any option", "SSC-5 §6.1, §6.2; SSC-7 §13; PBOC-5 B.2, B.4; 总体方案 一（一）2", _DRAWN),
    Requirement("F24", "what a failing command keeps and drops of a session is one table, in every stack", f"{_STATE}; SSC-5 §6.5, §6.6, §7; SSC-9 §9.8, §9.10; PBOC-5 §15.3, §17.6"),
    Requirement("F27", "no refusal gives a try back, none before the comparison costs one, a locked secret is not accepted", "SSC-7 §5.8, §6.6, §13.3"),
    Requirement("F27a", "a right ends with the tries of the key that earned it", "SSC-7 §13.3; the COS's rule for other keys"),
    Requirement("F27b", "a right ends when its key is replaced", "SSC-4 §5.3; the COS's rule for other keys"),
    Requirement("F27c", "an application made anew under its identifier inherits no right", "SSC-10 §5.2; the COS's rule"),
    Requirement("F25", "whatever the cells of f hold, e and the ATR stay whole, and f answers", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2"),
    Requirement("F25a", "the same of every cell in turn", "LD/T 6001.2 防火墙; SSC-4 §5.5; 总体方案 一（一）2", _DRAWN),
    Requirement("F26", "every stored counter, amount and total at its edges: a declared word, and none begins again", "SSC-5 §7; SSC-7 §11, §12; SSC-9 §9.9; PBOC-5 §16"),
    Requirement("T7", "a booked load or purchase whose answer was lost still gives its proof", "SSC-7 §14; assurance contract T7"),
    Requirement("M1", "a record file answers as the model of it", "SSC-3 §5.3; SSC-5 §6.10, §6.13"),
    Requirement("T2", "a try is spent before anything is compared", "SSC-7 §5.8; assurance contract T2"),
)  # fmt: skip
"""In the order of ``docs/properties.md``."""

CUT_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("T1", "after a power cut each environment is as before or as after the interrupted command", f"{_PULL} T1"),
    Requirement("T3", "recovery cut and run again ends the same", f"{_PULL} T3", _EVERY),
    Requirement("T4", "after a cut the session is gone and the other environment's memory is byte-identical", f"{_PULL} T4"),
    Requirement("T5", "no try counter is higher after a cut than without it", f"{_PULL} T5"),
    Requirement("T6", "no cryptogram, MAC or TAC is made twice under one ATC or sequence number over other data", f"{_PULL} T6; PBOC-5 §16", _EVERY),
    Requirement("T8", "only the card's edge sees the power loss", f"{_PULL} T8", _PROCESS),
)  # fmt: skip
"""The assurance contract besides T2 and T7, which properties ask without any cut. T6 is F14 at every cut."""

_ONE, _FOUR = "总体方案 一（一）", "总体方案 一（四）"
PLAN_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement("P1", "one COS serves both applications, each with security, files and commands of its own", f"{_ONE}2, 4"),
    Requirement("P2", "data and keys lie in SSSE and PSE; a terminal enters each by selecting it", f"{_ONE}3"),
    Requirement("P3", "the card master key creates SSSE and PSE and loads their master keys", _FOUR),
    Requirement("P4", "from then on the card master key has no power over either", _FOUR),
    Requirement("P5", "SSSE's master key creates the files below SSSE and loads the social keys", _FOUR),
    Requirement("P6", "PSE's master key creates the files below PSE and loads the bank's keys", _FOUR),
    Requirement("P7", "an environment changes its master key by itself", _FOUR),
    Requirement("P8", "the PSAM is of the social application only", _FOUR, "nothing of the bank's lies in a PSAM and no command of one is about it: there is nothing to send"),
    Requirement("P9", "the bank's side is for use at home only", "总体方案 二（三）1"),
    Requirement("P10", "the bank's side is an RMB debit application", "总体方案 二（三）2"),
    Requirement("P11", "both sides can be personalised one after the other, by different hands", "总体方案 五（二）", "it is about hands, not about answers: make bureau makes cards both ways and plays on them"),
)  # fmt: skip
"""What the plan demands of a card. What it demands of terminals, systems and offices no card can show."""

REQUIREMENTS: tuple[Requirement, ...] = (*PROPERTY_REQUIREMENTS, *CUT_REQUIREMENTS, *PLAN_REQUIREMENTS)

_BY_IDENTITY: Mapping[str, Requirement] = MappingProxyType({each.identity: each for each in REQUIREMENTS})


def requirement_called(identity: str) -> Requirement:
    """The requirement. Raises KeyError."""
    return _BY_IDENTITY[identity]


def unknown_requirement(names: Iterable[str]) -> str | None:
    """What is wrong with the first of ``names`` that is no requirement; None if all are."""
    for name in names:
        if name not in _BY_IDENTITY:
            return f"{name!r} is no requirement{near(name, _BY_IDENTITY)}"
    return None
