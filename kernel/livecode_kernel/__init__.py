"""livecode in notebooks: the kernel "livecode", and `%load_ext livecode_kernel` for any other Python kernel."""

from __future__ import annotations

from livecode_kernel.extension import load_ipython_extension, unload_ipython_extension

__all__ = ["load_ipython_extension", "unload_ipython_extension"]
