"""The command that plays one vector on a campaign's sample again, ready to be pasted into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dualcos.lab.evidence.campaign_records import SampleAsked


def repeated_by(identity: str, sample: SampleAsked, vectors: Sequence[str] = (), *, destructive: bool = False) -> str:
    """``dualcos lab run id=… `` with all that makes the sample. ``vectors``: where they lie, nothing for those that
    come along. A setting that is a key or PIN stands as the record has it, hidden: whoever repeats it fills it in; so
    does he with the reader of a PSAM, which the record of the sample does not name.
    """
    words = ["dualcos", "lab", "run", f"id={identity}"]
    words += ["--vectors", *vectors] if vectors else []
    if sample.kind == "reader":
        words += ["--pcsc", sample.name, "--profile", sample.profile]
        words += ["--sam", "READER"] if sample.psam else []
        words += ["--destructive"] if destructive else []
    elif sample.kind != "each vector's own":
        words += ["--card", sample.name]
    words += [word for setting in sample.settings for word in ("--set", setting)]
    words += ["--faults", sample.faults] if sample.faults else []
    return shlex.join(words)
