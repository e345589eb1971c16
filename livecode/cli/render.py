"""`livecode render`: a set into a sound file, faster than it plays."""

from __future__ import annotations

import time
from pathlib import Path

import click

from livecode.visible import visible


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
    from livecode.frames import FRAME_RATE
    from livecode.home import spelled
    from livecode.offline import Simulation, render
    from livecode.session.local import LocalLine
    from livecode.session.session import Session
    from livecode.session.setfile import read_set
    from livecode.session.tuned import Tuned
    from livecode.sets import find_set

    path = find_set(set_name)
    said: list[str] = []

    def tell(kind: str, player: str, text: str) -> None:
        line = f"{player}: {text}" if player else text
        if kind not in ("started", "ended") and line not in said:
            said.append(line)

    simulation = Simulation(
        engine,
        seed=seed,
        fine=grid == "fine",
        running=False,
        log=log,
        report=lambda kind, player, text, _source: tell(kind, player, text),
    )
    try:
        line = LocalLine(simulation.core) if prompt is None else Tuned(simulation.core, prompt)
        session = Session(line, seed=seed, clock=lambda: 0.0, reach=0.0)
        session.fine = grid == "fine"
        session.listen(tell)
        session.commit(read_set(path, session))
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
        simulation.close()
    for text in said:
        click.echo(visible(text), err=True)
    speed = done.seconds / max(taken, 1e-9)
    click.echo(
        f"{spelled(output)}: {bars} bars, {done.seconds:.2f} s, made in {taken:.1f} s ({speed:.1f} times real time)"
    )
    click.echo(
        f"peak {done.level.peak_db:.1f} dB, RMS {done.level.rms_db:.1f} dB; "
        f"engine {simulation.engine.name} ({simulation.engine.kind}), seed {seed}"
    )
