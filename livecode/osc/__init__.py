"""OSC: the wire, the addresses, the server and the client."""
