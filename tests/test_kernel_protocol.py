"""The kernel keeps Jupyter's protocol: the checks of jupyter_kernel_test."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any

import pytest
from patience import GLANCE, PATIENCE

jupyter_kernel_test = pytest.importorskip("jupyter_kernel_test")
from jupyter_client.kernelspec import KernelSpecManager  # noqa: E402
from jupyter_client.manager import start_new_kernel  # noqa: E402

if "livecode" not in KernelSpecManager().find_kernel_specs():
    pytest.skip("the kernelspec is not installed in this environment", allow_module_level=True)


def patient(get: Callable[..., Any], alive: Callable[[], bool]) -> Callable[..., Any]:
    """Return a channel's ``get_msg`` that waits as long as the kernel lives, whatever patience it is asked for.

    The checks give a kernel a second to say that it is busy and a tenth to say more. A busy machine needs longer, and
    what comes too late for one check is taken for the answer to the next.
    """

    def get_msg(timeout: float | None = None) -> Any:
        while True:
            try:
                return get(timeout=GLANCE)
            except queue.Empty:
                assert alive(), "the kernel has died"

    return get_msg


class TestProtocol(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    """What a front end of any kind relies on."""

    kernel_name = "livecode"
    language_name = "python"
    file_extension = ".py"
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    completion_samples = ({"text": "memoryv", "matches": {"memoryview"}},)
    complete_code_samples = ("1", "print('hello')", "d1 >> note('c e')")
    incomplete_code_samples = ("print('''hello", "note('c e',")
    invalid_code_samples = ("import = 7q",)
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('no')"
    code_execute_result = ({"code": "6*7", "result": "42"},)
    code_display_data = ({"code": "display(note('c e g'))", "mime": "text/html"},)
    code_inspect_sample = "zip"
    supported_history_operations = ("tail",)

    @classmethod
    def setUpClass(cls) -> None:
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name, startup_timeout=int(PATIENCE))
        for channel in (cls.kc.shell_channel, cls.kc.iopub_channel):
            channel.get_msg = patient(channel.get_msg, cls.km.is_alive)

    def flush_channels(self) -> None:
        """Read all that is still on its way: up to what the kernel says of a question asked after it."""
        asked = self.kc.kernel_info()
        for channel, last in ((self.kc.shell_channel, "kernel_info_reply"), (self.kc.iopub_channel, "idle")):
            while True:
                message = channel.get_msg()
                told = message["content"].get("execution_state", message["msg_type"])
                if message["parent_header"].get("msg_id") == asked and told == last:
                    break
