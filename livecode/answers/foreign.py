"""Lines of other languages, and what does the same here: the one table of their names.

People who come from TidalCycles, Strudel, FoxDot, Sonic Pi, SuperCollider or Sardine type what their hands know. Python
answers that with a SyntaxError or a NameError; this adds the line that does it here, made from what was typed. What is
too long to be read is answered with a line of the same kind. Names and documented behaviour are those languages' facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from livecode.answers import foxdot, others, sonic_pi, strudel, tidal
from livecode.answers.spelling import works
from livecode.controls import CONTROLS
from livecode.errors import LivecodeError

_CHARACTERS: Final = 2000  # of a text that is read
_UNREADABLE: Final = (LivecodeError, ArithmeticError, LookupError, ValueError, RecursionError)
_SHOWN: Final = 400  # characters of an answer
_NOTHING: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Language:
    """A language that people come from."""

    name: str
    shape: re.Pattern[str]  # a statement that Python cannot read looks like this
    read: Callable[[str], str]  # from a statement to the line that does it here; raises what it cannot read
    example: str  # a line of the same kind, for what cannot be read
    names: re.Pattern[str] = _NOTHING  # names that Python does not know, and methods
    refused: re.Pattern[str] = _NOTHING  # what Python reads in it and cannot do


def _shape(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.MULTILINE)


def _names(text: str) -> re.Pattern[str]:
    return re.compile("(?:" + "|".join(text.split()) + r")\Z")


_SYNTHS: Final = (
    "pluck bass blip pads keys sinepad saw charm bell soprano dirt viola ripple jbass dbass star sitar marimba "
    "orient lazer swell quin scatter spark noise bug arpy nylon donk squish crunch prophet gong glass feel fuzz "
    "dub growl varsaw razz snick rave klank creep zap ambi audioin stretch loop space benoit"
)
_EFFECTS: Final = (  # controls of SuperDirt's and Strudel's sound that no method here has
    "bank room roomsize size orbit cut speed accelerate crush coarse shape squiz distort drive vowel lpf hpf bpf lpq "
    "hpq bpq cutoff hcutoff bandf bandq resonance hresonance djf delay delaytime delayfeedback dry attack decay "
    "release hold phaser phaserdepth tremolo tremolodepth triode krush kcutoff lock unit detune fm fmh noise adsr "
    "lpenv lpattack lpdecay lpsustain lprelease ftype roomlp roomdim roomfade iresponse postgain compressor penv "
    "pattack lfo leslie lrate lsize ring ringf ringdf waveloss comb smear scram binshift hbrick lbrick freeze freq "
    "cps nudge channel channels ftranswah begin end loopBegin loopEnd color punchcard pianoroll scope spectrum"
)

LANGUAGES: Final = (
    Language(
        "Tidal",
        _shape(
            r"^\s*\w+(?:\s+(?:\d+|\"[^\"]*\"))*\s*\$\s",
            r"^\s*d\d+\s+silence",
            r"^\s*(?:setcps|solo|unsolo|mute|unmute|nudgeAll|let|cps|hush|resetCycles)(?:\s+[\w(\"]|\s*$)",
            r"^\s*(?:sound|s|n|note|every|fast|slow|stack|rev|vowel)\s+[\"(\d\[]",
            r"^\s*(?:import Sound\.Tidal|:set |:m )",
        ),
        tidal.line_here,
        'd1 >> sound("bd*4").every(4, fast(2))',
    ),
    Language(
        "Strudel",
        _shape(
            r"^\s*_?\$\w*\s*:",
            r"\w\)?\s*=>\s*[\w{(]+[.(]",
            r"^\s*(?:const|let|await|function)\s",
            r"^\s*(?:stack|s|n|note|sound)\s*\(.*(?://|`|;\s*$)",
            r"^\s*[a-zA-Z]\w*:\s*(?:stack|s|n|note|sound|seq|cat)\s*\(",
            r"`[^`]*`",
        ),
        strudel.line_here,
        'd1 >> s("bd*4").every(4, lambda x: x.rev())',
        _names(f"samples setCpm setCps registerSound initHydra all {_EFFECTS}"),
        _shape(r"\.out\(\s*\)"),
    ),
    Language(
        "FoxDot",
        _shape(
            rf"^\s*[a-z]\w*\s*>>\s*(?:play|{_SYNTHS.replace(' ', '|')})\s*\(",
            r"^\s*Clock\.",
            r"^\s*[a-z]\w?\d\.(?:stop|solo|mute)\s*\(",
            r"^\s*~\s*[a-z]\w*\s*>>",
        ),
        lambda line: foxdot.line_here(line.strip().lstrip("~ ")),
        'd1 >> n("0 2 4").scale("c:major").voice("piano")',
        _names(rf"play Clock Scale Root Group linvar Pvar PRand PDur PRange P nextBar {_SYNTHS}"),
    ),
    Language(
        "Sonic Pi",
        _shape(
            r"^\s*(?:live_loop|loop|in_thread|with_fx|use_bpm|use_synth|play|sample|sleep|synth|play_pattern_timed)"
            r"(?:\s+[:\w\[\"(]|\s*$)",
        ),
        sonic_pi.line_here,
        'd1 >> note("c e g").voice("piano")',
        _names("live_loop use_bpm use_synth play sample sleep synth with_fx play_pattern play_pattern_timed"),
    ),
    Language(
        "SuperCollider",
        _shape(
            r"\bP(?:bind|def|bindef|seq|mono)\b", r"\b(?:SinOsc|Saw|SynthDef|Synth|Ndef)\b", r"TempoClock|CmdPeriod"
        ),
        others.supercollider,
        'd1 >> n("0 2 4").scale("c:major")',
        _names("Pbind Pdef Pbindef Pseq Pmono SynthDef Synth Ndef SinOsc TempoClock CmdPeriod"),
    ),
    Language(
        "Sardine",
        _shape(r"^\s*@swim", r"^\s*again\s*\(", r"^\s*P[a-z]\s*(?:\*|>>)\s*[dn]\(", r"^\s*silence\s*\(\s*\)"),
        others.sardine,
        'd1 >> s("bd hh")',
        _names("swim again die D N Pa Pb Pc Pd bowl clock"),
        _shape(r"^\s*silence\s*\(\s*\)"),
    ),
)

_STRING: Final = re.compile(
    r"""(?P<before>\w*)\(?\s*(?P<quote>["'])(?P<text>[^"']*?)\s+#\s+(?P<more>[^"']*)(?P=quote)"""
)
_COMMENT: Final = re.compile(r"[)\"']\s*(?P<text>#\s*(?P<name>[a-z][A-Za-z0-9]*)\s+[\"(\d.-].*)$")


# What has no line of its own here.
_INSTEAD: Final = {
    "samples": 'there are no samples to load here: the kit plays s("bd"), the band plays note("c e").s("piano")',
    "linvar": "a value that moves is a signal here, such as saw.range(0, 1).slow(4)",
}


def line_here(*statements: str, name: str = "") -> str:
    """Return a sentence with the line that does the same here; "" where it belongs to none of the languages.

    Args:
        statements: what was typed, which Python cannot read: a line or a block, and what stands round it.
        name: what Python does not know in it, where it is a name or a method and not the whole.
    """
    tried = [(statement, _languages(statement, name)) for statement in statements if len(statement) <= _CHARACTERS]
    return _first(_answer(*one) for one in tried) or _first(_kind(*one, name) for one in tried)


def _first(found: Iterable[str]) -> str:
    return next((text for text in found if text), "")


def _languages(statement: str, name: str) -> list[Language]:
    """Return the languages that a statement may belong to."""
    if name:
        own = rf"\s*{re.escape(name)}\b|\s*\w+\s*:[^=]*\Z"  # sample :bd_haus is an annotation in Python
        used = rf"@{re.escape(name)}\b|\b{re.escape(name)}\s*[.(]"  # as a function or an object, not as a variable
        return [
            one
            for one in LANGUAGES
            if (one.names.match(name) and re.search(used, statement))
            or (re.match(own, statement) and one.shape.search(statement))
        ]
    return [one for one in LANGUAGES if one.shape.search(statement)]


def line_in_its_stead(*statements: str) -> str:
    """Return the same about statements that Python reads and refuses, such as ``note("c").out()``."""
    found = [(text, [one for one in LANGUAGES if one.refused.search(text)]) for text in statements]
    return _first(_answer(*one) for one in found if len(one[0]) <= _CHARACTERS)


def _answer(statement: str, found: list[Language]) -> str:
    """Return a sentence with the line, made of what was typed."""
    hashed = _in_string(statement)
    if hashed:
        return f"that is Tidal; here a # is a method: {hashed}"
    for language in found:
        here = _read(language, statement)
        if here:
            return f"that is {language.name}; here: {here}"
    return ""


def _kind(statement: str, found: list[Language], name: str) -> str:
    """Return a sentence with a line of the same kind."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    if found and (not name or found[0].shape.search(statement)):
        return f"that is {found[0].name}; a line of its kind here: {found[0].example}"
    if found:
        return f"{name} is {found[0].name}'s; a line of its kind here: {found[0].example}"
    return ""


def _read(language: Language, statement: str) -> str:
    try:
        here = language.read(statement.strip()).strip()
    except _UNREADABLE:
        return ""
    _player, arrow, music = here.partition(" >> ")
    once = re.fullmatch(r"once\((.*)\)", here)
    music = once[1] if once else music.partition("  (")[0]
    if (arrow or once) and music != "None" and not works(music):
        return ""
    return here if len(here) <= _SHOWN and here != statement.strip() else ""


def _in_string(statement: str) -> str:
    """Return what ``"bd*4 # room 0.3"`` is here, where a control stands inside of a string."""
    match = _STRING.search(statement)
    if match is None:
        return ""
    word = match["before"] or "s"
    try:
        here = tidal.line_here(f'{word} "{match["text"]}" # {match["more"]}')
    except _UNREADABLE:
        return ""
    return here if works(here.partition(" >> ")[2]) else ""


def in_comment(line: str) -> str:
    """Return a sentence about a control of Tidal's behind a line, which Python takes for a comment; "" without one.

    >>> in_comment('d1 >> hit("bd*4") # gain 0.8')
    '# gain 0.8 is a comment in Python, so nothing hears it; here: d1 >> hit("bd*4").gain(0.8)'
    """
    match = _COMMENT.search(line)
    if match is None or not (match["name"] in CONTROLS or match["name"] in _EFFECTS.split() or match["name"] in "sn"):
        return ""
    before = line[: match.start("text")].strip()
    player, arrow, music = before.partition(">>")
    try:
        here = tidal.line_here(f's "x" {match["text"]}').removeprefix('d1 >> s("x")')
    except _UNREADABLE:
        return ""
    music = (music if arrow else before).strip() + here
    if not here.startswith(".") or not works(music):
        return ""
    return f"{match['text'].strip()} is a comment in Python, so nothing hears it; here: " + (
        f"{player.strip()} >> {music}" if arrow else f"d1 >> {music}"
    )
