"""``livecode styles``: the styles the band knows, and what it makes of a prompt."""

from __future__ import annotations

import json

import click

from livecode.conditioning import Prompt
from livecode.engines.band.reading import Reading
from livecode.errors import LivecodeError

_LIKELIEST = 3  # styles shown of a prompt


@click.command("styles")
@click.argument("prompts", nargs=-1, metavar="[PROMPT...]")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON for each prompt, all weights in it.")
@click.option("--audio", "audio", multiple=True, metavar="FILE", help="A sound file to listen to; may be given often.")
def command(prompts: tuple[str, ...], as_json: bool, audio: tuple[str, ...]) -> None:
    """List the band's styles, yours too, or show what it hears in prompts.

    \b
    livecode styles
    livecode styles "smoky basement, upright bass"
    livecode styles --json "smoky basement, upright bass" "night drive, no drums"
    """
    asked = [Prompt(text=text) for text in prompts] + [Prompt(audio=path) for path in audio]
    if not asked:
        _list(as_json)
        return
    from livecode.engines.band.text.preparer import make_preparer

    prepare = make_preparer()
    for prompt in asked:
        try:
            reading: Reading = prepare(prompt).value
        except LivecodeError as problem:
            raise click.ClickException(str(problem)) from None
        if as_json:
            click.echo(json.dumps(_record(prompt, reading), ensure_ascii=False))
        else:
            click.echo(_line(prompt, reading))


def _list(as_json: bool) -> None:
    from livecode.engines.band.styles import styles

    known = styles()
    if as_json:
        click.echo(json.dumps(list(known)))
        return
    longest = max(map(len, known))
    for name, style in known.items():
        about = "" if style.title in ("", name) else f"  {style.title}"
        click.echo(f"{name:{longest}}  {style.tempo:3g} bpm{about}")


def _record(prompt: Prompt, reading: Reading) -> dict[str, object]:
    record: dict[str, object] = {"audio": prompt.audio} if prompt.audio else {"prompt": prompt.text}
    record["styles"] = {name: round(weight, 4) for name, weight in reading.styles}
    record["instruments"] = list(reading.instruments)
    record["without"] = list(reading.without)
    record["traits"] = {name: round(value, 3) for name, value in reading.traits.items()}
    record["hints"] = {name: round(value, 3) for name, value in reading.hints.items()}
    return record


def _line(prompt: Prompt, reading: Reading) -> str:
    parts = [", ".join(f"{name} {weight:.0%}" for name, weight in reading.styles[:_LIKELIEST])]
    if reading.instruments:
        parts.append("with " + ", ".join(reading.instruments))
    if reading.without:
        parts.append("without " + ", ".join(reading.without))
    if reading.traits:
        parts.append(", ".join(f"{name} {value:+.1f}" for name, value in reading.traits.items()))
    if reading.hints:
        parts.append(", ".join(f"{name} {value:g}" for name, value in reading.hints.items()))
    return f"{prompt}: " + "; ".join(parts)
