"""`livecode client NAME`: write the files that let another environment play here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from livecode.errors import LivecodeError, SetError
from livecode.osc.server import PORT

ASK_SECONDS: Final = 0.3  # that a running generator is waited for
NEXT: Final = {
    "sc": "copy Livecode.sc into Platform.userExtensionDir, recompile the class library, open livecode_example.scd",
    "tidal": "let your editor boot Tidal with it, or: (cat BootTidal.hs; cat) | ghci",
    "pd": "open livecode.pd in Pure Data",
}


@click.command()
@click.argument("environment", type=click.Choice(sorted(NEXT)))
@click.option(
    "--to",
    "folder",
    default=Path(),
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write into; here unless told.",
)
@click.option("--tidal", "version", default="1.7", show_default=True, metavar="1.7|1.10", help="The version of Tidal.")
@click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="The generator's OSC port."
)
@click.option(
    "--foreign-delay",
    type=click.FloatRange(0, 10),
    metavar="SECONDS",
    help="SuperDirt is delayed as much, so that the two sound together; that of the generator that runs, else 0.24.",
)
@click.option("--force", is_flag=True, help="Write over files that are not ours.")
def command(environment: str, folder: Path, version: str, port: int, foreign_delay: float | None, force: bool) -> None:
    """Write a SuperCollider class (sc), a BootTidal file (tidal) or a Pure Data patch (pd)."""
    from livecode.clients import pure_data, supercollider, tidal

    if environment == "sc":
        texts = supercollider.files(port=port)
    elif environment == "tidal":
        delay = foreign_delay if foreign_delay is not None else _delay_of_generator(port)
        texts = tidal.files(version, port=port, foreign_delay=delay)
        click.echo(f"SuperDirt is delayed by {delay:g} s, as livecode is")
    else:
        texts = pure_data.files(port=port)
    for path in write(texts, folder, force=force):
        click.echo(f"wrote {path}")
    click.echo(f"next: {NEXT[environment]}")


def _delay_of_generator(port: int) -> float:
    """Return the foreign delay of the generator that runs on this machine, in seconds; the usual one if none does."""
    from livecode.clients.tidal import FOREIGN_DELAY
    from livecode.osc.link import Link

    link = Link(port=port)
    try:
        return round(float(link.status(wait=ASK_SECONDS)["foreign_delay_ms"]) / 1000, 4)
    except (LivecodeError, KeyError, ValueError):
        return FOREIGN_DELAY
    finally:
        link.close()


def write(texts: dict[str, str], folder: Path, *, force: bool = False) -> list[Path]:
    """Write files into a folder; raises SetError rather than write over one that is not ours, and then writes none."""
    from livecode.clients.template import MARK

    paths = {folder / name: text for name, text in texts.items()}
    try:
        for path in paths:
            if not force and path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
                raise SetError(f"{path} is there and was not written by livecode; choose --to FOLDER, or --force")
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in paths.items():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetError(f"the files cannot be written into {folder}: {error.strerror}") from error
    return list(paths)
