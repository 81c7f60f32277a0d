"""The command that plays one vector on a campaign's sample again, ready to be pasted into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

from dualcos.lab.evidence.campaign_records import SampleAsked


class RepeatedSample(NamedTuple):
    """The sample as its record has it. ``destructive``: vectors may spoil it; ``sam``: the reader that had the PSAM;
    ``operator``: who sat there and answered. Each empty if it is not known.
    """

    asked: SampleAsked
    destructive: bool = False
    sam: str = ""
    operator: str = ""


def repeated_by(identity: str, sample: RepeatedSample, vectors: Sequence[str] = (), *, attended: bool = False) -> str:
    """``dualcos lab run id=…`` with all that makes the sample. ``vectors``: where they lie, nothing for those that come
    along; ``attended``: it asks an operator. A setting that is a key or PIN stands as the record has it, hidden:
    whoever repeats the vector fills it in.
    """
    asked = sample.asked
    words = ["dualcos", "lab", "run", f"id={identity}"]
    words += ["--vectors", *vectors] if vectors else []
    if asked.kind == "reader":
        words += ["--pcsc", asked.name, "--profile", asked.profile]
        words += ["--sam", sample.sam] if asked.psam and sample.sam else []
        words += ["--destructive"] if sample.destructive else []
    elif asked.kind != "each vector's own":
        words += ["--card", asked.name]
    words += [word for setting in asked.settings for word in ("--set", setting)]
    words += ["--faults", asked.faults] if asked.faults else []
    words += ["--operator", sample.operator] if attended and sample.operator else []
    return shlex.join(words)
