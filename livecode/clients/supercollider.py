"""The SuperCollider class ``Livecode`` and an example: methods from the address table, setters from the controls."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from livecode.clients.template import fill
from livecode.controls import HITS, Control, masters
from livecode.osc.addresses import ADDRESSES, SUBSCRIPTIONS, Address
from livecode.osc.argument import Argument
from livecode.osc.server import PORT

# Stamps stand inside bundles, which SuperCollider tags itself; what has a method of its own is in the template.
_OTHERWISE: Final = frozenset(
    {"beat", "next", "subscribe", "hello", "panic", "hush", "quit", "ping", "prove", "status"}
)
_IDENTIFIER: Final = re.compile(r"[a-z][A-Za-z0-9_]*\Z")


def files(*, port: int = PORT) -> dict[str, str]:
    """Return the files by name."""
    replies = [row.path.rpartition("/")[2] for row in ADDRESSES.values() if row.reply and not row.ours]
    values = {
        "port": port,
        "methods": "\n".join(_method(row) for row in _rows()),
        "setters": "\n".join(_setter(control) for control in masters()),
        "masters": " ".join(f"\\{control.name}," for control in masters()).rstrip(","),
        "replies": " ".join(f"\\{word}," for word in replies).rstrip(","),
        "subscriptions": ", ".join(SUBSCRIPTIONS),
        "hits": " ".join(HITS),
    }
    return {
        "Livecode.sc": fill("Livecode.sc", values),
        "livecode_example.scd": fill("livecode_example.scd", values),
    }


def _rows() -> list[Address]:
    return [
        row
        for row in ADDRESSES.values()
        if row.path.startswith("/livecode/")
        and not (row.reply or row.ours or row.rest)
        and row.path.rpartition("/")[2] not in _OTHERWISE
    ]


def _method(row: Address) -> str:
    """Return a method that sends a row's message with the latency."""
    word = row.path.rpartition("/")[2]
    assert _IDENTIFIER.match(word)
    names = [argument.name for argument in row.arguments]
    given = ", ".join(_parameter(argument) for argument in row.arguments)
    head = f"{word} {{ |{given}|" if given else f"{word} {{"
    call = ", ".join([f"'{row.path}'", *names])
    return f"\t// {row.help}\n\t{head} this.send({call}) }}"


def _parameter(argument: Argument) -> str:
    if argument.required:
        return argument.name
    return f"{argument.name} = {_literal(argument.default)}"


def _literal(value: object) -> str:
    if value is None:
        return "nil"
    if isinstance(value, str):
        return f'"{value}"'
    return f"{float(value):g}" if isinstance(value, float | Fraction | int) else repr(value)


def _setter(control: Control) -> str:
    return f"\t{control.name}_ {{ |value, glide = 0| this.set(\\{control.name}, value, glide) }} // {control.range}"
