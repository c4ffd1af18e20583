"""What ``check`` found, and what its rules say, made for eyes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.padding import Padding

from smartboot.checks.catalogue import FAMILIES, all_rules, rules_of
from smartboot.checks.facts import ELEMENTARY
from smartboot.checks.outcome import Outcome, State
from smartboot.cli.output import SEVERITY_STYLES, add_row, console, make_table, safe, styled
from smartboot.model import Severity

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from smartboot.checks.outcome import Checked, Judged
    from smartboot.checks.rule import Rule

__all__ = ["explain", "list_rules", "show"]


def _what(judged: Judged, *, verbose: bool, told: set[str]) -> Text:
    """Message and, where it is worth it, what to do; ``told`` are the codes it was said of."""
    finding = judged.finding
    text = styled(finding.message)
    rule = all_rules().get(finding.code)
    if rule is not None and judged.state is State.OPEN and rule.code not in told:
        if verbose or finding.severity is not Severity.INFO:
            told.add(rule.code)
            text.append(f"\n{safe(rule.mend)}", style="dim")
        if verbose:
            text.append(f"\n{safe(finding.reference or rule.clause)}", style="dim italic")
    return text


def _target(out: Console, checked: Checked, *, verbose: bool) -> None:
    title = styled(checked.name, "bold")
    title.append(f"  {checked.target.report.subject.kind.value}", style="dim")
    out.print(title)
    table = make_table(("Severity", "Code", "Where", "What"))
    told: set[str] = set()
    for judged in checked.shown:
        severity = judged.finding.severity.value
        known = judged.state is State.KNOWN
        add_row(
            table,
            styled("known", "dim") if known else styled(severity, SEVERITY_STYLES[severity]),
            judged.finding.code,
            judged.finding.where,
            _what(judged, verbose=verbose, told=told),
            style="dim" if known else "",
        )
    out.print(Padding(table, (0, 0, 1, 2), expand=False))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _looked_at(outcome: Outcome) -> str:
    subjects = [checked.target.report.subject for checked in outcome.checked]
    files = sum(
        file.role in ELEMENTARY
        for subject in subjects
        if subject.card is not None
        for file in subject.card.files
    )
    documents = sum(len(subject.documents) for subject in subjects)
    parts = [
        _count(len(subjects), "target"),
        *([_count(files, "card file")] if files else []),
        _count(documents, "document"),
        _count(len(all_rules()), "rule"),
    ]
    return ", ".join(parts)


def show(outcome: Outcome, *, verbose: bool = False) -> None:
    """The findings by target, and a summary. ``verbose``: also targets without a finding, what to
    do about remarks, and the clauses."""
    out = console()
    for checked in outcome.checked:
        if checked.shown:
            _target(out, checked, verbose=verbose)
        elif verbose:
            out.print(styled(f"{checked.name}: nothing to report"))
    counts = outcome.counts()
    aside = ", ".join(f"{counts[name]} {name}" for name in ("known", "ignored") if counts[name])
    if not any(checked.shown for checked in outcome.checked):
        text = f"nothing to report ({_looked_at(outcome)}{f'; {aside}' if aside else ''})"
        out.print(styled(text, "green"))
        return
    parts = [_count(counts[name], name) for name in ("error", "warning")]
    parts += [f"{counts['info']} info"] + ([aside] if aside else [])
    worst = next((name for name in SEVERITY_STYLES if counts[name]), None)
    line = styled(", ".join(parts), SEVERITY_STYLES[worst] if worst else "green")
    line.append(f"  ({_looked_at(outcome)})", style="dim")
    out.print(line)
    shown = [one.finding for checked in outcome.checked for one in checked.shown]
    shown.sort(key=lambda finding: list(Severity).index(finding.severity))
    example = next((one.code for one in shown if one.code in all_rules()), "CODE")
    out.print(styled(f"smartboot check --explain {example} says more about a finding.", "dim"))


def explain(rules: Iterable[Rule]) -> None:
    """Each rule in full."""
    out = console()
    for number, rule in enumerate(rules):
        if number:
            out.print()
        title = styled(f"{rule.code}  ", "bold")
        severities = " or ".join(one.value for one in (rule.severity, *rule.also))
        title.append(severities, style=SEVERITY_STYLES[rule.severity.value])
        out.print(title)
        out.print(styled(rule.title))
        for name, text in (
            ("Meaning", rule.meaning),
            ("What to do", rule.mend),
            ("Rests on", rule.clause),
            ("Looked for in", ", ".join(kind.value for kind in rule.subjects)),
        ):
            line = styled(f"{name}: ", "dim")
            line.append(safe(text))
            out.print(Padding(line, (0, 0, 0, 2)))


def list_rules(rules: Iterable[Rule]) -> None:
    """The rules as tables, by family."""
    wanted = {rule.code for rule in rules}
    out = console()
    for family, title in FAMILIES.items():
        chosen = [rule for rule in rules_of(family) if rule.code in wanted]
        if not chosen:
            continue
        out.print(styled(f"{title} ({family})", "bold"))
        table = make_table(("Code", "Severity", "What"))
        for rule in chosen:
            severity = rule.severity.value
            add_row(table, rule.code, styled(severity, SEVERITY_STYLES[severity]), rule.title)
        out.print(Padding(table, (0, 0, 1, 2), expand=False))
    out.print(styled(f"{_count(len(wanted), 'rule')}; --explain CODE says what each means.", "dim"))
