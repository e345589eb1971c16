"""A page of sounds: every style for some bars, with its spectrogram, and whether a person has listened."""

from __future__ import annotations

import datetime
import html
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import soundfile

from livecode.engines.band.engine import Band
from livecode.engines.band.judge import levels
from livecode.engines.band.judge.spectrogram import picture, png
from livecode.engines.band.judge.takes import Take, take
from livecode.engines.band.styles import find_style
from livecode.frames import SAMPLE_RATE

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2rem auto; padding: 0 1rem; background: #14141c;
       color: #e8e6df; }
article { margin: 2.2rem 0; } h2 { margin: 0 0 .2rem; } p { margin: .2rem 0; color: #b8b4a8; }
img { width: 100%; height: auto; display: block; border-radius: 4px; margin: .5rem 0; } audio { width: 100%; }
"""


def write_gallery(folder: Path, styles: Sequence[str], *, bars: int, seed: int, tell: Callable[[str], object]) -> Path:
    """Render the styles into a folder and return its page, index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    band = Band(seed)
    articles = []
    for name in styles:
        tell(name)
        style = find_style(name)
        sound = take(band, {name: 1.0}, bars * 240 / style.tempo, seed=seed)
        soundfile.write(folder / f"{name}.flac", sound.sound, SAMPLE_RATE, subtype="PCM_16")
        (folder / f"{name}.png").write_bytes(png(picture(sound.sound)))
        articles.append(_article(name, style.title or name, sound, bars))
    page = folder / "index.html"
    page.write_text(_page(articles, seed), encoding="utf-8")
    return page


def listening() -> str:
    """Return a sentence, with a date, about whether a person has listened."""
    table = tomllib.loads(files("livecode.engines.band.judge").joinpath("listened.toml").read_text(encoding="utf-8"))
    today = datetime.date.today().isoformat()
    heard = table.get("listening", [])
    if not heard:
        return f"As of {today}, no person has listened to these sounds: they were judged by instruments alone."
    last = max(heard, key=lambda one: str(one["date"]))
    return f"A person last listened on {last['date']} ({last['who']}): {last['said']}"


def _article(name: str, title: str, sound: Take, bars: int) -> str:
    events: dict[str, set[str]] = {}
    for event in sound.events:
        events.setdefault(event.part, set()).add(event.voice)
    who = "; ".join(f"{part}: {', '.join(sorted(voices))}" for part, voices in events.items())
    loud = levels.lufs(sound.sound)
    return (
        f'<article id="{name}"><h2>{html.escape(title)}</h2>'
        f"<p>{bars} bars at {sound.tempo:g} beats a minute, {loud:.1f} LUFS. {html.escape(who)}</p>"
        f'<img src="{name}.png" alt="Spectrogram of {html.escape(title)}, 30 Hz to 18 kHz" loading="lazy">'
        f'<audio controls preload="none" src="{name}.flac"></audio></article>'
    )


def _page(articles: Sequence[str], seed: int) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>The band</title><style>{_STYLE}</style><h1>The band, style by style</h1>"
        f"<p>{html.escape(listening())}</p>"
        f"<p>Procedural, not a neural model; seed {seed}. Made by <code>livecode gallery</code>.</p>"
        f"{''.join(articles)}</html>\n"
    )
