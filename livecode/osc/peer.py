"""The other end of a line: its address as its packets will have it, and our own address on the way there."""

from __future__ import annotations

import socket

from livecode.errors import DeviceError


def address_of(host: str, port: int) -> str:
    """Return a host's IPv4 address as packets from it will have it."""
    try:
        found = socket.getaddrinfo(host or "127.0.0.1", port, socket.AF_INET, socket.SOCK_DGRAM)
    except OSError as error:
        raise DeviceError(
            f"there is no machine {host!r} with an IPv4 address ({error.strerror or error}); "
            "a host is a name or an address such as 192.168.1.20"
        ) from None
    except UnicodeError:
        raise DeviceError(f"{host!r} is no host; a host is a name or an address such as 192.168.1.20") from None
    address = str(found[0][4][0])
    return "127.0.0.1" if address == "0.0.0.0" else address  # it reaches this machine


def way_to(peer: tuple[str, int]) -> str:
    """Return this machine's own address on the way to a peer: nothing is heard on any other."""
    if peer[0].startswith("127."):
        return "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(peer)  # sends nothing
        return str(probe.getsockname()[0])
