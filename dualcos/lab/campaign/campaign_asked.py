"""What a campaign is asked to be: which vectors on which sample, for whom; and its first record, which stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dualcos.lab.campaign.campaign_sample import Sample, sample_asked
from dualcos.lab.conformance.card_on_bench import SEED
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_records import FORMAT, CampaignBegun
from dualcos.lab.evidence.vector_digests import digest_of_ids, file_digests, vector_root
from dualcos.lab.shards.code_digest import code_digest


class CampaignAsked(NamedTuple):
    """``cases`` as they were chosen, by the words ``selection``, from the files and folders ``paths``; ``ics``: the
    answers of the conformance statement, by question; ``shuffled``: played in another order, drawn from this number.
    ``tool``: who judges, with its version.
    """

    sample: Sample
    cases: tuple[Case, ...]
    selection: tuple[str, ...]
    paths: tuple[Path, ...]
    tool: str
    laboratory: str = ""
    public_key: str = ""
    ics: Mapping[str, str | int | bool] = {}
    shuffled: int | None = None

    def record(self, at: str) -> CampaignBegun:
        """The first record of its file. Raises ProfileError, OSError."""
        files = file_digests(self.paths)
        return CampaignBegun(
            at=at,
            format=FORMAT,
            laboratory=self.laboratory,
            public_key=self.public_key,
            tool=self.tool,
            code=code_digest(),
            sample=sample_asked(self.sample),
            selection=list(self.selection),
            files=files,
            root=vector_root(files),
            ics=dict(self.ics),
            chosen=len(self.cases),
            chosen_sha256=digest_of_ids(case.id for case in self.cases),
            destructive=self.sample.destructive,
            shuffled=self.shuffled,
            seed="" if self.sample.in_reader else SEED.decode(),
        )

    def in_order(self) -> list[Case]:
        """The vectors in the order in which they are played. On a card in a reader those that spoil it come last, for
        the others could not be judged behind them.
        """
        cases = list(self.cases)
        if self.shuffled is not None:
            cases.sort(key=lambda case: hashlib.sha256(f"{self.shuffled} {case.id}".encode()).digest())
        return sorted(cases, key=lambda case: case.destructive) if self.sample.in_reader else cases


def differences(kept: CampaignBegun, asked: CampaignBegun) -> list[str]:
    """What a campaign that was ``asked`` for has otherwise than the one that was ``kept``, in words, what says most
    first. Empty: it is the same one.
    """
    return [f"it is about {there}; you ask for {here}" for there, here in _told_apart(kept, asked) if there != here]


def _told_apart(kept: CampaignBegun, asked: CampaignBegun) -> Iterable[tuple[str, str]]:
    yield _sample(kept), _sample(asked)
    yield _selection(kept), _selection(asked)
    yield _files(kept, asked), _files(asked, kept)
    yield f"vectors of root {kept.root[:16]}", f"vectors of root {asked.root[:16]}"
    yield f"{kept.tool}, code {kept.code[:16]}", f"{asked.tool}, code {asked.code[:16]}"
    yield _statement(kept, asked), _statement(asked, kept)
    yield f"the laboratory {kept.laboratory!r}", f"the laboratory {asked.laboratory!r}"
    yield _signer(kept), _signer(asked)
    yield _order(kept), _order(asked)
    yield f"random numbers from {kept.seed!r}", f"random numbers from {asked.seed!r}"


def _sample(begun: CampaignBegun) -> str:
    sample = begun.sample
    about = [f"{sample.kind} {sample.name}" if sample.name else "each vector's own card"]
    keys = f"a PSAM's keys for a card as {sample.profile}" if sample.psam else f"the keys of {sample.profile}"
    about += [f"with {keys}"] if sample.profile else []
    about += [f"of SHA-256 {digest[:16]}" for digest in (sample.file_sha256, sample.profile_sha256) if digest]
    about += [f"set {' '.join(sample.settings)}"] if sample.settings else []
    about += [f"faults {sample.faults} ({sample.faults_sha256[:16]})"] if sample.faults else []
    about += ["--destructive"] if begun.destructive else []
    return ", ".join(about)


def _signer(begun: CampaignBegun) -> str:
    """Whose signature it will bear: its first record says so, and nobody signs afterwards."""
    key = begun.public_key[:16]
    return f"a campaign to be signed with the key {key}" if key else "a campaign that nobody signs"


def _selection(begun: CampaignBegun) -> str:
    words = " ".join(begun.selection) or "all vectors"
    return f"{words} ({begun.chosen} vectors, {begun.chosen_sha256[:16]})"


def _files(begun: CampaignBegun, other: CampaignBegun) -> str:
    """The first file that the other has otherwise."""
    known = {each.path: each.sha256 for each in other.files}
    for each in begun.files:
        if known.get(each.path) != each.sha256:
            return f"{each.path} of SHA-256 {each.sha256[:16]}"
    return "the same files" if {each.path for each in begun.files} == known.keys() else "fewer files"


def _statement(begun: CampaignBegun, other: CampaignBegun) -> str:
    """The first answer that the other has otherwise."""
    for question in sorted({*begun.ics, *other.ics}):
        if begun.ics.get(question) != other.ics.get(question):
            return f"the answer {begun.ics.get(question, 'none')!r} to {question}"
    return "the same statement"


def _order(begun: CampaignBegun) -> str:
    return "vectors in their order" if begun.shuffled is None else f"vectors shuffled by {begun.shuffled}"
