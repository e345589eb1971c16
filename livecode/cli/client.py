"""`livecode client NAME`: write the files that let another environment play here."""

from __future__ import annotations

from pathlib import Path

import click

from livecode.errors import SetError
from livecode.osc.server import PORT

NEXT = {
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
    default=0.24,
    show_default=True,
    type=click.FloatRange(0, 10),
    metavar="SECONDS",
    help="That of `livecode serve`; SuperDirt is delayed as much, so that the two sound together.",
)
@click.option("--force", is_flag=True, help="Write over files that are not ours.")
def command(environment: str, folder: Path, version: str, port: int, foreign_delay: float, force: bool) -> None:
    """Write a SuperCollider class (sc), a BootTidal file (tidal) or a Pure Data patch (pd)."""
    from livecode.clients import pure_data, supercollider, tidal

    if environment == "sc":
        texts = supercollider.files(port=port)
    elif environment == "tidal":
        texts = tidal.files(version, port=port, foreign_delay=foreign_delay)
    else:
        texts = pure_data.files(port=port)
    for path in write(texts, folder, force=force):
        click.echo(f"wrote {path}")
    click.echo(f"next: {NEXT[environment]}")


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
