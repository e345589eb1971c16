"""How players, the session and what the language returns show themselves under a cell."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any, Final

from livecode.errors import LivecodeError
from livecode.pattern import draw, svg
from livecode.pattern.curves import segments
from livecode.pattern.explain import Explanation
from livecode.pattern.lanes import Piece, pitch_name
from livecode.pattern.raster import Raster
from livecode.session import current
from livecode.session.player import Player, Players
from livecode.session.session import Session
from livecode_kernel import lenses

AROUND: Final = 4  # cycles of a player that are drawn
MASTER: Final = "master."


def player_html(player: Player) -> str:
    """Return a player: its code, its state, and its pattern with a line where the music is."""
    session = current.present()
    if session is None or player.pattern is None:
        return f"<div><b>{svg.text_of(player.name)}</b> is silent</div>"
    states = [word for word, names in (("muted", session.muted), ("solo", session.soloed)) if player.name in names]
    state = f" <i>{', '.join(states)}</i>" if states else ""
    code = f"<code>{svg.text_of(player.text)}</code>" if player.text else ""
    head = f"<div><b>{svg.text_of(player.name)}</b> {code}{state}</div>"
    return head + drawing_now(session, player).html + f"<div style='opacity:.75'>{svg.text_of(sounding(player))}</div>"


def drawing_now(session: Session, player: Player) -> svg.Drawing:
    """Return the drawing of the cycles around now."""
    pattern = player.pattern
    assert pattern is not None
    cycle = cycle_now(session)
    begin = AROUND * floor(cycle / AROUND)
    asked = _asked(session, player.name)
    events = pattern.query(begin, begin + AROUND, **asked)
    curves = [
        (piece.control, Piece(float(piece.begin), float(piece.end), piece.start, piece.stop))
        for piece in segments(pattern, begin, begin + AROUND, **asked)
    ]
    return draw.drawing(
        events, curves, begin=float(begin), end=float(begin + AROUND), title=f"{player.name}: {player.text}", now=cycle
    )


def _asked(session: Session, player: str) -> dict[str, Any]:
    """Return what a pattern is asked with when this session plays it."""
    tempo = Fraction(session.tempo).limit_denominator(1000)
    return {"seed": session.seed, "player": player, "tempo": tempo, "beats_per_cycle": session.beats_per_cycle}


def sounding(player: Player) -> str:
    """Say in one line what a player plays at this moment."""
    session, pattern = current.present(), player.pattern
    if session is None or pattern is None:
        return "silent"
    now = Fraction(cycle_now(session)).limit_denominator(10_000)
    events = pattern.query(now, now + Fraction(1, 10_000), **_asked(session, player.name))
    words = []
    for event in events:
        value = event.value
        if isinstance(value, dict):
            named = next((pitch_name(value[kind]) for kind in ("prompt", "note", "hit") if kind in value), "")
            words.append(named or ", ".join(f"{name} {_short(number)}" for name, number in value.items()))
    return f"now: {', '.join(words)}" if words else "now: a rest"


def cycle_now(session: Session) -> float:
    """Return where the music is, in cycles."""
    try:
        return session.beat() / float(session.beats_per_cycle)
    except LivecodeError:
        return 0.0


def table_html(session: Session) -> str:
    """Return the session as a table of its players."""
    rows = []
    for name in session.playing():
        if name.startswith(MASTER):
            continue
        states = [word for word, names in (("muted", session.muted), ("solo", session.soloed)) if name in names]
        cells = (name, session.text(name), sounding(Player(name)).removeprefix("now: "), ", ".join(states))
        rows.append(
            "<tr>" + "".join(f"<td style='text-align:left'>{_cell(n, c)}</td>" for n, c in enumerate(cells)) + "</tr>"
        )
    masters = [name.removeprefix(MASTER) for name in session.playing() if name.startswith(MASTER)]
    told = [f"{session.tempo:g} beats a minute", f"{session.beats_per_cycle} beats a cycle"]
    told += [f"{name}: {session.text(MASTER + name)}" for name in masters]
    head = "".join(f"<th style='text-align:left'>{word}</th>" for word in ("player", "code", "now", ""))
    body = "".join(rows) or "<tr><td colspan='4'>nobody plays</td></tr>"
    return f"<table><tr>{head}</tr>{body}</table><div style='opacity:.75'>{svg.text_of('; '.join(told))}</div>"


def table_text(session: Session) -> str:
    """Return the same table as lines of text."""
    lines = [f"{name}: {session.text(name)}" for name in session.playing()]
    return "\n".join([f"{session.tempo:g} beats a minute", *(lines or ["nobody plays"])])


def install(shell: Any) -> None:
    """Teach a shell these forms."""
    formatter = shell.display_formatter.formatters["text/html"]
    formatter.for_type(Player, player_html)
    formatter.for_type(Players, lambda _players: table_html(current.current()))
    formatter.for_type(Session, table_html)
    formatter.for_type(Raster, lenses.raster_html)
    formatter.for_type(Explanation, lenses.explanation_html)
    shell.display_formatter.formatters["text/plain"].for_type(
        Session, lambda session, p, _cycle: p.text(table_text(session))
    )


def remove(shell: Any) -> None:
    """Let a shell forget them."""
    formatter = shell.display_formatter.formatters["text/html"]
    for kind in (Player, Players, Session, Raster, Explanation):
        formatter.pop(kind, None)
    shell.display_formatter.formatters["text/plain"].pop(Session, None)


def _cell(number: int, text: str) -> str:
    shown = svg.text_of(text)
    return f"<code>{shown}</code>" if number == 1 and text else shown


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
