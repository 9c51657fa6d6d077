"""Frames of BTHome v2 that others published, with what they say: a table, typed from their sources.

FORMAT: the examples in the tables of https://bthome.io/format, one object each.
FRAMES: whole service data from the tests of bthome-ble (github.com/Bluetooth-Devices/bthome-ble, tests/test_parser_v2.py; MIT,
Ernst Klamer), that of the encryption page of bthome.io among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from drivers.ble.bthome import Verdict

if TYPE_CHECKING:
    from drivers.ble.bthome import Values

FORMAT = {
    "0009": 9, "0161": 97, "02CA09": 25.06, "03BF13": 50.55, "04138A01": 1008.83, "05138A14": 13460.67, "065E1F": 80.3,
    "073E1D": 74.86, "08CA06": 17.38, "0960": 96, "0A138A14": 1346.067, "0B021B00": 69.14, "0C020C": 3.074, "0D120C": 3090,
    "0E021C": 7170, "0F01": True, "1001": True, "1100": False, "12E204": 1250, "133301": 307, "14020C": 30.74, "1500": False,
    "1601": True, "1700": False, "1801": True, "1900": False, "1A00": False, "1B01": True, "1C01": True, "1D00": False,
    "1E01": True, "1F01": True, "2001": True, "2100": False, "2201": True, "2301": True, "2400": False, "2500": False,
    "2601": True, "2701": True, "2800": False, "2901": True, "2A00": False, "2B00": False, "2C01": True, "2D01": True,
    "2E23": 35, "2F23": 35, "3A00": 0, "3A01": 1, "3A02": 2, "3A03": 3, "3A04": 4, "3A05": 5, "3A06": 6,
    "3C0103": b"\x01\x03", "3C020A": b"\x02\x0a", "3D0960": 24585, "3E2A2C0960": 1611213866, "3F020C": 307.4, "400C00": 12,
    "414E00": 7.8, "424E3400": 13.39, "434E34": 13.39, "444E34": 133.9, "451101": 27.3, "4632": 5.0, "478756": 2215.1,
    "48DC87": 34780, "49DC87": 34.78, "4A020C": 307.4, "4B138A14": 1346.067, "4C41018A01": 25821.505,
    "4D12138A14": 344593.17, "4E87562A01": 19551.879, "4F87562A01": 19551.879, "505D396164": 1684093277, "518756": 22.151,
    "528756": 22.151, "530C48656C6C6F20576F726C6421": "Hello World!", "540C48656C6C6F20576F726C6421": b"Hello World!",
    "5587562A01": 19551.879, "56E803": 1000, "57EA": -22, "58EA": -7.7, "59EA": -22, "5AEAEA": -5398,
    "5BEA0234EA": -365690134, "5C02FBFFFF": -12.78, "5D02EA": -5.63, "5E3F75": 300.15, "5F11D5": 5454.5, "6001": 1,
    "61AC0D": 3500, "624099DFFF": -2.123456, "630057D0FF": -3.123456, "6402": 2, "F00100": 1, "F100010204": "4.2.1.0",
    "F2000106": "6.1.0",
}  # fmt: skip
"""Each example object (hex) with its value."""


class Frame(NamedTuple):
    """Service data, from whom, under which key ("" for none), and what a strict receiver makes of it."""

    what: str
    data: str
    verdict: Verdict
    values: Values = ()
    address: str = "A4C1388D18B2"
    key: str = ""
    differs: str = ""
    """Why bthome-ble makes something else of it; "" where it does not."""


_SITE = "5448E68F80A5"
_KEY = "231d39c1d7cc1ab1aee224cd096db932"
_OTHER_KEY = "814aac74c4f17b6c1581e1ab87816b99"
OK, PARTIAL, MALFORMED = Verdict.OK, Verdict.PARTIAL, Verdict.MALFORMED

CUT_OFF = "bthome-ble keeps what stood before the object that is cut off, we take nothing from a damaged packet"
NOT_UTF_8 = "bthome-ble leaves such a text out, we hand it over with U+FFFD in it"

FRAMES = (
    Frame("the encryption page: temperature and humidity", "41a47266c95f730011223378237214", OK,
          ((0x02, 25.06), (0x03, 50.55)), _SITE, _KEY),
    Frame("with the address in the packet, encrypted", "43a5808fe64854f196c06ffb4900112233f08ecbde", OK,
          ((0x02, 25.06), (0x03, 50.55)), _SITE, _KEY),
    Frame("counter 1122867", "41e445f3c9962b332211006c7c4519", OK, ((0x02, 25.06), (0x03, 50.55)), _SITE, _KEY),
    Frame("counter 1122868", "413e932cc7175f34221100553876af", OK, ((0x02, 25.06), (0x03, 50.55)), _SITE, _KEY),
    Frame("counter 1122866", "41723d3035fb88322211009e7414c0", OK, ((0x02, 25.06), (0x03, 50.55)), _SITE, _KEY),
    Frame("the last counter", "41ba0db07aeef6ffffffff21fd4600", OK, ((0x02, 25.07), (0x03, 50.55)), _SITE, _KEY),
    Frame("counter 0", "41de40b50e676600000000d7cb95de", OK, ((0x02, 25.07), (0x03, 50.55)), _SITE, _KEY),
    Frame("motion, encrypted", "4187b90011223372b0231f", OK, ((0x21, True),), _SITE, _KEY),
    Frame("a button, encrypted, on event", "450aeb84467f85ba0100003188788c", OK,
          ((0x00, 7), (0x01, 100), (0x3A, 1)), "B43522F53DA4", "90bffd73cb6b26ef58a7a8eba9232036"),
    Frame("a wrong key", "41d2fcefe52eb212d600112233bc38c966", Verdict.BAD_MIC, (), key=_OTHER_KEY),
    Frame("no key", "41d2fcefe52eb212d600112233bc38c966", Verdict.NO_KEY),
    Frame("too short to be encrypted", "41ba0db07aeef600", MALFORMED, (), _SITE, _KEY),
    Frame("plain, in the name of a sensor with a key", "4004138a01", Verdict.DOWNGRADE, (), key=_OTHER_KEY),
    Frame("version 7", "e102000c0404138a01", MALFORMED),
    Frame("version 0", "00", MALFORMED),
    Frame("packet id alone", "400009", OK, ((0x00, 9),)),
    Frame("an unknown object alone", "40feca09", PARTIAL),
    Frame("an unknown object in the middle", "40015dfe5d0903b718", PARTIAL, ((0x01, 93),)),
    Frame("with the address in the packet", "42b2188d38c1a404138a01", OK, ((0x04, 1008.83),)),
    Frame("four objects", "400009015d025d0903b718", OK, ((0x00, 9), (0x01, 93), (0x02, 23.97), (0x03, 63.27))),
    Frame("a weather display", "40002e01641e012e34451601", OK,
          ((0x00, 46), (0x01, 100), (0x1E, True), (0x2E, 52), (0x45, 27.8))),
    Frame("two kinds of dust", "400d120c0e021c", OK, ((0x0D, 3090), (0x0E, 7170))),
    Frame("three buttons", "403a003a013a03", OK, ((0x3A, 0), (0x3A, 1), (0x3A, 3))),
    Frame("a button that is held", "403a80", OK, ((0x3A, 0x80),)),
    Frame("a button event that there is not", "403afe", OK, ((0x3A, 0xFE),)),
    Frame("a button after its battery", "440021015e3a01", OK, ((0x00, 33), (0x01, 94), (0x3A, 1))),
    Frame("the same button let go", "440023015e3a00", OK, ((0x00, 35), (0x01, 94), (0x3A, 0))),
    Frame("voltage and power", "4000a70c780b1000", OK, ((0x00, 167), (0x0C, 2.936), (0x10, False))),
    Frame("two temperatures", "4002ca0902cf09", OK, ((0x02, 25.06), (0x02, 25.11))),
    Frame("wind and rain", "405e3f755f11d5", OK, ((0x5E, 300.15), (0x5F, 5454.5))),
    Frame("a text that is none", "44530187", OK, ((0x53, "\ufffd"),), differs=NOT_UTF_8),
    Frame("battery after humidity", "4002ca0902cf0902cf0803b71803b717015d", OK,
          ((0x02, 25.06), (0x02, 25.11), (0x02, 22.55), (0x03, 63.27), (0x03, 60.71), (0x01, 93))),
    Frame("battery after mains", "4000010b0000004a0d0901330ce90c", OK,
          ((0x00, 1), (0x0B, 0.0), (0x4A, 231.7), (0x01, 51), (0x0C, 3.305))),
    Frame("humidity before temperature", "4003bf1302ca09", OK, ((0x03, 50.55), (0x02, 25.06))),
    Frame("a byte too few", "4002ca0903bf", MALFORMED, differs=CUT_OFF),
)  # fmt: skip
