"""``python -m smartboot``."""

from __future__ import annotations

from smartboot.cli import main

if __name__ == "__main__":
    main()
