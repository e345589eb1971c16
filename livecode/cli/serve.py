"""`livecode serve`: the generator, in the foreground, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

from livecode import algebra
from livecode.osc.server import PORT, SUPERDIRT_PORT
from livecode.session.process import ALONE_SECONDS
from livecode.visible import visible

SINKS = ("auto", "device", "null", "file")


@click.command()
@click.option("--engine", default="band", show_default=True, metavar="NAME[:MODEL]", help="See `livecode engines`.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="OSC; 0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 is all.")
@click.option("--allow", multiple=True, metavar="ADDRESS", help="Who may send besides this machine; may be repeated.")
@click.option("--superdirt", is_flag=True, help=f"Listen on SuperDirt's port {SUPERDIRT_PORT} too.")
@click.option(
    "--sink",
    type=click.Choice(SINKS),
    default="auto",
    show_default=True,
    help="Where the sound goes; auto: the sound card if there is one, else nowhere, in real time.",
)
@click.option("--device", metavar="NAME", help="A sound card's number or part of its name; see `livecode devices`.")
@click.option("--record", default="", metavar="NAME", help="Record from the first frame, into the recordings folder.")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="The set log's file.")
@click.option("--lead", default=3, show_default=True, type=click.IntRange(1, 25), help="Frames of 40 ms kept ready.")
@click.option(
    "--grid", type=click.Choice(("frames", "fine")), default="frames", show_default=True, help="Where notes may fall."
)
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("--tempo", default=125.0, show_default=True, help="Beats a minute at the start.")
@click.option(
    "--foreign-delay",
    type=click.FloatRange(0, 10),
    metavar="SECONDS",
    help="What time tags of other programs are heard after.",
)
@click.option(
    "--alone",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="SECONDS",
    help="End when no client has been there for so long and nothing plays. What plays goes on; a recording of it ends "
    f"then. At least 30; 0: never. A client that starts a generator asks for {ALONE_SECONDS}.",
)
@click.option("--follow", default="", metavar="CLOCK", help="Take beat and tempo from: tidal, midi, midi:PORT, link.")
def command(
    engine: str,
    port: int,
    host: str,
    allow: tuple[str, ...],
    superdirt: bool,
    sink: str,
    device: str | None,
    record: str,
    log: Path | None,
    lead: int,
    grid: str,
    seed: int,
    tempo: float,
    foreign_delay: float | None,
    alone: float,
    follow: str,
) -> None:
    """Run the generator: hear OSC, play, record; Ctrl-C ends it."""
    algebra.one_thread_from_here()
    from livecode.generator.live import Live, Options

    live = Live(
        Options(
            engine=engine,
            host=host,
            port=port,
            allow=allow,
            also=(SUPERDIRT_PORT,) if superdirt else (),
            sink=sink,
            device=device,
            record=record,
            log=log,
            lead=lead,
            fine=grid == "fine",
            seed=seed,
            tempo=tempo,
            foreign_delay=foreign_delay,
            alone=alone,
            follow=follow,
        ),
        say=say,
    )

    def end(_signal: int, _frame: FrameType | None) -> None:
        live.end()

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, end)
    say(live.start_line())
    live.run()
    if live.device_lost:
        sys.stdout.flush()
        os._exit(0)  # everything is closed; PortAudio's own goodbye would wait for a sound server that has gone


def say(text: str) -> None:
    """Print a line now; a reader that has gone away does not stop the music."""
    try:
        click.echo(visible(text))
    except OSError:
        return
