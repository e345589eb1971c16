"""`livecode doctor`: looks at the machine and says what is missing, what to install, and whether it can keep time."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import click

from livecode import __version__, extras, home
from livecode.errors import LivecodeError
from livecode.visible import visible

Mark = Literal["ok", "note", "problem"]

EXTRAS: Final = {  # what a player has of each
    "mrt2": "Magenta RealTime 2",
    "midi": "MIDI clock and controllers",
    "link": "Ableton Link",
    "scope": "the live scope in notebooks",
}
LEAST_SPACE: Final = 1_000_000_000  # bytes; an hour of recording is 1 GB while it runs
TRIED_FRAMES: Final = 100  # 4 s of music
TRIED_PROMPTS: Final = ("deep house, rhodes chords", "choir in a cathedral")
FRAME_MS: Final = 40.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    mark: Mark
    text: str


@click.command()
@click.option("--engine", default="band", show_default=True, metavar="NAME[:MODEL]", help="The engine to look at.")
@click.option("--port", type=click.IntRange(1, 65535), help="The generator's OSC port. [default: 57130]")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(engine: str, port: int | None, as_json: bool) -> int:
    """Look at this machine: what is there, what is missing, whether the engine keeps time here."""
    from livecode.session.connection import usual_port

    looks: list[tuple[str, Callable[[], Iterator[tuple[Mark, str]]]]] = [
        ("python", _python),
        ("sound", _sound),
        ("port", lambda: _port(port or usual_port())),
        ("extras", _extras),
        ("home", _home),
        ("engine", lambda: _engine(engine)),
    ]
    found: list[Finding] = []
    for about, look in looks:
        for mark, text in _looked(look):
            found.append(Finding(about, mark, text))
            if not as_json:
                click.echo(visible(f"{mark:8}{about:8}{text}"))
    problems = sum(finding.mark == "problem" for finding in found)
    if as_json:
        click.echo(visible(json.dumps([asdict(finding) for finding in found], ensure_ascii=False)))
    else:
        click.echo(f"\n{problems} problems" if problems != 1 else "\n1 problem")
    return 1 if problems else 0


def _looked(look: Callable[[], Iterator[tuple[Mark, str]]]) -> Iterator[tuple[Mark, str]]:
    """Yield what a look finds; what stops it is a problem too."""
    try:
        yield from look()
    except (LivecodeError, OSError, ImportError) as error:
        yield "problem", str(error)


def _python() -> Iterator[tuple[Mark, str]]:
    yield "ok", f"livecode {__version__}, Python {platform.python_version()}, {platform.platform()}"
    cores = os.cpu_count() or 1
    yield ("ok" if cores > 1 else "note"), f"{cores} processor cores" + ("" if cores > 1 else ": sound may drop out")


def _sound() -> Iterator[tuple[Mark, str]]:
    from livecode.audio.converter import Format
    from livecode.audio.device import devices, format_of

    found = devices()
    for card in found:
        if card.default:
            own = f"{card.system}, {Format(round(card.rate), card.channels)}, {card.latency * 1000:.0f} ms"
            given = format_of(card)
            if given is None:
                yield "problem", f"{card.name} ({own}) takes no sound now; does another program hold it?"
                continue
            how = given.conversion(card.channels)
            yield "ok", f"plays on {card.name} ({own}) unless --device says otherwise" + (f"; {how}" if how else "")
    if not found:
        yield "note", "there is no sound card: it plays in real time into nothing, and recordings work"
    if importlib.util.find_spec("rtmixer") is None:
        yield "note", f"rtmixer is not installed (no wheel for {platform.machine()}?): Python feeds the sound card"
    else:
        yield "ok", "rtmixer feeds the sound card, so that no Python runs near it"


def _port(port: int) -> Iterator[tuple[Mark, str]]:
    from livecode.osc.link import Link
    from livecode.osc.server import SUPERDIRT_PORT, Server

    for number in (port, SUPERDIRT_PORT):
        try:
            Server(port=number).close()
        except LivecodeError as error:
            if number == SUPERDIRT_PORT:
                who = str(error).partition(";")[0]
                yield "note", f"{who}; livecode serve --superdirt could not have it"
                continue
            link = Link(port=number)
            try:
                status = link.status(wait=1.0)
            except LivecodeError:
                yield "problem", f"{error}; it is no generator"
            else:
                yield "ok", f"a generator plays on port {number}: {status['engine']} ({status['kind']})"
            finally:
                link.close()
        else:
            yield "ok", f"UDP port {number} is free"


def _extras() -> Iterator[tuple[Mark, str]]:
    for extra, what in EXTRAS.items():
        packages, left_out = extras.brought(extra)
        missing = [package for package in packages if not extras.installed(package)]
        if missing:
            yield "note", f"{what} lacks {', '.join(missing)}: pip install 'livecode[{extra}]'"
        else:
            yield "ok", f"{what} (extra {extra!r})"
        for package in left_out:
            if not extras.installed(package):
                yield "note", f"{what}: {package} has no build for {extras.this_machine()}"


def _home() -> Iterator[tuple[Mark, str]]:
    folder = home.recordings()
    probe = folder / f".doctor-{os.getpid()}"
    try:
        probe.write_bytes(b"\0" * 4096)
    finally:
        probe.unlink(missing_ok=True)
    free = shutil.disk_usage(folder).free
    mark: Mark = "ok" if free > LEAST_SPACE else "note"
    hours = free / LEAST_SPACE
    yield mark, f"recordings, logs and snapshots go to {home.home()}; room for {hours:.0f} hours of recording"
    left = sorted(Path(folder).glob("*.wav"))
    if left:
        yield "note", f"{len(left)} recordings there are WAV; those that a crash left become FLAC at the next start"


def _engine(spec: str) -> Iterator[tuple[Mark, str]]:
    from livecode.engines import find_engine

    opener, model = find_engine(spec)
    own = getattr(opener, "doctor", None)  # an engine's own look: (model) -> (mark, sentence), ...
    if own is not None:
        yield from own(model)
        return
    from livecode.offline import Simulation
    from livecode.session.local import LocalLine

    begun = time.perf_counter()
    simulation = Simulation(spec)
    opened = time.perf_counter() - begun
    try:
        yield "ok", f"{simulation.engine.name} ({simulation.engine.kind}) opens in {opened:.1f} s"
        line = LocalLine(simulation.core)
        for slot, text in enumerate(TRIED_PROMPTS):
            line.send("/livecode/prompt", slot, text)
        for _ in range(TRIED_FRAMES // 4):
            simulation.step()
        begun = time.perf_counter()
        for _ in range(TRIED_FRAMES):
            simulation.step()
        each = (time.perf_counter() - begun) / TRIED_FRAMES * 1000
    finally:
        simulation.close()
    mark: Mark = "ok" if each < FRAME_MS / 2 else "note" if each < FRAME_MS else "problem"
    yield mark, f"a frame of {FRAME_MS:.0f} ms is made in {each:.1f} ms" + _verdict(each)


def _verdict(each: float) -> str:
    if each < FRAME_MS / 2:
        return ""
    if each < FRAME_MS:
        return "; that is close: end other programs, or begin with a longer --lead"
    return "; this machine cannot play it live, `livecode render` can"
