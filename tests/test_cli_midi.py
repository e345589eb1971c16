"""`livecode devices` lists MIDI ports where there are some, and says why there are none."""

from __future__ import annotations

import pytest

from livecode.cli import devices
from livecode.errors import DeviceError, MissingExtra


class Rack:
    def inputs(self) -> list[str]:
        return ["Keys"]

    def outputs(self) -> list[str]:
        return ["Synth"]


def test_ports_are_listed_with_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "RtPorts", Rack)
    assert [line.split()[:3] for line in devices.midi_lines()] == [["MIDI", "in", "Keys"], ["MIDI", "out", "Synth"]]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DeviceError("there is no MIDI on this machine"), ["MIDI: there is no MIDI on this machine"]),
        (MissingExtra("MIDI", "midi"), []),
    ],
)
def test_a_machine_without_midi_says_so_and_one_without_the_extra_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: list[str]
) -> None:
    def none() -> None:
        raise error

    monkeypatch.setattr(devices, "RtPorts", none)
    assert list(devices.midi_lines()) == said
