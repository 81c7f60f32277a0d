"""Each status word of each command: one vector a word (PBOC-5 annex B, PBOC-3 §9.3, laboratories' scripts)."""

from __future__ import annotations

from vectors.generate.build import LAB, Unit, standard
from vectors.generate.words.application import authentication, options_and_pin
from vectors.generate.words.channel import channel
from vectors.generate.words.files import directory, reading, selection, start_of_card
from vectors.generate.words.scripts import scripts


def unit() -> Unit:
    """All words."""
    return Unit(
        "words.json",
        "BANK-WORDS",
        "银行环境各命令的状态字",
        "Every status word of the bank side's commands",
        "Each command with each of its status words; lengths come before the state, the class before everything else.",
        ["PBOC-5 annex B"],
        standard("PBOC-5 annex B and the clauses of the commands"),
        [
            *selection(),
            *reading(),
            *options_and_pin(),
            *authentication(),
            *scripts(),
            *channel(),
            *directory(),
            *start_of_card(),
        ],
        LAB,
    )
