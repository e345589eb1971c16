"""Measure what feeds a sound card best: `python tests/benchmarks/device.py [--seconds 60] [--period 480]`.

Starts JACK's dummy server (exact real time, no card needed), plays through each way with and without a busy
pure-Python thread in the process, keeps the default lead of three frames, and counts where the queue is read:
reads that found too little (dropouts), reads that the server reported late, and how far the reads fell behind
monotonic time. `docs/audio.md` has the results.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from _figures import figure

from livecode.audio.blocking import BlockingSink
from livecode.audio.device import Device, RingSink, find_device, portaudio, stream_settings
from livecode.audio.sinks import Sink
from livecode.engines.protocol import FloatArray
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

SERVER = "livecode-bench"  # always the same: JACK remembers eight names, also of servers that were killed


@contextmanager
def jack(period: int, *, realtime: bool = False) -> Iterator[None]:
    """Run the dummy server, before everything else if ``realtime``; PortAudio has to be imported after its start."""
    os.environ |= {"JACK_DEFAULT_SERVER": SERVER, "JACK_NO_START_SERVER": "1", "JACK_NO_AUDIO_RESERVATION": "1"}
    command = ["jackd", "-r", "--name", SERVER, "-d", "dummy", "-r", str(SAMPLE_RATE), "-p", str(period)]
    if realtime:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(20))
        command = ["chrt", "-f", "60", *command]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1.5)
        yield
    finally:
        if "sounddevice" in sys.modules:  # PortAudio aborts the process if its server goes first
            sys.modules["sounddevice"]._terminate()
        server.terminate()
        server.wait()


class CallbackSink:
    """The third way: PortAudio calls Python, which copies from a queue."""

    kind = "device"

    def __init__(self, device: Device) -> None:
        self.name, self.latency = "callback in Python", 0.0
        self._blocks: deque[bytes] = deque()
        self._rest = b""
        self._written = self._taken = self._dropouts = self._late = 0
        self._stream = portaudio().RawOutputStream(
            dtype="float32", blocksize=480, callback=self._read, **stream_settings(device)
        )

    def _read(self, out: object, count: int, when: object, flags: object) -> None:
        wanted = count * 8
        while len(self._rest) < wanted and self._blocks:
            self._rest += self._blocks.popleft()
        data, self._rest = self._rest[:wanted], self._rest[wanted:]
        out[: len(data)] = data  # type: ignore[index]
        out[len(data) :] = bytes(wanted - len(data))  # type: ignore[index]
        self._taken += len(data) // 8
        self._dropouts += len(data) < wanted and self._written > 0
        self._late += bool(flags)

    def start(self) -> None:
        self._stream.start()

    def write(self, block: FloatArray) -> None:
        self._blocks.append(block.tobytes())
        self._written += len(block)

    def queued(self) -> int:
        return self._written - self._taken

    def wait(self, samples: int) -> None:
        while (excess := self.queued() - samples) > 0:
            time.sleep(max(0.002, (excess - 480) / SAMPLE_RATE))

    def dropouts(self) -> int:
        return self._dropouts

    def late_blocks(self) -> int:
        return self._late

    def position(self) -> tuple[int, float]:
        return self._taken, time.monotonic()

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()


def play(sink: Sink, seconds: float, lead: int, step_seconds: float) -> dict[str, float]:
    """Play a sine for so long, with an engine that takes ``step_seconds`` of CPU a frame."""
    wave = 0.1 * np.sin(2 * np.pi * 440 / SAMPLE_RATE * np.arange(FRAME_SAMPLES))
    block = np.stack([wave, wave], axis=1).astype(np.float32)
    work = np.random.default_rng(0).standard_normal((1000, 1000)).astype(np.float32)
    for _ in range(lead):
        sink.write(block)
    sink.start()
    sink.wait((lead - 1) * FRAME_SAMPLES)
    begin, at_begin = time.monotonic(), sink.position()
    lowest, late_frames, frames = lead * FRAME_SAMPLES, 0, 0
    while (now := time.monotonic()) - begin < seconds:
        stepped = time.thread_time()
        while time.thread_time() - stepped < step_seconds:
            np.sqrt(np.abs(work))  # lets go of the interpreter's lock, as an engine's numpy does
        late_frames += time.monotonic() - now > 0.04
        lowest = min(lowest, sink.queued())
        sink.write(block)
        frames += 1
        sink.wait((lead - 1) * FRAME_SAMPLES)
    taken, at = sink.position()
    behind = (at - at_begin[1]) - (taken - at_begin[0]) / SAMPLE_RATE
    return {
        "dropouts": sink.dropouts(),
        "late reads": sink.late_blocks(),
        "least left ms": round(lowest / SAMPLE_RATE * 1000, 1),
        "late steps": late_frames,
        "frames": frames,
        "behind ms": round(behind * 1000, 1),
    }


@contextmanager
def busy_thread(on: bool) -> Iterator[None]:
    """Keep a pure-Python thread running beside."""
    stop = threading.Event()

    def spin() -> None:
        count = 0
        while not stop.is_set():
            for _ in range(1000):
                count += 1

    thread = threading.Thread(target=spin, daemon=True)
    if on:
        thread.start()
    yield
    stop.set()
    if on:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--period", type=int, default=480, help="the server's, in samples")
    parser.add_argument("--lead", type=int, default=3, help="frames")
    parser.add_argument("--step", type=float, default=0.008, help="CPU seconds of the engine a frame")
    parser.add_argument("--ways", default="ring,blocking,callback")
    parser.add_argument("--switch", type=float, default=1e-4, help="the interpreter's switch interval, seconds")
    parser.add_argument("--realtime", action="store_true", help="before all other programs of a busy machine (root)")
    chosen = parser.parse_args()
    sys.setswitchinterval(chosen.switch)
    ways: dict[str, Callable[[Device], Sink]] = {
        "ring": RingSink,
        "blocking": BlockingSink,
        "callback": CallbackSink,
    }
    with jack(chosen.period, realtime=chosen.realtime):
        device = find_device("system")
        for way in chosen.ways.split(","):
            for busy in (False, True):
                sink = ways[way](device)
                with busy_thread(busy):
                    figures = play(sink, chosen.seconds, chosen.lead, chosen.step)
                sink.close()
                print(
                    f"{way:9} {'busy' if busy else 'idle'}  latency {sink.latency * 1000:.0f} ms  {figures}", flush=True
                )
                for what, value in (figures | {"latency ms": sink.latency * 1000}).items():
                    name, _, unit = what.rpartition(" ") if what.endswith(" ms") else (what, "", "")
                    figure(f"{way}, {'busy' if busy else 'idle'}: {name}", value, unit)


if __name__ == "__main__":
    main()
