"""`livecode device`: lets the running generator play on another sound card."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from livecode.errors import DeviceError

ANSWER_SECONDS: Final = 30.0  # a sound system may take its time


@click.command()
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="The generator's OSC port. [default: 57130]")
@click.option("--host", default="127.0.0.1", show_default=True, help="The generator's machine.")
def command(name: str | None, port: int | None, host: str) -> None:
    """Let the running generator play on another sound card (see `livecode devices`); without a name, tell which.

    "default" is the system's, "null" plays into nothing, in real time.
    """
    from livecode.osc.link import Link
    from livecode.session.connection import usual_port

    link = Link(host, usual_port() if port is None else port)
    try:
        if name is None:
            click.echo(link.status()["sink"])
        else:
            click.echo(ask(link, name))
    finally:
        link.close()


def ask(link: Any, name: str) -> str:
    """Ask a generator for a card; return what it says when it plays there, DeviceError with its reason if not."""
    told: list[tuple[str, str]] = []

    def hear(address: str, args: tuple[Any, ...]) -> None:
        if address == "/livecode/reply/error" and args[0] in ("sound", "refused", "unknown"):
            told.append((str(args[0]), str(args[2])))

    link.news.append(hear)
    link.status()  # it answers, or DeviceError
    link.subscribe("errors", 10)
    link.send("/livecode/device", name)
    deadline = time.monotonic() + ANSWER_SECONDS
    while not told:
        if time.monotonic() > deadline:
            raise DeviceError(f"the generator does not say whether it plays on {name!r}; livecode status shows it")
        time.sleep(0.02)
    kind, text = told[0]
    if kind != "sound":
        raise DeviceError(text)
    return text
