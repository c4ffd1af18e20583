"""The findings of the PKCS#15 room: their codes, how bad each is, and the clause behind it.

Decoders take a ``Notes`` and write into it what they accepted although it is not as the standard
says. Clauses of "PKCS#15" are those of version 1.1 (June 2000); its ASN.1 module is section 8.
"""

from __future__ import annotations

from enum import StrEnum, unique

from smartboot.model import Finding, Severity

__all__ = ["Code", "Notes"]


@unique
class Code(StrEnum):
    """Stable codes of findings, for scripts and for ``check``."""

    APPLICATION_ABSENT = "P15-APPLICATION-ABSENT"
    BYTES_AFTER_PADDING = "P15-BYTES-AFTER-PADDING"
    DIR_ABSENT = "P15-DIR-ABSENT"
    DIR_MALFORMED = "P15-DIR-MALFORMED"
    DIR_NO_PATH = "P15-DIR-NO-PATH"
    DIR_NO_TEMPLATE = "P15-DIR-NO-TEMPLATE"
    DODF_ABSENT = "P15-DODF-ABSENT"
    DODF_EMPTY = "P15-DODF-EMPTY"
    DODF_NOT_LISTED = "P15-DODF-NOT-LISTED"
    DUPLICATE_PATH = "P15-DUPLICATE-PATH"
    ENTRY_MALFORMED = "P15-ENTRY-MALFORMED"
    ENTRY_UNKNOWN = "P15-ENTRY-UNKNOWN"
    EXTERNAL_SKIPPED = "P15-EXTERNAL-SKIPPED"
    FALLBACK = "P15-FALLBACK"
    FIELD_MALFORMED = "P15-FIELD-MALFORMED"
    FILE_REFUSED = "P15-FILE-REFUSED"
    LABEL_IN_NAME = "P15-LABEL-IN-NAME"
    LENGTH_TAG = "P15-LENGTH-TAG"
    LOCKED = "P15-LOCKED"
    NO_DATA_OBJECTS = "P15-NO-DATA-OBJECTS"
    NO_VALUE = "P15-NO-VALUE"
    ODF_ABSENT = "P15-ODF-ABSENT"
    ODF_EMPTY = "P15-ODF-EMPTY"
    OID_ABSENT = "P15-OID-ABSENT"
    OID_DIFFERS = "P15-OID-DIFFERS"
    OID_MALFORMED = "P15-OID-MALFORMED"
    OID_WRAPPED = "P15-OID-WRAPPED"
    OUTER_SEQUENCE = "P15-OUTER-SEQUENCE"
    PATH_CYCLE = "P15-PATH-CYCLE"
    PATH_INCOMPLETE = "P15-PATH-INCOMPLETE"
    REFERENCE_SIGN = "P15-REFERENCE-SIGN"
    STRING_ENCODING = "P15-STRING-ENCODING"
    STRING_TYPE = "P15-STRING-TYPE"
    TOO_MANY = "P15-TOO-MANY"
    VALUE_NOT_A_FILE = "P15-VALUE-NOT-A-FILE"


_MODULE = "PKCS#15 v1.1, ASN.1 module"
_RULES: dict[Code, tuple[Severity, str]] = {
    Code.APPLICATION_ABSENT: (Severity.ERROR, "PKCS#15 v1.1, 5.7; LwM2M Core 1.1.1, Appendix G"),
    Code.BYTES_AFTER_PADDING: (Severity.WARNING, "PKCS#15 v1.1, 5.5"),
    Code.DIR_ABSENT: (Severity.WARNING, "TS 102 221, 13.1"),
    Code.DIR_MALFORMED: (Severity.WARNING, "TS 102 221, 13.1"),
    Code.DIR_NO_PATH: (Severity.INFO, "LwM2M Core 1.1.1, Appendix G; TS 102 221, 13.1"),
    Code.DIR_NO_TEMPLATE: (Severity.WARNING, "LwM2M Core 1.1.1, Appendix G; TS 102 221, 13.1"),
    Code.DODF_ABSENT: (Severity.ERROR, "PKCS#15 v1.1, 5.5.6"),
    Code.DODF_EMPTY: (Severity.WARNING, "PKCS#15 v1.1, 5.5.6"),
    Code.DODF_NOT_LISTED: (Severity.ERROR, "PKCS#15 v1.1, 5.5.1; LwM2M Core 1.1.1, Appendix G"),
    Code.DUPLICATE_PATH: (Severity.WARNING, "PKCS#15 v1.1, 5.5.1"),
    Code.ENTRY_MALFORMED: (Severity.ERROR, f"{_MODULE}; ISO/IEC 8825-1"),
    Code.ENTRY_UNKNOWN: (Severity.INFO, f"{_MODULE}, PKCS15Objects, DataType"),
    Code.EXTERNAL_SKIPPED: (Severity.INFO, f"{_MODULE}, DataType"),
    Code.FALLBACK: (Severity.INFO, "LwM2M Core 1.1.1, Appendix G; PKCS#15 v1.1, 5.7.1"),
    Code.FIELD_MALFORMED: (Severity.WARNING, _MODULE),
    Code.FILE_REFUSED: (Severity.ERROR, "TS 102 221, 10.2; TS 51.011, 9.4"),
    Code.LABEL_IN_NAME: (Severity.WARNING, f"{_MODULE}, CommonObjectAttributes"),
    Code.LENGTH_TAG: (Severity.WARNING, f"{_MODULE}, Path"),
    Code.LOCKED: (Severity.ERROR, "TS 102 221, 9.5"),
    Code.NO_DATA_OBJECTS: (Severity.ERROR, "PKCS#15 v1.1, 5.5.6; LwM2M Core 1.1.1, Appendix G"),
    Code.NO_VALUE: (Severity.ERROR, f"{_MODULE}, PKCS15Object"),
    Code.ODF_ABSENT: (Severity.ERROR, "PKCS#15 v1.1, 5.5.1"),
    Code.ODF_EMPTY: (Severity.ERROR, "PKCS#15 v1.1, 5.5.1"),
    Code.OID_ABSENT: (Severity.WARNING, "LwM2M Core 1.1.1, Appendix G"),
    Code.OID_DIFFERS: (Severity.WARNING, f"{_MODULE}, CommonDataObjectAttributes, OidDO"),
    Code.OID_MALFORMED: (Severity.ERROR, "ISO/IEC 8825-1, 8.19"),
    Code.OID_WRAPPED: (Severity.WARNING, "LwM2M Core 1.1.1, Appendix G; ISO/IEC 8825-1, 8.19"),
    Code.OUTER_SEQUENCE: (Severity.WARNING, "PKCS#15 v1.1, 5.5.1"),
    Code.PATH_CYCLE: (Severity.ERROR, "PKCS#15 v1.1, 5.5"),
    Code.PATH_INCOMPLETE: (Severity.WARNING, f"{_MODULE}, Path"),
    Code.REFERENCE_SIGN: (Severity.INFO, f"{_MODULE}, Reference; ISO/IEC 8825-1, 8.3"),
    Code.STRING_ENCODING: (Severity.WARNING, f"{_MODULE}, Label"),
    Code.STRING_TYPE: (Severity.INFO, f"{_MODULE}, Label, URL"),
    Code.TOO_MANY: (Severity.WARNING, ""),
    Code.VALUE_NOT_A_FILE: (Severity.WARNING, f"{_MODULE}, ObjectValue"),
}


class Notes:
    """Collects findings about one file or entry. ``where`` is what they say in that field."""

    __slots__ = ("items", "where")

    def __init__(self, where: str = "") -> None:
        self.where = where
        self.items: list[Finding] = []

    def add(self, code: Code, message: str) -> None:
        """Add a finding; severity and reference follow from the code."""
        severity, reference = _RULES[code]
        self.items.append(Finding(code.value, severity, message, self.where, reference))

    def taken(self) -> tuple[Finding, ...]:
        """What was collected, in the order met."""
        return tuple(self.items)
