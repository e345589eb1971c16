"""Finds and reads style files: the band's own, and those in the player's folder, which may replace them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from livecode import home
from livecode.controls import HITS
from livecode.engines.band.dsp.oneshots import kits
from livecode.engines.band.dsp.patches import find_patch
from livecode.engines.band.reading import FAMILIES
from livecode.engines.band.styles.grid import bars_of
from livecode.engines.band.styles.style import Bass, Chords, Drums, Harmony, Lead, Mix, Section, Style
from livecode.engines.band.theory import SCALES, chord
from livecode.errors import EngineError, nearest

_PACKAGE: Final = "livecode.engines.band.styles"
_Table = TypeVar("_Table", Harmony, Drums, Bass, Chords, Lead, Mix)
_SIGNS: Final = {
    "drums": "Xxo-123456789._",
    "bass": "RroftsawO-._",
    "chords": "Xxobt12345._",
    "motif": "xXo._",
    "arp": "xXo._",
    "riff": "123456789abcdefg._",
}


@lru_cache(maxsize=1)
def forms() -> Mapping[str, tuple[Section, ...]]:
    """Return the forms by name."""
    table = tomllib.loads(files(_PACKAGE).joinpath("forms.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: tuple(Section(**{**row, "out": tuple(row.get("out", ()))}) for row in rows["sections"])
            for name, rows in table.items()
        }
    )


def user_folder() -> Path:
    """Return the folder whose ``*.toml`` are the player's own styles; it need not exist."""
    return home.styles()


@lru_cache(maxsize=1)
def styles() -> Mapping[str, Style]:
    """Return every style by name: the 26 families in their order, then the player's own."""
    found: dict[str, Style] = {}
    for name in FAMILIES:
        text = files(_PACKAGE).joinpath(f"{name}.toml").read_text(encoding="utf-8")
        found[name] = read_style(name, text)
    for path in sorted(user_folder().glob("*.toml")):
        found[path.stem] = read_style(path.stem, path.read_text(encoding="utf-8"))
    return MappingProxyType(found)


def style_names() -> tuple[str, ...]:
    """Return the names of all styles."""
    return tuple(styles())


def find_style(name: str) -> Style:
    """Return a style, or raise EngineError with the nearest name."""
    known = styles()
    if name not in known:
        raise EngineError(f"the band has no style {name!r}{nearest(name, known)} (it has: {', '.join(known)})")
    return known[name]


def read_style(name: str, text: str) -> Style:
    """Return the style of a TOML text; raise EngineError that names the file's style, the place and the mistake."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EngineError(f"style {name!r}: {error}") from error
    harmony, drums = dict(table.pop("harmony", {})), dict(table.pop("drums", {}))
    for mode in ("minor", "major"):
        if mode in harmony:
            harmony[mode] = tuple(tuple(line.split()) for line in harmony[mode])
    drums["lines"] = {hit: _lines(drums.pop(hit)) for hit in tuple(drums) if hit in HITS}
    parts: dict[str, Any] = {
        "harmony": _table(name, "harmony", Harmony, harmony),
        "drums": _table(name, "drums", Drums, drums),
        "bass": _table(name, "bass", Bass, table.pop("bass", {})),
        "chords": _table(name, "chords", Chords, table.pop("chords", {})),
        "lead": _table(name, "lead", Lead, table.pop("lead", {})),
        "mix": _table(name, "mix", Mix, table.pop("mix", {})),
    }
    limits = _limits(name, table.pop("limits", {}))
    known = {field.name for field in fields(Style)} - {"name"}
    for word in table:
        if word not in known:
            raise EngineError(f"style {name!r} has no setting {word!r}{nearest(word, known)}")
    table["words"] = tuple(table.get("words", ()))
    style = Style(name=name, limits=MappingProxyType(limits), **table, **parts)
    _check(style)
    return style


def _limits(style: str, table: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    found = {}
    for check, value in table.items():
        if not isinstance(value, Mapping) or set(value) != {"range", "why"} or len(value["range"]) != 2:
            raise EngineError(
                f"style {style!r}, [limits]: {check} needs a range of two numbers and a reason, "
                'like { range = [-30, -9], why = "..." }'
            )
        found[check] = (float(value["range"][0]), float(value["range"][1]))
    return found


def _lines(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _table(style: str, place: str, kind: type[_Table], values: Mapping[str, Any]) -> _Table:
    known = {field.name for field in fields(kind)}
    for word in values:
        if word not in known:
            raise EngineError(f"style {style!r}, [{place}] has no setting {word!r}{nearest(word, known)}")
    plain: dict[str, Any] = {word: tuple(value) if isinstance(value, list) else value for word, value in values.items()}
    return kind(**plain)


def _check(style: Style) -> None:
    """Raise EngineError where a style names what is not there."""
    where = f"style {style.name!r}"
    if style.form not in forms():
        raise EngineError(f"{where} has no form {style.form!r}{nearest(style.form, forms())}")
    if style.drums.kit not in kits():
        raise EngineError(f"{where} has no drum kit {style.drums.kit!r}{nearest(style.drums.kit, kits())}")
    for patch in (*style.bass.patches, *style.chords.patches, *style.lead.patches):
        find_patch(patch)
    for scale in (style.harmony.minor_scale, style.harmony.major_scale):
        if scale not in SCALES:
            raise EngineError(f"{where} has no scale {scale!r}{nearest(scale, SCALES)}")
    for mode, scale in (("minor", style.harmony.minor_scale), ("major", style.harmony.major_scale)):
        for progression in getattr(style.harmony, mode):
            for symbol in progression:
                chord(symbol, scale)
    lines = [(line, "drums") for some in style.drums.lines.values() for line in some]
    lines += [(line, "bass") for line in style.bass.lines] + [(line, "chords") for line in style.chords.lines]
    lines += [(line, style.lead.kind) for line in style.lead.lines]
    for line, part in lines:
        if part not in _SIGNS:
            raise EngineError(f"{where}: a lead is a motif, an arp or a riff, not {part!r}")
        for cell in (cell for bar in bars_of(line) for cell in bar):
            if cell.sign not in _SIGNS[part]:
                raise EngineError(f"{where}: {line!r} has the sign {cell.sign!r}; {part} knows {_SIGNS[part]}")
