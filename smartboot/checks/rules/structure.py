"""Rules on what only the check looks at: files, access conditions, directory (CARD-…, P15-…).

Those on access conditions and on the PKCS#15 directory have tables of their own, which are part
of this family.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.checks.rules.access import ACCESS_RULES
from smartboot.checks.rules.directory import DIRECTORY_RULES
from smartboot.model import Severity

__all__ = ["RULES"]

_FILE_RULES: tuple[Rule, ...] = (
    Rule(
        "CARD-DIR-STRUCTURE",
        Severity.WARNING,
        "EF(DIR) is not a linear fixed file",
        "TS 102 221, 13.1",
        "Devices read EF(DIR) with READ RECORD. On another structure the command is refused and "
        "the PKCS#15 application is not found through EF(DIR).",
        "Make EF(DIR) linear fixed, one application template in each record.",
        CARDS,
    ),
    Rule(
        "CARD-DIR-DUPLICATE",
        Severity.WARNING,
        "An application stands in EF(DIR) twice",
        "TS 102 221, 13.1",
        "Devices take one of the two records; where label or path differ it depends on the device "
        "which. It often is left over from a personalisation that was run twice.",
        "Blank the record that is not meant with FF.",
        CARDS,
    ),
    Rule(
        "CARD-DIR-SEVERAL",
        Severity.INFO,
        "EF(DIR) lists several PKCS#15 applications",
        "PKCS#15 v1.1, 5.7; LwM2M Core 1.1.1, Appendix G",
        "Devices look into the first one. Bootstrap data in another one is not seen; another "
        "applet of the operator (signature, access rules) may own the first.",
        "Put the application with the bootstrap data first, or into the one that is there.",
        CARDS,
    ),
    Rule(
        "CARD-DIR-AID-FOREIGN",
        Severity.WARNING,
        "EF(DIR) gives the PKCS#15 path another AID",
        "PKCS#15 v1.1, 5.7; TS 102 221, 13.1",
        "Devices search EF(DIR) for the AID of PKCS#15 and pass over this record, although the "
        "path in it is the usual one.",
        "Write A000000063504B43532D3135 into tag 4F, and give the application that AID.",
        CARDS,
    ),
    Rule(
        "CARD-DIR-PATH-ABSENT",
        Severity.WARNING,
        "The path in EF(DIR) leads nowhere",
        "TS 102 221, 13.1; LwM2M Core 1.1.1, Appendix G",
        "The application opens by its AID. Readers that go by the path, 2G terminals and Android's "
        "fallback on cards without free channels, find nothing.",
        "Correct tag 51 in EF(DIR), or make the application's DF selectable there.",
        CARDS,
    ),
    Rule(
        "CARD-DIR-PATH-DIFFERS",
        Severity.ERROR,
        "AID and path in EF(DIR) lead to different applications",
        "TS 102 221, 13.1; LwM2M Core 1.1.1, Appendix G",
        "Devices that select by AID and those that go by path read different directories, so that "
        "one kind gets old bootstrap data or none.",
        "Correct tag 51 in EF(DIR), and remove the copy that is not meant.",
        CARDS,
    ),
    Rule(
        "CARD-SFI-FIXED",
        Severity.INFO,
        "A file lacks the short file id that the standard gives it",
        "TS 102 221, 13.1 and 13.2",
        "Terminals may read EF(DIR) and EF(ICCID) by their short ids, without a SELECT. They then "
        "meet an error or another file before they look for bootstrap data.",
        "Have the card made with SFI 1E for EF(DIR) and 02 for EF(ICCID).",
        CARDS,
    ),
    Rule(
        "CARD-SFI-CLASH",
        Severity.WARNING,
        "Two files of one directory have the same short file id",
        "TS 102 221, 8.6",
        "A command with that short id reaches only one of the files, and writes to it as well.",
        "Give each file its own short id, or none.",
        CARDS,
    ),
    Rule(
        "CARD-SIZE-SHORT",
        Severity.WARNING,
        "A file is shorter than the card says",
        "TS 102 221, 11.1.1.4.8",
        "Readers that go by the size in the FCP get an error at the end of the file, and some take "
        "the whole file for unreadable. A write plan that counts on the room fails half-way.",
        "Have the file made anew with the size it needs; dump it first.",
        CARDS,
    ),
    Rule(
        "CARD-DOCUMENT-FULL",
        Severity.INFO,
        "A document fills its file to the last byte",
        "operation: room for a longer document",
        "No longer document fits later, a longer server address for instance. Over the air most "
        "cards cannot resize a file.",
        "Give the file room in the card profile (size), some hundred bytes more than today.",
        CARDS,
    ),
    Rule(
        "CARD-DIRECTORY-FULL",
        Severity.INFO,
        "A directory file has no room for another entry",
        "operation: room for a further object",
        "Another data object, such as a second generation of bootstrap data, cannot be listed on "
        "cards in the field without making the file anew.",
        "Give EF(ODF) and EF(DODF) some room in the card profile (size).",
        CARDS,
    ),
    Rule(
        "CARD-FILE-DEACTIVATED",
        Severity.ERROR,
        "A file is deactivated",
        "TS 102 221, 11.1.1.4.9 and 11.1.14",
        "The card refuses to read it (6283, 6985 or 9810 on a SIM), so that devices behave as if "
        "the data were not there.",
        "Activate it: ACTIVATE FILE under the key its access rules ask for.",
        CARDS,
    ),
    Rule(
        "CARD-FILE-TERMINATED",
        Severity.ERROR,
        "A file is terminated",
        "TS 102 221, 11.1.1.4.9; TS 102 222, 6.9",
        "Nothing brings a terminated file back; its data is lost to every device.",
        "Delete the file and make it anew where the card allows it, else replace the card.",
        CARDS,
    ),
    Rule(
        "CARD-FILE-UNFINISHED",
        Severity.WARNING,
        "A file was never put into operation",
        "TS 102 221, 11.1.1.4.9; ISO/IEC 7816-4, 7.4.10",
        "In the states of creation and initialisation the access conditions need not be in force: "
        "the file may be open to everyone, or refuse to be read.",
        "End the personalisation: ACTIVATE FILE on this file.",
        CARDS,
    ),
    Rule(
        "CARD-FID-DIFFERS",
        Severity.INFO,
        "The card answers with another file's id",
        "TS 102 221, 11.1.1.4.4",
        "Readers that compare the id in the FCP with the one they asked for take the file for the "
        "wrong one. It is known of cards whose files are selected by path.",
        "Tell the card's maker; smartboot, Nordic's reader and OpenSC trust the path.",
        CARDS,
    ),
    Rule(
        "CARD-ICCID-FORM",
        Severity.WARNING,
        "The ICCID is not formed as it should be",
        "TS 102 221, 13.2; ITU-T E.118",
        "Servers and logistics that look the card up by its ICCID do not find it; a profile that "
        "takes its variables from the ICCID gets wrong ones.",
        "Ask the card's maker; EF(ICCID) is written at personalisation and never after.",
        CARDS,
    ),
    Rule(
        "CARD-ICCID-LUHN",
        Severity.INFO,
        "The ICCID's check digit is wrong",
        "ITU-T E.118 (Luhn)",
        "Portals that check the digit refuse the number. Some operators number without one.",
        "Compare with the number printed on the card; nothing to do where they agree.",
        CARDS,
    ),
    Rule(
        "CARD-PIN-BLOCKED",
        Severity.ERROR,
        "A PIN is blocked",
        "TS 102 221, 9.5 and 11.1.9",
        "What asks for this PIN stays closed. A file that devices need is then lost to them until "
        "the PIN is unblocked.",
        "Unblock the PIN with its PUK.",
        CARDS,
        also=(Severity.WARNING,),
    ),
    Rule(
        "CARD-ADM-BLOCKED",
        Severity.WARNING,
        "An administrative key is blocked",
        "TS 102 221, 9.5",
        "The files that ask for it can never be changed again through a reader; over the air they "
        "still may be.",
        "Update over the air (RFM), or replace the card.",
        CARDS,
    ),
    Rule(
        "CARD-KEY-LAST-TRY",
        Severity.WARNING,
        "A key has one try left",
        "TS 102 221, 9.5",
        "The next wrong key blocks it: a PIN until its PUK is given, an administrative key for "
        "good.",
        "Make sure of the key before it is presented; smartboot refuses to without --force.",
        CARDS,
    ),
    Rule(
        "CARD-KEY-ABSENT",
        Severity.WARNING,
        "Files ask for a key that the card does not have",
        "TS 102 221, 9.5.1",
        "Nobody can open what asks for this key: the access rules and the keys of the card were "
        "not made for each other.",
        "Correct the record of EF(ARR), or personalise the key.",
        CARDS,
    ),
)

RULES: tuple[Rule, ...] = (*_FILE_RULES, *ACCESS_RULES, *DIRECTORY_RULES)
