"""Reads what people type in Sonic Pi, and says it in this language: a loop of plays and sleeps is a cycle of steps."""

from __future__ import annotations

import re
from fractions import Fraction
from math import gcd, lcm
from typing import Final

from livecode.controls import HITS
from livecode.errors import PatternError

BEATS: Final = 4  # of a cycle
_SOUNDS: Final = (  # the beginnings of the names of its samples, and the drum that comes nearest
    ("bd_", "bd"),
    ("sn_", "sd"),
    ("drum_snare", "sd"),
    ("elec_snare", "sd"),
    ("elec_hi_snare", "sd"),
    ("drum_cymbal_closed", "hh"),
    ("drum_cymbal_open", "oh"),
    ("drum_cymbal_pedal", "hh"),
    ("drum_cymbal", "cr"),
    ("drum_splash", "cr"),
    ("drum_tom_lo", "lt"),
    ("drum_tom_mid", "mt"),
    ("drum_tom_hi", "ht"),
    ("drum_cowbell", "cb"),
    ("drum", "bd"),
    ("elec_cymbal", "cr"),
    ("elec_tick", "hh"),
    ("hat_", "hh"),
    ("perc_bell", "cb"),
    ("perc_snap", "cp"),
)
_STEP: Final = re.compile(
    r"(?P<word>play|sample|sleep|synth|use_synth|use_bpm|stop)\b\s*\(?\s*(?P<what>\[[^\]]*\]|\([^)]*\)|[^\s,)]+)?"
)
_LOOP: Final = re.compile(r"(?:live_loop|loop|in_thread)\s*:?(?P<name>\w*)\s*do\b(?P<body>.*)", re.DOTALL)


def line_here(text: str) -> str:
    """Return a line or a loop of Sonic Pi as it is written here; raises PatternError for what is more than that."""
    loop = _LOOP.search(text)
    if loop is not None:
        return _loop(loop["name"], loop["body"])
    step = _STEP.match(text.strip())
    if step is None or not step["what"]:
        raise PatternError(text)
    word, what = step["word"], step["what"]
    if word == "use_bpm":
        return f"tempo({what})"
    if word in ("use_synth", "synth"):
        return f'd1 >> note("c e g").voice("{what.lstrip(":")}")'
    if word == "sleep":
        return 'd1 >> hit("bd ~ sd ~")  (a rest is ~; a cycle has four beats)'
    kind, said = _sound(word, what)
    return f'once({kind}("{said}"))'


def _loop(name: str, body: str) -> str:
    """Return a loop's plays and sleeps as a player: what follows upon a sleep is the next step."""
    here: list[tuple[str, str]] = []
    steps: list[tuple[list[tuple[str, str]], Fraction]] = []
    voice = ""
    for line in body.splitlines():
        step = _STEP.match(line.strip())
        if step is None or not step["what"]:
            continue
        word, what = step["word"], step["what"]
        if word == "sleep":
            steps.append((here, _beats(what)))
            here = []
        elif word == "use_synth":
            voice = what.lstrip(":")
        elif word in ("play", "sample"):
            here.append(_sound(word, what))
    kinds = list(dict.fromkeys(kind for sounds, _ in steps for kind, _ in sounds))
    length = sum((beats for _, beats in steps), Fraction(0))
    if not kinds or not length:
        raise PatternError(body)
    grain = Fraction(gcd(*(beats.numerator for _, beats in steps)), lcm(*(beats.denominator for _, beats in steps)))
    found = []
    for kind in kinds:
        words = []
        for sounds, beats in steps:
            own = [said for which, said in sounds if which == kind]
            word = f"[{','.join(own)}]" if len(own) > 1 else own[0] if own else "~"
            words.append(word + (f"@{beats / grain}" if beats != grain else ""))
        voiced = f'.voice("{voice}")' if voice and kind == "note" else ""
        found.append(f'{kind}("{" ".join(words)}"){voiced}')
    music = found[0] if len(found) == 1 else f"stack({', '.join(found)})"
    cycles = length / BEATS
    pace = "" if cycles == 1 else f".slow({cycles})" if cycles > 1 else f".fast({1 / cycles})"
    return f"{f'p.{name}' if name else 'd1'} >> {music}{pace}"


def _sound(word: str, what: str) -> tuple[str, str]:
    """Return (function, what it plays) of a play or a sample."""
    if word == "sample":
        name = what.lstrip(":").strip("\"'")
        drum = name if name in HITS else next((drum for begin, drum in _SOUNDS if name.startswith(begin)), "")
        return ("hit", drum) if drum else ("s", name)
    notes = [note.strip().lstrip(":") for note in what.strip("[]()").split(",")]
    if not all(re.fullmatch(r"[a-gA-G][sb#]?\d?|\d+", note) for note in notes):
        raise PatternError(what)
    return "note", ",".join(note.lower().replace("s", "#") for note in notes)


def _beats(text: str) -> Fraction:
    try:
        return Fraction(text.strip("()"))
    except (ValueError, ZeroDivisionError):
        raise PatternError(text) from None
