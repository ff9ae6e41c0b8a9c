"""CBOR as Smithy's RPC v2 uses it, with timestamps as datetimes.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html, and RFC 8949 for the bytes.
"""

import datetime
import struct

UTC = datetime.timezone.utc
EPOCH_SECONDS = 1
ENDLESS = 31
BREAK = object()


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        part = self.data[self.at : self.at + count]
        if len(part) < count:
            raise ValueError("the document ends too early")
        self.at += count
        return part

    def item(self):
        head = self.take(1)[0]
        major, rest = head >> 5, head & 31
        if major == 7:
            return self.simple(rest)
        if rest == ENDLESS:
            return self.endless(major)
        number = int.from_bytes(self.take(1 << (rest - 24)), "big") if rest >= 24 else rest
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            return self.take(number).decode()
        if major == 4:
            return [self.item() for _ in range(number)]
        if major == 5:
            return dict((self.item(), self.item()) for _ in range(number))
        return self.tagged(number)

    def simple(self, rest):
        named = {20: False, 21: True, 22: None, 23: None, ENDLESS: BREAK}
        floats = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
        if rest in named:
            return named[rest]
        form, size = floats[rest]
        return struct.unpack(form, self.take(size))[0]

    def endless(self, major):
        items = list(iter(self.item, BREAK))
        if major == 5:
            return dict(zip(items[::2], items[1::2]))
        return items if major == 4 else (b"" if major == 2 else "").join(items)

    def tagged(self, tag):
        value = self.item()
        return datetime.datetime.fromtimestamp(value, UTC) if tag == EPOCH_SECONDS else value


def decode(data):
    return Reader(data).item() if data else {}


def head(major, number):
    for size, rest in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << (8 * size):
            return bytes([major << 5 | rest]) + number.to_bytes(size, "big")
    raise ValueError(f"{number} is too large")


def encode(value):
    if value is None or isinstance(value, bool):
        return bytes([{False: 0xF4, True: 0xF5, None: 0xF6}[value]])
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, datetime.datetime):
        return head(6, EPOCH_SECONDS) + encode(value.timestamp())
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(encode(key) + encode(each) for key, each in value.items())
    return head(4, len(value)) + b"".join(encode(each) for each in value)
