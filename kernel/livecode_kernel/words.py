"""The notebook's own words: hear, sheet, scope, knobs, save, recover."""

from __future__ import annotations

import ast
import functools
import linecache
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecode import controls
from livecode.answers import sentence
from livecode.errors import ControlError, PatternError, SetError
from livecode.pattern import Pattern
from livecode.session import current
from livecode.session.player import Player
from livecode.session.source import expression
from livecode.session.writer import SEED
from livecode_kernel import rendering, sheets
from livecode_kernel.rendering import Job
from livecode_kernel.reports import Reports
from livecode_kernel.sheets import Cell, Sheet
from livecode_kernel.takes import Take

SILENT: Final = 1e-4  # the peak of a take that holds nothing is below
_MOST_SHOWN: Final = 60  # characters of a title
_shell: Any = None
_reports: Reports | None = None


def use(shell: Any, reports: Reports) -> None:
    """Say whose words these are, and give patterns and players `hear`.

    Patterns are pure and know no engine, so it is here, where both are known, that they learn to be heard.
    """
    global _shell, _reports
    _shell, _reports = shell, reports
    Pattern.hear = hear  # type: ignore[attr-defined]
    Player.hear = hear  # type: ignore[attr-defined]


def hear(
    what: Any = None,
    bars: int = 4,
    *,
    seed: int | None = None,
    tempo: float | None = None,
    prompt: str | None = None,
    engine: str = "band",
    fine: bool = False,
    **masters: float,
) -> Take:
    """Render a pattern, a player, or all that plays, and return the take; the music that plays is left alone.

    The sound is made in another process with the embedded engine, well faster than real time, and kept: the same music
    is not made twice. ``prompt`` adds words, ``masters`` are master controls such as ``temperature=1.4``.

    Args:
        what: a pattern or a player; without one, everything that plays.
        bars: 1 to 256.
        seed: of pattern and engine; the session's unless told.
        tempo: beats a minute; the session's unless told.
        prompt: words that play beside it.
        engine: as after ``--engine``.
        fine: place notes to the sample.
        masters: master controls.
    """
    patterns, title = _patterns(what, _typed(expression(sys._getframe(1)), method="hear"))
    if prompt is not None:
        from livecode.pattern import prompt as words

        patterns["words"] = words(prompt)
    job = _job(patterns, bars, seed=seed, tempo=tempo, engine=engine, fine=fine, masters=masters)
    rendered = rendering.begin(job)
    try:
        return _take(job, title, rendered.samples())
    except KeyboardInterrupt:
        rendered.cancel()
        raise


def sheet(what: Any = None, *, bars: int = 2, tempo: float | None = None, engine: str = "band", **varied: Any) -> Sheet:
    """Render variations over all cores, and return them as a contact sheet.

    ``sheet(p, seed=range(9))``; ``sheet(temperature=[0.5, 1, 2], prompt=["dub techno", "jazz trio"])`` makes every
    combination. ``play(3)`` on the sheet takes the third live; so does a click on its number where ipywidgets is
    installed.
    """
    typed = what.text if isinstance(what, Player) else _typed(expression(sys._getframe(1)), method="sheet")
    patterns, title = _patterns(what, typed) if what is not None or "prompt" not in varied else ({}, "prompts")
    single = next(iter(patterns.values())) if len(patterns) == 1 else None
    chosen = sheets.variations(sheets.axes(varied))
    cells = []
    for number, variation in enumerate(chosen, 1):
        players = {**({} if single is not None else patterns), **sheets.varied(single, variation)}
        masters = {name: value for name, value in variation.items() if name not in sheets.OTHERS}
        job = _job(players, bars, seed=variation.get("seed"), tempo=tempo, engine=engine, fine=False, masters=masters)
        cells.append(Cell(number, variation, rendering.begin(job)))
    made = Sheet(cells, title, functools.partial(_go_live, single, patterns, typed))
    show = _progress(len(cells))
    try:
        made.finish(show, lambda cell: _take(cell.rendering.job, cell.caption, cell.rendering.samples()))
    except KeyboardInterrupt:
        for cell in cells:
            cell.rendering.cancel()
        raise
    return made


def players() -> Any:
    """Return the session, which shows itself as a table of its players."""
    return current.current()


def recover() -> None:
    """Take the players that a kernel before this one left up again, with the code that was typed for them."""
    from livecode_kernel.recovery import Memo

    session = current.current()
    memo = Memo.of(session)
    memo.find()
    left = {player: text for player, text in memo.left.items() if player not in session.playing()}
    if not left:
        print("there is nothing to recover: all that plays is this notebook's")
        return
    for player, text in left.items():
        master = player.removeprefix("master.")
        target = f"p[{player!r}] >> {text}" if master == player else text
        name = f"<recovered {player}>"
        linecache.cache[name] = (len(target), None, [target], name)  # so that the player knows its code again
        try:
            exec(compile(target, name, "exec"), _shell.user_ns)
            print(f"{player}: {text}")
        except Exception as error:  # noqa: BLE001  # a name may be missing; the others are taken up all the same
            what, _, _ = sentence(error).partition("\n")
            print(f"{player} cannot be taken up yet: {what}; its code is {text}")


def save(name: str | Path, *, bars: int = 8) -> Path:
    """Write what plays as a set file that `livecode play` runs, and its notes as MIDI beside it; return the set's path.

    ``save("take")`` writes take.py and take.mid into the present folder.
    """
    from livecode_kernel.saving import save_set

    if not isinstance(name, str | Path):
        raise SetError(f'a set has a name, such as save("take"), not {name!r}')
    return save_set(current.current(), Path(name), shell=_shell, bars=bars)


def scope() -> None:
    """Show a live view: beat, meters, what is about to play, the blend as a shape to drag, the level's history."""
    from livecode_kernel.scope import show

    show(current.current())


def knobs(*names: str) -> Any:
    """Show a slider for each of these master controls; a move is heard at the next frame."""
    from livecode_kernel.knobs import sliders

    return sliders(current.current(), names)


def _typed(text: str, *, method: str) -> str:
    """Return what was typed for the music in a call of ``hear`` or ``sheet``; "" where that is not known.

    >>> _typed("hear(note('c e'), bars=1)", method="hear"), _typed("note('c').hear()", method="hear")
    ("note('c e')", "note('c')")
    """
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return ""
    if not isinstance(call, ast.Call):
        return ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == method:
        found: ast.expr | None = call.func.value
    elif call.args:
        found = call.args[0]
    else:
        found = next((word.value for word in call.keywords if word.arg == "what"), None)
    return ast.get_source_segment(text.strip(), found) or "" if found is not None else ""


def _patterns(what: Any, typed: str = "") -> tuple[dict[str, Pattern], str]:
    """Return the players that are to be heard, and a title."""
    session = current.present()
    if what is None:
        playing = session.playing() if session is not None else []
        found = {name: session.pattern(name) for name in playing} if session is not None else {}
        sounding = {name: pattern for name, pattern in found.items() if pattern is not None}
        if not sounding:
            raise PatternError("nothing plays that could be heard; try hear(note('c e g')) or d1 >> ... first")
        return sounding, "all that plays"
    if isinstance(what, Player):
        pattern = what.pattern
        if pattern is None:
            raise PatternError(f"{what.name} is silent; try {what.name} >> note('c e g') first")
        return {what.name: pattern}, f"{what.name}: {what.text}"
    pattern = Pattern.of(what)
    return {"heard": pattern}, _title(typed or repr(pattern))


def _job(
    patterns: Mapping[str, Pattern],
    bars: int,
    *,
    seed: int | None,
    tempo: float | None,
    engine: str,
    fine: bool,
    masters: Mapping[str, Any],
) -> Job:
    from livecode.transport import DEFAULT_TEMPO, millibpm

    session = current.present()
    told = []
    for name, value in masters.items():
        row = controls.find(name)
        if row.kind != "master":
            raise ControlError(f"{row.name} is not a master control")
        if isinstance(value, Pattern):
            raise ControlError(f"{row.name} is a number here, not a pattern; for a pattern: master({row.name}=...)")
        told.append((row.name, float(row.check(value))))
    if not isinstance(engine, str):
        raise PatternError(f'an engine has a name such as "band", not {engine!r}')
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise PatternError(f"a seed is a whole number, not {seed!r}; try seed=7")
    here = (session.tempo if session is not None else DEFAULT_TEMPO) if tempo is None else millibpm(tempo) / 1000
    beats = session.beats_per_cycle if session is not None else Fraction(4)
    chosen = (session.seed if session is not None else SEED) if seed is None else seed
    refused: list[str] = []
    written = rendering.write_down(patterns, bars, beats_per_bar=beats, tempo=here, seed=chosen, refused=refused)
    return Job(written, bars, beats, here, chosen, engine, fine, tuple(told), tuple(refused))


def _take(job: Job, title: str, samples: Any) -> Take:
    """Return a take, and say what of it was refused; PatternError if nothing is left to hear for that reason."""
    if job.refused and not np.any(np.abs(samples) > SILENT):
        raise PatternError(f"this is silent: {job.refused[0]}")
    for refusal in job.refused:
        print(refusal, file=sys.stderr, flush=True)
    bars = f"{job.bars} bar{'' if job.bars == 1 else 's'}"
    about = f"{job.engine}, seed {job.seed}, {job.tempo:g} beats a minute, {bars}"
    return Take(samples, title, about, float(job.beats_per_bar) * 60 / job.tempo)


def _go_live(single: Pattern | None, patterns: Mapping[str, Pattern], typed: str, chosen: Mapping[str, Any]) -> None:
    from livecode.session import words

    session = current.current()
    with session.turn():
        if "seed" in chosen:
            words.reseed(int(chosen["seed"]))
        masters = {name: value for name, value in chosen.items() if name not in sheets.OTHERS}
        if masters:
            for name, value in masters.items():
                session.play(words.MASTER + name, Pattern.of(value).fmap(_control(name)), f"master({name}={value!r})")
        for name, pattern in sheets.varied(single, chosen).items():
            code = f"prompt({chosen['prompt']!r})" if name == sheets.WORDS else typed
            session.play(name, pattern, code)
        if single is None:
            for name, pattern in patterns.items():
                session.play(name, pattern, session.text(name))


def _control(name: str) -> Any:
    return lambda value: {name: value}


def _progress(of: int) -> Any:
    """Return a function that shows how many are done, in one place."""
    if of < 2:
        return lambda _done: None
    try:
        from IPython.display import HTML, display
    except ImportError:
        return lambda _done: None
    handle = display(HTML(sheets.bar(0, of)), display_id=True)  # type: ignore[no-untyped-call]

    def show(done: int) -> None:
        if handle is not None:
            handle.update(HTML(sheets.bar(done, of) if done < of else ""))  # type: ignore[no-untyped-call]

    return show


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 1] + "…"


__all__ = ["hear", "knobs", "players", "recover", "save", "scope", "sheet"]
