"""What a finding calls the inputs of a computation, in one place."""

from __future__ import annotations

KEY, SESSION, RANDOM, ORIGINAL, PROOF = "key", "session key", "random", "original", "proof"
HEADER, DATA, PADDING, START, MAC, CIPHER = "header", "data", "padding", "start value", "MAC", "cipher"
AMOUNTS, TYPE, TERMINAL, TIME = "amounts", "type", "terminal", "time"
SEQUENCE, TERMINAL_SEQUENCE = "sequence", "terminal sequence"
