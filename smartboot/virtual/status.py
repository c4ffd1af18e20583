"""Status words the virtual card answers with (TS 102 221, 10.2; TS 51.011, 9.4)."""

from __future__ import annotations

from enum import IntEnum, unique

__all__ = ["Refusal", "Sw", "Sw2g"]


@unique
class Sw(IntEnum):
    """UICC status words (TS 102 221, 10.2.1)."""

    OK = 0x9000
    WARN_NO_INFORMATION = 0x6200
    END_OF_FILE = 0x6282
    FILE_DEACTIVATED = 0x6283
    FILE_TERMINATED = 0x6285
    TRIES_LEFT = 0x63C0
    WRONG_LENGTH = 0x6700
    CHANNEL_NOT_SUPPORTED = 0x6881
    SECURE_MESSAGING_NOT_SUPPORTED = 0x6882
    INCOMPATIBLE_STRUCTURE = 0x6981
    SECURITY_STATUS = 0x6982
    BLOCKED = 0x6983
    DISABLED = 0x6984
    CONDITIONS = 0x6985
    NO_EF = 0x6986
    BAD_DATA = 0x6A80
    NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NO_MEMORY = 0x6A84
    BAD_P1P2 = 0x6A86
    BAD_LC = 0x6A87
    KEY_NOT_FOUND = 0x6A88
    FID_EXISTS = 0x6A89
    AID_EXISTS = 0x6A8A
    WRONG_OFFSET = 0x6B00
    WRONG_LE = 0x6C00
    MEMORY_PROBLEM = 0x6581
    INS_NOT_SUPPORTED = 0x6D00
    CLA_NOT_SUPPORTED = 0x6E00
    TECHNICAL = 0x6F00


@unique
class Sw2g(IntEnum):
    """2G SIM status words (TS 51.011, 9.4)."""

    OK = 0x9000
    NO_EF = 0x9400
    OUT_OF_RANGE = 0x9402
    NOT_FOUND = 0x9404
    INCONSISTENT = 0x9408
    NO_CHV = 0x9802
    ACCESS = 0x9804
    CHV_STATUS = 0x9808
    MEMORY_PROBLEM = 0x9240
    INVALIDATED = 0x9810
    BLOCKED = 0x9840
    MAXIMUM = 0x9850
    WRONG_LENGTH = 0x6700
    WRONG_P1P2 = 0x6B00
    INS_NOT_SUPPORTED = 0x6D00


class Refusal(Exception):  # noqa: N818 - it ends a command, and is no error of the program
    """Ends a command with a status word and no data. Never leaves the virtual card."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw
