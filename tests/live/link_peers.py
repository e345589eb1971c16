"""A generator that follows Ableton Link and a peer in another process, alone in a network: prints what they agree on.

Run by test_link.py inside a network namespace; it is no test by itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from livecode.osc.link import Link

PORT = 57930
QUANTUM = 4.0

PEER = """
import json, sys, time
import link
peer = link.Link(float(sys.argv[1]))
peer.startStopSyncEnabled = True
peer.enabled = True
clock = peer.clock()
for line in sys.stdin:
    word, _, value = line.strip().partition(" ")
    state = peer.captureAppSessionState()
    now = clock.micros()
    if word == "tempo":
        state.setTempo(float(value), now)
    elif word in ("start", "stop"):
        state.setIsPlaying(word == "start", now)
    offset = min((clock.micros() - time.time() * 1e6 for _ in range(9)), key=abs)
    if word == "beat":
        beat = state.beatAtTime(int(float(value) * 1e6 + offset), 4.0)
        found = {"beat": beat, "tempo": state.tempo(), "playing": state.isPlaying(), "peers": peer.numPeers()}
        print(json.dumps(found), flush=True)
    else:
        peer.commitAppSessionState(state)
        print("{}", flush=True)
"""


def main(patience: float) -> None:
    """Start both, change things on either side, print one JSON object."""
    serve = [sys.executable, "-m", "livecode", "serve", "--engine", "tones", "--sink", "null", "--port", str(PORT)]
    generator = subprocess.Popen([*serve, "--follow", "link"], stdout=subprocess.PIPE, text=True)
    peer = subprocess.Popen(
        [sys.executable, "-c", PEER, "97"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    clocks: list[tuple[Any, ...]] = []
    ours = Link(port=PORT)
    ours.news.append(lambda address, args: clocks.append(args) if address == "/livecode/reply/clock" else None)

    def ask(line: str) -> dict[str, Any]:
        assert peer.stdin is not None
        assert peer.stdout is not None
        print(line, file=peer.stdin, flush=True)
        found: dict[str, Any] = json.loads(peer.stdout.readline())
        return found

    def compare() -> dict[str, Any]:
        seen = len(clocks)
        deadline = time.monotonic() + patience
        while len(clocks) == seen:
            if generator.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the generator tells no clock; it has ended with {generator.poll()}")
            time.sleep(0.01)
        beat, tempo, running, _epoch, _frame, unix = clocks[-1]
        theirs = ask(f"beat {unix!r}")
        apart = (beat - theirs["beat"] + QUANTUM / 2) % QUANTUM - QUANTUM / 2
        return {"ms": apart * 60_000 / tempo, "tempo": tempo, "running": running} | theirs

    def until(there: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            found = compare()
            if there(found):
                return found
        raise SystemExit(f"never came: {what}; the last was {compare()}")

    try:
        deadline = time.monotonic() + patience
        while generator.poll() is None and not ours.alive(0.5) and time.monotonic() < deadline:
            pass
        if generator.poll() is not None:
            raise SystemExit("the generator did not start")
        ours.subscribe("clock", 25)
        until(lambda found: found["peers"] == 1, "the peer")
        until(lambda found: found["tempo"] == round(found["tempo"]) and abs(found["ms"]) < 1, "one tempo and phase")
        apart = [compare()["ms"] for _ in range(20)]
        ask("tempo 133")
        theirs = until(lambda found: abs(found["tempo"] - 133) < 0.01 and abs(found["ms"]) < 1, "the peer's tempo")
        after = [compare()["ms"] for _ in range(20)]
        ours.send("/livecode/tempo", 101.0)
        mine = until(lambda found: abs(found["tempo"] - 101) < 0.01 and abs(found["ms"]) < 2, "our tempo")
        ask("start")
        until(lambda found: found["running"] == 1, "a start")
        ask("stop")
        until(lambda found: found["running"] == 0, "the peer's stop")
        ours.send("/livecode/start")
        until(lambda found: found["running"] == 1 and found["playing"], "our start at the peer")
        ours.send("/livecode/stop")
        until(lambda found: not found["playing"], "our stop at the peer")
        print(json.dumps({"apart": apart, "after": after, "theirs": theirs["tempo"], "mine": mine["tempo"]}))
    finally:
        ours.send("/livecode/quit")
        peer.kill()
        generator.terminate()
        generator.wait(patience)
        ours.close()


if __name__ == "__main__":
    main(float(sys.argv[1]))
