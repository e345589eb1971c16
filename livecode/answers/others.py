"""Reads the lines that people type most in SuperCollider and Sardine, and says them in this language."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from livecode.errors import PatternError

BEATS: Final = 4  # of a cycle
_PAIR: Final = re.compile(r"\\(\w+)\s*,\s*(P\w+\s*\(\s*\[[^\]]*\][^)]*\)|\[[^\]]*\]|\\\w+|-?[\d.]+(?:/\d+)?)")
_ONE: Final = re.compile(r"""\b[DNd]\(\s*(["'])(?P<what>[^"']*)\1""")


def supercollider(text: str) -> str:
    """Return a Pbind as a player, and the few other lines that have a counterpart here."""
    tempo = re.search(r"TempoClock\.(?:default\.)?tempo\s*=\s*([\d.]+)(?:\s*/\s*60)?", text)
    if tempo is not None:
        return f"tempo({tempo[1]})" if "/" in tempo[0] else f"tempo({float(tempo[1]) * 60:g})"
    if re.search(r"CmdPeriod\.run|\bs\.freeAll", text):
        return "hush()"
    pairs = {key: _values(value) for key, value in _PAIR.findall(text)}
    kinds = [key for key in ("degree", "midinote", "note") if key in pairs]
    if "Pbind" not in text or not kinds:
        raise PatternError(text)
    kind = kinds[0]
    steps = pairs[kind]
    count = len(steps)
    found = f'note("{" ".join(steps)}")' if kind == "midinote" else f'n("{" ".join(steps)}")'
    if kind == "degree":
        found += '.scale("c:major")'
    if "instrument" in pairs and pairs["instrument"][0] != "default":
        found += f'.voice("{pairs["instrument"][0]}")'
    durations = pairs.get("dur", ["1"])
    if len(durations) > 1:
        raise PatternError(text)
    cycles = count * Fraction(durations[0]) / BEATS
    return f"d1 >> {found}" + ("" if cycles == 1 else f".slow({cycles})" if cycles > 1 else f".fast({1 / cycles})")


def _values(text: str) -> list[str]:
    inside = re.search(r"\[([^\]]*)\]", text)
    if inside is not None:
        return [word.strip() for word in inside[1].split(",")]
    return [text.lstrip("\\")]


def sardine(text: str) -> str:
    """Return what a function of Sardine's plays as a player: its patterns are notation, and no function comes again."""
    if re.match(r"\s*(silence|panic)\s*\(\s*\)", text):
        return "hush()"
    tempo = re.match(r"\s*clock\.tempo\s*=\s*([\d.]+)", text)
    if tempo is not None:
        return f"tempo({tempo[1]})"
    player = re.search(r"^\s*P(?P<name>[a-z])\s*(?:>>|\*)", text)
    named = re.search(r"def\s+(\w+)", text)
    found = []
    for match in _ONE.finditer(text):
        word = "note" if match.group().startswith("N") else "s"
        what = match["what"].lower() if word == "note" else match["what"]
        found.append(f'{word}("{what}")')
    if not found:
        raise PatternError(text)
    who = f"p.{named[1]}" if named else f"p.{player['name']}" if player else "d1"
    return f"{who} >> {found[0] if len(found) == 1 else 'stack(' + ', '.join(found) + ')'}"
