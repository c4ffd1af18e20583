"""OMA DM: SyncML 1.2, MetInf 1.2 and the DM DDF 1.2 of TNDS documents.

OMA-TS-SyncML_RepPro 1.2.2 (page 0), OMA-TS-SyncML_MetaInfo 1.2.2 (page 1), OMA-TS-DM_TND 1.2.1
clause 8.6 (page 2). None of them has attributes; the name spaces are those of the XML form.
"""

from __future__ import annotations

from smartboot.wbxml.vocabulary import TagPage, Vocabulary

__all__ = ["DDF_PAGE", "DM_DDF", "METINF", "METINF_PAGE", "SYNCML", "SYNCML_PAGE"]

_SYNCML: dict[int, str] = {
    0x05: "Add",
    0x06: "Alert",
    0x07: "Archive",
    0x08: "Atomic",
    0x09: "Chal",
    0x0A: "Cmd",
    0x0B: "CmdID",
    0x0C: "CmdRef",
    0x0D: "Copy",
    0x0E: "Cred",
    0x0F: "Data",
    0x10: "Delete",
    0x11: "Exec",
    0x12: "Final",
    0x13: "Get",
    0x14: "Item",
    0x15: "Lang",
    0x16: "LocName",
    0x17: "LocURI",
    0x18: "Map",
    0x19: "MapItem",
    0x1A: "Meta",
    0x1B: "MsgID",
    0x1C: "MsgRef",
    0x1D: "NoResp",
    0x1E: "NoResults",
    0x1F: "Put",
    0x20: "Replace",
    0x21: "RespURI",
    0x22: "Results",
    0x23: "Search",
    0x24: "Sequence",
    0x25: "SessionID",
    0x26: "SftDel",
    0x27: "Source",
    0x28: "SourceRef",
    0x29: "Status",
    0x2A: "Sync",
    0x2B: "SyncBody",
    0x2C: "SyncHdr",
    0x2D: "SyncML",
    0x2E: "Target",
    0x2F: "TargetRef",
    0x31: "VerDTD",
    0x32: "VerProto",
    0x33: "NumberOfChanges",
    0x34: "MoreData",
    0x35: "Field",
    0x36: "Filter",
    0x37: "Record",
    0x38: "FilterType",
    0x39: "SourceParent",
    0x3A: "TargetParent",
    0x3B: "Move",
    0x3C: "Correlator",
}

_METINF: dict[int, str] = {
    0x05: "Anchor",
    0x06: "EMI",
    0x07: "Format",
    0x08: "FreeID",
    0x09: "FreeMem",
    0x0A: "Last",
    0x0B: "Mark",
    0x0C: "MaxMsgSize",
    0x0D: "Mem",
    0x0E: "MetInf",
    0x0F: "Next",
    0x10: "NextNonce",
    0x11: "SharedMem",
    0x12: "Size",
    0x13: "Type",
    0x14: "Version",
    0x15: "MaxObjSize",
    0x16: "FieldLevel",
}

_DDF: dict[int, str] = {
    0x05: "AccessType",
    0x06: "ACL",
    0x07: "Add",
    0x08: "b64",
    0x09: "bin",
    0x0A: "bool",
    0x0B: "chr",
    0x0C: "CaseSense",
    0x0D: "CIS",
    0x0E: "Copy",
    0x0F: "CS",
    0x10: "date",
    0x11: "DDFName",
    0x12: "DefaultValue",
    0x13: "Delete",
    0x14: "Description",
    0x15: "DFFormat",
    0x16: "DFProperties",
    0x17: "DFTitle",
    0x18: "DFType",
    0x19: "Dynamic",
    0x1A: "Exec",
    0x1B: "float",
    0x1C: "Format",
    0x1D: "Get",
    0x1E: "int",
    0x1F: "Man",
    0x20: "MgmtTree",
    0x21: "MIME",
    0x22: "Mod",
    0x23: "Name",
    0x24: "Node",
    0x25: "node",
    0x26: "NodeName",
    0x27: "null",
    0x28: "Occurrence",
    0x29: "One",
    0x2A: "OneOrMore",
    0x2B: "OneOrN",
    0x2C: "Path",
    0x2D: "Permanent",
    0x2E: "Replace",
    0x2F: "RTProperties",
    0x30: "Scope",
    0x31: "Size",
    0x32: "time",
    0x33: "Title",
    0x34: "TStamp",
    0x35: "Type",
    0x36: "Value",
    0x37: "VerDTD",
    0x38: "VerNo",
    0x39: "xml",
    0x3A: "ZeroOrMore",
    0x3B: "ZeroOrN",
    0x3C: "ZeroOrOne",
}

SYNCML_PAGE = TagPage(0, "SYNCML:SYNCML1.2", _SYNCML)
METINF_PAGE = TagPage(
    1,
    "syncml:metinf",
    _METINF,
    # Device extensions that one analyser lists; no standard has them.
    vendor={0x17: "FP", 0x18: "ID", 0x19: "IDContainer", 0x1A: "IDPair"},
)
DDF_PAGE = TagPage(2, "syncml:dmddf1.2", _DDF)

SYNCML = Vocabulary(
    name="SyncML 1.2",
    public_id=0x1201,
    formal_id="-//SYNCML//DTD SyncML 1.2//EN",
    system_id="http://www.openmobilealliance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd",
    tag_pages={0: SYNCML_PAGE, 1: METINF_PAGE, 2: DDF_PAGE},
)
"""A SyncML message; page 2 lets a TNDS tree stand directly in Data."""

METINF = Vocabulary(
    name="MetInf 1.2",
    public_id=0x1202,
    formal_id="-//SYNCML//DTD MetInf 1.2//EN",
    tag_pages={0: METINF_PAGE, 1: METINF_PAGE},
    alias_pages=frozenset({0}),
)

DM_DDF = Vocabulary(
    name="DM DDF 1.2",
    public_id=0x01,
    formal_id="-//OMA//DTD-DM-DDF 1.2//EN",
    system_id="http://www.openmobilealliance.org/tech/DTD/dm_ddf-v1_2.dtd",
    # One parser in the field installs the DDF table as page 0 under this public identifier,
    # so both pages are read; page 2 is what the standard has and what is written.
    tag_pages={0: DDF_PAGE, 1: METINF_PAGE, 2: DDF_PAGE},
    alias_pages=frozenset({0}),
)
"""A TNDS document of its own. It has no number: the public identifier is spelt out."""
