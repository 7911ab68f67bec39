"""A listening socket, made before whoever serves at it: port 0 is known before anybody is told the address."""

import socket


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError when the address is taken or is none of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because the event loop turns off Nagle's delay only where it is: with it on, every
    # answer that leaves in two pieces waits 40 ms for the peer's acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(2048)
    return listening
