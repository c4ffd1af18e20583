"""The bootstrap data of a card as tables made for eyes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from smartboot.cli.output import (
    SEVERITY_STYLES,
    add_row,
    console,
    make_table,
    safe,
    spaced,
    styled,
)

if TYPE_CHECKING:
    from rich.console import Console

    from smartboot.bootstrap.data import BootstrapData, BootstrapObject
    from smartboot.model import Account, Connection, Credential, Finding

__all__ = ["show", "show_accounts", "show_findings"]

PROTOCOLS = {"lwm2m": "LwM2M", "oma-dm": "OMA DM"}
CARRIERS = {
    "lwm2m": "LwM2M",
    "client-provisioning": "Client Provisioning",
    "dm-1": "DM 1.x bootstrap",
    "dm-2": "DM 2.0 bootstrap",
}


def duration(seconds: int) -> str:
    """Seconds with what they come to: ``86400 s (1 day)``."""
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            count = seconds // length
            return f"{seconds} s ({count} {name}{'s' * (count != 1)})"
    return f"{seconds} s"


def _facts() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _flags(item: BootstrapObject) -> str:
    names = [n for n, on in (("private", item.private), ("modifiable", item.modifiable)) if on]
    return ", ".join(names)


def _used(item: BootstrapObject) -> str:
    used = "?" if item.used is None else str(item.used)
    return used if item.size is None else f"{used} of {item.size}"


def _credential(credential: Credential, *, show_secrets: bool) -> Text:
    text = styled(f"{credential.level} {credential.type}")
    for name, value in (
        ("identity", credential.identity),
        ("secret", credential.secret and credential.secret.plain(show=show_secrets)),
        ("nonce", credential.nonce and credential.nonce.plain(show=show_secrets)),
    ):
        if value is not None:
            text.append(f"  {name} ", style="dim")
            text.append(safe(value))
    return text


def _connection(connection: Connection, *, show_secrets: bool) -> Text:
    text = styled(f"{connection.kind} {connection.id}")
    for name, value in (
        ("name", connection.name),
        ("address", connection.address),
        ("type", connection.address_type),
        ("ports", " ".join(map(str, connection.ports))),
        ("bearer", " ".join(connection.bearers)),
        ("via", " ".join(connection.via)),
    ):
        if value:
            text.append(f"  {name} ", style="dim")
            text.append(safe(value))
    for credential in connection.credentials:
        text.append("\n  ")
        text.append_text(_credential(credential, show_secrets=show_secrets))
    return text


def show_accounts(out: Console, accounts: Iterable[Account], *, show_secrets: bool) -> None:
    """Each account as a heading and its facts."""
    for number, account in enumerate(accounts, 1):
        title = styled(f"Account {number}  ", "bold")
        protocol = PROTOCOLS.get(account.protocol, account.protocol)
        title.append(safe(f"{protocol} {account.role} server"), style="bold green")
        if account.server_id is not None:
            title.append(safe(f" {account.server_id}"), style="bold")
        if account.name:
            title.append(safe(f'  "{account.name}"'))
        out.print(title)
        facts = _facts()
        for address in account.addresses:
            line = styled(address.uri)
            if address.type != "uri":
                line.append(f"  ({safe(address.type)})", style="dim")
            if address.ports:
                line.append(f"  port {', '.join(map(str, address.ports))}")
            facts.add_row("Address", line)
        for credential in account.credentials:
            facts.add_row("Credential", _credential(credential, show_secrets=show_secrets))
        for connection in account.connections:
            facts.add_row("Connection", _connection(connection, show_secrets=show_secrets))
        if account.lifetime is not None:
            facts.add_row("Lifetime", duration(account.lifetime))
        if account.binding is not None:
            facts.add_row("Binding", styled(account.binding))
        carrier = CARRIERS.get(account.carrier, account.carrier)
        place = f" in EF {account.source.fid}" if account.source.fid else ""
        facts.add_row("Source", styled(f"{carrier}{place}"))
        out.print(Padding(facts, (0, 0, 1, 2), expand=False))


def show_findings(out: Console, findings: tuple[Finding, ...]) -> None:
    """The findings as a table; nothing when there is none."""
    if not findings:
        return
    out.print(styled("Findings", "bold"))
    table = make_table(("Severity", "Code", "Where", "What"))
    for finding in findings:
        style = SEVERITY_STYLES.get(finding.severity.value, "")
        add_row(
            table,
            styled(finding.severity.value, style),
            finding.code,
            finding.where,
            finding.message,
        )
    out.print(Padding(table, (0, 0, 0, 2), expand=False))


def show(data: BootstrapData, *, show_secrets: bool) -> None:
    """All of it: the card, its data objects, the accounts, the findings."""
    out = console()
    facts = _facts()
    facts.add_row(
        "Card", styled(spaced(data.card.iccid) if data.card.iccid else "no ICCID", "bold")
    )
    facts.add_row("Kind", "UICC" if data.card.kind == "uicc" else "2G SIM")
    facts.add_row("Reader", styled(data.card.reader))
    out.print(facts)
    out.print()
    if data.objects:
        table = make_table(("Data object", "Format", "OID", "File", "Bytes", "Flags"), right=(4,))
        for item in data.objects:
            add_row(table, item.label, item.format, item.oid, item.fid, _used(item), _flags(item))
        out.print(table)
        out.print()
    if data.accounts:
        show_accounts(out, data.accounts, show_secrets=show_secrets)
    else:
        out.print(styled("No DM server account on this card.", "bold"))
        out.print()
    show_findings(out, data.findings)
