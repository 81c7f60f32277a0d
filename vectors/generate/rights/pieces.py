"""Pieces of the vectors about rights."""

from __future__ import annotations

from vectors.generate.tries.pieces import Json, draw, proof, send

SOCIAL, CERTIFICATES, DUAL = "social-2.0", "social-3.0-pki", "dual-2.0-3des"
MASTER = "000000EF3300FF10"


def vector(name: str, zh: str, en: str, setup: list[Json], steps: list[Json], profile: str = SOCIAL) -> Json:
    """One vector."""
    return {
        "id": f"RIGHTS-{name}",
        "title": {"zh": zh, "en": en},
        "profile": profile,
        "setup": setup,
        "steps": steps,
    }


def locked(key: str, kid: str = "00", version: str = "") -> list[Json]:
    """Three wrong proofs in the social form, and the right one is refused."""
    wrong = proof(key, kid, version, flip=True)
    tried = [step for word in ("63C2", "63C1", "63C0") for step in (draw(8), send(wrong, word))]
    return [*tried, draw(8), send(proof(key, kid, version), "6983")]
