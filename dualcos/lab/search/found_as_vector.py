"""A counterexample as a vector file (unit with one vector), so that it is kept, reviewed and played like any other.

The dialogue as bytes, with the random numbers the card drew, resets and power cuts; at the place that shows the
violation what should have come. What came is in the purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from dualcos.lab.properties.property_and_violation import Property, Violation
from dualcos.lab.properties.specimen import PlayedExchange
from keys.custody.whole_file import COMMON, write_whole

_GET_CHALLENGE = b"\x00\x84"


def unit(claim: Property, violation: Violation, profile: str) -> dict[str, Any]:
    """The vector file's contents."""
    wanted = expected_at(violation)
    steps = [step for at, exchange in enumerate(violation.record) for step in _steps(exchange, wanted.get(at))]
    digest = hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()[:8].upper()
    identity = f"FUZZ-{claim.identity}-{digest}"
    vector: dict[str, Any] = {
        "id": identity,
        "title": {"zh": f"性质 {claim.identity} 的反例", "en": f"Counterexample to {claim.identity}"},
        "purpose": violation.text,
        "steps": steps,
    }
    drawn = random_numbers(violation)
    if drawn:
        vector["random"] = drawn
    return {
        "unit": identity,
        "title": {"zh": f"性质 {claim.identity} 不成立", "en": f"{claim.identity} does not hold"},
        "purpose": claim.sentence,
        "clause": [part.strip() for part in claim.clause.split(";") if part.strip()],
        "profile": profile,
        "destructive": True,
        "provenance": {
            "kind": "derived",
            "source": f"found by dualcos fuzz firewall, property {claim.identity}",
            "confidence": "high" if wanted else "low",
        },
        "vectors": [vector],
    }


def expected_at(violation: Violation) -> dict[int, bytes]:
    """What should have come, by place in the record: the other run's exchanges, laid against it from the end."""
    expected = list(violation.expected)
    places: dict[int, bytes] = {}
    for at in range(len(violation.record) - 1, -1, -1):
        if expected and violation.record[at].command == expected[-1][0]:
            places[at] = expected.pop()[1]
    return places


def random_numbers(violation: Violation) -> dict[str, list[str]]:
    """The answers of GET CHALLENGE by environment, in order."""
    drawn: dict[str, list[str]] = {}
    for exchange in violation.record:
        if exchange.command[:2] == _GET_CHALLENGE and exchange.sw == 0x9000:
            drawn.setdefault(exchange.side, []).append(exchange.answer[:-2].hex().upper())
    return drawn


def _steps(exchange: PlayedExchange, wanted: bytes | None) -> Iterator[dict[str, Any]]:
    if exchange.restarted:
        yield {"reset": exchange.restarted}
    step: dict[str, Any] = {"send": exchange.command.hex().upper()}
    answer = exchange.answer if wanted is None else wanted
    if not exchange.answer:
        yield {**step, "cut": {"tick": exchange.ticks}}
        return
    yield {**step, "expect": f"{answer[-2:].hex().upper()} {answer[:-2].hex().upper()}".strip()}


def save(directory: Path, content: dict[str, Any]) -> Path:
    """Write a vector file's contents into ``directory`` (made if missing); its path. Raises OSError.

    What is found again is there already; a file with other contents keeps its name, and the new one gets a number.
    """
    directory.mkdir(parents=True, exist_ok=True)
    text = (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    for number in count(1):
        path = directory / f"{content['unit']}{f'-{number}' if number > 1 else ''}.json"
        try:
            write_whole(path, text, mode=COMMON)
        except FileExistsError:
            if not path.is_file() or path.read_bytes() != text:
                continue
        return path
    raise AssertionError
