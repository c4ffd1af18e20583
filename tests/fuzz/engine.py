"""One target under atheris, in a process of its own: libFuzzer ends the process when it ends.

    python -m tests.fuzz.engine [--keep-going FOLDER] TARGET [libFuzzer options] [corpus folders]

Instrumented are smartboot's own modules; the libraries below it are not what is looked at. With
``--keep-going`` an input that breaks a promise is kept in FOLDER, once for each place in the code,
and the run goes on: a long run is not ended by its first find.
"""

from __future__ import annotations

import hashlib
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

__all__ = ["main", "surviving", "telling"]


def telling(one_input: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """``one_input``, but a fall is told, and its input kept in ``folder``, before it ends the
    process. libFuzzer keeps only what is slow or large; the name is the one it would give."""

    def run(data: bytes) -> None:
        try:
            one_input(data)
        except Exception:
            traceback.print_exc(limit=-12)
            folder.mkdir(parents=True, exist_ok=True)
            kept = folder / f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}"
            kept.write_bytes(data)
            print(f"Test unit written to {kept}", file=sys.stderr, flush=True)
            raise

    return run


def surviving(one_input: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """``one_input``, but a fall is kept as a file, named after where it came from."""
    folder.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> None:
        try:
            one_input(data)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = [f for f in frames if "/smartboot/" in f.filename] or frames
            place = f"{Path(own[-1].filename).stem}-{own[-1].lineno}"
            last = f"{Path(frames[-1].filename).stem}-{frames[-1].lineno}"
            kept = folder / f"{type(error).__name__}-{place}-{last}"
            if not kept.exists() or len(data) < kept.stat().st_size:
                if not kept.exists():
                    print(f"FELL: {kept.name}: {str(error)[:200]}", flush=True)
                    traceback.print_exc(limit=-12)
                kept.write_bytes(data)

    return run


def main() -> None:
    """Instrument, then fuzz until the options say stop."""
    import atheris

    arguments = sys.argv[1:]
    keep: Path | None = None
    if arguments[0] == "--keep-going":
        keep = Path(arguments[1])
        arguments = arguments[2:]
    name, *options = arguments
    # What would be imported in the middle of a run is imported here, or it would stay without
    # instrumentation.
    with atheris.instrument_imports(include=["smartboot"], enable_loader_override=False):
        from tests.fuzz import preload

        preload.everything()
    from tests.fuzz.registry import get

    one_input = get(name).one_input
    if keep is None:
        prefix = next((o for o in options if o.startswith("-artifact_prefix=")), "=.")
        watched = telling(one_input, Path(prefix.partition("=")[2]))
    else:
        watched = surviving(one_input, keep)
    atheris.Setup([sys.argv[0], *options], watched)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
