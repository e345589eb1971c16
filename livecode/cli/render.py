"""`livecode render`: a set into a sound file, faster than it plays."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Final

import click

from livecode.visible import visible

SILENT: Final = 1e-4  # the peak of a file that holds nothing is below: 80 dB under full scale
NO_GENERATOR: Final = "a render talks to no generator; what is played outside of the set's own code has no place in it"
NO_CLOCK: Final = "a render has no clock: it plays what a thread plays while the set is read, so let the set join() it"


@click.command()
@click.argument("set_name", metavar="SET")
@click.option("--bars", default=32, show_default=True, type=click.IntRange(1, 100_000), help="How long.")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=".wav or .flac")
@click.option("--engine", default="band", show_default=True, metavar="NAME[:MODEL]", help="See `livecode engines`.")
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--prompt", metavar="TEXT", help="Plays in place of all prompts of the set.")
@click.option("--grid", type=click.Choice(("frames", "fine")), default="frames", show_default=True)
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Write the set log here too.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def command(
    set_name: str,
    bars: int,
    output: Path,
    engine: str,
    seed: int,
    prompt: str | None,
    grid: str,
    log: Path | None,
    quiet: bool,
) -> None:
    """Play a set into a file, faster than real time; the same set and seed give the same samples."""
    from livecode.errors import SetError
    from livecode.frames import FRAME_RATE
    from livecode.home import spelled
    from livecode.offline import Simulation, render
    from livecode.session.current import opens_nowhere
    from livecode.session.local import LocalLine
    from livecode.session.reading import threads_told
    from livecode.session.session import Session
    from livecode.session.setfile import read_set
    from livecode.session.tuned import Tuned
    from livecode.sets import find_set

    path = find_set(set_name)
    said: list[str] = []
    refused: list[str] = []  # of these

    def tell(kind: str, player: str, text: str) -> None:
        line = f"{player}: {text}" if player else text
        if kind not in ("started", "ended") and line not in said:
            said.append(line)
            if kind != "word":
                refused.append(line)

    simulation = Simulation(
        engine,
        seed=seed,
        fine=grid == "fine",
        running=False,
        log=log,
        report=lambda kind, player, text, _source: tell(kind, player, text),
    )
    undo = contextlib.ExitStack()
    try:
        line = LocalLine(simulation.core) if prompt is None else Tuned(simulation.core, prompt)
        session = Session(line, seed=seed, clock=lambda: 0.0, reach=0.0)
        undo.callback(session.close)  # with the ports that the set has opened
        session.fine = grid == "fine"
        session.listen(tell)
        undo.enter_context(opens_nowhere(NO_GENERATOR))
        undo.enter_context(threads_told(session))
        stage = read_set(path, session)
        stage.end(NO_CLOCK)
        session.commit(stage)
        simulation.start()
        estimate = getattr(simulation.engine, "estimate", None)  # (frames) -> seconds, of engines that take their time
        if estimate is not None and not quiet:
            frames = float(bars * session.beats_per_cycle) * 60 / session.tempo * FRAME_RATE
            click.echo(f"{bars} bars at {session.tempo:g} bpm take about {max(1.0, estimate(frames)):.0f} s to make")
        begun = time.perf_counter()
        with click.progressbar(length=1000, label=spelled(path.stem), hidden=quiet) as bar:
            done = render(
                simulation,
                output,
                bars=bars,
                beats_per_bar=session.beats_per_cycle,
                tend=session.tend,
                progress=lambda part: bar.update(max(0, int(part * 1000) - bar.pos)),
                title=spelled(path.stem),
            )
        taken = time.perf_counter() - begun
    finally:
        undo.close()
        simulation.close()
        for text in said:
            click.echo(visible(text), err=True)
    if refused and done.level.peak < SILENT:
        raise SetError(f"{output} is silent: {refused[0]}")
    speed = done.seconds / max(taken, 1e-9)
    click.echo(
        f"{spelled(output)}: {bars} bars, {done.seconds:.2f} s, made in {taken:.1f} s ({speed:.1f} times real time)"
    )
    click.echo(
        f"peak {done.level.peak_db:.1f} dB, RMS {done.level.rms_db:.1f} dB; "
        f"engine {simulation.engine.name} ({simulation.engine.kind}), seed {seed}"
    )
