"""What real clients sent, replayed: every packet is read or counted, every sound lands in its frame."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from livecode.errors import MessageError
from livecode.frames import FRAME_SECONDS, nearest
from livecode.osc.addresses import ADDRESSES, check
from livecode.osc.dirt import Play, translate
from livecode.osc.stamps import Stamp, due, flatten
from livecode.osc.tidal_clock import TidalClock
from livecode.osc.wire import Message, decode

FILE = Path(__file__).parent / "data" / "captures" / "captures.jsonl.gz"
MALFORMED = {"sclang-types": 6, "sclang-class-string-flattened-bug": 1}


@cache
def lines() -> tuple[dict[str, Any], ...]:
    with gzip.open(FILE, "rt") as file:
        return tuple(row for row in map(json.loads, file) if "from" in row)


def heard() -> Iterator[tuple[dict[str, Any], Stamp, Message]]:
    for row in lines():
        try:
            items = flatten(decode(bytes.fromhex(row["hex"])))
        except MessageError:
            continue
        for stamp, message in items:
            yield row, stamp, message


def plays() -> Iterator[tuple[dict[str, Any], Stamp, Play]]:
    for row, stamp, message in heard():
        if message.address == "/dirt/play" and row["capture"] != "puredata-0.53":
            yield row, stamp, translate(message.args)


def test_exactly_the_malformed_packets_are_refused() -> None:
    found: Counter[str] = Counter()
    for row in lines():
        try:
            decode(bytes.fromhex(row["hex"]))
        except MessageError:
            found[row["capture"]] += 1
    assert found == MALFORMED
    assert len(lines()) > 4_000


def test_addresses_that_are_not_ours_are_named() -> None:
    strange = {message.address for _, _, message in heard() if message.address not in ADDRESSES}
    assert {"/prompt", "/weight", "/livecode/a/set", "/cps/cycle", "/burst"} <= strange
    for address in strange:
        with pytest.raises(MessageError, match=f"there is no '{address}'"):
            check(Message(address))


def test_every_dirt_play_gives_its_messages() -> None:
    count = 0
    for row, _, play in plays():
        count += 1
        tempo_only = set(play.pairs) <= {"cps", "cycle", "delta"}
        assert bool(play.messages) != tempo_only, row
        assert play.problems == (), row
    assert count > 870


def test_every_dirt_play_lands_in_the_frame_of_its_tag() -> None:
    for row, stamp, play in plays():
        if stamp.kind != "tag":
            continue
        found = due(stamp.seconds, row["t"], 1000.0)
        assert found.verdict == "good", row
        offset = stamp.seconds + play.lag - (row["t"] - 1000.0)
        assert nearest(found.monotonic / FRAME_SECONDS) == nearest(offset / FRAME_SECONDS)


def test_pure_datas_words_that_are_no_pairs_are_refused() -> None:
    rows = [message for row, _, message in heard() if row["capture"] == "puredata-0.53"]
    good, odd = (message for message in rows if message.address == "/dirt/play")
    assert translate(good.args).messages[0].args[0] == "bd"
    with pytest.raises(MessageError, match="in pairs"):
        translate(odd.args)


def test_tidals_clock_is_known_to_a_hundredth_of_a_millisecond() -> None:
    clocks: dict[str, TidalClock] = {}
    errors: dict[str, list[float]] = {}
    for row, stamp, play in plays():
        name = row["capture"]
        if not name.startswith("tidal") or "_id_" not in play.pairs:
            continue
        clock = clocks.setdefault(name, TidalClock())
        if clock.locked:
            nudge = float(play.pairs.get("nudge", 0.0))  # type: ignore[arg-type]  # a number in every capture
            cycle = float(play.pairs["cycle"])  # type: ignore[arg-type]
            errors.setdefault(name, []).append(abs(cycle - clock.cycle(stamp.seconds - nudge)) / clock.cps)
        clock.hear(stamp.seconds, play.pairs)
    steady = {name for name in errors if "change" not in name and "link" not in name and "named" not in name}
    assert len(steady) > 35
    assert max(max(errors[name]) for name in steady) < 1e-5
    # Where the tempo changes, only the first event after it surprises.
    assert max(sum(error > 1e-5 for error in errors[name]) for name in errors) <= 2
