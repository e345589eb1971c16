"""`livecode devices`: the sound cards that --device can name, and the MIDI ports."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from livecode.audio import device
from livecode.audio.converter import Format
from livecode.errors import DeviceError, MissingExtra
from livecode.midi.ports import RtPorts
from livecode.visible import visible_line


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list in place of the table.")
def command(as_json: bool) -> None:
    """List the sound cards that `--device` can name, and the MIDI ports."""
    found = device.devices()
    if as_json:
        fields = ("number", "name", "system", "channels", "rate", "latency", "default")
        rows = [{field: getattr(card, field) for field in fields} | {"given": _given(card)} for card in found]
        click.echo(json.dumps(rows))
        return
    for card in found:
        mark = "*" if card.default else " "
        own = Format(round(card.rate), card.channels)
        about = f"{card.system}, {own}, {card.latency * 1000:.0f} ms"
        click.echo(visible_line(f"{mark} {card.number:3d}  {card.name}  ({about})  {_words(card)}"))
    if found:
        click.echo("\n* is what plays unless --device says otherwise: its number, or a part of its name.")
    else:
        click.echo("There is no sound card; livecode plays in real time into nothing, and recordings work.")
    for line in midi_lines():
        click.echo(visible_line(line))


def _given(card: device.Device) -> dict[str, int] | None:
    """Return what livecode gives a card."""
    given = device.format_of(card)
    return None if given is None else {"rate": given.rate, "channels": given.channels}


def _words(card: device.Device) -> str:
    given = device.format_of(card)
    if given is None:
        return "takes no sound now"
    return f"gets {given}" + (f": {how}" if (how := given.conversion(card.channels)) else "")


def midi_lines() -> Iterator[str]:
    """Yield a line for each MIDI port, or why there is none; nothing without the extra ``midi``."""
    try:
        ports = RtPorts()
    except MissingExtra:
        return
    except DeviceError as error:
        yield f"MIDI: {error}"
        return
    for name in ports.inputs():
        yield f'MIDI in   {name}    midi_in("{name}"), serve --follow "midi:{name}"'
    for name in ports.outputs():
        yield f'MIDI out  {name}    midi_out(..., "{name}")'
