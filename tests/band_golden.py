"""What the band plays and understands today, written down: its scores, its sounds, its readings, its judge's figures.

A change of the band's music is always wanted or an accident. ``test_band_golden.py`` tells which rows differ; after a
change that is wanted, ``python tests/band_golden.py`` writes the book anew.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from band import planned, play, the_band

from livecode.conditioning import Prompt
from livecode.controls import HITS
from livecode.engines.band.dsp.oneshots import kits, stroke, tick
from livecode.engines.band.dsp.patches import bank
from livecode.engines.band.dsp.textures import TEXTURES, bed
from livecode.engines.band.dsp.voices import Voices
from livecode.engines.band.ensemble import Event
from livecode.engines.band.judge import findings, hearing, levels, morphs, patches, playing, sounding
from livecode.engines.band.judge.takes import Note, Take
from livecode.engines.band.listen import features, listener
from livecode.engines.band.listen.sound import sound_of
from livecode.engines.band.reading import FAMILIES, Reading
from livecode.engines.band.text.preparer import make_preparer
from livecode.frames import FRAME_SAMPLES, SAMPLE_RATE

BOOK: Final = Path(__file__).parent / "data" / "band_golden.json.gz"
FLOOR: Final = -90.0  # dB; what is quieter is silence
_EDGES: Final = (30, 60, 120, 250, 500, 1000, 2000, 4000, 8000, 16000, 24000)  # Hz
_SLICES: Final = 6
_TUNE: Final = (60, 64, 67, 72, 71, 67, 65, 62)
_SOUNDING: Final = ("house", "jazz", "ambient", "metal", "trap", "classical")  # of which the sound is kept, too
_TRAITS: Final = ("dense", "drums", "dark", "dry", "distorted", "loud", "minor", "fast", "wide", "energetic", "swung")

Page = Mapping[str, Any]


def scores() -> Page:
    """Return what every style plays in 64 s, and what changes when a player, a knob or a word steps in."""
    found = {style: rows(planned(style, 64)) for style in FAMILIES}
    tune = [Note(2 + 0.5 * at, 0.4, pitch) for at, pitch in enumerate(_TUNE * 2)]
    chord = [Note(3.1, 5, pitch) for pitch in (58, 62, 65)] + [Note(8.1, 4, pitch) for pitch in (55, 58, 62)]
    for style in ("jazz", "house", "rock", "classical", "disco_funk", "reggae_dub"):
        found[f"{style} beside a tune"] = rows(planned(style, 20, notes=tune))
        found[f"{style} under chords"] = rows(planned(style, 16, notes=chord))
    for style in ("techno", "folk_country", "trap"):
        for tempo in (60.0, 127.3, 187.5):
            found[f"{style} at {tempo}"] = rows(planned(style, 12, tempo=tempo))
        for temperature in (0.0, 0.6, 2.0):
            found[f"{style} at temperature {temperature}"] = rows(planned(style, 16, {"temperature": temperature}))
        for width in (2, 12, 127):
            found[f"{style} with width {width}"] = rows(planned(style, 12, {"jam_width": width}, notes=tune))
        found[f"{style} from bar 30"] = rows(planned(style, 20, begin_beat=121.5))
        found[f"{style} with another seed"] = rows(planned(style, 32, seed=9))
    for trait in _TRAITS:
        for value in (-1.0, 1.0):
            wanted: dict[str, object] = {"traits": {trait: value}}
            found[f"disco_funk {trait} {value}"] = rows(planned("disco_funk", 12, reading=wanted))
    for instruments, without in ((("piano", "flute"), ()), (("organ",), ("drums",)), ((), ("bass", "piano"))):
        wanted = {"instruments": instruments, "without": without}
        found[f"soul with {instruments} without {without}"] = rows(planned("soul_rnb", 16, reading=wanted))
    for weights in (
        {"house": 0.6, "jazz": 0.4},
        {"metal": 0.5, "ambient": 0.5},
        {"folk_country": 0.34, "reggae_dub": 0.33, "trap": 0.33},
    ):
        found["+".join(weights)] = rows(planned(weights, 48))
    return found


def rows(take: Take) -> list[list[object]]:
    """Return a take's events as the book has them."""
    return [row(event) for event in take.events]


def row(event: Event) -> list[object]:
    """Return one event as the book has it: part, sign, pitch, velocity, beat, length, sample, instrument."""
    numbers = round(event.velocity, 3), round(event.beat, 3), round(event.length, 3)
    return [event.part, event.sign, event.pitch, *numbers, event.sample, event.voice]


def sounds() -> Page:
    """Return how every instrument, stroke and bed sounds, and how the parts sound together."""
    found: dict[str, object] = {}
    for kit in kits():
        for hit in HITS:
            found[f"{kit} {hit}"] = colours(stroke(kit, hit))
    for name, patch in bank().items():
        found[name] = colours(np.concatenate([_note(patch, pitch) for pitch in (43, 60, 79)]))
        if patch.tick:
            found[f"tick {patch.tick}"] = colours(tick(patch.tick))
    for name in TEXTURES:
        found[f"bed {name}"] = colours(bed(name).T)
    for style in _SOUNDING:
        found[f"the band plays {style}"] = colours(play(style, 8).sound, 24)
    knobs = {"traits": {"dark": 0.8, "dry": -1.0, "distorted": 0.7}, "hints": {"tone": -0.5, "swing": 0.6}}
    found["the band plays dark"] = colours(play("rock", 6, reading=knobs).sound, 24)
    return found


def _note(patch: Any, pitch: int) -> Any:
    voices = Voices(1)
    seconds = 60 / 120
    voices.play(patch, pitch, 0.7, start=300, length=12_000, bus=0, tag=1, pan=0.4, gain=0.5, bent_from=pitch - 5,
                seconds_per_beat=seconds, most=8)  # fmt: skip
    return np.concatenate([voices.render(frame * FRAME_SAMPLES)[0] for frame in range(15)])


def colours(sound: Any, slices: int = _SLICES) -> list[list[float]]:
    """Return the level of each band of each slice in dB, and the balance of left to right."""
    table = []
    for piece in np.array_split(np.asarray(sound, dtype=np.float64), slices):
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece))[:, None], axis=0)) ** 2
        where = np.searchsorted(np.fft.rfftfreq(len(piece), 1 / SAMPLE_RATE), _EDGES)
        powers = [float(spectrum[a:b].sum()) / len(piece) ** 2 for a, b in pairwise(where)]
        left, right = (float((piece[:, side] ** 2).mean()) for side in (0, 1))
        table.append([_db(power) for power in powers] + [_db(left), _db(right)])
    return table


def _db(power: float) -> float:
    return round(max(FLOOR, 10 * float(np.log10(power + 1e-12))), 2)


def readings() -> Page:
    """Return what the band understands of many prompts."""
    data = Path(__file__).parent / "data"
    texts: list[str] = []
    for name in ("hard_prompts.json", "fresh_prompts.json"):
        texts += [text for text in _texts(json.loads((data / name).read_text(encoding="utf-8"))) if " " in text]
    prepare = make_preparer()
    return {text: _plain(prepare(Prompt(text)).value) for text in sorted(set(texts))[:220]}


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _texts(inner)


def _plain(reading: Reading) -> list[object]:
    traits = {name: round(value, 3) for name, value in sorted(reading.traits.items())}
    hints = {name: round(value, 3) for name, value in sorted(reading.hints.items())}
    styles = [[name, round(weight, 3)] for name, weight in reading.styles]
    return [styles, list(reading.instruments), traits, hints, list(reading.without)]


def judgements() -> Page:
    """Return what the judge and the ear say of a few takes."""
    found: dict[str, object] = {}
    band = the_band()
    for style in _SOUNDING[:4]:
        one = play(style, 14)
        said = sounding.sound_checks(one, style) + sounding.log_checks(one, style)
        found[f"{style} sounds"] = {each.check: float(each.value) for each in said if each.check != "cpu_mean"}
        found[f"{style} is like itself"] = [sounding.likeness(one), sounding.onset_share(one, style)]
        found[f"{style} is heard"] = _floats(hearing.character(one.sound, one.tempo))
        found[f"{style} has onsets"] = len(hearing.onsets(one.sound))
        found[f"{style} is read"] = _plain(listener.hear(one.sound, SAMPLE_RATE))
        found[f"{style} has features"] = _floats(features.listen(sound_of(one.sound, SAMPLE_RATE)).numbers)
    for style in _SOUNDING[:2]:
        found[f"{style} is in key"] = float(playing.in_key(band, style).value)
        said = playing.drums(band, style) + playing.temperature(band, style)
        found[f"{style} plays"] = {f"{each.check} {at}": float(each.value) for at, each in enumerate(said)}
    found["solo"] = {each.check: float(each.value) for each in playing.solo(band, "house")}
    found["jam"] = {each.check: float(each.value) for each in playing.jam(band, "jazz")}
    found["a way"] = {each.check: float(each.value) for each in morphs.morph(band, "house", "ambient")}
    found["loudness of patches"] = {name: patches.loudness(bank()[name]) for name in ("bass", "piano", "warm_pad")}
    tone = np.sin(np.arange(3 * SAMPLE_RATE) * 2 * np.pi * 220 / SAMPLE_RATE)[:, None] * np.array([0.3, 0.2])
    sound = tone.astype(np.float32)
    for measure in (levels.lufs, levels.loudness_range, levels.true_peak, levels.crest, levels.offset, levels.width,
                    levels.correlation, levels.edge_ratio, hearing.pitch):  # fmt: skip
        found[f"{measure.__name__} of a tone"] = float(measure(sound))  # type: ignore[operator]
    found["limits"] = {name: [_limit(one) for one in limits[:2]] for name, limits in _limits()}
    return found


def _limits() -> Iterable[tuple[str, Any]]:
    return ((name, limit if isinstance(limit, tuple) else (limit,)) for name, limit in sorted(findings.LIMITS.items()))


def _limit(value: object) -> object:
    return value if isinstance(value, float | int | str) else str(value)


def _floats(numbers: Any) -> list[float]:
    return [round(float(number), 5) for number in np.asarray(numbers).ravel()]


PAGES: Final[Mapping[str, Callable[[], Page]]] = {
    "scores": scores,
    "sounds": sounds,
    "readings": readings,
    "judgements": judgements,
}


def book() -> dict[str, Page]:
    """Read the book."""
    with gzip.open(BOOK, "rt", encoding="utf-8") as file:
        found: dict[str, Page] = json.load(file)
    return found


def differences(name: str, written: Page, now: Page) -> list[str]:
    """Return a line for each row that is not as written: the first place at which it differs."""
    told = [f"{name}: {key!r} is missing" for key in written if key not in now]
    told += [f"{name}: {key!r} is not in the book" for key in now if key not in written]
    for key in written:
        if key in now and (where := _differs(written[key], json.loads(json.dumps(now[key])))):
            told.append(f"{name}: {key}: {where}")
    return told


def _differs(written: Any, now: Any, path: str = "") -> str:
    if isinstance(written, float | int) and isinstance(now, float | int):
        whole = isinstance(written, int) and isinstance(now, int)
        near = abs(written - now) <= (1 if whole else 0.006 + 1e-4 * abs(written))
        return "" if near else f"{path} was {written}, is {now}"
    if isinstance(written, list) and isinstance(now, list):
        if len(written) != len(now):
            return f"{path} had {len(written)} rows, has {len(now)}"
        pairs = enumerate(zip(written, now, strict=True))
        return next(filter(None, (_differs(a, b, f"{path}[{at}]") for at, (a, b) in pairs)), "")
    if isinstance(written, dict) and isinstance(now, dict):
        if set(written) != set(now):
            return f"{path} had {sorted(written)}, has {sorted(now)}"
        return next(filter(None, (_differs(written[key], now[key], f"{path}.{key}") for key in written)), "")
    return "" if written == now else f"{path} was {written!r}, is {now!r}"


if __name__ == "__main__":
    BOOK.write_bytes(gzip.compress(json.dumps({name: page() for name, page in PAGES.items()}).encode(), mtime=0))
    print(f"{BOOK}: {BOOK.stat().st_size / 1000:.0f} kB")
