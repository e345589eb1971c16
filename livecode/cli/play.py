"""`livecode play`: plays a set, from a file, for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import click

from livecode.session.connection import usual_port
from livecode.session.writer import SEED
from livecode.visible import visible


@click.command()
@click.argument("name", metavar="SET", required=False)
@click.option("--list", "listed", is_flag=True, help="List the sets that come along, and stop.")
@click.option("--bars", type=click.IntRange(1, 100_000), help="End after so many bars of 4 beats. [default: Ctrl-C]")
@click.option("--record", default="", metavar="NAME", help="Record it under this name. [default: the set's name]")
@click.option("--watch", is_flag=True, help="Save the file in any editor and hear the change at the next beat.")
@click.option("--engine", default="", metavar="NAME[:MODEL]", help="See `livecode engines`. [default: band]")
@click.option("--port", type=click.IntRange(1, 65535), help="The generator's OSC port. [default: 57130]")
@click.option("--sink", help="Where the sound goes: auto, device, null, file. [default: auto]")
@click.option("--device", metavar="NAME", help="A sound card's number or part of its name; see `livecode devices`.")
@click.option("--lead", type=click.IntRange(1, 25), help="Frames of 40 ms kept ready. [default: 3]")
@click.option("--grid", type=click.Choice(("frames", "fine")), help="Where notes may fall. [default: frames]")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="The set log's file.")
@click.option("--seed", default=SEED, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Of all chance.")
def command(
    name: str | None,
    listed: bool,
    bars: int | None,
    record: str,
    watch: bool,
    engine: str,
    port: int | None,
    sink: str | None,
    device: str | None,
    lead: int | None,
    grid: str | None,
    log: Path | None,
    seed: int,
) -> None:
    """Play a set: a file of yours, or one of those that come along."""
    if listed:
        list_sets()
        return
    if name is None:
        raise click.UsageError("which set? `livecode play --list` names those that come along")
    from livecode.session.playing import Request, play
    from livecode.sets import find_set

    given = {"--sink": sink, "--device": device, "--lead": lead, "--grid": grid, "--log": log, "--seed": seed}
    options = [text for option, value in given.items() if value is not None for text in (option, str(value))]
    path = find_set(name)
    play(
        Request(
            path=path,
            bars=bars,
            record=record,
            watch=watch,
            engine=engine,
            port=port or usual_port(),
            options=tuple(options),
            seed=seed,
        ),
        say=lambda text: click.echo(visible(text)),
    )


def list_sets() -> None:
    """Print the sets that come along, with what each is."""
    from livecode.sets import list_sets as known

    found = known()
    width = max((len(file.name) for file in found), default=0)
    for file in found:
        click.echo(f"{file.name:{width}}  {file.about}")
