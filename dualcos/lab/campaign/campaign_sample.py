"""The sample (样品): what vectors are played on, as a few small values that can be sent to another process.

A card in this process behaves the same wherever it is made: each vector finds it in its first state, so what comes of a
vector depends on the sample and the vector alone, never on what was played before it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from apdu.link import SmartCard
from dualcos.lab.campaign.faulty_bench import FaultyBench, script_sha256
from dualcos.lab.conformance.applying import CardAsked, Handling, source_of
from dualcos.lab.conformance.card_on_bench import (
    Bench,
    CardFileBench,
    PartialHand,
    ReaderBench,
    profile_of_card_file,
)
from dualcos.lab.conformance.playing import VectorTable
from dualcos.lab.evidence.campaign_records import SampleAsked, SampleKind
from dualcos.lab.operator_steps.desk import OperatorDesk
from dualcos.profile.schema import Profile, load, public_settings


class Sample(Struct, frozen=True, forbid_unknown_fields=True):
    """``name``: profile, card file or reader; ``profile``: whose test keys a card in a reader has; ``settings``: fields
    of the profile otherwise than in its file; ``faults``: the script by which a card in process misbehaves;
    ``destructive``: the card in a reader may be spoilt; ``sam``: the reader with a PSAM that computes in place of the
    profile's test keys.
    """

    kind: SampleKind
    name: str = ""
    profile: str = ""
    settings: tuple[str, ...] = ()
    faults: str = ""
    destructive: bool = False
    sam: str = ""

    @property
    def in_reader(self) -> bool:
        """True for a card that is only sent commands, and that keeps what was done to it."""
        return self.kind == "reader"


def told_profile(sample: Sample) -> Profile | None:
    """What is known of the card; None if each vector has its own, or a card file says it. Raises ProfileError."""
    if sample.kind == "profile":
        return load(sample.name, settings=sample.settings)
    return load(sample.profile, settings=sample.settings) if sample.in_reader else None


def card_asked(sample: Sample) -> CardAsked:
    """What is asked whether a vector is for the sample; no card is made, and none in a reader is looked at.

    Raises ProfileError, CardFileError, VectorError; ScriptError for faults that no run would take.
    """
    if sample.faults:
        script_sha256(sample.faults)
    if sample.kind == "card file":
        return CardAsked(profile_of_card_file(sample.name), handling=Handling(used=True))
    told = told_profile(sample)
    source = sample.profile if sample.in_reader else sample.name
    handling = Handling(in_reader=True, destructive=sample.destructive, attended=True)
    return CardAsked(told, source=source_of(source), handling=handling if sample.in_reader else Handling())


def bench_in_process(sample: Sample) -> VectorTable:
    """The bench for a sample that is no reader. Raises ProfileError, CardFileError, VectorError, ScriptError."""
    bench: Bench | CardFileBench
    if sample.kind == "card file":
        bench = CardFileBench(sample.name)
    else:
        bench = Bench(sample.name or None, settings=sample.settings)
    return FaultyBench(bench, sample.faults) if sample.faults else bench


def bench_in_reader(
    sample: Sample, card: SmartCard, hand: PartialHand | None = None, operator: OperatorDesk | None = None
) -> VectorTable:
    """The bench for the sample that is ``card``, in a reader; ``hand``: who computes; ``operator``: who answers, and
    takes the card out. Raises ProfileError.
    """
    return ReaderBench(
        card,
        sample.profile,
        settings=sample.settings,
        destructive=sample.destructive,
        operator=operator,
        hand=hand,
    )


def sample_asked(sample: Sample) -> SampleAsked:
    """The sample as a campaign's first record names it: by what it is, so that one that was changed is another.

    Raises ProfileError, OSError.
    """
    told = told_profile(sample)
    return SampleAsked(
        kind=sample.kind,
        name=sample.name,
        profile=sample.profile,
        profile_sha256=profile_sha256(told) if told is not None else "",
        settings=list(public_settings(sample.settings)),
        psam=bool(sample.sam),
        faults=sample.faults,
        file_sha256=hashlib.sha256(Path(sample.name).read_bytes()).hexdigest() if sample.kind == "card file" else "",
        faults_sha256=script_sha256(sample.faults) if sample.faults else "",
    )


def profile_sha256(profile: Profile) -> str:
    """Digest of all that a profile says."""
    return hashlib.sha256(msgspec.json.encode(profile, enc_hook=repr, order="deterministic")).hexdigest()
