"""`livecode replay`: a set log's music again, to the sample."""

from __future__ import annotations

import math
from pathlib import Path

import click

from livecode import home
from livecode.errors import RecordingError, nearest
from livecode.frames import FRAME_RATE
from livecode.visible import visible_line


@click.command()
@click.argument("log", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=".wav or .flac")
@click.option("--recording", metavar="NAME", help="Which recording of the log; the first unless told.")
@click.option("--whole", is_flag=True, help="From the generator's first frame to its last, whatever was recorded.")
@click.option("--codes", is_flag=True, help="Give a model the codes it drew then, in place of drawing: the same take.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def command(log: Path, output: Path, recording: str | None, whole: bool, codes: bool, quiet: bool) -> None:
    """Play a set log again into a file: the samples of its recording."""
    from livecode.audio.limiter import LATENCY
    from livecode.offline import Replay, SoundFile
    from livecode.offline.replay import Take

    replay = Replay(log if log.exists() else home.logs() / log)
    if replay.elsewhere:
        click.echo(replay.elsewhere, err=True)
    takes = replay.takes
    if recording is not None:
        found = [take for take in takes if take.name == recording]
        if not found:
            names = ", ".join(take.name for take in takes) or "none"
            raise RecordingError(
                f"{log} has no recording {recording!r}{nearest(recording, [t.name for t in takes])} (it has: {names})"
            )
        take = found[0]
    elif takes and not whole:
        take = takes[0]
    else:
        take = Take(log.stem, 0, replay.frames)
    about = {
        "title": take.name,
        "comment": f"engine: {replay.head['engine']}; kind: {replay.head['kind']}; seed: {replay.head['seed']}; replay",
    }
    with (
        SoundFile(output, skip=LATENCY, about=about) as file,
        click.progressbar(length=take.end, label=visible_line(take.name), hidden=quiet) as bar,
    ):
        for frame, block in enumerate(replay.play(until=take.end, codes=codes)):
            if frame >= take.begin:
                file.write(block)
            bar.update(1)
    seconds = math.ceil((take.end - take.begin) / FRAME_RATE)
    text = f"{output}: {take.name}, {seconds} s, {replay.head['engine']} ({replay.head['kind']})"
    click.echo(visible_line(text))
