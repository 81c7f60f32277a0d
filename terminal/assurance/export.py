"""A counterexample as a vector file, so that it can be kept, reviewed and played on any card.

JSON, one test unit a file: id, title, purpose, clause, profile, steps (``send`` in hex, ``expect`` with status word
and data), provenance. Random numbers come from the seed; a real card needs the macros instead of the bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from terminal.assurance.bench import Exchange
from terminal.assurance.verdict import Property, Violation


def vector(claim: Property, violation: Violation, profile: str, seed: int) -> dict[str, Any]:
    """The vector: what was sent, what came, and at the place that shows the violation what should have come."""
    wanted = _wanted(violation)
    steps = [_step(exchange, wanted.get(index)) for index, exchange in enumerate(violation.record)]
    number = hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()[:8].upper()
    return {
        "id": f"FUZZ-{claim.identity}-{number}",
        "status": "active",
        "title": {"zh": f"性质 {claim.identity} 不成立", "en": f"Counterexample to {claim.identity}"},
        "purpose": claim.sentence,
        "clause": [{"doc": claim.clause, "item": claim.identity}],
        "profile": profile,
        "seed": seed,
        "steps": steps,
        "note": violation.text,
        "provenance": {"kind": "found", "from": "dualcos fuzz firewall", "confidence": "reproduced and shrunk"},
    }


def _wanted(violation: Violation) -> dict[int, bytes]:
    """Expected answers by place in the record: the observed exchanges of the other run, aligned from the end."""
    expected = list(violation.expected)
    places: dict[int, bytes] = {}
    for index in range(len(violation.record) - 1, -1, -1):
        if expected and violation.record[index].command == expected[-1][0]:
            places[index] = expected.pop()[1]
    return places


def _step(exchange: Exchange, wanted: bytes | None) -> dict[str, Any]:
    answer = exchange.answer if wanted is None else wanted
    step: dict[str, Any] = {"send": exchange.command.hex().upper(), "as": exchange.side}
    if not answer:
        return {**step, "cut": True}
    expect: dict[str, str] = {"sw": answer[-2:].hex().upper()}
    if len(answer) > 2:
        expect["data"] = answer[:-2].hex().upper()
    if wanted is not None and wanted != exchange.answer:
        step["came"] = exchange.answer.hex().upper()
    return {**step, "expect": [expect]}


def write(directory: Path, claim: Property, violation: Violation, profile: str, seed: int) -> Path:
    """Write the vector into ``directory``; the file's path."""
    content = vector(claim, violation, profile, seed)
    path = directory / f"{content['id']}.json"
    directory.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
