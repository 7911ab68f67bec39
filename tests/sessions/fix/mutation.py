"""Messages of every kind, and what can go wrong with the bytes of one: flips, losses, doubles, lies about length."""

import random

from tests.sessions.fix.script import log_on_line
from wire.fix.codec import SOH, checksum

LINES = [
    "35=0",
    "35=1|112=x",
    "35=2|7=1|16=0",
    "35=3|45=1",
    "35=4|123=Y|36=9",
    "35=4|36=9",
    "35=5",
    log_on_line("141=Y|95=4|34=1"),
    "35=D|11=a|38=10|40=2|44=55|54=1|55=FED-1|59=1|453=1|448=me|452=24|79=1",
    "35=F|11=b|41=a|54=1|55=FED-1",
    "35=G|11=b|41=a|38=5|40=2|44=50|54=1|55=FED-1",
    "35=q|11=c|530=6",
    "35=UOG|20131=1|20132=100",
    "35=V|263=1|146=2|55=FED-1|55=FED-2",
    "35=e|263=1|55=FED-1",
    "35=U1|21001=1;0|21002=9;0",
    "35=R|131=r|146=1|55=FED-1|38=10|453=1|448=me|452=24|20180=C|20181=1|20182=E|20183=M|20184=yes",
    "35=S|117=q|131=r|55=FED-1|132=40|133=50",
    "35=UA|117=q|54=1|38=1",
]


def reseal(data: bytes) -> bytes:
    """BodyLength and CheckSum made right again, so that a mutation gets past the framing."""
    body = data[data.find(b"\x0135=") + 1 : data.rfind(b"10=")]
    head = b"8=FIXT.1.1\x019=%d\x01" % len(body)
    return head + body + b"10=%03d\x01" % checksum(head + body)


def mutate(data: bytes, rng: random.Random) -> bytes:
    mutated = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(mutated))
        match rng.randrange(7):
            case 0:
                mutated[place] ^= 1 << rng.randrange(8)
            case 1:
                del mutated[place : place + rng.randint(1, 4)]
            case 2:
                mutated[place:place] = rng.randbytes(rng.randint(1, 4))
            case 3 | 4:
                fields = bytes(mutated).split(SOH.encode())
                field = rng.choice(fields)
                fields.insert(rng.randrange(len(fields)), field)
                mutated = bytearray(SOH.encode().join(fields))
            case 5:
                fields = bytes(mutated).split(SOH.encode())
                rng.shuffle(fields)
                mutated = bytearray(SOH.encode().join(fields))
            case _:
                mutated[place : place + 1] = rng.choice([b"=", b"\x01", b"0", b"9=", b"8=FIX", b"95=3\x01"])
        if not mutated:
            return b"\x01"
    return bytes(mutated) if rng.random() < 0.4 else reseal(bytes(mutated))


def pieces(data: bytes, rng: random.Random) -> list[bytes]:
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randrange(4)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
