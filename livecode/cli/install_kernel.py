"""`livecode install-kernel`: make the notebook kernel appear in another Jupyter."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--user", is_flag=True, help="For every Jupyter of this user.")
@click.option("--prefix", type=click.Path(path_type=Path), help="Below this folder (default: this environment).")
def command(user: bool, prefix: Path | None) -> None:
    """Make the notebook kernel appear in another Jupyter."""
    if user and prefix:
        raise click.UsageError("--user and --prefix are two places; choose one")
    from livecode_kernel.install import install_kernelspec

    where = install_kernelspec(user=user, prefix=str(prefix) if prefix else None)
    click.echo(f"The kernel 'livecode' is in {where}.")
