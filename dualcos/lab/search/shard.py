"""A shard: one property, one card, one seed. A pure function of a few small values, so it may run anywhere, twice.

``run`` gives what came of it as plain data that becomes one line of JSON: counts, verdict and, for a violation, the
smallest dialogue in words and as a vector.
"""

from __future__ import annotations

import hashlib
from importlib import metadata
from typing import Any, Literal

import msgspec
from msgspec import Struct

from dualcos.lab.properties import list_of_properties, tearing_of_macros
from dualcos.lab.properties.cards_with_equal_keys import EqualKeys
from dualcos.lab.properties.profile_specimens import ProfileSpecimen, profile_called
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.search import found_as_vector, search_for_violation
from dualcos.lab.search.dialogue_in_words import explainer_of, told
from dualcos.lab.shards.code_digest import code_digest
from dualcos.lab.shards.shard_runner import ShardError
from dualcos.profile.schema import Profile

TEARING = "T"


class Shard(Struct, frozen=True, forbid_unknown_fields=True):
    """``claim``: identity of a property, or ``T``, the tearing contract. ``profile``: name or path, ``contents`` its
    digest. ``examples``: how many are drawn from ``seed``; for ``T`` 1 means every cut, 0 a sample (see ``Depth``).
    ``code``: digest of what judges.
    """

    claim: str
    profile: str
    contents: str
    seed: int
    examples: int
    code: str


class Found(Struct, frozen=True, forbid_unknown_fields=True):
    """A violation: of which property, what is wrong, the smallest case, the dialogue in words, the dialogue as a
    vector file's contents (None if no dialogue shows it).
    """

    claim: str
    text: str
    case: str
    told: tuple[str, ...]
    vector: dict[str, Any] | None


class ShardResult(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What came of a shard. ``idle``: nothing of this card was judged, so the property was not asked of it; ``failed``:
    it could not be judged, ``why`` says so. ``sides``: the card's environments, with whose rows each has; ``judged``:
    how many verdicts there were on which.
    """

    shard: Shard
    verdict: Literal["held", "violated", "idle", "failed"]
    examples: int = 0
    commands: int = 0
    accepted: int = 0
    cuts: int = 0
    seconds: float = 0.0
    found: Found | None = None
    sweeps: tuple[tearing_of_macros.Sweep, ...] = ()
    why: str = ""
    sides: dict[str, str] = {}
    judged: dict[str, int] = {}


def run(shard: Shard) -> ShardResult:
    """Run it here. Raises ShardError; what the card does wrong is a result."""
    if shard.code != fingerprint():
        raise ShardError("this worker has another dualcos or hypothesis than the one that sent the work")
    profile = profile_called(shard.profile)
    if shard.contents != digest(profile):
        raise ShardError(f"profile {shard.profile} says something else here than where the work was sent from")
    specimen = ProfileSpecimen(profile, shard.profile)
    return (_tear if shard.claim == TEARING else _search)(shard, specimen)


def _search(shard: Shard, specimen: ProfileSpecimen) -> ShardResult:
    claim = list_of_properties.find(shard.claim)
    outcome = search_for_violation.search(claim, specimen, shard.examples, shard.seed)
    held: Literal["held", "idle"] = "held" if outcome.counts.judged else "idle"
    return ShardResult(
        shard=shard,
        verdict=held if outcome.violation is None else "violated",
        examples=outcome.examples,
        commands=outcome.counts.commands,
        accepted=outcome.counts.accepted,
        cuts=outcome.counts.cuts,
        seconds=round(outcome.seconds, 3),
        found=_found(outcome.violation, outcome.case, specimen),
        sides=specimen.stacks,
        judged=dict(outcome.counts.judged),
    )


def _tear(shard: Shard, specimen: ProfileSpecimen) -> ShardResult:
    sweeps, violation = tearing_of_macros.swept(
        specimen, tearing_of_macros.EVERY if shard.examples else tearing_of_macros.QUICK
    )
    counts = specimen.tally.now()
    return ShardResult(
        shard=shard,
        verdict="held" if violation is None else "violated",
        examples=len(sweeps),
        commands=counts.commands,
        accepted=counts.accepted,
        cuts=counts.cuts,
        seconds=round(sum(each.seconds for each in sweeps), 3),
        found=_found(violation, "", specimen),
        sweeps=sweeps,
        sides=specimen.stacks,
        judged=dict(counts.judged),
    )


def _found(violation: Violation | None, case: str, specimen: ProfileSpecimen) -> Found | None:
    if violation is None:
        return None
    claim = list_of_properties.find(violation.identity)
    told_by_vector = violation.record and not isinstance(specimen.profile.keys, EqualKeys)  # no profile has such keys
    vector = found_as_vector.unit(claim, violation, specimen.name) if told_by_vector else None
    return Found(
        violation.identity, violation.text, case, tuple(told(violation, explainer_of(specimen.profile))), vector
    )


def digest(profile: Profile) -> str:
    """Short digest of all a profile says."""
    return hashlib.sha256(msgspec.json.encode(profile, enc_hook=repr, order="deterministic")).hexdigest()[:16]


def fingerprint() -> str:
    """Short digest of all code and data that a verdict depends on, hypothesis included."""
    return code_digest(metadata.version("hypothesis"))[:16]
