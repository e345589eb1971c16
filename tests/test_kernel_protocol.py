"""The kernel keeps Jupyter's protocol: the checks of jupyter_kernel_test."""

from __future__ import annotations

import pytest

jupyter_kernel_test = pytest.importorskip("jupyter_kernel_test")
from jupyter_client.kernelspec import KernelSpecManager  # noqa: E402

if "livecode" not in KernelSpecManager().find_kernel_specs():
    pytest.skip("the kernelspec is not installed in this environment", allow_module_level=True)


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

    def flush_channels(self) -> None:
        """Read all that is still on its way: up to what the kernel says of a question asked after it."""
        asked = self.kc.kernel_info()
        for channel, last in ((self.kc.shell_channel, "kernel_info_reply"), (self.kc.iopub_channel, "idle")):
            while True:
                message = channel.get_msg(timeout=30)
                told = message["content"].get("execution_state", message["msg_type"])
                if message["parent_header"].get("msg_id") == asked and told == last:
                    break
