"""Accounts as a person writes them: the ``accounts`` of the JSON of ``read``, back to objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartboot.errors import EncodeError
from smartboot.model import (
    MASK,
    Account,
    Connection,
    Credential,
    Secret,
    ServerAddress,
    from_plain,
)

__all__ = ["account_from_plain", "accounts_from_plain"]

_MAX_ACCOUNTS = 256
_LEVELS = ("client", "server", "http", "obex", "transport", "notification", "bootstrap")
_CARRIERS = {"client-provisioning": "oma-dm", "dm-1": "oma-dm", "dm-2": "oma-dm", "lwm2m": "lwm2m"}
_ROLES = ("management", "bootstrap")


class _Reader:
    """Takes known keys out of a mapping; what is left at the end is an error."""

    def __init__(self, plain: Any, where: str) -> None:
        if not isinstance(plain, Mapping):
            raise EncodeError("should be a mapping", field=where)
        self._rest = {str(key): value for key, value in plain.items()}
        self._where = where

    def name(self, key: str) -> str:
        return f"{self._where}.{key}"

    def text(self, key: str) -> str | None:
        value = self._rest.pop(key, None)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise EncodeError("should be text", field=self.name(key))

    def choice(self, key: str, choices: Sequence[str], default: str = "") -> str:
        value = self.text(key) or default
        if value not in choices:
            raise EncodeError(f"should be one of {', '.join(choices)}", field=self.name(key))
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if not value:
            raise EncodeError("is missing", field=self.name(key))
        return value

    def number(self, key: str) -> int | None:
        value = self._rest.pop(key, None)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise EncodeError("should be a whole number", field=self.name(key))

    def items(self, key: str) -> list[tuple[Any, str]]:
        value = self._rest.pop(key, None)
        if value is None:
            return []
        if not isinstance(value, list):
            raise EncodeError("should be a list", field=self.name(key))
        return [(item, f"{self.name(key)}[{index}]") for index, item in enumerate(value)]

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(_text(item, where) for item, where in self.items(key))

    def ports(self, key: str) -> tuple[int, ...]:
        ports = []
        for item, where in self.items(key):
            text = _text(item, where)
            if not (text.isascii() and text.isdigit() and int(text[:6]) <= 0xFFFF):
                raise EncodeError("should be a port number", field=where)
            ports.append(int(text))
        return tuple(ports)

    def secret(self, key: str) -> Secret | None:
        value = self.text(key)
        if value is None:
            return None
        if value == MASK:
            raise EncodeError(
                "is masked",
                field=self.name(key),
                hint="print it with --show-secrets, or write the secret here",
            )
        if not value.startswith("hex:"):
            return Secret(value)
        try:
            return Secret(from_plain(value))
        except ValueError:
            raise EncodeError(
                "has something else than hex behind hex:", field=self.name(key)
            ) from None

    def drop(self, key: str) -> None:
        self._rest.pop(key, None)

    def done(self) -> None:
        if self._rest:
            raise EncodeError("there is no such field", field=self.name(next(iter(self._rest))))


def _text(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise EncodeError("should be text", field=where)
    return str(value)


def _address(plain: Any, where: str) -> ServerAddress:
    if isinstance(plain, str):
        return ServerAddress(plain)
    reader = _Reader(plain, where)
    address = ServerAddress(
        reader.required("uri"), reader.text("type") or "uri", reader.ports("ports")
    )
    reader.done()
    return address


def _credential(plain: Any, where: str) -> Credential:
    reader = _Reader(plain, where)
    credential = Credential(
        reader.choice("level", _LEVELS),
        reader.required("type").lower(),
        reader.text("identity"),
        reader.secret("secret"),
        reader.secret("nonce"),
    )
    reader.done()
    return credential


def _connection(plain: Any, where: str) -> Connection:
    reader = _Reader(plain, where)
    parameters = []
    for item, place in reader.items("parameters"):
        inner = _Reader(item, place)
        parameters.append((inner.required("name"), inner.text("value") or ""))
        inner.done()
    connection = Connection(
        kind=reader.choice("kind", ("nap", "proxy")),
        id=reader.required("id"),
        name=reader.text("name"),
        address=reader.text("address"),
        address_type=reader.text("address_type"),
        ports=reader.ports("ports"),
        bearers=reader.texts("bearers"),
        credentials=tuple(_credential(*item) for item in reader.items("credentials")),
        via=reader.texts("via"),
        parameters=tuple(parameters),
    )
    reader.done()
    return connection


def account_from_plain(plain: Any, where: str = "account") -> Account:
    """One account from the values that ``Account.to_dict(show_secrets=True)`` gives, or that a
    person writes. Errors: EncodeError naming the field, also for a masked secret."""
    reader = _Reader(plain, where)
    protocol = reader.text("protocol")
    carrier = reader.text("carrier")
    if carrier is None:
        carrier = "lwm2m" if protocol == "lwm2m" else "dm-1"
    if carrier not in _CARRIERS:
        raise EncodeError(f"should be one of {', '.join(_CARRIERS)}", field=reader.name("carrier"))
    if (protocol or _CARRIERS[carrier]) != _CARRIERS[carrier]:
        raise EncodeError(
            f"{carrier} carries {_CARRIERS[carrier]} accounts", field=reader.name("protocol")
        )
    account = Account(
        protocol=_CARRIERS[carrier],
        carrier=carrier,
        role=reader.choice("role", _ROLES, "management"),
        server_id=reader.text("server_id"),
        name=reader.text("name"),
        addresses=tuple(_address(*item) for item in reader.items("addresses")),
        credentials=tuple(_credential(*item) for item in reader.items("credentials")),
        connections=tuple(_connection(*item) for item in reader.items("connections")),
        lifetime=reader.number("lifetime"),
        binding=reader.text("binding"),
    )
    reader.drop("source")
    reader.done()
    return account


def accounts_from_plain(plain: Any) -> list[Account]:
    """The accounts of a list, or of a mapping with the key ``accounts``. Errors: EncodeError."""
    if isinstance(plain, Mapping):
        plain = plain.get("accounts")
    if not isinstance(plain, list) or not plain or len(plain) > _MAX_ACCOUNTS:
        raise EncodeError(f"should be a list of 1 to {_MAX_ACCOUNTS} accounts", field="accounts")
    return [account_from_plain(item, f"accounts[{i}]") for i, item in enumerate(plain)]
