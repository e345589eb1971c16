"""The band's own music, played by another synthesiser: how much of its style is still heard.

FluidSynth with TimGM6mb (GPL) is a tool of this test and ships with nothing of ours.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

import mido
import numpy as np
import pytest
import soundfile
from patience import PATIENCE

from livecode.engines.band.ensemble import Event
from livecode.engines.band.listen.listener import hear
from livecode.engines.band.listen.training import SECONDS, Take, score
from livecode.engines.band.reading import FAMILIES

SOUND_FONT: Final = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="needs FluidSynth: apt install fluidsynth"),
    pytest.mark.skipif(not SOUND_FONT.is_file(), reason="needs TimGM6mb: apt install timgm6mb-soundfont"),
]
SEED: Final = 4000

# General MIDI programs (from 0) for the band's voices, kits and strokes; what is not here plays a near one.
PROGRAMS: Final = {
    "piano": 0, "rhodes": 4, "wurlitzer": 4, "clavinet": 7, "organ": 16, "church_organ": 19, "harpsichord": 6,
    "accordion": 21, "harmonium": 20, "nylon": 24, "guitar": 25, "electric_guitar": 27, "distorted_guitar": 30,
    "wah_guitar": 28, "twelve_string": 25, "ukulele": 24, "strings": 48, "choir": 52, "brass": 61, "pad": 89,
    "warm_pad": 89, "glass_pad": 92, "supersaw": 90, "stab": 62, "dub_stab": 62, "singing_bowl": 98, "bass": 33,
    "upright_bass": 32, "electric_bass": 33, "slap_bass": 36, "synth_bass": 38, "sub": 39, "bass_808": 39,
    "reese": 38, "wobble": 39, "acid": 38, "chip_bass": 80, "celesta": 8, "melodica": 22, "slide_guitar": 26,
    "banjo": 105, "mandolin": 25, "harp": 46, "sitar": 104, "oud": 24, "koto": 107, "kora": 46, "pipa": 107,
    "violin": 40, "cello": 42, "fiddle": 110, "erhu": 40, "voice": 53, "talkbox": 85, "flute": 73, "shakuhachi": 77,
    "pan_flute": 75, "whistle": 78, "clarinet": 71, "oboe": 68, "sax": 66, "trumpet": 56, "muted_trumpet": 59,
    "trombone": 57, "horn": 60, "harmonica": 22, "bagpipes": 109, "marimba": 12, "kalimba": 108, "vibes": 11,
    "glockenspiel": 9, "bells": 14, "music_box": 10, "steel_drums": 114, "gamelan": 12, "dulcimer": 15,
    "saw_lead": 81, "square_lead": 80, "sine_lead": 80, "pluck": 84, "chip": 80, "chip_square": 80, "theremin": 79,
    "glass": 92,
}  # fmt: skip
STROKES: Final = {
    "bd": 36, "sd": 38, "hh": 42, "oh": 46, "cp": 39, "lt": 45, "mt": 47, "ht": 50, "rim": 37, "cb": 56, "cr": 49,
    "rd": 51,
}  # fmt: skip
CHANNELS: Final = {"bass": 0, "chords": 1, "lead": 2, "texture": 3, "drums": 9}


def played_elsewhere(events: list[Event], tempo: float, folder: Path) -> tuple[np.ndarray, int]:
    """Return the events as FluidSynth plays them, from 2 s on (samples, 2), and the rate."""
    rows: list[tuple[float, int, mido.Message]] = []
    for event in events:
        channel = CHANNELS[event.part]
        begin = event.sample / 48_000
        pitch = STROKES.get(event.sign, 42) if event.part == "drums" else event.pitch
        if not 0 <= pitch < 128:
            continue
        if event.part != "drums":
            program = PROGRAMS.get(event.voice, 89)
            rows.append((begin, 0, mido.Message("program_change", channel=channel, program=program)))
        velocity = max(1, min(127, round(110 * event.velocity)))
        rows.append((begin, 2, mido.Message("note_on", channel=channel, note=pitch, velocity=velocity)))
        end = begin + max(0.05, event.length * 60 / tempo)
        rows.append((end, 1, mido.Message("note_off", channel=channel, note=pitch)))
    rows.sort(key=lambda row: row[:2])
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    before = 0
    for seconds, _, message in rows:
        tick = round(seconds * 1000)
        track.append(message.copy(time=tick - before))
        before = tick
    midi = mido.MidiFile(ticks_per_beat=1000, tracks=[track])
    midi.save(folder / "events.mid")
    out = folder / "events.wav"
    command = ["fluidsynth", "-ni", "-q", "-g", "0.5", "-r", "44100", "-F", str(out), str(SOUND_FONT)]
    subprocess.run([*command, str(folder / "events.mid")], check=True, capture_output=True, timeout=PATIENCE)
    samples, rate = soundfile.read(out, dtype="float32")
    return samples[2 * rate : int((2 + SECONDS) * rate)], rate


def test_another_synthesiser_s_sound_still_tells_the_style(tmp_path: Path) -> None:
    first, three, octave, close = 0, 0, 0, 0
    lines = []
    for style in FAMILIES:
        take = Take(style, SEED)
        samples, rate = played_elsewhere(score(take), take.tempo, tmp_path)
        reading = hear(samples, rate)
        found = [name for name, _ in reading.styles]
        first += found[0] == style
        three += style in found
        ratio = reading.hints["tempo"] / take.tempo
        close += abs(ratio - 1) < 0.04
        octave += min(abs(ratio / two - 1) for two in (0.25, 0.5, 1, 2, 4)) < 0.04
        lines.append(f"{style}: {found}, tempo {reading.hints['tempo']:.0f} for {take.tempo:.0f}")
    report = f"top-1 {first}, top-3 {three}, tempo {close}, to the octave {octave}, of 26\n" + "\n".join(lines)
    print(report)
    assert first >= 0.65 * 26, report
    assert three >= 0.8 * 26, report
    assert octave >= 0.85 * 26, report
