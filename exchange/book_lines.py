"""The engine's own books in the words of wire/books_text.py: what a rebuilt book is compared with."""

from collections.abc import Iterator

from exchange.core.state import State
from wire.books_text import BooksImage, image, order_line


def books_image(state: State, detail: bool = False) -> BooksImage:
    """Every resting order of the shard at this moment; with `detail`, each of them."""
    return image(state.shard, state.seq, state.now_us, _lines(state), detail)


def _lines(state: State) -> Iterator[str]:
    for ticker in sorted(state.markets):
        for order in state.markets[ticker].book.orders():
            account = order.position.account.account
            yield order_line(ticker, order.side, order.price, order.order_id, account, order.remaining)
