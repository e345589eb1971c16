"""Find the numbers a prompt names: a tempo in beats a minute, and a key."""

from __future__ import annotations

import re
from typing import Final

_TEMPO: Final = re.compile(r"\b(\d{2,3})(?:[.,]\d+)? ?(?:bpm|beats (?:per|a) minute|schlage pro minute)\b")
_LETTER: Final = re.compile(
    r"\b([a-h]) ?(#|♯|sharp|b|♭|flat|is|es)?[ -]?"
    r"(minor|min|moll|major|maj|dur|mineur|majeur|menor|mayor|maior|minore|maggiore)\b"
)
_GERMAN_FLAT: Final = re.compile(r"\b([ae])s(?=[ -]?(?:dur|moll)\b)")  # Es-Dur, as-Moll
_SYLLABLE: Final = re.compile(
    r"\b(do|re|mi|fa|sol|la|si)(?: (sostenido|diesis|diese|bemol|bemolle))? "
    r"(mineur|majeur|menor|mayor|maior|minore|maggiore)\b"
)
_CYRILLIC: Final = re.compile(r"\b(до|ре|ми|фа|соль|ля|си)(?:[ -](диез|бемоль))?[ -](минор|мажор)")
_LETTERS: Final = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_SYLLABLES: Final = {"do": 0, "re": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11}
_CYRILLICS: Final = {"до": 0, "ре": 2, "ми": 4, "фа": 5, "соль": 7, "ля": 9, "си": 11}
_SHARP: Final = {"#", "♯", "sharp", "is", "sostenido", "diesis", "diese", "диез"}
_MINOR: Final = {"minor", "min", "moll", "mineur", "menor", "minore", "минор"}
_SLOWEST, _FASTEST = 40.0, 240.0  # beats a minute


def measures(text: str) -> dict[str, float]:
    """Return the hints "tempo" (bpm), "root" (0 to 11) and "minor" (0 or 1) that the folded ``text`` names."""
    hints: dict[str, float] = {}
    text = _GERMAN_FLAT.sub(r"\1 flat", text)
    if tempo := _TEMPO.search(text):
        hints["tempo"] = min(_FASTEST, max(_SLOWEST, float(tempo.group(1))))
    for pattern, names in ((_LETTER, _LETTERS), (_SYLLABLE, _SYLLABLES), (_CYRILLIC, _CYRILLICS)):
        if key := pattern.search(text):
            name, sign, mode = key.groups()
            if name == "b" and mode in ("moll", "dur"):
                sign = "flat"  # a German b
            step = 0 if not sign else 1 if sign in _SHARP else -1
            hints["root"] = float((names[name] + step) % 12)
            hints["minor"] = float(mode in _MINOR)
            break
    return hints
