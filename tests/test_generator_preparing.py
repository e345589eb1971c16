"""Prompts are prepared in a process of their own, which may fail, die and be slow without anybody waiting for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from patience import PATIENCE

from livecode.conditioning import Prepared, Prompt
from livecode.generator import preparing
from livecode.generator.performance import Failure
from livecode.generator.preparing import AtOnce, Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("tones")
    yield made
    made.close()


def done(worker: Worker, count: int) -> list[Prepared | Failure]:
    """Collect until so many have come."""
    found: list[Prepared | Failure] = []
    while len(found) < count:
        assert worker.wait(PATIENCE), found
        found.extend(worker.collect())
    return found


def test_prompts_come_back_in_order_as_they_would_here(worker: Worker) -> None:
    prompts = [Prompt(f"words {number}") for number in range(20)]
    for prompt in (*prompts, prompts[0]):
        worker.want(prompt)
    assert worker.waiting == 20
    here = AtOnce("tones")
    assert done(worker, 20) == [here.prepare(prompt) for prompt in prompts]
    assert worker.waiting == 0


def test_a_prompt_that_cannot_be_prepared_says_why_and_the_next_is(worker: Worker) -> None:
    worker.want(Prompt("unplayable noise"))
    worker.want(Prompt("pads"))
    first, second = done(worker, 2)
    assert first == Failure(Prompt("unplayable noise"), "nothing sounds like that")
    assert isinstance(second, Prepared)


def test_a_prompt_over_which_the_worker_dies_is_given_up_and_the_others_are_prepared(worker: Worker) -> None:
    for text in ("pads", "deadly words", "choir", "bells"):
        worker.want(Prompt(text))
    found = {str(one.prompt): one for one in done(worker, 4)}
    assert isinstance(found["deadly words"], Failure)
    assert "died over it" in found["deadly words"].reason
    assert all(isinstance(found[text], Prepared) for text in ("pads", "choir", "bells"))


def test_a_worker_that_is_killed_while_idle_is_started_again(worker: Worker) -> None:
    worker.want(Prompt("pads"))
    done(worker, 1)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    worker._process.join()
    (failure,) = worker.collect()
    assert isinstance(failure, Failure)
    assert "started again" in failure.reason
    worker.want(Prompt("choir"))
    assert isinstance(done(worker, 1)[0], Prepared)


def test_a_worker_that_keeps_dying_gives_up_what_waits_and_blocks_nobody(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "MOST_RESTARTS", 1)
    for number in range(3):
        worker.want(Prompt(f"deadly {number}"))
    reasons = [one.reason for one in done(worker, 3) if isinstance(one, Failure)]
    assert sum("died over it" in reason for reason in reasons) == 1
    assert sum("keeps dying" in reason for reason in reasons) == 2


def test_hundreds_of_long_prompts_never_fill_the_pipe(worker: Worker) -> None:
    for number in range(600):
        worker.want(Prompt(f"{number} " + "x" * 3990))
    assert worker.waiting == preparing.MOST_WANTED
    assert [one.reason for one in worker.collect() if isinstance(one, Failure)] == ["too many prompts at once"] * 88
    assert worker._sent == 1  # a second one of 4 kB would not fit beside it into a small pipe


class Clock:
    """Seconds that a test moves on."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slow(clock: Clock) -> Iterator[Worker]:
    made = Worker("tones", clock=clock)
    made.want(Prompt("pads"))
    assert done(made, 1)  # loaded
    yield made
    made.close()


def look(worker: Worker, clock: Clock, seconds: float) -> list[Failure]:
    """Let time pass as frames do; return what was told."""
    told = []
    for _ in range(round(seconds * 25)):
        clock.now += 0.04
        told += [one for one in worker.collect() if isinstance(one, Failure)]
    return told


def test_a_prompt_over_which_the_worker_hangs_is_named_then_given_up_and_the_others_are_prepared(
    slow: Worker, clock: Clock
) -> None:
    for text in ("hanging share", "choir", "bells"):
        slow.want(Prompt(text))
    hung = slow.pid
    assert look(slow, clock, preparing.NAMED_SECONDS - 1) == []
    (named,) = look(slow, clock, 2)
    assert named.prompt == Prompt()
    assert "'hanging share' has been under preparation for 5 s" in named.reason
    (failure,) = look(slow, clock, preparing.HUNG_SECONDS - preparing.NAMED_SECONDS)
    assert failure.prompt == Prompt("hanging share")
    assert "given up after 20 s" in failure.reason
    assert slow.pid != hung
    found = done(slow, 2)
    assert [str(one.prompt) for one in found if isinstance(one, Prepared)] == ["choir", "bells"]


def test_the_first_prompt_of_a_worker_has_more_time_since_an_engine_may_load_much_for_it(clock: Clock) -> None:
    made = Worker("tones", clock=clock)
    try:
        assert made._connection.poll(30)  # loaded
        made.want(Prompt("hanging share"))
        (named,) = look(made, clock, preparing.FIRST_SECONDS - 1)
        assert "after 60 s it is given up" in named.reason
        (failure,) = look(made, clock, 2)
        assert failure.prompt == Prompt("hanging share")
    finally:
        made.close()


def test_what_the_worker_hung_over_is_refused_with_its_reason_for_a_while(slow: Worker, clock: Clock) -> None:
    slow.want(Prompt("hanging share"))
    look(slow, clock, preparing.HUNG_SECONDS + 1)
    begun = slow.pid
    slow.want(Prompt("hanging share"))
    slow.want(Prompt("choir"))
    refused, prepared = done(slow, 2)
    assert isinstance(refused, Failure)
    assert "hung over it; it is not tried again for 5 minutes" in refused.reason
    assert isinstance(prepared, Prepared)
    assert slow.pid == begun
    clock.now += preparing.REFUSED_SECONDS
    slow.want(Prompt("hanging share"))
    assert slow.waiting == 1


def test_what_the_worker_died_of_does_not_kill_the_next_one(worker: Worker) -> None:
    worker.want(Prompt("deadly words"))
    done(worker, 1)
    begun = worker.pid
    for _ in range(2 * preparing.MOST_RESTARTS):
        worker.want(Prompt("deadly words"))
    assert all("died over it" in one.reason for one in done(worker, 10) if isinstance(one, Failure))
    assert worker.pid == begun


def test_a_pause_of_the_generator_itself_is_no_hung_worker(slow: Worker, clock: Clock) -> None:
    slow.want(Prompt("hanging share"))
    clock.now += 1000
    assert slow.collect() == []
    assert slow.waiting == 1


@pytest.mark.skipif(os.name != "posix", reason="kills a process with a signal")
def test_a_worker_that_hangs_ends_with_its_generator_however_that_ends() -> None:
    program = """
import sys, time
from livecode.conditioning import Prompt
from livecode.generator.preparing import Worker
if __name__ == "__main__":
    worker = Worker("tones")
    worker.want(Prompt("hanging share"))
    worker._connection.poll(30)
    print(worker.pid, flush=True)
    sys.stdin.read()
"""
    generator = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with generator:
        assert generator.stdout is not None
        pid = int(generator.stdout.readline())
        generator.kill()
    for _ in range(3000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        threading.Event().wait(0.01)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the worker is still there")


def test_a_worker_that_is_idle_for_long_has_not_hung(slow: Worker, clock: Clock) -> None:
    assert look(slow, clock, 2 * preparing.HUNG_SECONDS) == []
    slow.want(Prompt("choir"))
    assert isinstance(done(slow, 1)[0], Prepared)


def test_an_encoder_that_never_loads_is_begun_anew_and_no_prompt_is_blamed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Worker("tones:loading=1000000", clock=clock)
    made.want(Prompt("pads"))
    first = made.pid
    told = look(made, clock, preparing.LOADING_SECONDS + 1)
    assert [(one.prompt, "started again" in one.reason) for one in told] == [(Prompt(), True)]
    assert made.pid != first
    assert made.waiting == 1
    made.close()


def test_at_once_means_now_and_tells_of_failures_likewise() -> None:
    here = AtOnce("tones")
    here.want(Prompt("pads"))
    here.want(Prompt("unplayable"))
    first, second = here.collect()
    assert isinstance(first, Prepared)
    assert second == Failure(Prompt("unplayable"), "nothing sounds like that")
    assert here.collect() == []
