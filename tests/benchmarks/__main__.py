"""All benchmarks: card in process, vectors, cards made, purchases, then transports beside a card that only echoes."""

from __future__ import annotations

from tests.benchmarks import card, issuance, payments, transports, vectors

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
    print("Whole purchases in process: card, kernel, codec, acquirer, issuer; of the first what each part takes")
    payments.main()
    print()
    print("Round trips, all processes on one core (medians); the command is SELECT SSSE")
    transports.main()
