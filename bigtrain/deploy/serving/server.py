"""Run the application on this machine."""

from __future__ import annotations

import socket
import sys

import uvicorn

from bigtrain.deploy.serving.app import make_app
from bigtrain.deploy.serving.served import Follower
from bigtrain.errors import StoreUnreachableError
from bigtrain.tracking import Store

HOST = "127.0.0.1"
"""The only interface it listens on: it asks nobody for a password."""

CONNECTIONS_WAITING = 2048
"""As many as uvicorn lets wait to be accepted."""

SECONDS_TO_FINISH = 10
"""For requests that are under way when the server is asked to end."""


def serve(store: Store, reference: str, port: int) -> None:
    """Serve a registered version until Ctrl-C or SIGTERM.

    Parameters
    ----------
    store : Store
        The registry.
    reference : str
        ``NAME@ALIAS`` and its kin; where it is an alias, what it means is followed.
    port : int
        Where to listen; 0 takes any that is free.

    Raises
    ------
    StoreUnreachableError
        If the port can't be used.
    """
    with _listening(port) as listening:
        follower = Follower(store, reference)
        port = listening.getsockname()[1]
        sys.stdout.write(f"serving {follower.current} at http://{HOST}:{port}   (Ctrl-C ends it)\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            make_app(follower),
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
        uvicorn.Server(config).run([listening])


def _listening(port: int) -> socket.socket:
    # Only of a socket that says it is TCP does asyncio send each part of an answer at once.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    # A port that is merely winding down is free.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        # From here on whoever connects waits until the model is loaded, and no other server gets the port.
        listening.listen(CONNECTIONS_WAITING)
    except OSError as error:
        listening.close()
        raise StoreUnreachableError(
            f"port {port} can't be used ({error.strerror})", hint="choose another with port="
        ) from None
    return listening
