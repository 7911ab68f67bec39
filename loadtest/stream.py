"""The order stream the engine benchmarks run: seeded, and the same for every book that is compared.

2,000 resting orders, then `operations` more: 55 % add a resting order, 25 % cancel one that still rests, 20 % take
from the book (about two makers each). Prices are in 1e-4 dollars around 0.50 on some 600 levels, sizes whole
contracts. A cancel names the place in the stream of the order it ends, so that every book can translate it
into its own ids.
"""

import random
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

BID, ASK = 1, -1
PREFILL = 2_000


@dataclass(frozen=True, slots=True)
class Operation:
    """`number` is the place in the stream; `target` of a cancel is the place of the order it cancels."""

    number: int
    kind: Literal["add", "take", "cancel"]
    side: int
    price: int
    size: int
    target: int = -1


class _Shadow:
    """A minimal book that tells which orders still rest, so that every cancel of the stream hits."""

    def __init__(self) -> None:
        self.heaps: dict[int, list[tuple[int, int]]] = {BID: [], ASK: []}
        self.left: dict[int, int] = {}
        self.price: dict[int, int] = {}

    def take(self, side: int, limit: int, size: int) -> None:
        heap = self.heaps[-side]
        while size and heap:
            key, number = heap[0]
            if number not in self.left:
                heappop(heap)
                continue
            if (key > limit) if side == BID else (-key < limit):
                return
            traded = min(size, self.left[number])
            size -= traded
            self.left[number] -= traded
            if not self.left[number]:
                del self.left[number]
                heappop(heap)

    def add(self, operation: Operation) -> None:
        self.left[operation.number] = operation.size
        heappush(self.heaps[operation.side], (-operation.side * operation.price, operation.number))


def generate(operations: int = 200_000, seed: int = 42) -> list[Operation]:
    """PREFILL orders and `operations` operations."""
    pick = random.Random(seed)
    shadow = _Shadow()
    stream: list[Operation] = []
    places: list[int] = []
    for number in range(PREFILL + operations):
        draw = 0.0 if number < PREFILL else pick.random()
        side = BID if pick.random() < 0.5 else ASK
        if draw >= 0.8:
            limit = 9_999 if side == BID else 1
            operation = Operation(number, "take", side, limit, pick.randint(1, 40))
            shadow.take(side, limit, operation.size)
        elif draw >= 0.55 and (target := _resting(pick, shadow, places)) >= 0:
            operation = Operation(number, "cancel", 0, 0, 0, target)
            del shadow.left[target]
        else:
            distance = min(4_900, int(pick.expovariate(0.008)))
            price = 5_000 - side * (1 + distance)
            operation = Operation(number, "add", side, price, pick.randint(1, 20))
            shadow.add(operation)
            places.append(number)
        stream.append(operation)
    return stream


def _resting(pick: random.Random, shadow: _Shadow, places: list[int]) -> int:
    while places:
        index = pick.randrange(len(places))
        places[index], places[-1] = places[-1], places[index]
        number = places.pop()
        if number in shadow.left:
            return number
    return -1
