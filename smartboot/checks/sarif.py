"""Findings as SARIF 2.1.0, which code hosts and editors show beside the text.

OASIS "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". One run; every rule that
found something is described in it, in text and in Markdown.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from smartboot.checks.catalogue import all_rules
from smartboot.checks.outcome import Checked, Judged, Outcome, State
from smartboot.checks.rule import Rule
from smartboot.model import Severity

__all__ = ["to_sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_FINGERPRINT = "smartbootFinding/v1"


def _descriptor(code: str, rule: Rule | None, severity: Severity) -> dict[str, Any]:
    if rule is None:
        return {"id": code, "defaultConfiguration": {"level": _LEVELS[severity]}}
    text = f"{rule.meaning}\n\nWhat to do: {rule.mend}\n\nRests on: {rule.clause}"
    markdown = f"{rule.meaning}\n\n**What to do:** {rule.mend}\n\n**Rests on:** {rule.clause}"
    return {
        "id": code,
        "name": "".join(part.capitalize() for part in code.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _fingerprint(checked: Checked, judged: Judged, number: int) -> str:
    """The same for the same fault in the same place, whatever the words; ``number`` tells
    findings of one code in one place apart."""
    finding = judged.finding
    parts = (checked.target.key, finding.code, finding.where, str(number))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _location(checked: Checked, judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    location: dict[str, Any] = {}
    if checked.target.uri is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": checked.target.uri}}
        if judged.line is not None:
            physical["region"] = {"startLine": judged.line}
        location["physicalLocation"] = physical
    name = finding.where or checked.name
    full = f"{checked.name}: {finding.where}" if finding.where else checked.name
    location["logicalLocations"] = [{"name": name, "fullyQualifiedName": full}]
    return location


def _suppressions(judged: Judged) -> list[dict[str, str]]:
    reasons = {State.KNOWN: "in the baseline", State.IGNORED: "ignored by its code"}
    if judged.state is State.OPEN:
        return []
    return [{"kind": "external", "justification": reasons[judged.state]}]


def _results(outcome: Outcome, indexes: dict[str, int]) -> list[dict[str, Any]]:
    results = []
    for checked in outcome.checked:
        seen: dict[tuple[str, str], int] = {}
        for judged in checked.findings:
            finding = judged.finding
            place = (finding.code, finding.where)
            seen[place] = number = seen.get(place, -1) + 1
            where = f"{finding.where}: " if finding.where else ""
            result: dict[str, Any] = {
                "ruleId": finding.code,
                "ruleIndex": indexes[finding.code],
                "level": _LEVELS[finding.severity],
                "message": {"text": where + finding.message},
                "locations": [_location(checked, judged)],
                "partialFingerprints": {_FINGERPRINT: _fingerprint(checked, judged, number)},
                # Present in each result or in none (SARIF 2.1.0, 3.27.23).
                "suppressions": _suppressions(judged),
            }
            if finding.reference:
                result["properties"] = {"reference": finding.reference}
            results.append(result)
    return results


def to_sarif(outcome: Outcome, *, version: str) -> dict[str, Any]:
    """The log as JSON-able values; ``version`` is that of smartboot."""
    rules = all_rules()
    indexes: dict[str, int] = {}
    descriptors: list[dict[str, Any]] = []
    for checked in outcome.checked:
        for judged in checked.findings:
            code = judged.finding.code
            if code not in indexes:
                indexes[code] = len(descriptors)
                descriptors.append(_descriptor(code, rules.get(code), judged.finding.severity))
    artifacts = dict.fromkeys(
        checked.target.uri for checked in outcome.checked if checked.target.uri is not None
    )
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "smartboot",
                        "semanticVersion": version,
                        "rules": descriptors,
                    }
                },
                "artifacts": [{"location": {"uri": uri}} for uri in artifacts],
                "results": _results(outcome, indexes),
            }
        ],
    }
