"""What a finding calls the inputs of a computation, in one place."""

from __future__ import annotations

KEY, SESSION, RANDOM, ORIGINAL, PROOF = "key", "process key", "random number", "original", "order"
HEADER, DATA, PADDING, START, MAC, CIPHER = "header", "data", "padding", "start value", "MAC", "cipher"
AMOUNTS, TYPE, TERMINAL, TIME = "amounts", "type", "terminal", "time"
SEQUENCE, TERMINAL_SEQUENCE = "sequence", "terminal sequence"
SERIAL = "serial number"
