"""What the band understood of one prompt: styles to blend, instruments to bring, traits and hints.

A Reading is the band's `Prepared.value`. It is made in the worker process (from words by
`livecode.engines.band.text`, from sound by `livecode.engines.band.listen`), is picklable, and is blended by
its weights: two prompts at 0.7 and 0.3 give their styles 0.7 and 0.3, whatever their words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FAMILIES: Final = (
    "house",
    "techno",
    "trance",
    "disco_funk",
    "dnb",
    "dubstep",
    "trap",
    "hiphop",
    "lofi",
    "ambient",
    "synthwave",
    "chiptune",
    "rock",
    "metal",
    "jazz",
    "blues",
    "soul_rnb",
    "reggae_dub",
    "latin",
    "afro",
    "classical",
    "piano",
    "cinematic",
    "folk_country",
    "world",
    "idm",
)

# Each from -1 to 1; missing or 0 is the style's own.
TRAITS: Final = (
    "energy",  # calm to driving
    "brightness",  # dark, muffled to bright
    "minor",  # major to minor
    "space",  # dry to drenched in reverb
    "drive",  # clean to distorted
    "density",  # few notes to many
    "drums",  # -1 no drums at all, 1 drums in front
    "solo",  # 1 one instrument alone
    "swing",  # straight to swung
    "width",  # mono to wide
    "speed",  # slower to faster than the style's own tempo and subdivision
)

# What the sound of an audio prompt says directly, without any style in between.
HINTS: Final = (
    "tempo",  # bpm, 40 to 240
    "root",  # pitch class of the key, 0 (C) to 11
    "minor",  # 0 major, 1 minor
    "tone",  # -1 dark to 1 bright: the tilt of the spectrum
    "density",  # onsets a second
    "percussiveness",  # 0 held tones only to 1 drums only
)

# The instruments a prompt can bring by name; the band has a patch for each.
INSTRUMENTS: Final = (
    # keys
    "piano",
    "rhodes",
    "wurlitzer",
    "clavinet",
    "organ",
    "church_organ",
    "harpsichord",
    "celesta",
    "accordion",
    "harmonium",
    "melodica",
    # plucked
    "nylon",
    "guitar",
    "electric_guitar",
    "distorted_guitar",
    "wah_guitar",
    "slide_guitar",
    "twelve_string",
    "banjo",
    "mandolin",
    "ukulele",
    "harp",
    "sitar",
    "oud",
    "koto",
    "kora",
    "pipa",
    # basses
    "bass",
    "upright_bass",
    "slap_bass",
    "synth_bass",
    "sub",
    "reese",
    "wobble",
    "acid",
    # bowed and voices
    "strings",
    "violin",
    "cello",
    "fiddle",
    "erhu",
    "choir",
    "voice",
    "talkbox",
    # blown
    "flute",
    "shakuhachi",
    "pan_flute",
    "whistle",
    "clarinet",
    "oboe",
    "sax",
    "trumpet",
    "muted_trumpet",
    "trombone",
    "brass",
    "horn",
    "harmonica",
    "bagpipes",
    "didgeridoo",
    # struck and tuned
    "marimba",
    "kalimba",
    "vibes",
    "glockenspiel",
    "bells",
    "music_box",
    "steel_drums",
    "gamelan",
    "singing_bowl",
    "dulcimer",
    # synthetic
    "pad",
    "saw_lead",
    "square_lead",
    "sine_lead",
    "supersaw",
    "pluck",
    "stab",
    "chip",
    "theremin",
    "noise",
    # drums
    "drum_kit",
    "drum_machine",
    "brushes",
    "breakbeat",
    "congas",
    "tabla",
    "djembe",
    "taiko",
    "timpani",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one prompt asks of the band."""

    styles: tuple[tuple[str, float], ...]  # family -> weight, heaviest first, sums to 1
    instruments: tuple[str, ...] = ()  # among INSTRUMENTS, in the order they were named
    traits: Mapping[str, float] = field(default_factory=dict)  # TRAITS -> -1 to 1; missing is the style's own
    hints: Mapping[str, float] = field(default_factory=dict)  # HINTS -> value, from an audio prompt
    without: tuple[str, ...] = ()  # instruments the prompt says it does not want
