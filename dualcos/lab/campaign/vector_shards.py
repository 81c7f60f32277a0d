"""Vectors in shards (分片): some vectors of some files on one sample, judged anywhere, each by itself.

Whoever judges has read the files himself; a file or a program that is not the one meant ends the campaign, and nothing
is judged by it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path

from msgspec import Struct

from dualcos.cardfile.card_file_format import CardFileError
from dualcos.dialogue.driver import StepRefused
from dualcos.explain.trace_lines import finding_facts, reason_facts
from dualcos.lab.campaign.campaign_sample import Sample, bench_in_process
from dualcos.lab.campaign.transcript import TranscribingBench
from dualcos.lab.campaign.vector_contents import VectorDigests
from dualcos.lab.conformance.judged_answers import WrongAnswer
from dualcos.lab.conformance.playing import VectorResult, play
from dualcos.lab.conformance.sitting import Sitting
from dualcos.lab.conformance.vector_file import Case, VectorError, load
from dualcos.lab.evidence.campaign_records import AnswerJudged, VectorJudged
from dualcos.lab.faults.fault_script import ScriptError
from dualcos.lab.shards.code_digest import code_digest
from dualcos.lab.shards.shard_runner import ShardError
from dualcos.profile.schema import ProfileError

_MOST = 25  # vectors of one shard: what is lost when a worker dies, and what Ctrl-C waits for
_UNUSABLE = (VectorError, ProfileError, ScriptError, CardFileError, StepRefused, OSError)


class VectorShard(Struct, frozen=True):
    """``files``: absolute paths with the SHA-256 of each, in which the vectors called ``ids`` are; ``code``: digest of
    what judges; ``run``: of whoever gives out the work. What a worker has read and made, it keeps for one run.
    """

    run: str
    sample: Sample
    files: tuple[tuple[str, str], ...]
    ids: tuple[str, ...]
    code: str


class ShardJudged(Struct, frozen=True):
    """The verdicts of a shard, each still without its moment; or why it could not be judged (``failed``)."""

    shard: VectorShard
    judged: tuple[VectorJudged, ...] = ()
    failed: str = ""


def shards_of(
    cases: Sequence[Case], sample: Sample, most: int | None = None, *, run: str = ""
) -> Iterator[VectorShard]:
    """``cases``, in their order, in shards of so many at ``most``."""
    waiting = iter(cases)
    digests: dict[Path, str] = {}
    while some := tuple(islice(waiting, most or _MOST)):
        paths = dict.fromkeys(case.path for case in some)
        for path in paths:
            if path not in digests:
                digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        files = tuple((str(path.resolve()), digests[path]) for path in paths)
        yield VectorShard(run, sample, files, tuple(case.id for case in some), code_digest())


class ShardsHere:
    """Judges shards of ``cases``, which were read already, in this process."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = {case.id: case for case in cases}
        self._sitting = Sitting(self._cases.values())

    def judge(self, shard: VectorShard) -> ShardJudged:
        """Raises ShardError for what cannot be used."""
        with _usable():
            return _judge_of(shard.run, shard.sample).judged(shard, self._cases, self._sitting)


def judge_shard(shard: VectorShard) -> ShardJudged:
    """Judge it here, wherever that is. Raises ShardError for what cannot be used, or is not what was meant."""
    if shard.code != code_digest():
        raise ShardError("this worker has another dualcos than the one that sent the work")
    with _usable():
        cases = {case.id: case for path, sha256 in shard.files for case in _read(shard.run, path, sha256)}
        return _judge_of(shard.run, shard.sample).judged(shard, cases)


@lru_cache(maxsize=256)  # the files of a campaign come again and again, in every order
def _read(_run: str, path: str, sha256: str) -> tuple[Case, ...]:
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != sha256:
        raise ShardError(f"{path} says something else here than where the work was sent from")
    return load(Path(path))


@lru_cache(maxsize=1)  # its cards are made once
def _judge_of(_run: str, sample: Sample) -> _Judge:
    return _Judge(sample)


class _Judge:
    """One bench with its cards."""

    def __init__(self, sample: Sample) -> None:
        self._bench = TranscribingBench(bench_in_process(sample))
        self._digests = VectorDigests()

    def judged(self, shard: VectorShard, cases: Mapping[str, Case], sitting: Sitting | None = None) -> ShardJudged:
        chosen = [cases[identity] for identity in shard.ids]
        sitting = Sitting(chosen) if sitting is None else sitting
        judged = (judged_now(case, self._bench, self._digests, time.monotonic, sitting) for case in chosen)
        return ShardJudged(shard, tuple(judged))


def judged_now(
    case: Case,
    bench: TranscribingBench,
    digests: VectorDigests,
    watch: Callable[[], float],
    sitting: Sitting | None = None,
) -> VectorJudged:
    """Play a vector and write its verdict up; whoever keeps it says when. Raises what ``play`` raises."""
    bench.begin()
    began = watch()
    result = play(case, bench, sitting=sitting)
    return verdict_of(result, bench, digests, watch() - began)


def verdict_of(result: VectorResult, bench: TranscribingBench, digests: VectorDigests, seconds: float) -> VectorJudged:
    """What is written of ``result``, the vector played last on ``bench``; whoever keeps it says when."""
    transcript = bench.transcript
    return VectorJudged(
        at="",
        id=result.case.id,
        vector=digests.of(result.case),
        verdict=result.verdict.value,
        where=result.where,
        text=result.text,
        requirement=result.requirement,
        kind=result.kind,
        answer=None if result.answer is None else _kept(result.answer),
        played=transcript.played,
        injected=transcript.injected,
        runs=transcript.runs,
        played_sha256=transcript.sha256,
        seconds=round(seconds, 6),
    )


def _kept(answer: WrongAnswer) -> AnswerJudged:
    """As a record has it."""
    reason = answer.why.reason
    return AnswerJudged(
        sent=answer.sent,
        expected=list(answer.expected),
        came=answer.came,
        reason=None if reason is None else reason_facts(reason),
        findings=[finding_facts(found) for found in answer.why.findings],
    )


@contextmanager
def _usable() -> Iterator[None]:
    """What cannot be used is a ShardError: it ends the campaign."""
    try:
        yield
    except _UNUSABLE as error:
        raise ShardError(str(error)) from None
