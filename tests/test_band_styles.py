"""Styles are data: what a file may say, what is refused with which sentence, and what the 26 have in common."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from livecode.engines.band.cast import percussion
from livecode.engines.band.dsp.oneshots import kits
from livecode.engines.band.dsp.patches import bank, read_bank
from livecode.engines.band.reading import FAMILIES, INSTRUMENTS
from livecode.engines.band.styles import Mix, bars_of, find_style, read_style, style_names, styles
from livecode.engines.band.styles.grid import bar_cells
from livecode.engines.band.styles.library import forms
from livecode.errors import EngineError

PLAIN = """
tempo = 100
form = "loop"
[drums]
kit = "studio"
bd = "X...x..."
[bass]
patches = ["bass"]
lines = ["r_r_a___"]
"""


def test_all_families_have_a_style_of_their_own() -> None:
    assert style_names() == FAMILIES
    prompts = json.loads((Path(__file__).parent / "data" / "prompts.json").read_text(encoding="utf-8"))
    assert set(prompts["families"]) == set(FAMILIES)


def test_every_style_has_its_own_kit_or_none_and_its_own_harmony_and_mix() -> None:
    found = styles()
    drummed = [style.drums.kit for style in found.values() if style.drums.lines]
    assert len(set(drummed)) >= len(drummed) - 2
    assert len({style.harmony for style in found.values()}) == 26
    assert len({style.mix for style in found.values()}) == 26
    assert len({(style.chords.patches, style.lead.patches, style.bass.patches) for style in found.values()}) == 26


def test_every_instrument_a_prompt_can_name_is_there() -> None:
    missing = [name for name in INSTRUMENTS if name not in bank() and name not in percussion() and name != "noise"]
    assert missing == []


def test_a_small_file_is_a_whole_style() -> None:
    style = read_style("mine", PLAIN)
    assert style.tempo == 100
    assert style.drums.lines == {"bd": ("X...x...",)}
    assert style.lead.kind == "motif"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("tempo", "tenpo"), "style 'mine' has no setting 'tenpo'.*tempo"),
        (('"studio"', '"stodio"'), "has no drum kit 'stodio'.*studio"),
        (('["bass"]', '["bas"]'), "no instrument 'bas'.*bass"),
        (('form = "loop"', 'form = "lop"'), "has no form 'lop'.*loop"),
        (("r_r_a___", "r_q_a___"), "has the sign 'q'; bass knows"),
        (("X...x...", "X...y..."), "has the sign 'y'; drums knows"),
        (("[bass]", "[bas]"), "has no setting 'bas'.*bass"),
        (("[bass]", "[harmony]\nminor=['i VIII']\n[bass]"), "'VIII' is not a chord"),
        (("[bass]", "[harmony]\nminor_scale='dorean'\n[bass]"), "no scale 'dorean'.*dorian"),
        (("tempo = 100", "tempo = "), "style 'mine': "),
    ],
)
def test_a_mistake_in_a_style_is_named(change: tuple[str, str], sentence: str) -> None:
    with pytest.raises(EngineError, match=sentence):
        read_style("mine", PLAIN.replace(*change))


def test_a_style_may_have_limits_of_its_own_with_the_reason() -> None:
    text = PLAIN + '\n[limits]\nhi = { range = [-60, -9], why = "old records have no treble" }\n'
    assert read_style("mine", text).limits["hi"] == (-60, -9)
    with pytest.raises(EngineError, match="hi needs a range of two numbers and a reason"):
        read_style("mine", PLAIN + "\n[limits]\nhi = { range = [-60, -9] }\n")


def test_players_add_and_replace_styles_in_their_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path))
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "swamp.toml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "styles" / "house.toml").write_text(PLAIN, encoding="utf-8")
    styles.cache_clear()
    try:
        assert find_style("swamp").tempo == 100
        assert find_style("house").tempo == 100
        with pytest.raises(EngineError, match=r"no style 'swampp'.*swamp"):
            find_style("swampp")
    finally:
        styles.cache_clear()


def test_the_style_in_the_book_is_one_and_plays() -> None:
    book = (Path(__file__).parent.parent / "docs" / "styles.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```$", book, re.M | re.S)
    swamp = read_style("swamp", examples[0] + "\n" + examples[1])
    assert swamp.words == ("swamp rock", "bayou")
    assert swamp.limits["hi"] == (-60, -9)
    for name in forms():
        assert name in book
    for field in fields(Mix):
        assert f"`{field.name}`" in book, field.name


def test_a_line_holds_over_its_bars_and_fits_bars_of_any_length() -> None:
    assert bars_of("x___ | __x_")[0][0].length == 6.0
    assert bars_of("x... | __x_")[0][0].length == 1.0
    assert [cell.at for cell in bar_cells("x.x.", 0, 3.0)] == [0.0, 2.0]
    assert [cell.at for cell in bar_cells("x...", 0, 7.0)] == [0.0, 4.0]


def test_forms_are_eight_and_four_bar_sections() -> None:
    for sections in forms().values():
        assert all(section.bars in (4, 8, 16) for section in sections)
        assert len(sections) >= 3


def test_an_instrument_like_another_takes_its_settings_and_unknown_ones_are_refused() -> None:
    found = read_bank('[a]\nwave = "saw"\nattack = 0.5\n[b]\nlike = "a"\nrelease = 2\n')
    assert (found["b"].attack, found["b"].release) == (0.5, 2)
    with pytest.raises(EngineError, match=r"no setting 'atack'.*attack"):
        read_bank("[a]\natack = 1\n")
    with pytest.raises(EngineError, match="like 'z', which is not written before"):
        read_bank('[a]\nlike = "z"\n')


def test_every_kit_has_a_bass_drum_of_its_own_or_is_like_one_that_has() -> None:
    known = kits()
    for name, kit in known.items():
        assert "bd" in kit or kit.get("like") in known, name
