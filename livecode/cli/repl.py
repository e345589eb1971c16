"""`livecode`: the terminal, with a generator behind it."""

from __future__ import annotations

import sys

import click

from livecode.session.connection import usual_port
from livecode.session.writer import SEED


@click.command()
@click.option("--engine", default="", metavar="NAME[:MODEL]", help="See `livecode engines`. [default: band]")
@click.option("--port", type=click.IntRange(1, 65535), help="The generator's OSC port. [default: 57130]")
@click.option("--host", default="127.0.0.1", show_default=True, help="The generator's machine.")
@click.option("--sink", help="Where the sound of a generator that is started goes: auto, device, null, file.")
@click.option("--device", metavar="NAME", help="The sound card of a generator that is started.")
@click.option("--seed", default=SEED, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Of all chance.")
@click.option("--attach", is_flag=True, help="Start nothing: a generator must answer already.")
def command(
    engine: str, port: int | None, host: str, sink: str | None, device: str | None, seed: int, attach: bool
) -> None:
    """Type and hear: the terminal. Starts a generator if none answers."""
    import livecode
    from livecode.repl.help import Help
    from livecode.repl.terminal import Terminal, greeting
    from livecode.session.connection import connect
    from livecode.session.current import become_own

    options = [*(("--sink", sink) if sink else ()), *(("--device", device) if device else ()), "--seed", str(seed)]
    say = _Waiting()
    session = connect(
        port or usual_port(), host, options=options, engine=engine, seed=seed, start=not attach, wait=say.wait
    )
    say.done()
    become_own(session)
    namespace = {name: getattr(livecode, name) for name in livecode.__all__}
    namespace |= {"__name__": "__main__", "help": Help()}
    status = session.line.status()  # type: ignore[attr-defined]
    try:
        Terminal(session, namespace).run(greeting(status, started=session.started is not None, alone=session.alone))
    finally:
        session.close()


class _Waiting:
    """Says once that a generator is being started, where somebody reads it."""

    def __init__(self) -> None:
        self._said = False

    def wait(self) -> None:
        """Say it, the first time."""
        if not self._said and sys.stderr.isatty():
            click.echo("starting a generator ...", err=True, nl=False)
            self._said = True

    def done(self) -> None:
        """Take the line away."""
        if self._said:
            click.echo("\r" + " " * 28 + "\r", err=True, nl=False)
