"""A campaign loses nothing and counts nothing twice: workers that die, interruption, a results file cut short."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from dualcos.lab.search.results import Results, ResultsError
from dualcos.lab.search.shard import Shard, ShardResult, fingerprint
from dualcos.lab.shards.shard_runner import RETRIES, CampaignError, Runner, ShardError

CODE = fingerprint()


def shards(count: int, note: str = "x") -> list[Shard]:
    return [Shard("F1", note, "", seed, 1, CODE) for seed in range(count)]


def held(shard: Shard) -> ShardResult:
    return ShardResult(shard=shard, verdict="held", commands=shard.seed)


def one() -> Executor:
    return ThreadPoolExecutor(1)


def judged(results: Results) -> list[tuple[int, str]]:
    return sorted((result.shard.seed, result.verdict) for result in results)


@pytest.mark.filterwarnings("ignore:an observer:RuntimeWarning")
def test_whoever_is_told_of_progress_stops_no_campaign():
    def progress(_result: ShardResult) -> None:
        raise OSError(28, "full")

    with Results() as results:
        Runner(one, results, progress, work=held).run(shards(3))
        assert judged(results) == [(0, "held"), (1, "held"), (2, "held")]


# --- workers that die ------------------------------------------------------------------------------------------------


def two() -> Executor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def dies_at_first(shard: Shard) -> ShardResult:
    """Shard 3 kills its worker, once: the profile's name is where that is noted."""
    note = Path(shard.profile)
    if shard.seed == 3 and not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return held(shard)


def always_dies(shard: Shard) -> ShardResult:
    if shard.seed == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return held(shard)


def test_what_a_killed_worker_held_is_judged_by_another_one(tmp_path):
    path = tmp_path / "results.jsonl"
    with Results(path) as results:
        Runner(two, results, work=dies_at_first).run(shards(8, str(tmp_path / "died")))
    assert judged(results) == [(seed, "held") for seed in range(8)]
    assert (tmp_path / "died").exists()
    assert len(path.read_text().splitlines()) == 8


def test_a_shard_that_kills_every_worker_is_named_and_the_others_are_judged(tmp_path):
    path = tmp_path / "results.jsonl"
    with Results(path) as results:
        Runner(two, results, work=always_dies).run(shards(5))
        assert judged(results) == [(seed, "failed" if seed == 3 else "held") for seed in range(5)]
        (failed,) = (result for result in results if result.verdict == "failed")
        assert failed.why == f"its worker died, {RETRIES + 1} times"
    with Results(path) as again:  # with a better worker it is judged after all, and counts once
        Runner(one, again, work=held).run(shards(5))
        assert judged(again) == [(seed, "held") for seed in range(5)]


class Breaks(Executor):
    """Breaks with everything it holds at its ``at``-th job; before, it has answered every second one."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.held: list[Future[ShardResult]] = []

    def submit(self, work: Callable[..., ShardResult], /, shard: Shard) -> Future[ShardResult]:
        self.at -= 1
        if self.at < 0:
            raise BrokenExecutor
        future: Future[ShardResult] = Future()
        if shard.seed % 2:
            future.set_result(work(shard))
        else:
            self.held.append(future)
        if not self.at:
            for lost in self.held:
                lost.set_exception(BrokenExecutor())
        return future


@pytest.mark.parametrize("at", range(1, 10))
def test_wherever_the_executor_breaks_each_shard_is_judged_once(at):
    """Also when handing out is what fails; what it answered before is kept."""
    opened = iter([Breaks(at)])
    told: list[int] = []
    with Results() as results:
        runner = Runner(
            lambda: next(opened, None) or one(),
            results,
            lambda result: told.append(result.shard.seed),
            ahead=9,
            work=held,
        )
        runner.run(shards(9))
    assert judged(results) == [(seed, "held") for seed in range(9)]
    assert sorted(told) == list(range(9))


def test_workers_that_went_away_end_the_campaign_with_one_line():
    class Gone(Executor):
        def submit(self, work: Callable[..., ShardResult], /, shard: Shard) -> Future[ShardResult]:  # noqa: ARG002 - as Executor
            future: Future[ShardResult] = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with Results() as results, pytest.raises(CampaignError, match="goes on"):
        Runner(Gone, results, work=held).run(shards(4))


# --- work that fails -------------------------------------------------------------------------------------------------


def test_what_raises_is_tried_again_and_then_told_by_type_and_place_only():
    tries: list[int] = []

    def raises(shard: Shard) -> ShardResult:
        tries.append(shard.seed)
        if shard.seed == 1:
            raise ValueError("PIN 864209753186")
        return held(shard)

    with Results() as results:
        Runner(one, results, work=raises).run(shards(3))
    assert tries.count(1) == RETRIES + 1
    (failed,) = (result for result in results if result.verdict == "failed")
    assert "ValueError at tests/dualcos/lab/search/test_shards_run.py:" in failed.why
    assert "8642" not in msgspec.json.encode(failed).decode()


def test_another_dualcos_on_a_worker_stops_everything():
    def other(_shard: Shard) -> ShardResult:
        raise ShardError("this worker has another dualcos")

    with Results() as results, pytest.raises(ShardError):
        Runner(one, results, work=other).run(shards(3))


# --- going on --------------------------------------------------------------------------------------------------------


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    path, ran = tmp_path / "results.jsonl", []

    def work(shard: Shard) -> ShardResult:
        ran.append(shard.seed)
        return held(shard)

    def interrupt(result: ShardResult) -> None:
        if result.shard.seed == 2:
            raise KeyboardInterrupt

    with Results(path) as results, pytest.raises(KeyboardInterrupt):
        Runner(one, results, interrupt, ahead=1, work=work).run(shards(6))
    with Results(path) as results:
        Runner(one, results, work=work).run(shards(6))
        Runner(one, results, work=work).run(shards(6))
    assert judged(results) == [(seed, "held") for seed in range(6)]
    assert sorted(ran) == list(range(6))


@pytest.fixture
def kept(tmp_path) -> Path:
    path = tmp_path / "deep" / "results.jsonl"
    with Results(path) as results:
        for shard in shards(3):
            results.add(held(shard))
    return path


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_cut_short_by_a_power_loss_is_judged_again(kept, cut):
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-cut])
    with Results(kept) as results:
        known = judged(results)
        Runner(one, results, work=held).run(shards(3))
    assert known == [(seed, "held") for seed in range(len(known))]
    assert len(known) < 3
    assert kept.read_bytes() == whole


def test_a_result_that_stands_twice_counts_once(kept):
    kept.write_bytes(kept.read_bytes() * 2)
    with Results(kept) as results:
        assert judged(results) == [(0, "held"), (1, "held"), (2, "held")]


@pytest.mark.parametrize(
    "content", [b"{}\nno results", b"\xff\xfe\n", b'{"shard": 1}\n', b"Dear Sir,", b'{"shard"}', b"\0" * 20]
)
def test_what_is_no_results_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ResultsError, match="line 1"), Results(path):
        pass
    assert path.read_bytes() == content


def test_what_stands_behind_results_and_is_none_is_refused_and_left_alone(kept):
    kept.write_bytes(kept.read_bytes() + b"my notes")
    content = kept.read_bytes()
    with pytest.raises(ResultsError, match="line 4"), Results(kept):
        pass
    assert kept.read_bytes() == content


def test_a_campaign_that_could_not_begin_leaves_no_file(tmp_path):
    with pytest.raises(CampaignError), Results(tmp_path / "results.jsonl"):
        raise CampaignError
    assert not list(tmp_path.iterdir())


def test_results_of_other_code_are_refused(kept):
    kept.write_text(kept.read_text().replace(CODE, "0" * 16))
    with pytest.raises(ResultsError, match="another dualcos"), Results(kept):
        pass


def test_two_campaigns_do_not_write_one_file(kept):
    with Results(kept), pytest.raises(ResultsError, match="another campaign"), Results(kept):
        pass
