"""``livecode gallery``: render every style for a person to hear and see, on one page."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("gallery")
@click.argument("styles", nargs=-1, metavar="[STYLE...]")
@click.option("--out", "folder", default="gallery", show_default=True, type=click.Path(path_type=Path), help="Folder.")
@click.option("--bars", default=16, show_default=True, help="Bars of each style.")
@click.option("--seed", default=1, show_default=True, help="Seed of all renders.")
def command(styles: tuple[str, ...], folder: Path, bars: int, seed: int) -> None:
    """Render every style (or those named), with a spectrogram beside each, into a page with players."""
    from livecode.engines.band.judge.gallery import write_gallery
    from livecode.engines.band.styles import find_style, style_names

    names = tuple(find_style(name).name for name in styles) or style_names()
    page = write_gallery(folder, names, bars=bars, seed=seed, tell=lambda name: click.echo(name, err=True))
    click.echo(f"open {page}")
