"""Frames and messages of the proxies, byte by byte, against ESPHome's own generated code."""

from __future__ import annotations

import pytest
from aioesphomeapi.core import MESSAGE_TYPE_TO_PROTO
from hypothesis import given
from hypothesis import strategies as any_of
from noise.connection import NoiseConnection  # type: ignore[import-untyped]  # no type information

from simulator.proxy_frames import NoiseFrames, PlainFrames, Refused
from simulator.proxy_messages import Kind, device_info, hello, raw_advertisement, read_number, varint

KEY = bytes(range(32))


class Initiator:
    """The client's side of a Noise session, frame by frame."""

    def __init__(self, key: bytes = KEY, about: bytes = b"") -> None:
        self.about = about
        self.noise = NoiseConnection.from_name(b"Noise_NNpsk0_25519_ChaChaPoly_SHA256")
        self.noise.set_as_initiator()
        self.noise.set_psks(key)
        self.noise.set_prologue(b"NoiseAPIInit" + len(about).to_bytes(2, "big") + about)
        self.noise.start_handshake()

    def opening(self) -> bytes:
        return framed(self.about) + framed(b"\x00" + bytes(self.noise.write_message()))

    def message(self, kind: int, message: bytes) -> bytes:
        plain = kind.to_bytes(2, "big") + len(message).to_bytes(2, "big") + message
        return framed(bytes(self.noise.encrypt(plain)))


def framed(content: bytes) -> bytes:
    return b"\x01" + len(content).to_bytes(2, "big") + content


def unframed(stream: bytes) -> list[bytes]:
    frames = []
    while stream:
        end = 3 + int.from_bytes(stream[1:3], "big")
        frames.append(stream[3:end])
        stream = stream[end:]
    return frames


def shaken(client: Initiator) -> tuple[NoiseFrames, list[bytes]]:
    """A session after the handshake, and what the proxy said in it."""
    said: list[bytes] = []
    frames = NoiseFrames("rx", "02:00:00:00:00:01", KEY, said.append)
    assert list(frames.messages(client.opening())) == []
    answers = unframed(b"".join(said))
    client.noise.read_message(answers[1][1:])
    return frames, answers


@given(any_of.integers(0, 2**48 - 1), any_of.integers(-128, 127), any_of.binary(max_size=62))
def test_an_advertisement_is_what_the_generated_code_reads(address: int, rssi: int, data: bytes) -> None:
    message = MESSAGE_TYPE_TO_PROTO[Kind.RAW_ADVERTISEMENTS]()

    message.ParseFromString(2 * raw_advertisement(address, rssi, data))

    assert [(each.address, each.rssi, each.data) for each in message.advertisements] == 2 * [(address, rssi, data)]


def test_hello_and_device_information_are_what_the_generated_code_reads() -> None:
    greeting = MESSAGE_TYPE_TO_PROTO[Kind.HELLO_RESPONSE]()
    info = MESSAGE_TYPE_TO_PROTO[Kind.DEVICE_INFO_RESPONSE]()

    greeting.ParseFromString(hello("电梯厅"))
    info.ParseFromString(device_info("rx", "02:00:00:00:00:01", 97, encrypted=True))

    assert (greeting.api_version_major, greeting.name) == (1, "电梯厅")
    assert (info.bluetooth_proxy_feature_flags, info.api_encryption_supported) == (97, True)


@given(any_of.integers(0, 2**32 - 1))
def test_the_flags_of_a_subscription_are_read(flags: int) -> None:
    request = MESSAGE_TYPE_TO_PROTO[Kind.SUBSCRIBE_ADVERTISEMENTS](flags=flags).SerializeToString()

    assert read_number(request, 1) == flags


@given(any_of.binary(max_size=30))
def test_a_message_that_is_none_holds_some_number_and_does_no_harm(message: bytes) -> None:
    assert read_number(message, 1) >= 0


@given(any_of.lists(any_of.tuples(any_of.integers(0, 300), any_of.binary(max_size=300)), max_size=5), any_of.data())
def test_plain_messages_arrive_however_they_are_cut(messages: list[tuple[int, bytes]], data: any_of.DataObject) -> None:
    out, frames = PlainFrames(), PlainFrames()
    stream = b"".join(out.frame(kind, message) for kind, message in messages)
    cuts = sorted(data.draw(any_of.lists(any_of.integers(0, len(stream)), max_size=6)))

    arrived = []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        arrived += list(frames.messages(stream[begin:end]))

    assert arrived == messages


def test_an_encrypted_session_carries_messages_both_ways_in_step() -> None:
    client = Initiator()
    frames, answers = shaken(client)

    there = [
        *frames.messages(client.message(1, b"one") + client.message(66, b"")),
        *frames.messages(client.message(7, b"")),
    ]
    back = [bytes(client.noise.decrypt(each)) for each in unframed(frames.frame(8, b"") + frames.frame(93, b"many"))]

    assert answers[0] == b"\x01rx\x00020000000001\x00"
    assert there == [(1, b"one"), (66, b""), (7, b"")]
    assert back == [b"\x00\x08\x00\x00", b"\x00\x5d\x00\x04many"]


def test_what_the_client_says_in_its_hello_is_part_of_what_both_sides_prove() -> None:
    client = Initiator(about=b"a client of its own")

    frames, _ = shaken(client)

    assert list(frames.messages(client.message(7, b""))) == [(7, b"")]


@pytest.mark.parametrize("twice", [True, False])
def test_a_frame_that_somebody_changed_or_sent_twice_ends_the_session(twice: bool) -> None:  # noqa: FBT001
    client = Initiator()
    frames, _ = shaken(client)
    frame = client.message(7, b"")

    refused = refusal(frames, frame + frame if twice else frame[:-1] + bytes((frame[-1] ^ 1,)))

    assert refused == b""


def test_an_encrypted_frame_that_is_too_short_for_a_message_ends_the_session() -> None:
    client = Initiator()
    frames, _ = shaken(client)

    refused = refusal(frames, framed(bytes(client.noise.encrypt(b"\x00\x07\x00"))))

    assert refused == b""


def test_another_key_is_answered_with_the_words_of_the_firmware() -> None:
    said: list[bytes] = []
    frames = NoiseFrames("rx", "02:00:00:00:00:01", KEY, said.append)

    refused = refusal(frames, Initiator(bytes(32)).opening())

    assert refused == framed(b"\x01Handshake MAC failure")


@given(any_of.binary(max_size=200), any_of.booleans(), any_of.booleans())
def test_no_bytes_do_more_than_end_the_session(noise: bytes, encrypted: bool, begun: bool) -> None:  # noqa: FBT001
    frames: NoiseFrames | PlainFrames = PlainFrames()
    if encrypted:
        frames = shaken(Initiator())[0] if begun else NoiseFrames("rx", "", KEY, lambda _: None)

    refusal(frames, (b"\x01" if encrypted else b"\x00") + noise)


def refusal(frames: NoiseFrames | PlainFrames, data: bytes) -> bytes | None:
    try:
        for _ in frames.messages(data):
            pass
    except Refused as refused:
        return refused.last_words
    return None


def test_numbers_are_written_seven_bits_a_byte() -> None:
    written = [varint(number) for number in (0, 127, 128, 300, 2**64 - 1)]

    # 300 is the example of Protocol Buffers, "Encoding"
    assert written == [b"\x00", b"\x7f", b"\x80\x01", b"\xac\x02", b"\xff" * 9 + b"\x01"]


def test_every_kind_has_the_number_and_the_name_that_the_client_knows() -> None:
    names = {kind: MESSAGE_TYPE_TO_PROTO[kind].DESCRIPTOR.name for kind in Kind}

    assert names == {
        Kind.HELLO_REQUEST: "HelloRequest",
        Kind.HELLO_RESPONSE: "HelloResponse",
        Kind.AUTHENTICATION_REQUEST: "AuthenticationRequest",
        Kind.AUTHENTICATION_RESPONSE: "AuthenticationResponse",
        Kind.DISCONNECT_REQUEST: "DisconnectRequest",
        Kind.DISCONNECT_RESPONSE: "DisconnectResponse",
        Kind.PING_REQUEST: "PingRequest",
        Kind.PING_RESPONSE: "PingResponse",
        Kind.DEVICE_INFO_REQUEST: "DeviceInfoRequest",
        Kind.DEVICE_INFO_RESPONSE: "DeviceInfoResponse",
        Kind.LIST_ENTITIES_REQUEST: "ListEntitiesRequest",
        Kind.LIST_ENTITIES_DONE: "ListEntitiesDoneResponse",
        Kind.SUBSCRIBE_ADVERTISEMENTS: "SubscribeBluetoothLEAdvertisementsRequest",
        Kind.SUBSCRIBE_CONNECTIONS_FREE: "SubscribeBluetoothConnectionsFreeRequest",
        Kind.CONNECTIONS_FREE: "BluetoothConnectionsFreeResponse",
        Kind.UNSUBSCRIBE_ADVERTISEMENTS: "UnsubscribeBluetoothLEAdvertisementsRequest",
        Kind.RAW_ADVERTISEMENTS: "BluetoothLERawAdvertisementsResponse",
        Kind.SCANNER_STATE: "BluetoothScannerStateResponse",
    }
