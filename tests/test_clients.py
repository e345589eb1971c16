"""The files for other environments hold every control and address, and never write over a player's own."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from livecode.cli.client import _delay_of_generator, command, write
from livecode.clients import pure_data, supercollider, tidal
from livecode.clients.template import MARK
from livecode.controls import CONTROLS, masters
from livecode.errors import ControlError, DeviceError, SetError
from livecode.osc.addresses import ADDRESSES
from livecode.osc.dirt import translate


def test_the_supercollider_class_has_a_method_for_each_public_address_and_a_setter_for_each_control() -> None:
    text = supercollider.files()["Livecode.sc"]
    for row in ADDRESSES.values():
        word = row.path.rpartition("/")[2]
        if not row.path.startswith("/livecode/") or row.ours or word in ("beat", "next", "quit"):
            continue
        if row.reply:
            assert f"\\{word}," in text or f"\\{word}]" in text, row.path
        else:
            assert f"'{row.path}'" in text, row.path
    for control in masters():
        assert f"{control.name}_ {{ |value, glide = 0|" in text
    assert "@@" not in text


def test_a_method_of_the_class_has_the_defaults_of_the_address_table() -> None:
    text = supercollider.files()["Livecode.sc"]
    assert "prompt { |slot, text, weight = 1, glide = 0" in text
    assert "| this.send('/livecode/prompt', slot, text, weight, glide" in text
    assert 'note { |pitch, velocity = 0.8, length = 0.5, voice = "", pan = 0.5| this.send(' in text


@pytest.mark.parametrize("version", tidal.VERSIONS)
def test_the_boot_file_has_every_control_that_tidal_has_not(version: str) -> None:
    text = tidal.files(version, port=57131)["BootTidal.hs"]
    assert "oPort = 57131" in text
    for control in CONTROLS.values():
        if control.kind == "master":
            assert re.search(rf"^    {control.name} = p[FIS] \"{control.name}\"", text, re.MULTILINE), control.name
    assert 'prompt = pS "prompt"' in text
    assert 'pweight = pF "pweight"' in text
    assert "@@" not in text


def test_superdirt_is_delayed_as_much_as_livecode() -> None:
    old = tidal.files("1.7", foreign_delay=0.3)["BootTidal.hs"]
    assert "superdirtTarget {oLatency = 0.5}" in old
    assert "oLatency = 0.2," in old
    new = tidal.files("1.10", foreign_delay=0.3)["BootTidal.hs"]
    assert "cProcessAhead = 0.6" in new
    assert "superdirtTarget {oLatency = 0.05}" in new
    assert "oLatency = 0.35," in new


def test_what_the_boot_file_names_is_understood_by_the_generator() -> None:
    text = tidal.files("1.7")["BootTidal.hs"]
    kinds = {"F": 1.0, "I": 1, "S": "bd"}
    for kind, name in re.findall(r"= p([FIS]) \"(\w+)\"  --", text):
        assert name not in translate([name, kinds[kind]]).ignored, name


def test_another_version_of_tidal_is_refused_by_name() -> None:
    with pytest.raises(ControlError, match=r"Tidal 1\.7 and 1\.10, not '1\.9'"):
        tidal.files("1.9")


def test_the_patch_names_the_controls_and_connects_to_the_port() -> None:
    text = pure_data.files(port=57131)["livecode.pd"]
    assert "connect 127.0.0.1 57131" in text
    assert all(control.name in text for control in masters())
    boxes = len(re.findall(r"^#X (?:obj|msg|text|floatatom) ", text, re.MULTILINE))
    wires = re.findall(r"^#X connect (\d+) \d+ (\d+) \d+;", text, re.MULTILINE)
    assert max(int(end) for wire in wires for end in wire) < boxes


def test_a_players_own_file_is_not_written_over(tmp_path: Path) -> None:
    own = tmp_path / "BootTidal.hs"
    own.write_text("-- mine\n", encoding="utf-8")
    with pytest.raises(SetError, match="was not written by livecode"):
        write({"other.txt": "x", "BootTidal.hs": "y"}, tmp_path)
    assert own.read_text(encoding="utf-8") == "-- mine\n"
    assert not (tmp_path / "other.txt").exists()
    write({"BootTidal.hs": f"-- {MARK}\n"}, tmp_path, force=True)
    write({"BootTidal.hs": "-- newer\n"}, tmp_path)
    assert own.read_text(encoding="utf-8") == "-- newer\n"


@pytest.mark.parametrize(
    ("name", "files"),
    [("sc", ["Livecode.sc", "livecode_example.scd"]), ("tidal", ["BootTidal.hs"]), ("pd", ["livecode.pd"])],
)
def test_the_command_writes_and_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, files: list[str]
) -> None:
    monkeypatch.setattr("livecode.cli.client._delay_of_generator", lambda _port: 0.25)
    result = CliRunner().invoke(command, [name, "--to", str(tmp_path / "new")])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == files
    assert "next: " in result.output
    if name == "tidal":
        assert "superdirtTarget {oLatency = 0.45}" in (tmp_path / "new" / "BootTidal.hs").read_text(encoding="utf-8")


def test_the_delay_is_that_of_the_generator_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    class Line:
        answer: ClassVar[dict[str, float]] = {"foreign_delay_ms": 262.5}

        def __init__(self, port: int) -> None:
            pass

        def status(self, *, wait: float) -> dict[str, float]:
            if not self.answer:
                raise DeviceError("nobody")
            return self.answer

        def close(self) -> None:
            pass

    monkeypatch.setattr("livecode.osc.link.Link", Line)
    assert _delay_of_generator(1) == 0.2625
    Line.answer = {}
    assert _delay_of_generator(1) == tidal.FOREIGN_DELAY


def test_only_what_a_performer_sends_has_a_method_in_supercollider() -> None:
    text = supercollider.files()["Livecode.sc"]
    methods = set(re.findall(r"this\.send\('(/[^']+)'", text))
    for row in ADDRESSES.values():
        if row.reply or row.ours or row.path in ("/ctrl", "/c_set", "/dirt/handshake"):
            assert row.path not in methods, row.path
    assert {"/livecode/prompt", "/livecode/seek", "/livecode/note"} <= methods


def test_a_default_is_written_as_supercollider_has_it() -> None:
    assert [supercollider._literal(value) for value in (None, "", "a", 0.5, 2.0, 3, Fraction(1, 4))] == [
        "nil",
        '""',
        '"a"',
        "0.5",
        "2",
        "3",
        "0.25",
    ]
