"""`livecode engines`: what --engine can name."""

from __future__ import annotations

import json
import sys

import click

from livecode.engines import available, find_engine
from livecode.errors import EngineError
from livecode.visible import visible_line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list in place of the table.")
def command(as_json: bool) -> None:
    """List the engines that `--engine` can name, and whether each can be loaded here."""
    found = []
    for name in available():
        try:
            opener, _ = find_engine(name)
        except EngineError as error:
            found.append({"name": name, "about": "", "problem": str(error)})
            continue
        found.append({"name": name, "about": about(opener), "problem": ""})
    if as_json:
        click.echo(json.dumps(found))
        return
    for engine in found:
        click.echo(visible_line(f"{engine['name']:14}{engine['problem'] or engine['about']}"))
    click.echo("\nType a model after a colon: livecode serve --engine NAME:MODEL")


def about(opener: object) -> str:
    """Return an engine's line about itself: its opener's ``about``, or the first line of its package's docstring."""
    own = getattr(opener, "about", "")
    module = sys.modules.get(type(opener).__module__)
    if not own and module is not None:
        package = sys.modules.get(module.__package__ or "")
        own = (package if package is not None and package.__doc__ else module).__doc__ or ""
    return str(own).strip().partition("\n")[0]
