"""`livecode models`: the models of Magenta RealTime 2 on this machine, and how to get them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from livecode import extras, home
from livecode.errors import EngineError

_BITS = click.option("--bits", type=click.Choice(("8", "4", "32")), default="8", show_default=True, help="Of a weight.")
_CODEC_BITS = click.option(
    "--codec-bits",
    type=click.Choice(("8", "32")),
    help="Of the sound decoder's early layers: 32 is exact and costs about 5 ms a frame; 8 unless told.",
)


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List, download, check and convert the models of Magenta RealTime 2."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_models)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object in place of the table.")
def list_models(as_json: bool = False) -> None:
    """List the models that are here, what each needs, and what is missing."""
    from livecode.engines.mrt2 import models
    from livecode.engines.mrt2.inventory import take_stock

    stock = take_stock()
    if as_json:
        click.echo(json.dumps([row.record() for row in stock], ensure_ascii=False))
        return
    width = max(len(row.engine) for row in stock)
    for row in stock:
        click.echo(f"{row.engine:{width}}  {row.about}")
        click.echo(f"{'':{width}}  {row.state}")
    click.echo(f"\nlooked in {', '.join(str(folder) for folder in models.model_folders())}")
    click.echo(models.CREDIT)


@command.command()
@click.argument("size", type=click.Choice(("small", "base")))
@click.option(
    "--home",
    "where",
    type=click.Choice(("mlx", "cpu")),
    help="Which home it is for; the one that fits this machine unless told.",
)
@click.option("--yes", is_flag=True, help="Do not ask before a large download.")
def download(size: str, where: str | None, yes: bool) -> None:
    """Fetch a model and the prompt encoders, to where the official tools look; nothing twice."""
    from livecode.engines.mrt2 import download as fetching
    from livecode.engines.mrt2 import models

    chosen = where or models.usual_home(size)
    if size == "base" and models.home_for() != "mlx":
        click.echo("mrt2-base plays on Apple Silicon only: the files are of use on another machine.")
    hub = fetching.HuggingFace()
    files = fetching.plan(hub, fetching.wanted(size, chosen))
    folder = models.root()
    absent = fetching.missing(files, folder)
    needed = sum(file.size for file in absent)
    fetching.check_room(absent, folder)
    click.echo(f"{models.CREDIT}\n{models.CITATION}")
    if absent:
        click.echo(f"{len(absent)} files, {needed / 1e9:.2f} GB, into {folder}")
        if not yes and sys.stdin.isatty():
            click.confirm("Fetch them?", default=True, abort=True)
    paths = fetching.download(hub, files, folder, say=click.echo)
    click.echo(f"{len(paths)} files are whole in {folder}.")
    after = " after: livecode models convert small" if chosen == "cpu" else ""
    here = "" if chosen == models.home_for() else f":{chosen}"
    click.echo(f"Play: livecode play --engine mrt2-{size}{here} SET{after}")


@command.command()
def check() -> None:
    """Compare the published files that are here with their sizes and checksums."""
    from livecode.engines.mrt2 import models
    from livecode.engines.mrt2.published import PUBLISHED, Standing, verify

    found = []
    for place in PUBLISHED:
        path = models.root() / place
        if not path.is_file():
            continue
        look = verify(path, place)
        click.echo(look.text or f"{place}: {look.standing.value}")
        found.append(look.standing)
    if not found:
        click.echo(f"None of the published files are in {models.root()}; livecode models download small")
    damaged = found.count(Standing.DAMAGED)
    if damaged:
        raise EngineError(f"{damaged} of {len(found)} files are damaged; remove them and download again")


@command.command("make-fixture")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--name", default="fixture", show_default=True, help="The model's name.")
@click.option(
    "--guidance-rows", type=click.Choice(("0", "2")), default="0", help="2 for the layout with real guidance."
)
def make_fixture(folder: Path | None, name: str, guidance_rows: str) -> None:
    """Write a stand-in of a few kilobytes that plays test tones behind the official signature.

    It shows the whole path at work where there are no weights; it has to be made by the mlx that plays it.
    """
    try:
        from livecode.engines.mrt2.mlx.fixture import make_model
    except ImportError as error:
        raise extras.missing("a fixture", "mlx", "mrt2", error) from error
    into = folder or home.models()
    try:
        path = make_model(into, name=home.safe_name(name, "fixture"), cfgs=int(guidance_rows))
    except OSError as error:
        raise EngineError(f"no fixture can be written into {into}: {error.strerror}") from error
    click.echo(f"{path.parent}: test tones, no music model")
    click.echo(f"Play: livecode play --engine mrt2:{path.parent} SET")


@command.command()
@click.argument("size", type=click.Choice(("small",)))
@_BITS
@_CODEC_BITS
@click.option("--checkpoint", type=click.Path(dir_okay=False, path_type=Path), help="Another checkpoint's file.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="The folder to write.")
def convert(size: str, bits: str, codec_bits: str | None, checkpoint: Path | None, output: Path | None) -> None:
    """Convert the small model's checkpoint for the cpu home."""
    from livecode.engines.mrt2 import models
    from livecode.engines.mrt2.cpu import convert as converting

    into = output or converting.default_folder(int(bits))
    with click.progressbar(length=100, label="converting") as bar:
        converting.convert(
            checkpoint or models.checkpoint(size),
            into,
            bits=int(bits),
            codec_bits=int(codec_bits) if codec_bits else None,
            progress=lambda _what, part: bar.update(max(0, round(100 * part) - bar.pos)),
        )
    click.echo(f"{into}: {bits} bits, for the cpu home")


@command.command("make-random")
@click.argument("size", type=click.Choice(("small",)))
@_BITS
@_CODEC_BITS
@click.option("--seed", default=7, show_default=True, type=click.IntRange(0, 2**31 - 1))
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="The folder to write.")
def make_random(size: str, bits: str, codec_bits: str | None, seed: int, output: Path | None) -> None:
    """Write the cpu home's graphs with random weights: as large and as slow as the model, and noise."""
    from livecode.engines.mrt2.cpu import convert as converting

    into = output or converting.default_folder(int(bits), random=True)
    with click.progressbar(length=100, label="making") as bar:
        converting.make_random(
            into,
            seed=seed,
            bits=int(bits),
            codec_bits=int(codec_bits) if codec_bits else None,
            progress=lambda _what, part: bar.update(max(0, round(100 * part) - bar.pos)),
        )
    engine = f"mrt2:{into}" if output else "mrt2-small:random"
    click.echo(f"{into}: random weights, {bits} bits; play with --engine {engine}")
