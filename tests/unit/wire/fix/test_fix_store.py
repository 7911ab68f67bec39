from wire.fix.store import MemoryStore


def filled() -> MemoryStore:
    store = MemoryStore()
    assert store.append("8", b"one", 1_000) == 1
    assert store.skip() == 2
    assert store.append("8", b"three", 2_000) == 3
    return store


def test_kept_messages_read_by_number():
    store = filled()
    assert [(message.seq_num, message.body) for message in store.read(1, 3)] == [(1, b"one"), (3, b"three")]
    assert [message.seq_num for message in store.read(2, 3)] == [3]
    assert store.next_out == 4


def test_expired_messages_leave_and_move_the_first_kept_number():
    store = filled()
    store.expire(2_000)
    assert store.first_kept == 2
    assert [message.seq_num for message in store.read(1, 9)] == [3]
    assert store.next_out == 4


def test_reset_starts_both_numbers_again():
    store = filled()
    store.expect(9)
    store.reset()
    assert (store.next_in, store.next_out, store.first_kept) == (1, 1, 1)
    assert list(store.read(1, 9)) == []


def test_a_store_that_keeps_nothing_counts():
    store = MemoryStore(keeps=False)
    assert store.append("8", b"one", 1) == 1
    assert store.append("8", b"two", 1) == 2
    assert list(store.read(1, 9)) == []
