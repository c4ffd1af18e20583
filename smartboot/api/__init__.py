"""What ``import smartboot`` offers: the whole work in a handful of functions.

The public names are those of ``smartboot`` itself, which loads them from here when they are first
used. The command line stands on the same functions, so a program has the same guards: no key
before the card asked for one, never the last try, a backup before the first change.
"""

from __future__ import annotations

__all__: list[str] = []
