"""Several virtual cards in as many vpcd slots at the same time, one thread for each.

Every card has a server, a connection and a thread of its own; nothing is shared between them but
the wish to stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from smartboot.errors import TransportError
from smartboot.virtual.vpcd import SessionEnd, VpcdServer

__all__ = ["SETTLE_S", "serve_slots"]

SETTLE_S = 1.0
"""pcscd overlooks a card that is back sooner than it looks at the slot again."""

_POLL_S = 0.2


def _serve_one(
    server: VpcdServer,
    number: int,
    stop: threading.Event,
    once: bool,
    on_start: Callable[[int], None],
    on_end: Callable[[int, SessionEnd], None],
) -> None:
    with server:
        while not stop.is_set():
            try:
                server.connect(stop)
            except TransportError:
                # What ends because it was told to stop is no error.
                if stop.is_set():
                    return
                raise
            on_start(number)
            end = server.serve(stop, once=once)
            on_end(number, end)
            if end is not SessionEnd.DISCONNECTED or once:
                return
            stop.wait(SETTLE_S)


def serve_slots(
    servers: Sequence[VpcdServer],
    stop: threading.Event,
    *,
    once: bool = False,
    on_start: Callable[[int], None],
    on_end: Callable[[int, SessionEnd], None],
) -> None:
    """Serve all cards until ``stop`` is set or every one of them has ended.

    A card whose driver hangs up is put back, unless ``once``. ``on_start`` and ``on_end`` are
    called in the card's thread with its number in ``servers``. The first error stops all cards
    and comes out here, once all threads have ended. Errors: TransportError.
    """
    errors: list[BaseException] = []

    def run(number: int, server: VpcdServer) -> None:
        try:
            _serve_one(server, number, stop, once, on_start, on_end)
        except BaseException as error:
            # It goes on in the thread that waits for all of them.
            errors.append(error)
            stop.set()

    if len(servers) == 1:
        # In this thread, so that an error in a callback shows its whole way.
        _serve_one(servers[0], 0, stop, once, on_start, on_end)
        return
    threads = [
        threading.Thread(target=run, args=item, name=f"slot-{item[0]}")
        for item in enumerate(servers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            # A join without end would keep signals from being handled.
            thread.join(_POLL_S)
    if errors:
        raise errors[0]
