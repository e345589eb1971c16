"""The reference pages: what stands in them for a word, a control or an address, and for who comes from elsewhere."""

from __future__ import annotations

import re
from functools import cache

import pytest

import livecode
from livecode.controls import CONTROLS, HIT_ALIASES, HITS
from livecode.osc.addresses import ADDRESSES
from livecode.pattern.elsewhere import Missing
from livecode.reference import elsewhere, tables, words
from livecode.reference.words import Entry, page


@cache
def known() -> dict[tuple[str, str], Entry]:
    """Every word by its name and its room."""
    return {(entry.name, entry.home.rpartition(".")[2]): entry for entry in words.entries()}


def row_of(text: str, begin: str) -> list[str]:
    """Return the cells of the one row of a page that begins so."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {begin} |")]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


# -- words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "room", "usage", "method", "function", "other_names"),
    [
        ("every", "condition", "every(cycles, function)", True, True, ["first_of"]),
        ("fast", "pace", "fast(factor)", True, True, ["density"]),
        ("note", "control", "note(*pitches)", True, True, []),
        ("add", "operators", "add", True, True, []),
        ("cc", "midi_words", "cc(number, channel=0, default=0.0)", False, True, []),
        (
            "midi_out",
            "midi_words",
            "midi_out(pattern, port='', channel=1, *, control=None, latency=0.0)",
            False,
            True,
            [],
        ),
        ("hush", "words", "hush(*players, fade=1)", False, True, []),
        ("hush", "order", "hush()", True, False, []),
        ("Blend.shares", "blend", "Blend.shares", True, False, []),
        ("Phrase.transpose", "phrase", "Phrase.transpose(semitones)", True, False, []),
    ],
)
def test_a_word_has_what_it_takes_its_other_names_and_whether_it_stands_alone(
    name: str, room: str, usage: str, method: bool, function: bool, other_names: list[str]
) -> None:
    entry = known()[name, room]
    assert (entry.usage, entry.method, entry.function) == (usage, method, function)
    assert entry.other_names == other_names


def test_no_word_stands_there_twice_under_two_names_nor_in_camel_case() -> None:
    for entry in known().values():
        assert entry.name not in entry.other_names
        assert len(set(entry.other_names)) == len(entry.other_names)
        assert not re.fullmatch(r"[a-z]+[A-Z]\w*", entry.name), entry.name
    names = {name for name, _ in known()}
    assert {"of", "Blend.of", "Phrase.plain"} & names == {"of"}, "what blends and phrases have for other rooms"


def test_words_of_a_room_stand_together_in_the_order_of_the_rooms() -> None:
    rooms = [entry.home for entry in words.entries()]
    order = list(dict.fromkeys(rooms))
    assert [room for room, before in zip(rooms, ["", *rooms], strict=False) if room != before] == order
    named = [room for room in words.FIRST if room in order]
    assert order[: len(named)] == named
    assert order[-len(words.LAST) :] == list(words.LAST)
    for room in order:
        here = [entry.name for entry in words.entries() if entry.home == room]
        assert here == sorted(here)


def test_a_word_is_shown_with_its_kind_its_other_names_and_its_examples_as_code() -> None:
    text = "Do it ``twice``.\n\nMore.\n\n>>> twice(1)\n1 1\n>>> twice(2)\n2 2\n\nAnd ``that``.\n>>> twice(3)\n3 3"
    one = Entry("twice", "twice(n)", text, "livecode.pattern.pace", True, True, ["two", "again"])
    shown = page([one, Entry("bar", "bar", "A length.", "livecode.pattern.pace")])
    assert shown.startswith(f"# Reference: all words\n\n{words.NOTE}\n\n")
    assert "\n\n[Pace](#pace)\n\n## Pace\n\n" in shown
    assert shown.endswith(
        "### `twice(n)`\n\n*function and method*, also `again`, `two`\n\nDo it `twice`.\n\nMore.\n\n"
        "```pycon\n>>> twice(1)\n1 1\n>>> twice(2)\n2 2\n```\n\nAnd `that`.\n```pycon\n>>> twice(3)\n3 3\n```\n\n"
        "### `bar`\n\n*value*\n\nA length.\n"
    )


def test_each_room_is_listed_at_the_top_with_a_link_to_its_heading_and_what_it_is() -> None:
    text = page(words.entries())
    rooms = re.findall(r"^## (.+)$", text, re.MULTILINE)
    (listed,) = [line for line in text.splitlines() if line.startswith("[Player](#player) · ")]
    assert listed.split(" · ") == [f"[{room}](#{room.lower().replace(' ', '-')})" for room in rooms]
    assert "[Live words](#live-words)" in listed
    about = (livecode.session.log_words.__doc__ or "").split("\n")[0].replace("``", "`")  # type: ignore[attr-defined]
    assert f"## Log words\n\n{about}\n\n### `log(what=None)`" in text


def test_what_a_signal_gives_in_the_cycle_is_shown_with_its_ends() -> None:
    text = page(words.entries())
    assert "\n| signal | at 0 | at 1/4 | at 1/2 | at 3/4 | goes from, to |\n|---|---|---|---|---|---|\n" in text
    for name, places, ends in (
        ("sine", ["0.5", "1", "0.5", "0"], "0 to 1"),
        ("saw", ["0", "0.25", "0.5", "0.75"], "0 to 1"),
        ("isaw", ["1", "0.75", "0.5", "0.25"], "0 to 1"),
        ("square2", ["-1", "-1", "1", "1"], "-1 to 1"),
        ("env_l", ["0", "0.25", "0.5", "0.75"], "0 to 1"),
        ("env_lr", ["1", "0.75", "0.5", "0.25"], "0 to 1"),
        ("time", ["0", "0.25", "0.5", "0.75"], "grows for ever"),
        ("rand", ["·"] * 4, "by chance"),
        ("per_cycle", ["·"] * 4, "as long as what reads it"),
    ):
        assert row_of(text, f"`{name}`") == [f"`{name}`", *places, ends]
    for name in ("silence", "mouse_x", "mouseX", "envL"):
        assert f"| `{name}` |" not in text, name


# -- controls and addresses ----------------------------------------------------------------------------------------


def test_a_control_is_shown_with_its_range_what_holds_unless_it_is_set_and_who_hears_it() -> None:
    text = tables.controls_page()
    temperature = CONTROLS["temperature"]
    assert row_of(text, "`temperature`") == ["`temperature`", "0 to 3", "1.1", temperature.help, "band, mrt2", ""]
    assert row_of(text, "`velocity`")[1:3] == ["0 to 1", "0.8"]
    assert row_of(text, "`velocity`")[4:] == ["band, mrt2", "`vel`"]
    assert row_of(text, "`top_k`")[2] == "50"
    assert row_of(text, "`prompt`")[2] == ""
    assert row_of(text, "`hit`")[1] == "see below", "there is a table of its own"
    assert row_of(text, "`curve`")[1].startswith("linear, smooth")
    shown = re.findall(r"^\| `(\w+)` \|", text.partition("\n## Hits")[0], re.MULTILINE)
    assert sorted(shown) == sorted(CONTROLS)
    kinds = re.split(r"^## ", text, flags=re.MULTILINE)[1:4]
    for part, kind in zip(kinds, ("master", "slot", "event"), strict=True):
        names = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
        assert {CONTROLS[name].kind for name in names} == {kind}


def test_hits_are_shown_with_their_other_names_and_curves_at_three_places() -> None:
    text = tables.controls_page()
    for name, what in HITS.items():
        also = ", ".join(f"`{alias}`" for alias, real in HIT_ALIASES.items() if real == name)
        assert row_of(text, f"`{name}`") == [f"`{name}`", what, also]
    assert row_of(text, "`sd`") == ["`sd`", "snare drum", "`sn`"]
    assert row_of(text, "`slow`") == ["`slow`", "0.06", "0.25", "0.56"]


def test_an_address_is_shown_among_its_kind_with_a_row_for_each_argument() -> None:
    text = tables.addresses_page()
    sent, back, ours = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert sent.startswith("What you can send\n\n### `/livecode/")
    assert back.startswith("What comes back\n\n### `/livecode/")
    assert ours.startswith("Between our own client and the generator\n\n")
    for row in ADDRESSES.values():
        part = back if row.reply else ours if row.ours else sent
        about = f"{row.help[0].upper()}{row.help[1:]}.\n" if row.help else ""
        assert f"### `{row.usage}`\n\n{about}" in part, row.path
        for other in (sent, back, ours):
            assert (f"### `{row.usage}`\n" in other) is (other is part), row.path
    assert "\n.\n" not in text
    assert (
        "### `/livecode/name name text`\n\nName a prompt in the bank.\n\n| argument | takes | |\n|---|---|---|\n"
        "| `name` | text of 1 to 200 characters | |\n| `text` | text of 0 to 4000 characters | |\n\n"
    ) in text


# -- tables of other languages -------------------------------------------------------------------------------------


def test_of_many_names_the_first_are_shown_and_the_rest_is_counted() -> None:
    many = tuple(f"n{number}" for number in range(elsewhere._SHOWN + 3))
    assert (
        elsewhere._members(Missing("why", names=many)) == ", ".join(f"`{name}`" for name in many[:-3]) + " and 3 more"
    )
    assert elsewhere._members(Missing("why", names=many[:-3])).endswith("`n23`")
    assert elsewhere._members(Missing("why", names=("a|b",))) == "`a\\|b`", "a table's own sign"


def test_the_tables_are_written_between_their_marks_and_the_page_around_them_is_left() -> None:
    page = f"# Mine\n\nbefore\n\n{elsewhere.BEGIN}\nold\n{elsewhere.END}\n\nafter\n"
    found = elsewhere.with_tables(page)
    assert found == f"# Mine\n\nbefore\n\n{elsewhere.tables()}\n\nafter\n"
    assert elsewhere.with_tables(found) == found


def test_a_language_has_its_words_of_the_same_name_of_another_and_those_that_are_not_here() -> None:
    tidal, strudel = re.split(r"^### ", elsewhere.tables(), flags=re.MULTILINE)[1:]
    assert tidal.startswith("Tidal's words\n\nUnder the same name, in either spelling (")
    assert strudel.startswith("Strudel's words\n\n")
    for part, title in ((tidal, "Tidal"), (strudel, "Strudel")):
        count, names = re.findall(r"spelling \((\d+)\):\n\n(.*?)\n\n\|", part, re.DOTALL)[0]
        assert names.count("`") == 2 * int(count) > 200
        assert f"\n| {title} | here |\n|---|---|\n| `" in part
        assert f"\n| not here, of {title}'s | why |\n|---|---|\n| `" in part
    assert row_of(tidal, "`#`, `\\|>`") == ["`#`, `\\|>`", "`set`"]
    assert "`gainbus`, `speedbus` and others like them | a control read from a bus of SuperDirt |" in tidal
