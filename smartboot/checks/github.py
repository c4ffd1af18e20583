"""Findings as workflow commands, from which GitHub makes annotations.

``::error file=…,line=…,title=…::message``. In values ``%``, CR and LF are escaped, in properties
``:`` and ``,`` too; other control characters are written out, since a log is shown on terminals.
Known and ignored findings are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from smartboot.checks.outcome import Outcome, State
from smartboot.model import Severity

__all__ = ["annotation_lines"]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def _value(text: str) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _property(text: str) -> str:
    return _value(text).replace(":", "%3A").replace(",", "%2C")


def annotation_lines(outcome: Outcome) -> Iterator[str]:
    """One line for each finding that counts. The file is given as its path, so that it matches
    one of the repository; a card has none and is named in the message."""
    for checked in outcome.checked:
        target = checked.target
        for judged in checked.findings:
            if judged.state is not State.OPEN:
                continue
            finding = judged.finding
            properties = []
            if target.path is not None:
                properties.append(f"file={_property(target.path)}")
                if judged.line is not None:
                    properties.append(f"line={judged.line}")
            properties.append(f"title={_property(finding.code)}")
            where = f"{finding.where}: " if finding.where else ""
            name = f"{checked.name}: " if target.path is None else ""
            command = _COMMANDS[finding.severity]
            yield f"::{command} {','.join(properties)}::{_value(name + where + finding.message)}"
