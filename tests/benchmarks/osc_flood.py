"""Flood the OSC server from another process: `python tests/benchmarks/osc_flood.py [SECONDS]` (10).

First 20,000 messages a second, which have to arrive whole; then as fast as the sender can, which may drop packets,
counted, but must not make a frame late. Beside it runs what a generator does: a frame of numpy work each 40 ms, with
the generator's switch interval. Lateness is of the frame's end against its start plus 40 ms. Then the same against a
whole generator, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _figures import figure

from livecode.osc.addresses import check
from livecode.osc.link import Link
from livecode.osc.server import Server
from livecode.osc.stamps import due

SENDER = """
import socket, sys, time
from livecode.osc.wire import Bundle, Message, encode
port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
plain = sys.argv[4] if len(sys.argv) > 4 else ""
pairs = ("_id_", "1", "cps", 0.5625, "cycle", 11.0, "delta", 0.44444466, "orbit", 0, "s", "bd", "n", 3.0, "gain", 0.9)
data = encode(Message(plain, ("flood", 0.5)) if plain else Bundle(time.time() + 5, (Message("/dirt/play", pairs),)))
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
out.connect(("127.0.0.1", port))
began, sent = time.monotonic(), 0
while (now := time.monotonic() - began) < seconds:
    wanted = int(now * rate) if rate else sent + 64
    while sent < wanted:
        try:
            out.send(data)
        except OSError:
            pass
        sent += 1
    if rate:
        time.sleep(0.001)
print(sent)
"""


def run(rate: float, seconds: float) -> None:
    """Send, step frames and drain; print what arrived."""
    work = np.random.default_rng(1).standard_normal((1920, 64)).astype(np.float32)
    with Server(port=0) as server:
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER, str(server.port), str(rate), str(seconds)], stdout=subprocess.PIPE, text=True
        )
        late, longest, frames, drained, cpu = 0, 0.0, 0, 0, time.process_time()
        while sender.poll() is None or server.queued:
            began = time.monotonic()
            arrivals = server.drain()
            for arrival in arrivals[:2000]:  # the generator's own guard against a flood is a share of the frame
                for stamp, message in arrival.items:
                    check(message)
                    due(stamp.seconds, arrival.wall, arrival.received)
            for _ in range(20):
                np.tanh(work).sum(axis=1)
            took = time.monotonic() - began
            longest = max(longest, took)
            late += took > 0.04
            frames += 1
            drained += len(arrivals)
            time.sleep(max(0.0, 0.04 - took))
        time.sleep(0.3)
        drained += len(server.drain())
        assert sender.stdout is not None
        sent = int(sender.stdout.read())
        counts = server.counts
    what = f"{rate:g} a second" if rate else "as fast as it goes"
    print(f"{what}: sent {sent} ({sent / seconds:.0f}/s), received {drained}, lost {sent - drained}")
    print(f"  queue full {counts.dropped}, system full {counts.overflowed}, malformed {counts.malformed}")
    print(
        f"  {frames} frames, longest {longest * 1e3:.1f} ms, over 40 ms: {late}; CPU {time.process_time() - cpu:.1f} s"
    )
    figure(f"server, {what}: sent", sent / seconds, "messages/s")
    figure(f"server, {what}: lost", sent - drained, "", limit=0 if rate else None)
    figure(f"server, {what}: longest frame", longest * 1e3, "ms", frame=40)
    figure(f"server, {what}: late frames", late, "", frames=frames)


def play(rate: float, seconds: float) -> None:
    """Flood a whole generator (test tones, null sink); print what it says of itself after."""
    engines = Path(__file__).parents[1] / "data" / "engine"
    with tempfile.TemporaryDirectory() as folder, Server(port=0) as probe:
        port = probe.port
        probe.close()
        env = os.environ | {"LIVECODE_HOME": folder, "PYTHONPATH": str(engines)}
        command = [sys.executable, "-m", "livecode", "serve", "--engine", "tones", "--sink", "null"]
        generator = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, env=env)
        link = Link(port=port)
        try:
            while not link.alive(0.5):
                if generator.poll() is not None:
                    raise SystemExit("the generator did not start")
            before = link.status()
            sender = [sys.executable, "-c", SENDER, str(port), str(rate), str(seconds), "/livecode/weight"]
            sent = int(subprocess.run(sender, stdout=subprocess.PIPE, text=True, check=True).stdout)
            time.sleep(2.0)
            after = link.status()
        finally:
            link.send("/livecode/quit")
            link.close()
            generator.wait(20)
    applied = int(after["applied"]) - int(before["applied"])
    what = f"{rate:g} a second" if rate else "as fast as it goes"
    dropped = int(after["dropped"]) - int(before["dropped"])
    print(
        f"generator, {what}: sent {sent} ({sent / seconds:.0f}/s), applied {applied}, "
        f"dropped and counted {dropped}, system full {sent - applied - dropped}"
    )
    print(
        f"  dropouts {int(after['dropouts']) - int(before['dropouts'])}, steps over 40 ms "
        f"{int(after['late_frames']) - int(before['late_frames'])}, mean step {after['step_ms']} ms"
    )
    figure(f"generator, {what}: sent", sent / seconds, "messages/s")
    figure(f"generator, {what}: applied", applied, "", sent=sent)
    figure(f"generator, {what}: dropouts", int(after["dropouts"]) - int(before["dropouts"]), "", limit=0)
    figure(f"generator, {what}: mean step", float(after["step_ms"]), "ms", frame=40)


if __name__ == "__main__":
    sys.setswitchinterval(1e-4)
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    run(20_000, length)
    run(0, length)
    play(20_000, length)
    play(0, length)
