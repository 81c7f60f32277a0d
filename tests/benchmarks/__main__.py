"""All benchmarks: the card in process, the vectors, cards made, then every transport beside a card that only echoes."""

from __future__ import annotations

from tests.benchmarks import card, issuance, transports, vectors

if __name__ == "__main__":
    print("The card in process, one core (medians)")
    card.main()
    print()
    print("All conformance vectors, each on its own card, one core")
    vectors.main()
    print()
    print("Complete dual-application cards, by commands, checked, as card files; no RSA key is generated")
    issuance.main()
    print()
    print("Round trips, all processes on one core (medians); the command is SELECT SSSE")
    transports.main()
