"""OMA DM test vectors and hypothesis strategies.

BOOT and FULL were made with ``xml2wbxml -n -v 1.2`` (libwbxml 0.11.8) from BOOT_XML and FULL_XML,
and checked by hand against the code pages. All names are under example.com.
"""

from __future__ import annotations

from hypothesis import strategies as st

from smartboot.formats.oma_dm import (
    Command,
    Cred,
    DmDocument,
    Endpoint,
    Header,
    Item,
    JsonMo,
    Message,
    Meta,
    MoArray,
    Node,
    Tnds,
)
from smartboot.formats.oma_dm.tree import FORMATS

XML_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.2//EN" "http://www.openmobileal'
    'liance.org/tech/DTD/OMA-TS-SyncML_RepPro_DTD-V1_2.dtd">'
    "\n"
)
BOOT = bytes.fromhex(
    "02a4016a006d6c7103312e3200017203444d2f312e32000165033000015b033100016e5703494d45"
    "493a30303439393930313036343030303000010167570368747470733a2f2f646d2e6578616d706c"
    "652e636f6d2f6d676d74000101016b454b03310001546e57032e2f496e626f780001015a00014703"
    "62696e000153036170706c69636174696f6e2f766e642e73796e636d6c2e646d746e64732b776278"
    "6d6c00010100004fc382600200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f"
    "454e000002607703312e3200016466034578616d706c65444d00016f46034765743d646d2e657861"
    "6d706c652e636f6d265265706c6163653d646d2e6578616d706c652e636f6d2644656c6574653d64"
    "6d2e6578616d706c652e636f6d00015c250175510375726e3a6f6d613a6d6f3a6f6d612d646d2d64"
    "6d6163633a312e3000010101646603417070494400016f5c0b01756103746578742f706c61696e00"
    "01010176037737000101646603536572766572494400016f5c0b01756103746578742f706c61696e"
    "000101017603646d2e6578616d706c652e636f6d0001016466034170704164647200016f5c250175"
    "1101016466033100016f5c2501751101016466034164647200016f5c0b01756103746578742f706c"
    "61696e00010101760368747470733a2f2f646d2e6578616d706c652e636f6d2f6d676d7400010101"
    "010101010101120101"
)
BOOT_XML = (
    XML_HEAD
    + '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerPro'
    "to><SessionID>0</SessionID><MsgID>1</MsgID><Target><LocURI>IMEI:004999010640000</LocUR"
    "I></Target><Source><LocURI>https://dm.example.com/mgmt</LocURI></Source></SyncHdr><Syn"
    "cBody><Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target><Meta><Forma"
    't xmlns="syncml:metinf">bin</Format><Type xmlns="syncml:metinf">application/vnd.syncml'
    '.dmtnds+xml</Type></Meta><Data><MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><'
    "Node><NodeName>ExampleDM</NodeName><RTProperties><ACL>Get=dm.example.com&amp;Replace=d"
    "m.example.com&amp;Delete=dm.example.com</ACL><Format><node/></Format><Type><DDFName>ur"
    "n:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties><Node><NodeName>AppID</NodeNa"
    "me><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProper"
    "ties><Value>w7</Value></Node><Node><NodeName>ServerID</NodeName><RTProperties><Format>"
    "<chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>dm.example.co"
    "m</Value></Node><Node><NodeName>AppAddr</NodeName><RTProperties><Format><node/></Forma"
    "t><Type><DDFName></DDFName></Type></RTProperties><Node><NodeName>1</NodeName><RTProper"
    "ties><Format><node/></Format><Type><DDFName></DDFName></Type></RTProperties><Node><Nod"
    "eName>Addr</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME"
    "></Type></RTProperties><Value>https://dm.example.com/mgmt</Value></Node></Node></Node>"
    "</Node></MgmtTree></Data></Item></Add><Final/></SyncBody></SyncML>"
    "\n"
)
FULL = bytes.fromhex(
    "02a4016a006d6c7103312e3200017203444d2f312e32000165033000015b033100016e5703494d45"
    "493a30303439393930313036343030303000010167570368747470733a2f2f646d2e6578616d706c"
    "652e636f6d2f6d676d74000101016b454b03310001546e57032e2f496e626f780001015a00014703"
    "62696e000153036170706c69636174696f6e2f766e642e73796e636d6c2e646d746e64732b776278"
    "6d6c00010100004fc38b7f0200006a1b2d2f2f4f4d412f2f4454442d444d2d44444620312e322f2f"
    "454e000002607703312e3200016466034578616d706c65444d00016f46034765743d646d2e657861"
    "6d706c652e636f6d265265706c6163653d646d2e6578616d706c652e636f6d2644656c6574653d64"
    "6d2e6578616d706c652e636f6d00015c250175510375726e3a6f6d613a6d6f3a6f6d612d646d2d64"
    "6d6163633a312e3000010101646603417070494400016f5c0b01756103746578742f706c61696e00"
    "01010176037737000101646603536572766572494400016f5c0b01756103746578742f706c61696e"
    "000101017603646d2e6578616d706c652e636f6d0001016466034e616d6500016f5c0b0175610374"
    "6578742f706c61696e0001010176034578616d706c6520444d00010164660350726566436f6e5265"
    "6600016f5c0b01756103746578742f706c61696e0001010176032e2f496e626f782f4578616d706c"
    "654e41500001016466034170704164647200016f5c2501751101016466033100016f5c2501751101"
    "016466034164647200016f5c0b01756103746578742f706c61696e00010101760368747470733a2f"
    "2f646d2e6578616d706c652e636f6d2f6d676d74000101646603416464725479706500016f5c0b01"
    "756103746578742f706c61696e000101017603555249000101646603506f727400016f5c25017511"
    "01016466033100016f5c250175110101646603506f72744e627200016f5c0b01756103746578742f"
    "706c61696e0001010176033434330001010101010164660341417574685072656600016f5c0b0175"
    "6103746578742f706c61696e0001010176034449474553540001016466034170704175746800016f"
    "5c2501751101016466033100016f5c25017511010164660341417574684c6576656c00016f5c0b01"
    "756103746578742f706c61696e000101017603434c43524544000101646603414175746854797065"
    "00016f5c0b01756103746578742f706c61696e000101017603444947455354000101646603414175"
    "74684e616d6500016f5c0b01756103746578742f706c61696e000101017603646576696365310001"
    "01646603414175746853656372657400016f5c0b01756103746578742f706c61696e000101017603"
    "636c69656e742d73656372657400010164660341417574684461746100016f5c0801756103617070"
    "6c69636174696f6e2f6f637465742d73747265616d0001010176034d54497a4e4455324e7a67354d"
    "4746695932526c5a673d3d000101016466033200016f5c25017511010164660341417574684c6576"
    "656c00016f5c0b01756103746578742f706c61696e00010101760353525643524544000101646603"
    "41417574685479706500016f5c0b01756103746578742f706c61696e000101017603444947455354"
    "00010164660341417574684e616d6500016f5c0b01756103746578742f706c61696e000101017603"
    "646d2e6578616d706c652e636f6d000101646603414175746853656372657400016f5c0b01756103"
    "746578742f706c61696e0001010176037365727665722d7365637265740001016466034141757468"
    "4461746100016f5c08017561036170706c69636174696f6e2f6f637465742d73747265616d000101"
    "0176035a6d566b59324a684d446b344e7a59314e444d794d513d3d0001010101016466034578616d"
    "706c654e415000016f46034765743d646d2e6578616d706c652e636f6d265265706c6163653d646d"
    "2e6578616d706c652e636f6d2644656c6574653d646d2e6578616d706c652e636f6d00015c250175"
    "510375726e3a6f6d613a6d6f3a6f6d612d636f6e6e6d6f2d6e61703a312e30000101016466034e41"
    "50494400016f5c0b01756103746578742f706c61696e0001010176034578616d706c654e41500001"
    "016466034e616d6500016f5c0b01756103746578742f706c61696e0001010176034578616d706c65"
    "2041504e0001016466034164647200016f5c0b01756103746578742f706c61696e00010101760369"
    "6e7465726e65742e6578616d706c652e636f6d000101646603416464725479706500016f5c0b0175"
    "6103746578742f706c61696e00010101760341504e0001010101010101120101"
)
FULL_XML = (
    XML_HEAD
    + '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerPro'
    "to><SessionID>0</SessionID><MsgID>1</MsgID><Target><LocURI>IMEI:004999010640000</LocUR"
    "I></Target><Source><LocURI>https://dm.example.com/mgmt</LocURI></Source></SyncHdr><Syn"
    "cBody><Add><CmdID>1</CmdID><Item><Target><LocURI>./Inbox</LocURI></Target><Meta><Forma"
    't xmlns="syncml:metinf">bin</Format><Type xmlns="syncml:metinf">application/vnd.syncml'
    '.dmtnds+xml</Type></Meta><Data><MgmtTree xmlns="syncml:dmddf1.2"><VerDTD>1.2</VerDTD><'
    "Node><NodeName>ExampleDM</NodeName><RTProperties><ACL>Get=dm.example.com&amp;Replace=d"
    "m.example.com&amp;Delete=dm.example.com</ACL><Format><node/></Format><Type><DDFName>ur"
    "n:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties><Node><NodeName>AppID</NodeNa"
    "me><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProper"
    "ties><Value>w7</Value></Node><Node><NodeName>ServerID</NodeName><RTProperties><Format>"
    "<chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>dm.example.co"
    "m</Value></Node><Node><NodeName>Name</NodeName><RTProperties><Format><chr/></Format><T"
    "ype><MIME>text/plain</MIME></Type></RTProperties><Value>Example DM</Value></Node><Node"
    "><NodeName>PrefConRef</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/"
    "plain</MIME></Type></RTProperties><Value>./Inbox/ExampleNAP</Value></Node><Node><NodeN"
    "ame>AppAddr</NodeName><RTProperties><Format><node/></Format><Type><DDFName></DDFName><"
    "/Type></RTProperties><Node><NodeName>1</NodeName><RTProperties><Format><node/></Format"
    "><Type><DDFName></DDFName></Type></RTProperties><Node><NodeName>Addr</NodeName><RTProp"
    "erties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Valu"
    "e>https://dm.example.com/mgmt</Value></Node><Node><NodeName>AddrType</NodeName><RTProp"
    "erties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Valu"
    "e>URI</Value></Node><Node><NodeName>Port</NodeName><RTProperties><Format><node/></Form"
    "at><Type><DDFName></DDFName></Type></RTProperties><Node><NodeName>1</NodeName><RTPrope"
    "rties><Format><node/></Format><Type><DDFName></DDFName></Type></RTProperties><Node><No"
    "deName>PortNbr</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</"
    "MIME></Type></RTProperties><Value>443</Value></Node></Node></Node></Node></Node><Node>"
    "<NodeName>AAuthPref</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/pl"
    "ain</MIME></Type></RTProperties><Value>DIGEST</Value></Node><Node><NodeName>AppAuth</N"
    "odeName><RTProperties><Format><node/></Format><Type><DDFName></DDFName></Type></RTProp"
    "erties><Node><NodeName>1</NodeName><RTProperties><Format><node/></Format><Type><DDFNam"
    "e></DDFName></Type></RTProperties><Node><NodeName>AAuthLevel</NodeName><RTProperties><"
    "Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>CLCRED"
    "</Value></Node><Node><NodeName>AAuthType</NodeName><RTProperties><Format><chr/></Forma"
    "t><Type><MIME>text/plain</MIME></Type></RTProperties><Value>DIGEST</Value></Node><Node"
    "><NodeName>AAuthName</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/p"
    "lain</MIME></Type></RTProperties><Value>device1</Value></Node><Node><NodeName>AAuthSec"
    "ret</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type"
    "></RTProperties><Value>client-secret</Value></Node><Node><NodeName>AAuthData</NodeName"
    "><RTProperties><Format><b64/></Format><Type><MIME>application/octet-stream</MIME></Typ"
    "e></RTProperties><Value>MTIzNDU2Nzg5MGFiY2RlZg==</Value></Node></Node><Node><NodeName>"
    "2</NodeName><RTProperties><Format><node/></Format><Type><DDFName></DDFName></Type></RT"
    "Properties><Node><NodeName>AAuthLevel</NodeName><RTProperties><Format><chr/></Format><"
    "Type><MIME>text/plain</MIME></Type></RTProperties><Value>SRVCRED</Value></Node><Node><"
    "NodeName>AAuthType</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/pla"
    "in</MIME></Type></RTProperties><Value>DIGEST</Value></Node><Node><NodeName>AAuthName</"
    "NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RT"
    "Properties><Value>dm.example.com</Value></Node><Node><NodeName>AAuthSecret</NodeName><"
    "RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties"
    "><Value>server-secret</Value></Node><Node><NodeName>AAuthData</NodeName><RTProperties>"
    "<Format><b64/></Format><Type><MIME>application/octet-stream</MIME></Type></RTPropertie"
    "s><Value>ZmVkY2JhMDk4NzY1NDMyMQ==</Value></Node></Node></Node></Node><Node><NodeName>E"
    "xampleNAP</NodeName><RTProperties><ACL>Get=dm.example.com&amp;Replace=dm.example.com&a"
    "mp;Delete=dm.example.com</ACL><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-co"
    "nnmo-nap:1.0</DDFName></Type></RTProperties><Node><NodeName>NAPID</NodeName><RTPropert"
    "ies><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>E"
    "xampleNAP</Value></Node><Node><NodeName>Name</NodeName><RTProperties><Format><chr/></F"
    "ormat><Type><MIME>text/plain</MIME></Type></RTProperties><Value>Example APN</Value></N"
    "ode><Node><NodeName>Addr</NodeName><RTProperties><Format><chr/></Format><Type><MIME>te"
    "xt/plain</MIME></Type></RTProperties><Value>internet.example.com</Value></Node><Node><"
    "NodeName>AddrType</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plai"
    "n</MIME></Type></RTProperties><Value>APN</Value></Node></Node></MgmtTree></Data></Item"
    "></Add><Final/></SyncBody></SyncML>"
    "\n"
)

DM2_TEXT = """[{"DDF":"https://dm.example.com/ddf/dmacc-1.2.ddf",
  "ClientURI":"urn:oma:mo:oma-dm-dmacc:1.2/ExampleDM/",
  "MOData":{"ExampleDM":{
    "SrvID":"dm.example.com",
    "SrvURI":"https://dm.example.com/dm20",
    "Name":"Example DM",
    "Perm":{"1":{"MOID":"urn:oma:mo:oma-fumo:1.0"},"2":{"MOID":"urn:oma:mo:oma-scomo:1.0"}},
    "Auth":{
      "Bootstrap":{"ServerURI":"https://boot.example.com/dm20","SecMode":"AA==",
        "ClientPubKey":"ZGV2aWNlMQ==","ServerPubKey":"Ym9vdC5leGFtcGxlLmNvbQ==",
        "ClientSecretKey":"AAECAwQFBgcICQoLDA0ODw=="},
      "Noti":{"Type":1,"Data":"bm90aQ==","Secret":"EBESExQVFhcYGRobHB0eHw=="},
      "Trsp":{"Data":"ZGV2aWNlMQ==","Secret":"ICEiIyQlJicoKSorLC0uLw=="}}}}}]
"""
"""DM 2.0 bootstrap data; SecMode and Noti/Type are placeholders."""

SECRETS = (
    "client-secret",
    "server-secret",
    "MTIzNDU2Nzg5MGFiY2RlZg==",
    "ZmVkY2JhMDk4NzY1NDMyMQ==",
    "1234567890abcdef",
    "fedcba0987654321",
    "AAECAwQFBgcICQoLDA0ODw==",
    "EBESExQVFhcYGRobHB0eHw==",
    "ICEiIyQlJicoKSorLC0uLw==",
)
"""What no output may show."""

# -- strategies ------------------------------------------------------------------------------------

XML_TEXT = st.sampled_from(
    ["", " ", "text", "\u00e9\U0001f600", "a\r\n\tb", "<&>\"']]>", "hex:00", "********", "AAEC"]
) | st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t\n\r"
    ),
    max_size=6,
)
"""What WBXML and XML can both hold. A fixed list first: drawing text is slow."""

NAMES = st.one_of(
    st.sampled_from(["AppID", "ServerID", "AAuthSecret", "1", "Ext", "Password"]),
    st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8),
)
maybe_text = st.none() | XML_TEXT
PROPERTIES = st.dictionaries(
    st.sampled_from(["mime", "ddf_name", "acl", "title", "tstamp", "verno", "rt_name", "size"]),
    XML_TEXT | st.sampled_from(["Add=*", "Get=a+b&Replace=a", "text/plain", "urn:oma:mo:x:1.0"]),
    max_size=3,
)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2, top: bool = True) -> Node:
    """A node in the form a decoder gives: octets only in format bin, or where they are no text."""
    if depth and draw(st.booleans()):
        children = tuple(draw(st.lists(nodes(depth=depth - 1, top=False), min_size=1, max_size=2)))
        format_ = draw(st.sampled_from([None, "node"]))
        value = None
    else:
        children = ()
        format_ = draw(st.sampled_from([None, *FORMATS]))
        if format_ == "bin":
            value = draw(st.none() | st.binary(max_size=12))
        else:
            value = draw(st.none() | XML_TEXT | st.just(b"\xff\x00\x01"))
    return Node(
        name=draw(NAMES | st.none() | st.just("")),
        children=children,
        value=value,
        format=format_,
        path=draw(maybe_text) if top else None,
        **draw(PROPERTIES),
    )


tnds_documents = st.builds(
    Tnds,
    nodes=st.lists(nodes(), max_size=2).map(tuple),
    ver_dtd=st.sampled_from(["1.2", None, "", "1.3"]),
    man=maybe_text,
    mod=maybe_text,
    wbxml_version=st.sampled_from([1, 2, 3]),
)

metas = st.builds(
    lambda format_, emi, texts: Meta(format_, emi=emi, **texts),
    st.none() | st.sampled_from(["chr", "b64", "int", "node"]),
    st.lists(XML_TEXT, max_size=2).map(tuple),
    st.dictionaries(
        st.sampled_from(
            [
                *("type", "mark", "size", "version", "next_nonce"),
                *("max_msg_size", "max_obj_size"),
            ]
        ),
        XML_TEXT,
        max_size=3,
    ),
)
ends = st.builds(Endpoint, loc_uri=maybe_text, loc_name=maybe_text)
creds = st.builds(Cred, meta=st.none() | metas, data=maybe_text)
plain_items = st.builds(
    Item,
    target=ends,
    meta=st.none() | metas,
    # Text that looks like TNDS is taken for it; that is another test's subject.
    data=st.none() | XML_TEXT.filter(lambda text: "<" not in text),
    source=st.none() | ends,
    source_parent=st.none() | ends,
    target_parent=st.none() | ends,
    more_data=st.booleans(),
)
tnds_items = st.builds(
    Item,
    target=st.just(Endpoint("./Inbox")) | ends,
    meta=st.just(Meta("bin", "application/vnd.syncml.dmtnds+wbxml")),
    data=tnds_documents,
)
commands = st.builds(
    Command,
    name=st.sampled_from(["Add", "Add", "Add", "Replace", "Delete", "Get", "Alert"]),
    cmd_id=maybe_text,
    items=st.lists(plain_items | tnds_items, max_size=2).map(tuple),
    no_resp=st.booleans(),
    cred=st.none() | creds,
)
groups = st.builds(
    Command,
    name=st.sampled_from(["Atomic", "Sequence"]),
    cmd_id=maybe_text,
    commands=st.lists(commands, max_size=2).map(tuple),
)
headers = st.builds(
    Header,
    target=st.none() | ends,
    source=st.none() | ends,
    ver_dtd=st.just("1.2") | maybe_text,
    ver_proto=st.just("DM/1.3") | maybe_text,
    session_id=maybe_text,
    msg_id=maybe_text,
    resp_uri=maybe_text,
    no_resp=st.booleans(),
    cred=st.none() | creds,
    meta=st.none() | metas,
)
messages = st.builds(
    Message,
    header=headers,
    commands=st.lists(commands | groups, max_size=2).map(tuple),
    final=st.booleans(),
    wbxml_version=st.sampled_from([1, 2, 3]),
)

json_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | json_text,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(json_text | st.sampled_from(["Secret", "Auth"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@st.composite
def json_objects(draw: st.DrawFn) -> JsonMo:
    """A management object whose order names exactly the members it has."""
    ddf, cv = draw(st.none() | json_text), draw(st.none() | json_text)
    extra = tuple(draw(st.dictionaries(st.sampled_from(["X", "Y"]), json_values)).items())
    names = ["ClientURI", "MOData", *(name for name, _ in extra)]
    names += [name for name, value in (("DDF", ddf), ("CV", cv)) if value is not None]
    order = tuple(draw(st.permutations(names)))
    return JsonMo(
        client_uri=draw(json_text.filter(bool) | st.just("urn:oma:mo:oma-dm-dmacc:1.2/x/")),
        data=draw(st.dictionaries(json_text, json_values, max_size=2)),
        ddf=ddf,
        cv=cv,
        extra=tuple(sorted(extra, key=lambda pair: order.index(pair[0]))),
        order=order,
    )


mo_arrays = st.builds(MoArray, objects=st.lists(json_objects(), max_size=3).map(tuple))
documents = st.one_of(messages, tnds_documents, mo_arrays).map(DmDocument.of)
