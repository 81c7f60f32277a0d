"""A campaign on cards in this process or in workers of it: what has no whole verdict is simply played again.

Verdicts are kept as they come, in the order in which workers are ready. Each depends on its vector and the sample
alone, so a campaign that was killed and went on is the one that was not, but for the times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from dualcos.lab.campaign.campaign_session import CampaignOver, CampaignSession
from dualcos.lab.campaign.vector_shards import ShardJudged, ShardsHere, VectorShard, judge_shard, shards_of
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.evidence.campaign_records import SessionBegun
from dualcos.lab.shards.shard_runner import Runner, ShardError, Workers, never

_UNJUDGED = "not judged"


class WorkPlaces(NamedTuple):
    """Where vectors are played: ``workers`` opens an executor, ``ahead`` shards are given out at a time; ``here``: the
    executor works in this process, with the vectors that it has read; ``run``: as no other run is called.
    """

    workers: Workers
    ahead: int
    here: bool
    run: str = ""


def run_in_process(
    session: CampaignSession, begun: SessionBegun, places: WorkPlaces, stopped: Callable[[], bool] = never
) -> CampaignOver:
    """Play all that waits. ``stopped``: once it is true nothing more is begun.

    Raises ShardError, CampaignError, CampaignFileError; what was judged is kept, and the same call goes on.
    """
    waiting = session.waiting()
    session.begin(begun)
    keeper = _Keeper(session, waiting)
    judge = ShardsHere(waiting).judge if places.here else judge_shard
    runner = Runner(places.workers, keeper, work=judge, ahead=places.ahead, stopped=stopped)
    sample = session.asked.sample
    runner.run(shards_of(waiting, sample, run=places.run))
    # What no worker could judge was one vector's doing: each by itself, and the others lose nothing.
    runner.run(shards_of(keeper.failed_together(), sample, most=1, run=places.run))
    return session.end("stopped" if keeper.left else "complete")


class _Keeper:
    """The results of the runner: each vector's verdict goes into the book, once."""

    def __init__(self, session: CampaignSession, cases: Iterable[Case]) -> None:
        self._session = session
        self.left = {case.id: case for case in cases}
        self._together: list[Case] = []

    def __contains__(self, shard: VectorShard) -> bool:
        return not any(identity in self.left for identity in shard.ids)

    def add(self, result: ShardJudged) -> None:
        for verdict in result.judged:
            case = self.left.pop(verdict.id, None)
            if case is None:
                continue
            if verdict.vector != self._session.digests.of(case):
                raise ShardError(f"{verdict.id} says something else on a worker than where the work was sent from")
            self._session.judged(verdict)
        if result.failed:
            self._failed(result)

    def failed(self, shard: VectorShard, why: str) -> ShardJudged:
        return ShardJudged(shard, failed=why)

    def failed_together(self) -> list[Case]:
        """Those of shards of several vectors that no worker could judge."""
        together, self._together = self._together, []
        return together

    def _failed(self, result: ShardJudged) -> None:
        if len(result.shard.ids) > 1:
            self._together += [self.left[identity] for identity in result.shard.ids if identity in self.left]
            return
        for identity in result.shard.ids:
            case = self.left.pop(identity)
            self._session.judged(self._session.unjudged(case, f"could not be judged: {result.failed}", _UNJUDGED))
