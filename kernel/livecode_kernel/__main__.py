"""`python -m livecode_kernel -f FILE`: what the kernelspec starts."""

from __future__ import annotations

from ipykernel.kernelapp import IPKernelApp

from livecode_kernel.kernel import LivecodeKernel

if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=LivecodeKernel)
