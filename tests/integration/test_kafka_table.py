"""A compacted topic as a table, on a real broker."""

from eventlog.table import KafkaTable
from tests.kafka import kafka_bootstrap  # noqa: F401  # a fixture


async def test_the_newest_row_of_each_key_is_what_a_table_holds(kafka_bootstrap, tmp_path):  # noqa: F811
    table = KafkaTable(kafka_bootstrap, f"table-{tmp_path.name}")
    assert await table.load() == {}
    await table.create_topic()
    assert await table.load() == {}
    await table.put({f"KX{number}": b"old %d" % number for number in range(1_000)})
    await table.put({"KX7": b"new", "KXA": b"first"})
    rows = await table.load()
    await table.close()
    assert len(rows) == 1_001
    assert (rows["KX7"], rows["KXA"], rows["KX8"]) == (b"new", b"first", b"old 8")
