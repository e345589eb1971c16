"""Where models lie, which can be opened here, and how they are fetched, from a server that speaks as the hub does."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

from livecode.cli import main
from livecode.engines.mrt2 import download, models, published
from livecode.engines.mrt2.download import Remote
from livecode.engines.mrt2.inventory import take_stock
from livecode.engines.mrt2.models import check_version, find_model, written_by
from livecode.engines.mrt2.published import Look, Standing, glance, verify
from livecode.errors import EngineError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """MAGENTA_HOME of its own."""
    monkeypatch.setenv("MAGENTA_HOME", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str, *, version: bytes = b"0.31.2", state: bool = True) -> Path:
    """Put down files that look like a model's."""
    made = folder / name
    made.mkdir(parents=True)
    step = made / f"{name}.mlxfn"
    step.write_bytes(len(version).to_bytes(8, "little") + version + b"rest")
    if state:
        models.state_path(step).write_bytes(b"state")
    return step


def test_models_are_looked_for_where_the_official_tools_put_them(home: Path) -> None:
    assert models.root({"MAGENTA_HOME": "/m"}) == Path("/m/magenta-rt-v2")
    assert models.root({}) == Path.home() / "Documents/Magenta/magenta-rt-v2"
    step = put(home / "magenta-rt-v2/models", "mrt2_small")
    for text in ("small", "mrt2_small", str(step), str(step.parent)):
        assert find_model(text).step == step
    assert find_model("small").state == step.with_name("mrt2_small_state.safetensors")


def test_what_the_app_that_forgets_a_folder_has_fetched_is_found_too(home: Path) -> None:
    step = put(home / "models", "mrt2_base")
    assert find_model("base").step == step


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("small", "model 'small' is not in .*magenta-rt-v2/models; livecode models download small"),
        ("mrt2_base", "livecode models download base"),
        ("smal", "there is no model 'smal' in .*; did you mean 'small'"),
        ("/nowhere/x.mlxfn", "there is no model at /nowhere/x.mlxfn"),
    ],
)
def test_a_missing_model_is_one_sentence_with_what_to_do(home: Path, text: str, says: str) -> None:
    with pytest.raises(EngineError, match=says):
        find_model(text)


@pytest.mark.parametrize(
    ("here", "small_mlx", "small_cpu"),
    [
        ("mlx", "livecode models download small", "livecode models download small --home cpu"),
        ("cpu", "livecode models download small --home mlx", "livecode models download small"),
    ],
)
def test_the_download_that_is_recommended_fetches_the_home_that_lacks_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, here: models.Home, small_mlx: str, small_cpu: str
) -> None:
    from livecode.engines.mrt2.cpu.stepper import find_folder

    monkeypatch.setenv("LIVECODE_HOME", str(home / "own"))
    monkeypatch.setattr(models, "home_for", lambda: here)
    with pytest.raises(EngineError, match=f"; {small_mlx}$"):
        find_model("small")
    with pytest.raises(EngineError, match=f"cpu yet: {small_cpu}, then"):
        find_folder()


def test_a_missing_state_and_an_empty_folder_are_named(home: Path) -> None:
    step = put(home, "mine", state=False)
    with pytest.raises(EngineError, match=r"mine.mlxfn lacks its first state: .*mine_state.safetensors is missing"):
        find_model(str(step))
    (home / "empty").mkdir()
    with pytest.raises(EngineError, match=r"there is no .mlxfn in .*empty"):
        find_model(str(home / "empty"))


def test_the_version_of_the_writer_is_read_from_the_head_of_the_file(tmp_path: Path) -> None:
    assert written_by(put(tmp_path, "a", version=b"0.32.4")) == "0.32.4"
    other = tmp_path / "b.mlxfn"
    for data in (b"", b"\1\2\3", b"\xff" * 40, (6).to_bytes(8, "little") + b"abcdef"):
        other.write_bytes(data)
        with pytest.raises(EngineError, match="not a function that mlx has written; download it again"):
            written_by(other)


@pytest.mark.parametrize("present", ["0.29.4", "0.30.6", "0.31.0", "0.31.1", "0.31.2", "0.32.0"])
def test_a_published_file_opens_with_these_versions(present: str) -> None:
    check_version("0.31.2", present)


@pytest.mark.parametrize(
    ("written", "present", "wanted"),
    [("0.31.2", "0.32.1", "0.31.2"), ("0.31.2", "0.32.4", "0.31.2"), ("0.32.4", "0.31.2", "0.32.4")],
)
def test_another_mlx_is_named_with_the_one_to_install(written: str, present: str, wanted: str) -> None:
    says = f"model written by mlx {written}, this is mlx {present}; install mlx=={wanted}"
    with pytest.raises(EngineError, match=f"^{re.escape(says)}$"):
        check_version(written, present)


STEP = "models/mrt2_small/mrt2_small.mlxfn"
STATE = "models/mrt2_small/mrt2_small_state.safetensors"


def note(root: Path, place: str, digest: str) -> None:
    """Note a download as the hub's client does."""
    file = root / published.NOTED / f"{place}.metadata"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{'1' * 40}\n{digest}\n{time.time()}\n")


def test_a_file_with_the_published_length_and_checksum_is_as_published(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = put(home / "magenta-rt-v2/models", "mrt2_small")
    right = base64.b64encode(hashlib.md5(step.read_bytes()).digest()).decode()
    monkeypatch.setattr(published, "PUBLISHED", {STEP: (step.stat().st_size, right)})
    assert glance(step) == verify(step, STEP) == Look(Standing.PUBLISHED)
    assert verify(home / "none", STEP) == Look(Standing.MISSING, f"{STEP} is missing")
    assert glance(put(home / "elsewhere", "mine")) == Look(Standing.PUBLISHED)


def test_a_whole_file_of_another_version_is_not_called_damaged(home: Path) -> None:
    root = home / "magenta-rt-v2"
    step = put(root / "models", "mrt2_small")
    note(root, STEP, hashlib.sha256(step.read_bytes()).hexdigest())
    gone = models.state_path(step)
    note(root, STATE, "0" * 64)
    gone.unlink()
    assert glance(gone) == Look(Standing.MISSING, "mrt2_small_state.safetensors is missing")
    for look in (glance(step), verify(step, STEP)):
        assert look.standing is Standing.OTHER
        assert "bytes, the published one 455,654,550: a version this release does not know" in look.text
        assert "damaged" not in look.text


def test_a_state_file_shows_by_its_own_head_whether_it_is_whole(home: Path) -> None:
    save_file = pytest.importorskip("safetensors.numpy", reason="the extra mrt2 is not installed here").save_file
    put(home / "magenta-rt-v2/models", "mrt2_small")
    state = home / "magenta-rt-v2" / STATE
    save_file({"state_0": np.ones((3, 4), np.float32), "state_1": np.ones(2, np.uint32)}, str(state))
    assert glance(state).standing is verify(state, STATE).standing is Standing.OTHER
    state.write_bytes(state.read_bytes()[:-1])
    assert glance(state).standing is verify(state, STATE).standing is Standing.DAMAGED


def test_a_file_that_changed_after_its_download_is_damaged(home: Path) -> None:
    root = home / "magenta-rt-v2"
    step = put(root / "models", "mrt2_small")
    note(root, STEP, hashlib.sha256(step.read_bytes()).hexdigest())
    step.write_bytes(step.read_bytes() + b"more")
    look = verify(step, STEP)
    assert look.standing is Standing.DAMAGED
    assert look.text.endswith("damaged; remove it and download again")


@pytest.mark.parametrize(
    ("place", "data", "standing"),
    [
        (STEP, b"no function", Standing.DAMAGED),
        (STEP, (6).to_bytes(8, "little") + b"0.31.2 and what an export of another day holds", Standing.UNCLEAR),
        (STATE, b"", Standing.DAMAGED),
        (STATE, b"\xff" * 40, Standing.DAMAGED),
        (STATE, (4).to_bytes(8, "little") + b"1234", Standing.DAMAGED),
        ("resources/musiccoca/mapper.tflite", b"\0\0\0\0TFL3 and a network", Standing.UNCLEAR),
        ("resources/musiccoca/mapper.tflite", b"<html>not found</html>", Standing.DAMAGED),
        ("resources/musiccoca/spm.model", b"words", Standing.UNCLEAR),
    ],
)
def test_without_a_note_a_file_is_damaged_only_where_its_head_shows_it(
    home: Path, place: str, data: bytes, standing: Standing
) -> None:
    path = home / "magenta-rt-v2" / place
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert glance(path).standing is verify(path, place).standing is standing


def test_other_bytes_of_the_same_length_are_either_damaged_or_of_another_version(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = put(home / "magenta-rt-v2/models", "mrt2_small")
    wrong = base64.b64encode(b"0" * 16).decode()
    monkeypatch.setattr(published, "PUBLISHED", {STEP: (step.stat().st_size, wrong)})
    look = verify(step, STEP)
    assert look.standing is Standing.UNCLEAR
    assert look.text.startswith(f"{STEP} differs from the published file (its MD5 is another): a version this release")


def test_the_stock_names_what_each_home_downloads_and_keeps_a_model_of_another_version(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(home / "own"))
    root = home / "magenta-rt-v2"
    step = put(root / "models", "mrt2_small")
    for place in (STEP, STATE):
        note(root, place, hashlib.sha256((root / place).read_bytes()).hexdigest())
    rows = {row.engine: row for row in take_stock()}
    small = rows["mrt2-small"]
    assert "0.46 GB for the mlx home, 1.13 GB for the cpu home" in small.about
    assert small.here
    assert small.state.startswith(f"here: {step}")
    assert "a version this release does not know" in small.state
    assert "2.79 GB for the mlx home;" in rows["mrt2-base"].about
    assert "0.96 GB" in rows["prompts"].about


def test_the_stock_says_what_is_here_what_is_missing_and_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(home / "own"))
    put(home / "magenta-rt-v2/models", "my_tuned")
    put(home / "models", "mrt2_small")
    monkeypatch.setattr(models, "home_for", lambda: "cpu")
    refused = {row.engine: row for row in take_stock()}["mrt2-base"].state
    assert refused == "not for this machine: it plays on Apple Silicon only, mrt2-small plays here"
    monkeypatch.setattr(models, "home_for", lambda: "mlx")
    rows = {row.engine: row for row in take_stock()}
    assert "written by mlx 0.31.2" in rows["mrt2-small"].state
    assert rows["mrt2-base"].state == "not here: livecode models download base"
    assert "spm.model" in rows["prompts"].state
    tuned = rows[f"mrt2:{home / 'magenta-rt-v2/models/my_tuned'}"]
    assert (tuned.about, tuned.here) == ("a model of your own", True)
    assert main(["models"]) == 0
    assert "CC-BY-4.0" in capsys.readouterr().out
    assert main(["models", "list", "--json"]) == 0
    assert [row["engine"] for row in json.loads(capsys.readouterr().out)] == list(rows)


def test_a_small_model_for_the_cpu_home_counts_as_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVECODE_HOME", str(home / "own"))
    checkpoint = home / "magenta-rt-v2/checkpoints/mrt2_small.safetensors"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"raw")
    assert take_stock()[0].state == "its checkpoint is here: livecode models convert small"
    converted = home / "own/models/mrt2-small-cpu-8bit"
    converted.mkdir(parents=True)
    (converted / "model.json").write_text("{}")
    assert take_stock()[0].state == f"here for the cpu home: {converted}"


def test_make_fixture_writes_a_model_that_says_it_is_test_tones(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mlx.core", reason="mlx is not installed here")
    assert main(["models", "make-fixture", str(home / "made"), "--name", "tones"]) == 0
    assert "test tones, no music model" in capsys.readouterr().out
    found = find_model(str(home / "made/tones"))
    assert found.fixture
    assert (found.step.parent / "spectrostream_encoder.mlxfn").is_file()


# -- fetching ------------------------------------------------------------------------------------------------------

FILES = {
    "models/mrt2_small/mrt2_small.mlxfn": (6).to_bytes(8, "little") + b"0.31.2" + bytes(range(256)) * 2000,
    "models/mrt2_small/mrt2_small_state.safetensors": b"state" * 1000,
    "resources/musiccoca/spm.model": b"words" * 100,
    "resources/musiccoca/text_encoder.tflite": b"text" * 5000,
    "resources/spectrostream/spectrostream_encoder.mlxfn": b"sound" * 100,
    "resources/spectrostream/decoder.safetensors": b"not needed" * 100,
    "checkpoints/mrt2_small.safetensors": b"raw" * 1000,
}


class Publisher(BaseHTTPRequestHandler):
    """The part of Hugging Face that the client asks: trees, heads and files, also from the middle on."""

    protocol_version = "HTTP/1.1"
    files: dict[str, bytes]
    asked: list[str]
    breaks_after: int = 0  # bytes of a large file after which the line goes dead, once

    def log_message(self, *_args: object) -> None: ...

    def do_HEAD(self) -> None:
        self._file(body=False)

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        tree = "/api/models/google/magenta-realtime-2/tree/main/"
        if not path.startswith(tree):
            self._file(body=True)
            return
        folder = path.removeprefix(tree)
        rows = [
            {
                "type": "file",
                "path": name,
                "size": len(data),
                "oid": "0" * 40,
                "lfs": {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130},
            }
            for name, data in self.files.items()
            if name.startswith(f"{folder}/")
        ]
        headers = {"Content-Type": "application/json"}
        if rows:
            self._answer(200, json.dumps(rows).encode(), headers)
        else:
            self._answer(404, b'{"error":"Entry not found"}', headers | {"X-Error-Code": "EntryNotFound"})

    def _file(self, *, body: bool) -> None:
        name = unquote(self.path.partition("?")[0]).removeprefix("/google/magenta-realtime-2/resolve/main/")
        data = self.files.get(name)
        if data is None:
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        if body:
            self.asked.append(f"{name} from {start}" if start else name)
        digest = hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{digest}"', "X-Repo-Commit": "1" * 40, "Accept-Ranges": "bytes"}
        part = data[start:]
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.send_response(206 if start else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if body and 0 < self.breaks_after < len(part):
            self.wfile.write(part[: self.breaks_after])
            type(self).breaks_after = 0
            self.close_connection = True
        elif body:
            self.wfile.write(part)

    def _answer(self, code: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def publisher() -> Iterator[tuple[type[Publisher], str]]:
    handler = type("Here", (Publisher,), {"files": dict(FILES), "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_publisher_is_told_nothing_but_what_is_fetched() -> None:
    pytest.importorskip("huggingface_hub", reason="the extra mrt2 is not installed here")
    program = (
        "from livecode.engines.mrt2.download import HuggingFace; HuggingFace(); "
        "from huggingface_hub import constants; print(constants.HF_HUB_DISABLE_TELEMETRY)"
    )
    quiet = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "True"


@pytest.fixture
def fetch(home: Path, publisher: tuple[type[Publisher], str]) -> Run:
    """Run `livecode models download` against the server: the client reads its address when it is imported."""
    pytest.importorskip("huggingface_hub", reason="the extra mrt2 is not installed here")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "HF_ENDPOINT": publisher[1],
            "HF_HOME": str(home / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "MAGENTA_HOME": str(home),
        }
        command = [sys.executable, "-m", "livecode", "models", "download", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )

    return run


def test_a_download_fetches_what_is_needed_says_the_licence_and_fetches_nothing_twice(
    home: Path, fetch: Run, publisher: tuple[type[Publisher], str]
) -> None:
    done = fetch("small", "--home", "mlx")
    assert done.returncode == 0, done.stderr
    assert "CC-BY-4.0" in done.stdout
    root = home / "magenta-rt-v2"
    fetched = [name for name in FILES if "decoder" not in name and "checkpoints" not in name]
    assert sorted(publisher[0].asked) == sorted(fetched)
    assert {name: (root / name).read_bytes() for name in fetched} == {name: FILES[name] for name in fetched}
    assert not (root / "resources/spectrostream/decoder.safetensors").exists()
    publisher[0].asked.clear()
    again = fetch("small", "--home", "mlx")
    assert again.returncode == 0
    assert publisher[0].asked == []
    assert find_model("small").step == root / "models/mrt2_small/mrt2_small.mlxfn"


def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    home: Path, fetch: Run, publisher: tuple[type[Publisher], str]
) -> None:
    name = "models/mrt2_small/mrt2_small.mlxfn"
    large = FILES[name] * 25  # the client keeps what it has in parts of 10 MB
    publisher[0].files[name] = large
    publisher[0].breaks_after = 11_000_000
    for _ in range(2):
        done = fetch("small", "--home", "mlx")
        if not done.returncode:
            break
        assert "the same command goes on there" in done.stderr
    assert done.returncode == 0, done.stderr
    assert (home / "magenta-rt-v2" / name).read_bytes() == large
    assert any(asked.startswith(f"{name} from ") for asked in publisher[0].asked)


def test_for_the_cpu_home_the_checkpoint_is_fetched(home: Path, fetch: Run) -> None:
    done = fetch("small", "--home", "cpu")
    assert done.returncode == 0, done.stderr
    assert (home / "magenta-rt-v2/checkpoints/mrt2_small.safetensors").is_file()
    assert "livecode models convert small" in done.stdout


def test_what_is_not_published_is_named(fetch: Run, publisher: tuple[type[Publisher], str]) -> None:
    done = fetch("base")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("has no models/mrt2_base any more; this livecode is too old for it")


class FakeHub:
    """Publishes bytes, and may hand out wrong or half ones."""

    def __init__(self, files: dict[str, bytes], carried: dict[str, bytes] | None = None) -> None:
        self.files, self.carried, self.fetched = files, carried or {}, []
        self.fetched: list[str] = []

    def listing(self, path: str) -> list[Remote]:
        return [
            Remote(name, len(data), hashlib.sha256(data).hexdigest())
            for name, data in self.files.items()
            if name == path or name.startswith(f"{path}/")
        ]

    def fetch(self, path: str, into: Path) -> None:
        self.fetched.append(path)
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_bytes(self.carried.get(path, self.files[path]))


def test_a_file_that_arrives_wrong_is_removed_and_named(tmp_path: Path) -> None:
    name = "resources/musiccoca/spm.model"
    hub = FakeHub(FILES, {name: b"wrong" * 100})
    with pytest.raises(EngineError, match=r"spm.model has another SHA-256 than published; it was removed"):
        download.download(hub, download.plan(hub, ["resources/musiccoca"]), tmp_path, say=lambda _text: None)
    assert not (tmp_path / name).exists()
    hub.carried.clear()
    hub.fetched.clear()
    download.download(hub, download.plan(hub, ["resources/musiccoca"]), tmp_path, say=lambda _text: None)
    assert hub.fetched == [name]


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"GB free, and .* GB are needed; make room, or set MAGENTA_HOME"):
        download.check_room([Remote("large", 1 << 60)], tmp_path / "not" / "there")


def test_an_unknown_size_or_home_is_refused() -> None:
    with pytest.raises(EngineError, match="small and base"):
        download.wanted("huge", "mlx")
    with pytest.raises(EngineError, match="small model only"):
        download.wanted("base", "cpu")


def test_check_compares_what_is_here(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "check"]) == 0
    assert "None of the published files" in capsys.readouterr().out
    step = put(home / "magenta-rt-v2/models", "mrt2_small")
    note(home / "magenta-rt-v2", STEP, hashlib.sha256(step.read_bytes()).hexdigest())
    assert main(["models", "check"]) == 2
    shown = capsys.readouterr()
    assert f"{STEP} has {step.stat().st_size} bytes" in shown.out
    assert "1 of 2 files are damaged" in shown.err
    models.state_path(step).unlink()
    assert main(["models", "check"]) == 0
    assert "a version this release does not know" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("here", "asked", "plays", "remark"),
    [
        ("mlx", ["base"], "mrt2-base SET", ""),
        ("cpu", ["base"], "mrt2-base:mlx SET", "mrt2-base plays on Apple Silicon only"),
        ("cpu", ["small"], "mrt2-small SET after: livecode models convert small", ""),
        ("mlx", ["small", "--home", "cpu"], "mrt2-small:cpu SET after: livecode models convert small", ""),
    ],
)
def test_a_download_says_how_its_home_is_played(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    here: models.Home,
    asked: list[str],
    plays: str,
    remark: str,
) -> None:
    base = {f"models/mrt2_base/{name}": b"base" for name in ("mrt2_base.mlxfn", "mrt2_base_state.safetensors")}
    monkeypatch.setattr(download, "HuggingFace", lambda: FakeHub(FILES | base))
    monkeypatch.setattr(models, "home_for", lambda: here)
    assert main(["models", "download", *asked]) == 0
    said = capsys.readouterr().out
    assert said.rstrip().endswith(f"Play: livecode play --engine {plays}")
    assert remark in said
    assert ("Apple Silicon only" in said) == bool(remark)
