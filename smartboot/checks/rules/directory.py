"""Rules on the PKCS#15 directory against the card itself (P15-…), part of ``structure``."""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["DIRECTORY_RULES"]

_MODULE = "PKCS#15 v1.1, ASN.1 module"
_FLAGS = f"{_MODULE}, CommonObjectFlags; LwM2M Core 1.1.1, Appendix G"

DIRECTORY_RULES: tuple[Rule, ...] = (
    Rule(
        "P15-PRIVATE-OPEN",
        Severity.WARNING,
        "An object is marked private and everyone may read it",
        _FLAGS,
        "Devices ask the user for a PIN that the file does not need, or wait for one that nobody "
        "gives. The content is not guarded at all.",
        "Guard the file with a PIN, or take the flag private away in EF(DODF).",
        CARDS,
    ),
    Rule(
        "P15-NOT-PRIVATE",
        Severity.WARNING,
        "A file takes a key to read and its object is not marked private",
        _FLAGS,
        "Devices that go by the flag read without a PIN, are refused, and treat the card as one "
        "without bootstrap data.",
        "Set the flag private in EF(DODF).",
        CARDS,
    ),
    Rule(
        "P15-MODIFIABLE-NEVER",
        Severity.INFO,
        "An object is marked modifiable and nobody may change it",
        _FLAGS,
        "Devices may ask for a PIN because of the flag, although they never write the file.",
        "Take the flag modifiable away in EF(DODF).",
        CARDS,
    ),
    Rule(
        "P15-NOT-MODIFIABLE",
        Severity.INFO,
        "The user's object can be changed and is not marked modifiable",
        _FLAGS,
        "Config2 of Client Provisioning is the user's. Devices that go by the flag do not offer "
        "to change it.",
        "Set the flag modifiable in EF(DODF).",
        CARDS,
    ),
    Rule(
        "P15-AUTHID-UNKNOWN",
        Severity.WARNING,
        "An object's authId leads to no PIN",
        f"PKCS#15 v1.1, 5.5.7; {_MODULE}, CommonObjectAttributes",
        "PKCS#15 middleware such as OpenSC cannot tell which PIN to ask for. Devices that go by "
        "the file's access rules still can.",
        "List the PIN in an EF(AODF) that EF(ODF) names, or leave the authId out.",
        CARDS,
    ),
    Rule(
        "P15-PIN-REFERENCE",
        Severity.WARNING,
        "EF(AODF) and the file's access rule name different PINs",
        "PKCS#15 v1.1, 5.5.7; TS 102 221, 9.5.1",
        "Middleware that goes by EF(AODF) asks for the wrong PIN, is refused all the same, and may "
        "block it.",
        "Correct pinReference in EF(AODF), or the authId of the object.",
        CARDS,
    ),
    Rule(
        "P15-PIN-FORM",
        Severity.WARNING,
        "EF(AODF) describes a PIN that this card cannot take",
        "PKCS#15 v1.1, 5.5.7; TS 102 221, 11.1.9",
        "A PIN of a UICC or SIM is eight bytes padded with FF. Middleware that pads it otherwise "
        "presents wrong PINs until it is blocked.",
        "Set storedLength to 8, padChar to FF and the flag needs-padding in EF(AODF).",
        CARDS,
    ),
    Rule(
        "P15-RANGE-BEYOND",
        Severity.ERROR,
        "A path goes beyond its file",
        f"{_MODULE}, Path",
        "Readers that keep to index and length are refused at the end of the file, or get a part "
        "of the document that does not parse.",
        "Correct index and length in EF(DODF), or leave both out where the file has one document.",
        CARDS,
    ),
    Rule(
        "P15-OBJECT-OVERLAP",
        Severity.WARNING,
        "Two objects have the same bytes",
        "PKCS#15 v1.1, 5.5.6",
        "Changing one changes the other. With different OIDs one of them is read in the wrong "
        "format.",
        "Give each object a file of its own, or ranges that do not overlap.",
        CARDS,
    ),
    Rule(
        "P15-ODF-DANGLING",
        Severity.WARNING,
        "EF(ODF) names a directory file that is not there",
        "PKCS#15 v1.1, 5.5.1",
        "Middleware such as OpenSC reads all directory files first and may give the card up at "
        "the one that is missing.",
        "Take the entry out of EF(ODF), or make the file.",
        CARDS,
    ),
    Rule(
        "P15-OID-TWICE",
        Severity.WARNING,
        "Two objects have the same OID",
        "Nordic's LwM2M client; the Client Provisioning reader of Intel phone modems",
        "Readers that stop at the first object differ from those that go on searching and take the "
        "last, as Nordic's and Intel's do, so that devices end up with different servers. DM 1.x "
        "and DM 2.0 share an OID and may stand beside each other: devices go by the content.",
        "Keep one object for each OID; several servers go into one document.",
        CARDS,
        also=(Severity.INFO,),
    ),
    Rule(
        "P15-LABEL-TWICE",
        Severity.INFO,
        "Two objects have the same label",
        f"{_MODULE}, CommonObjectAttributes",
        "People cannot tell the objects apart, nor can tools that pick an object by its label "
        "(pkcs15-tool, PKCS#11).",
        "Give each object a label of its own.",
        CARDS,
    ),
    Rule(
        "P15-LABEL-ABSENT",
        Severity.WARNING,
        "A bootstrap object has no label",
        "LwM2M Core 1.1.1, Appendix G",
        "Appendix G asks for a label. Devices find the data by its OID; what is shown to people "
        "is empty.",
        "Write a label into CommonObjectAttributes.",
        CARDS,
    ),
    Rule(
        "P15-LABEL-LONG",
        Severity.WARNING,
        "A label is longer than allowed",
        f"{_MODULE}, pkcs15-ub-label",
        "Readers with a buffer of 255 bytes for the label cut it off or drop the entry.",
        "Shorten the label.",
        CARDS,
    ),
    Rule(
        "P15-LABEL-DISAGREES",
        Severity.INFO,
        "Label and OID speak of different kinds of data",
        "LwM2M Core 1.1.1, Appendix G",
        "Devices go by the OID. The label misleads whoever works on the card, or the OID is the "
        "mistake and devices read the document in the wrong format.",
        "Correct the one that is wrong.",
        CARDS,
    ),
    Rule(
        "P15-CONTENT-DIFFERS",
        Severity.ERROR,
        "The OID stands for one format and the file holds another",
        "LwM2M Core 1.1.1, Appendix G",
        "Devices read the document in the format of the OID, fail and bootstrap from nothing.",
        "Give the object the OID of what is in the file, or write the document that belongs there.",
        CARDS,
    ),
    Rule(
        "P15-APPLICATION-OID",
        Severity.INFO,
        "An oidDO does not repeat its OID as applicationOID",
        "LwM2M Core 1.1.1, Appendix G",
        "Appendix G asks for the OID in applicationOID, readers in the field look for the id of "
        "the oidDO. An entry with only one of them is missed by readers of the other kind.",
        "Write the OID in both places.",
        CARDS,
    ),
    Rule(
        "P15-TOKEN-ABSENT",
        Severity.INFO,
        "EF(TokenInfo) is missing",
        "PKCS#15 v1.1, 5.5.8",
        "Devices do not need it; OpenSC refuses the card without it, and so do some applications "
        "of handset makers.",
        "Add EF(TokenInfo), file 5032.",
        CARDS,
    ),
    Rule(
        "P15-TOKEN-VERSION",
        Severity.WARNING,
        "EF(TokenInfo) gives a version other than v1",
        f"{_MODULE}, TokenInfo",
        "Middleware refuses a version that it does not know. Version 1 is the number 0, which is "
        "often got wrong.",
        "Write version 0.",
        CARDS,
    ),
    Rule(
        "P15-TOKEN-READONLY",
        Severity.WARNING,
        "EF(TokenInfo) calls the card read-only and its documents can be changed",
        f"{_MODULE}, TokenFlags",
        "Middleware and tools do not offer to write a card that is marked so.",
        "Take the flag readonly away.",
        CARDS,
    ),
    Rule(
        "P15-TOKEN-LOGIN",
        Severity.INFO,
        "EF(TokenInfo) asks for a login that nothing needs",
        f"{_MODULE}, TokenFlags",
        "Middleware asks the user for a PIN before it reads documents that are open anyway.",
        "Take the flag loginRequired away, or guard the documents.",
        CARDS,
    ),
    Rule(
        "P15-TOKEN-SERIAL",
        Severity.WARNING,
        "EF(TokenInfo) bears the ICCID of another card",
        f"{_MODULE}, TokenInfo",
        "The directory was copied from another card without change; what else is in it, keys above "
        "all, may be that card's too.",
        "Write the card's own number, and make sure that its keys are its own.",
        CARDS,
    ),
)
