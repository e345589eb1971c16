"""Writes the kernelspec, with the interpreter that has livecode, where a Jupyter can find it.

`pip install` already puts a kernelspec into its own environment (``share/jupyter/kernels/livecode``); that one says
``python``, which a Jupyter of another environment would replace by its own interpreter. The one written here names
the interpreter by its full path.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from livecode.errors import LivecodeError

NAME = "livecode"


def spec_folder() -> Path:
    """Return the folder with kernel.json and the logos that came with this installation."""
    checkout = Path(__file__).parent.parent / "spec"
    if checkout.is_dir():
        return checkout
    for file in metadata.files("livecode") or ():
        if file.name == "kernel.json" and file.parent.name == NAME:
            return Path(str(file.locate())).resolve().parent
    raise LivecodeError(
        "this installation of livecode came without its kernelspec; install it again: pip install livecode"
    )


def install_kernelspec(*, user: bool = False, prefix: str | None = None) -> Path:
    """Write the kernelspec for this interpreter and return its folder.

    It goes to the player's own Jupyter folder (``user``), below ``prefix``, or below this environment.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / NAME
        shutil.copytree(spec_folder(), folder)
        spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
        spec["argv"][0] = sys.executable
        (folder / "kernel.json").write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
        where = None if user else (prefix or sys.prefix)
        try:
            return Path(KernelSpecManager().install_kernel_spec(str(folder), NAME, user=user, prefix=where))
        except OSError as error:
            raise LivecodeError(f"the kernelspec cannot be written: {error}; try --user or --prefix FOLDER") from error
