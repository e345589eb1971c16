"""``livecode judge``: measure the band, every style and six morphs, and print a table."""

from __future__ import annotations

import click


@click.command("judge")
@click.argument("styles", nargs=-1, metavar="[STYLE...]")
@click.option("--jobs", default=2, show_default=True, help="Processes to measure in.")
@click.option("--no-morphs", is_flag=True, help="Leave out the morphs.")
@click.option(
    "--patches", "of_patches", is_flag=True, help="Only print the gain that makes each instrument equally loud."
)
@click.option("--balance", "of_balance", is_flag=True, help="Only print how loud each part of the styles is by itself.")
@click.pass_context
def command(
    ctx: click.Context, styles: tuple[str, ...], jobs: int, no_morphs: bool, of_patches: bool, of_balance: bool
) -> None:
    """Measure the band's styles (all unless named) and print what is outside of its limits.

    \b
    livecode judge                    everything; some minutes
    livecode judge house --no-morphs  one style
    livecode judge --balance house    what its levels come to, for who writes a style
    """
    from livecode.engines.band.styles import find_style, style_names

    names = tuple(find_style(name).name for name in styles) or style_names()
    if of_patches:
        from livecode.engines.band.judge.patches import gains

        for name, gain in gains().items():
            click.echo(f"{name:20} gain = {gain:.2f}")
        return
    if of_balance:
        from livecode.engines.band.engine import Band
        from livecode.engines.band.judge.balance import balance

        band = Band(1)
        for name in names:
            parts = ", ".join(f"{part} {value:.1f}" for part, value in balance(band, name).items())
            click.echo(f"{name}: {parts} LUFS")
        return
    from livecode.engines.band.judge.findings import table
    from livecode.engines.band.judge.full import judge_all
    from livecode.engines.band.judge.morphs import MORPHS

    found, remarks = judge_all(
        names, morphs=() if no_morphs or styles else MORPHS, jobs=jobs, tell=lambda name: click.echo(name, err=True)
    )
    click.echo(table(found))
    bad = [one for one in found if not one.good]
    for one in bad:
        click.echo(f"{one}")
    for remark in remarks:
        click.echo(remark)
    click.echo(f"{len(found) - len(bad)} of {len(found)} findings are within their limits")
    ctx.exit(1 if bad else 0)
