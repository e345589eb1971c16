"""`livecode status`: what the running generator does now."""

from __future__ import annotations

import json

import click

from livecode.visible import visible_line


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The generator's OSC port. [default: 57130]")
@click.option("--host", default="127.0.0.1", show_default=True, help="The generator's machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(port: int | None, host: str, as_json: bool) -> None:
    """Show what the running generator does: engine, beat, blend, lead, dropouts, loudness."""
    from livecode.osc.link import Link
    from livecode.session.connection import usual_port

    link = Link(host, usual_port() if port is None else port)
    try:
        status = link.status()
    finally:
        link.close()
    if as_json:
        click.echo(visible_line(json.dumps(status, ensure_ascii=False)))
        return
    width = max(len(name) for name in status)
    for name, value in status.items():
        click.echo(visible_line(f"{name:{width}}  {value}"))
