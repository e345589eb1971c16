"""JupyterLab in a real browser: a notebook is typed and run, the blend is dragged, and the generator gets the weights.

Needs JupyterLab (LIVECODE_JUPYTER_LAB or on the path), Chromium with its driver, and selenium. Screenshots stay in
LIVECODE_SHOTS if that names a folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from patience import FAREWELL, PATIENCE
from ports import free_port

from livecode.osc.link import Link

LAB = os.environ.get("LIVECODE_JUPYTER_LAB") or shutil.which(
    "jupyter-lab", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
)
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
selenium = pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("anywidget", reason="the extra scope is not installed")
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not LAB, reason="JupyterLab is not installed"),
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and chromedriver are not installed"),
]

CELLS = (
    'd1 >> prompt("warm pads")\nd2 >> prompt("disco funk, slap bass")\nd3 >> note("<c3\'min7 f3\'min7>(3,8)")\n'
    "master(temperature=mousex.range(0.5, 1.5))",
    'note("c e g b").draw(4)',
    "d3",
    'hear(note("c4 e4 g4"), bars=1)',
    "scope()",
)


def until(there: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = there()
        if found:
            return found
        time.sleep(0.2)
    pytest.fail(f"no {what} after {seconds:g} s")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int, Path]]:
    """Start JupyterLab with our kernel by its full path; return its address, the generator's port and the folder."""
    from livecode_kernel.install import install_kernelspec

    install_kernelspec(prefix=str(tmp_path / "spec"))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in CELLS],
        metadata={"kernelspec": {"name": "livecode", "display_name": "livecode", "language": "python"}},
    )
    (tmp_path / "work").mkdir()
    nbformat.write(notebook, tmp_path / "work" / "live.ipynb")
    port, sound = free_port(), free_port()
    monkeypatch.setenv("LIVECODE_PORT", str(sound))
    monkeypatch.setenv("LIVECODE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_PATH", f"{tmp_path}/spec/share/jupyter:{sys.prefix}/share/jupyter")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    assert LAB is not None
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=", "--ServerApp.password="]
    server = subprocess.Popen(
        [
            LAB,
            *options,
            "--LabApp.expose_app_in_browser=True",
            "--ServerApp.disable_check_xsrf=True",
            str(tmp_path / "work"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path / "work",
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=FAREWELL) as answer:
                return "version" in json.load(answer)
        except OSError:
            return False

    try:
        until(answers, "JupyterLab")
        yield address, sound, tmp_path / "work"
    finally:
        link = Link(port=sound)
        if link.alive(0.5):
            link.open()
            from livecode.osc.wire import Message

            link.command(Message("/livecode/quit", ()))
            link.flush()
        link.close()
        server.terminate()
        server.wait(PATIENCE)


@pytest.fixture
def browser() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1300,2600",
    ):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    shoot(driver, "last")
    driver.quit()


def shoot(browser: Any, name: str) -> None:
    folder = os.environ.get("LIVECODE_SHOTS")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def restart(browser: Any) -> None:
    """Restart the kernel as a player does."""
    from selenium.webdriver.common.by import By

    browser.execute_script("window.jupyterapp.commands.execute('notebook:restart-kernel')")
    until(lambda: browser.find_elements(By.CSS_SELECTOR, ".jp-Dialog .jp-mod-accept"), "question")[0].click()


def moving(browser: Any) -> bool:
    """Whether the view's beat moves on within half a second."""
    ask = "return document.querySelector('.livecode-head')?.textContent ?? ''"
    before = browser.execute_script(ask)
    time.sleep(0.5)
    return bool(before != browser.execute_script(ask))


def test_the_blend_is_dragged_in_a_browser_and_the_weights_arrive(lab: tuple[str, int, Path], browser: Any) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By

    address, sound, lab_folder = lab
    browser.get(f"{address}/lab/tree/live.ipynb?reset")
    until(lambda: "livecode | Idle" in browser.execute_script("return document.body?.innerText ?? ''"), "idle kernel")
    until(
        lambda: browser.execute_script("return document.querySelectorAll('.jp-CodeCell').length") == len(CELLS), "cells"
    )
    browser.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    blend = until(lambda: browser.find_elements(By.CSS_SELECTOR, "canvas.livecode-blend"), "live view")[0]
    outputs = browser.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output")
    html = "".join(output.get_attribute("innerHTML") for output in outputs)
    assert html.count("<svg") >= 3
    assert "<audio" in html
    link = Link(port=sound)
    try:
        until(lambda: "disco" in str(link.status()["blend"]) and "warm" in str(link.status()["blend"]), "blend")
        link.subscribe("blend", 10)
        shares: dict[str, float] = {}
        link.news.append(
            lambda address, args: (
                shares.update({str(args[0]).partition("/")[0]: float(args[1])})
                if address.endswith("/blend") and len(args) == 3
                else None
            )
        )
        until(lambda: abs(shares.get("d1", 0) - 0.5) < 0.02 and abs(shares.get("d2", 0) - 0.5) < 0.02, "even blend")
        until(
            lambda: float(browser.execute_script("return arguments[0].getBoundingClientRect().width", blend)) > 100,
            "view",
        )
        temperatures = [0.0]
        link.news.append(
            lambda address, args: (
                temperatures.append(float(args[4])) if address.endswith("/control") and "temperature" in args else None
            )
        )

        def temperature() -> float:
            link.send("/livecode/hello")
            return temperatures[-1]

        until(lambda: temperature() == pytest.approx(0.5), "mouse that has not moved")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", blend)
        time.sleep(1.0)
        shown = "return [...document.querySelectorAll('.livecode-still')].some((still) => still.offsetParent)"
        until(lambda: not browser.execute_script(shown), "live view in the place of its picture")
        shoot(browser, "before")
        wide = blend.size["width"]
        drag = ActionChains(browser).move_to_element(blend).click_and_hold()
        for _ in range(6):
            drag = drag.move_by_offset(wide * 0.05, 0).pause(0.1)
        drag.release().perform()
        until(lambda: shares.get("d2", 0) > 0.75, "weights at the generator")
        assert shares["d1"] + shares["d2"] == pytest.approx(1, abs=0.02)
        until(lambda: 0.6 < temperature() < 1.4, "temperature from the mouse")
        shoot(browser, "after")
        restart(browser)
        until(lambda: not moving(browser), "end of the old kernel")
        until(lambda: moving(browser), "view that goes on after the restart")
        drag = ActionChains(browser).move_to_element(blend).click_and_hold()
        for _ in range(6):
            drag = drag.move_by_offset(-wide * 0.05, 0).pause(0.1)
        drag.release().perform()
        until(lambda: shares.get("d1", 0) > 0.75, "weights from the view that went on")
        shoot(browser, "restarted")
        browser.execute_script(
            "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
        )
        browser.execute_script("window.scrollTo(0, 0)")
        time.sleep(2.0)
        shoot(browser, "dark")
        browser.execute_script("window.jupyterapp.commands.execute('docmanager:save')")
        saved = lab_folder / "live.ipynb"
        until(lambda: "livecode-still" in saved.read_text(encoding="utf-8"), "picture in the saved file")
    finally:
        link.close()
