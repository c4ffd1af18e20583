"""Rules on what known readers in the field cannot handle (INTEROP-…).

Each names the reader it is about. What they have in common: they know one layout of the card, and
a card that keeps to it costs nothing.
"""

from __future__ import annotations

from smartboot.checks.rule import CARDS, Rule
from smartboot.model import Severity

__all__ = ["RULES"]

_NORDIC = "Nordic's LwM2M client (nRF Connect SDK, uicc_lwm2m)"
_PHONE = "the Client Provisioning reader of Intel phone modems"
_OPENSC = "OpenSC (pkcs15-tool)"

RULES: tuple[Rule, ...] = (
    Rule(
        "INTEROP-NORDIC-OIDDO",
        Severity.WARNING,
        "The LwM2M entry is not an oidDO",
        _NORDIC,
        "Nordic's client passes over all other kinds of entries and finds no bootstrap data. "
        "Clients written from the text of Appendix G read both.",
        "Write the entry as an oidDO that repeats its OID as applicationOID (kind: oid).",
        CARDS,
    ),
    Rule(
        "INTEROP-OPENSC-OPAQUE",
        Severity.INFO,
        "A Client Provisioning or OMA DM entry is an oidDO",
        _OPENSC,
        "OpenSC lists opaqueDO entries only, and the phone readers known expect that form too.",
        "Write the entry as an opaqueDO (kind: opaque).",
        CARDS,
    ),
    Rule(
        "INTEROP-PHONE-FID",
        Severity.WARNING,
        "A phone finds the wrong file id behind the OID",
        _PHONE,
        "This reader does not decode the entry: it takes the two bytes nine behind the 2B of "
        "2B 05 01, which fits an opaqueDO with the OID last and a two-byte path right behind. "
        "With any other layout the phone opens a wrong file and is not provisioned.",
        "Write the entry as an opaqueDO with the OID as last class attribute and a two-byte path.",
        CARDS,
    ),
    Rule(
        "INTEROP-PHONE-DODF",
        Severity.INFO,
        "Client Provisioning is not listed in EF 6410",
        _PHONE,
        "This reader skips EF(ODF) and opens EF(DODF) under the id 6410. Other phones follow "
        "EF(ODF) and do not mind.",
        "Make EF(DODF) file 6410 where such phones are in the field.",
        CARDS,
    ),
    Rule(
        "INTEROP-PATH-LONG",
        Severity.WARNING,
        "A path is longer than one file id",
        f"{_NORDIC}; {_PHONE}",
        "These readers take the first two bytes of a path for a file right under the application. "
        "From 3F007F506432 they open 3F00 and give up.",
        "Put the file under the application itself and name it by its file id alone.",
        CARDS,
    ),
    Rule(
        "INTEROP-PATH-INDEX",
        Severity.WARNING,
        "A document does not begin at the start of its file",
        f"{_NORDIC}; {_PHONE}",
        "Both ignore index and length of a path and read from byte 0, which is another document.",
        "Give each document a file of its own.",
        CARDS,
    ),
    Rule(
        "INTEROP-IN-PLACE",
        Severity.WARNING,
        "Data objects stand in EF(ODF) itself",
        f"{_NORDIC}; {_PHONE}",
        "PKCS#15 allows it; device readers expect EF(ODF) to name an EF(DODF) and find none.",
        "Move the entries into an EF(DODF).",
        CARDS,
    ),
    Rule(
        "INTEROP-NORDIC-DODF",
        Severity.WARNING,
        "LwM2M is not in the EF(DODF) that is named last",
        f"{_NORDIC}; LwM2M Core 1.1.1, Appendix G",
        "By the standard the first EF(DODF) has the highest priority. Nordic's client reads one "
        "only, the last that EF(ODF) names, and finds no LwM2M entry in it.",
        "Use one EF(DODF) for all entries.",
        CARDS,
    ),
    Rule(
        "INTEROP-DIRECTORY-RECORDS",
        Severity.WARNING,
        "A directory file has records",
        f"{_NORDIC}; LwM2M Core 1.1.1, Appendix G",
        "Appendix G wants EF(ODF) and EF(DODF) transparent, and devices send READ BINARY, which "
        "the card refuses with 6981.",
        "Make the file transparent.",
        CARDS,
    ),
    Rule(
        "INTEROP-DIRECTORY-LONG",
        Severity.WARNING,
        "A directory file has more than 256 bytes of entries",
        _NORDIC,
        "The client reads each file with one command. An entry cut off at byte 256 makes it refuse "
        "the whole directory, the entries before it as well.",
        "Shorten labels, or leave out entries that no device needs.",
        CARDS,
    ),
    Rule(
        "INTEROP-SINGLE-READ",
        Severity.INFO,
        "An LwM2M document is longer than one READ BINARY",
        _NORDIC,
        "The client reads the first 256 bytes. Certificates and further servers behind them are "
        "lost, and the document does not parse.",
        "Keep the document within 256 bytes for such devices: short URIs, one server, PSK.",
        CARDS,
    ),
    Rule(
        "INTEROP-NO-SIZE",
        Severity.WARNING,
        "The card tells no size of a file",
        "TS 102 221, 11.1.1.4.8; readers that go by the FCP",
        "Readers that reserve memory and stop by the size in the FCP read nothing or to the first "
        "error.",
        "Have the operating system of the card tell tag 80.",
        CARDS,
    ),
    Rule(
        "INTEROP-NOT-SHAREABLE",
        Severity.INFO,
        "A file can be used on one logical channel at a time",
        "TS 102 221, 8.7 and 11.1.1.4.3",
        "While another application of the device has the file selected, a device management client "
        "on its own channel is refused.",
        "Make the file shareable (file descriptor 41).",
        CARDS,
    ),
    Rule(
        "INTEROP-DEFAULT-FID",
        Severity.INFO,
        "The LwM2M document is not in file 6432",
        "Anjay and other clients that can be set to a fixed file",
        "Clients that skip the directory look into file 6432, the id of the standard's samples. "
        "All others follow EF(DODF).",
        "Use file 6432 where nothing speaks against it.",
        CARDS,
    ),
    Rule(
        "INTEROP-AID-ONLY",
        Severity.WARNING,
        "The application cannot be selected by its AID",
        f"LwM2M Core 1.1.1, Appendix G; {_NORDIC}; {_PHONE}",
        "Devices select A000000063504B43532D3135 and treat the card as empty when that is refused, "
        "whatever stands under DF 7F50 or 5015.",
        "Make the application an ADF with this AID and list it in EF(DIR).",
        CARDS,
    ),
    Rule(
        "INTEROP-NO-7F50",
        Severity.INFO,
        "The application has no path 3F00/7F50",
        "Android (UiccPkcs15), when the modem gives it no logical channel",
        "Where no logical channel is to be had, Android goes to 3F007F50 instead of the AID.",
        "Give the application's DF the id 7F50 under the MF.",
        CARDS,
    ),
    Rule(
        "INTEROP-ODF-FID",
        Severity.WARNING,
        "EF(ODF) is not file 5031",
        f"PKCS#15 v1.1, 5.5.1; {_NORDIC}",
        "PKCS#15 lets EF(DIR) name another file. Device readers select 5031 without looking there.",
        "Make EF(ODF) file 5031.",
        CARDS,
    ),
    Rule(
        "INTEROP-SIM-LWM2M",
        Severity.WARNING,
        "LwM2M data is on a 2G SIM",
        "LwM2M Core 1.1.1, Appendix G",
        "Appendix G knows UICCs in 3G mode only; LwM2M clients do not look for the data on a SIM.",
        "Use a UICC.",
        CARDS,
    ),
    Rule(
        "INTEROP-WBXML-PUBLIC-ID",
        Severity.INFO,
        "A Client Provisioning document does not have the public identifier 0B",
        _PHONE,
        "Readers compare the first bytes with 03 0B 6A and take nothing else for a provisioning "
        "document.",
        "Encode the document anew; smartboot writes the number.",
        CARDS,
    ),
    Rule(
        "INTEROP-WBXML-CHARSET",
        Severity.INFO,
        "A Client Provisioning document is not in UTF-8",
        _PHONE,
        "The third byte is compared too: 6A, UTF-8. Names outside ASCII come out wrong on devices "
        "that go on all the same.",
        "Encode the document anew; smartboot writes UTF-8.",
        CARDS,
    ),
)
