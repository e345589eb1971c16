"""The book: its examples run, its links lead somewhere, its reference pages are what the code says."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from studio import Studio

from livecode.cli.reference import pages
from livecode.session.current import speaking

DOCS = Path(__file__).parent.parent / "docs"
PATTERN_PAGES = (
    "patterns",
    "prompts",
    "blends",
    "glides",
    "phrases",
    "raster",
    "randomness",
    "explain",
    "units",
    "drawings",
    "budgets",
    "from-tidal-and-strudel",
)
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(python|pycon)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture
def namespace() -> Iterator[dict[str, Any]]:
    studio = Studio()
    found: dict[str, Any] = {"__name__": "docs"}
    exec("from livecode import *", found)
    studio.session.variables = lambda: found
    with speaking(studio.session):
        yield found
    assert studio.problems() == []


@pytest.mark.parametrize("page", PATTERN_PAGES)
def test_the_examples_of_a_page_run_in_their_order(page: str, namespace: dict[str, Any]) -> None:
    text = (DOCS / f"{page}.md").read_text("utf-8")
    blocks = list(BLOCK.finditer(text))
    assert blocks
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    report: list[str] = []
    for block in blocks:
        kind, code = block.groups()
        line = text[: block.start()].count("\n") + 1
        if kind == "python":
            exec(compile("\n" * line + code, f"docs/{page}.md", "exec"), namespace)
        else:
            test = doctest.DocTestParser().get_doctest(code, namespace, page, f"docs/{page}.md", line)
            runner.run(test, out=report.append, clear_globs=False)
            namespace.update(test.globs)
    assert not runner.summarize(verbose=False).failed, "".join(report)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.S)
    for target in LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.M)
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{page.name} links to {target}"


def test_every_page_is_listed_in_the_index() -> None:
    index = (DOCS / "index.md").read_text("utf-8")
    listed = {target.partition("#")[0] for target in LINK.findall(index)}
    assert {page.name for page in DOCS.glob("*.md")} - {"index.md"} <= listed


@pytest.mark.parametrize("name", ["reference.md", "controls.md", "osc-addresses.md"])
def test_the_reference_pages_are_up_to_date(name: str) -> None:
    def rows(text: str) -> list[str]:
        return re.findall(r"^(?:#+|\|) .*$", text, re.M)

    assert rows((DOCS / name).read_text("utf-8")) == rows(pages()[name]), "run: livecode reference --write docs"


def test_the_reference_has_every_word() -> None:
    import livecode
    from livecode.pattern import Pattern

    text = pages()["reference.md"]
    missing = [
        word
        for word in livecode.__all__
        if f"`{word}" not in text and not any(sign.isupper() for sign in word) and not re.fullmatch(r"d\d+|p", word)
        and not isinstance(getattr(livecode, word), Pattern)
        and type(getattr(livecode, word)).__name__ != "Duration"
    ]  # fmt: skip
    assert missing == []


def test_the_command_shows_a_word_a_control_and_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    from livecode.cli import main

    assert main(["reference", "every"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("every(")
    assert ">>> " in shown
    assert main(["reference", "temperature"]) == 0
    assert "0 to 3" in capsys.readouterr().out
    assert main(["reference", "evrey"]) == 2
    assert "did you mean 'every'" in capsys.readouterr().err


def test_the_command_writes_the_pages(tmp_path: Path) -> None:
    from livecode.cli import main

    assert main(["reference", "--write", str(tmp_path / "docs")]) == 0
    assert {path.name for path in (tmp_path / "docs").iterdir()} == set(pages())
