"""The command line: `livecode NAME` runs the command in the module `livecode/cli/NAME.py`.

A command is found by its file's name (underscores become dashes) and is a click command called
``command`` in that file. Nothing but the chosen command is imported, so that `livecode --help` and
`livecode status` answer at once.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import io
import pkgutil
import sys
from collections.abc import Sequence

import click

from livecode.errors import LivecodeError, nearest
from livecode.visible import visible

EXIT_ERROR = 2  # a LivecodeError: its sentence is on stderr
EXIT_INTERRUPTED = 130  # Ctrl-C, as shells number it
DEFAULT_COMMAND = "repl"


def command_names() -> list[str]:
    """Return the names of all commands, in alphabetical order, without importing any."""
    found = (module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return sorted(name.replace("_", "-") for name in found)


def short_help(name: str) -> str:
    """Return the first line of a command's docstring, read from its source without importing it."""
    spec = importlib.util.find_spec(f"{__name__}.{name.replace('-', '_')}")
    source = spec.loader.get_source(spec.name) if spec and hasattr(spec.loader, "get_source") else None  # type: ignore[union-attr]
    if not source:
        return ""
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "command"]
    text = (ast.get_docstring(functions[0]) if functions else None) or ast.get_docstring(tree) or ""
    return text.partition("\n")[0].rstrip(".")


class Commands(click.Group):
    """The group of all commands; without a name it runs the REPL, which then takes the options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the default command in front of options that are not the group's own."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if not args or (args[0].startswith("-") and args[0].partition("=")[0] not in own):
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names."""
        return command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None if there is no such file."""
        if cmd_name not in command_names():
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that ``args`` begins with, or say which name is nearest."""
        if args and args[0] not in command_names():
            raise click.UsageError(f"there is no command {args[0]!r}{nearest(args[0], command_names())}", ctx)
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            command.name = name
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line each."""
        rows = [(name, short_help(name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="livecode", prog_name="livecode")
def group() -> None:
    """Live-code a generative music model. Without a command: the REPL."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (that of the process unless given) and return its exit code.

    A `LivecodeError` becomes its sentence on stderr and code 2; Ctrl-C becomes code 130 without a word. What the
    terminal cannot show, such as a file's name that is not UTF-8, is written with backslashes.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        result = group.main(list(arguments) if arguments is not None else None, "livecode", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except LivecodeError as error:
        print(visible(error), file=sys.stderr)
        return EXIT_ERROR
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    return result if isinstance(result, int) else 0
