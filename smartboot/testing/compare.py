"""Comparing accounts without printing what is secret in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smartboot.model import Account, Connection, Credential, Secret, from_plain

__all__ = ["account_differences", "account_tree"]

_SECRET_FIELDS = frozenset({"secret", "nonce"})


def account_tree(account: Account) -> dict[str, Any]:
    """The account as its JSON has it, without its source, and with ``Secret`` objects for
    secrets: nothing in it prints one."""
    tree = account.to_dict()
    del tree["source"]
    tree["credentials"] = [_credential(item) for item in account.credentials]
    tree["connections"] = [_connection(item) for item in account.connections]
    return tree


def account_differences(want: Account | Mapping[str, Any], got: Account) -> list[str]:
    """What of ``want`` is not so in ``got``, each as ``.field: words``; empty for nothing.

    What an ``Account`` leaves at None is not compared: a card has to hold a lifetime, for one,
    also where nobody gave any. A mapping says just what is compared, None included.
    """
    if isinstance(want, Account):
        wanted: Mapping[str, Any] = {
            name: value for name, value in account_tree(want).items() if value is not None
        }
    else:
        wanted = want
    return list(_differences(wanted, account_tree(got), "", secret=False))


def _credential(item: Credential) -> dict[str, Any]:
    return {**item.to_dict(), "secret": item.secret, "nonce": item.nonce}


def _connection(item: Connection) -> dict[str, Any]:
    return {**item.to_dict(), "credentials": [_credential(inner) for inner in item.credentials]}


def _differences(want: Any, got: Any, where: str, *, secret: bool) -> Iterator[str]:
    if secret or isinstance(got, Secret):
        if not _same_secret(want, got):
            yield f"{where}: {_words(want, got)}"
    elif isinstance(want, Mapping):
        if not isinstance(got, Mapping):
            yield f"{where}: {'missing' if got is None else 'has no fields'}"
            return
        for name, value in want.items():
            if name not in got:
                yield f"{where}: there is no field {name!r}; there are {', '.join(got)}"
            else:
                hidden = name in _SECRET_FIELDS
                yield from _differences(value, got[name], f"{where}.{name}", secret=hidden)
    elif isinstance(want, Sequence) and not isinstance(want, str | bytes):
        if not isinstance(got, Sequence) or isinstance(got, str):
            yield f"{where}: is no list"
        elif len(want) != len(got):
            yield f"{where}: {len(got)} of them, expected {len(want)}"
        else:
            for number, (left, right) in enumerate(zip(want, got, strict=True)):
                yield from _differences(left, right, f"{where}[{number}]", secret=False)
    elif want != got:
        yield f"{where}: {got!r}, expected {want!r}"


def _same_secret(want: Any, got: Any) -> bool:
    if want is None or got is None:
        return want is got
    return _bytes_of(want) == _bytes_of(got)


def _bytes_of(value: Any) -> bytes | None:
    if isinstance(value, Secret):
        return value.reveal_bytes()
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return from_plain(value)
        except ValueError:
            return None
    return None


def _words(want: Any, got: Any) -> str:
    if got is None:
        return "missing"
    if want is None:
        return "there is one, expected none"
    if _bytes_of(want) is None:
        return "expected is neither text, bytes nor a Secret, or its hex is wrong"
    return "another value (secrets are not shown)"
