"""From whatever a database has to the tables this version needs.

A database without any gets them at once, with the newest revision written beside them: quick, and without alembic,
whose import alone takes longer than a start may. An older revision is taken through the migrations in between. A
newer one, or tables that nobody versioned, are refused in words: writing there would spoil what another wrote.
"""

from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from exchange.adapters.history.tables import HEAD, checkpoint, orders, schema, version
from exchange.ports import HistoryRefused

MIGRATIONS = Path(__file__).parent / "migrations"


def needs_alembic(connection: Connection) -> bool:
    """Whether `migrate` will have to run migrations."""
    return _revision(connection) not in ("", HEAD)


def migrate(connection: Connection) -> None:
    """Bring the tables to HEAD, in the connection's transaction. Raises HistoryRefused."""
    revision = _revision(connection)
    if revision == HEAD:
        return
    if revision:
        upgrade(connection)
        return
    if inspect(connection).has_table(orders.name):
        if connection.dialect.name != "sqlite":
            raise HistoryRefused("the database has tables of these names that history did not make; name another one")
        # A file of the venue's own from before tables had revisions: the journal gives its rows again.
        for name in (orders.name, "trades", "settlements", checkpoint.name):
            schema.tables[name].drop(connection, checkfirst=True)
    schema.create_all(connection)
    connection.execute(insert(version).values(version_num=HEAD))


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision, from none at all too. Raises HistoryRefused."""
    from alembic import command  # see above
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        known = _revision(connection)
        raise HistoryRefused(
            f"the database is at revision {known!r} and this version of mock-kalshi knows {HEAD!r}: "
            f"a newer one wrote it; start that one, or name another database ({error})"
        ) from None


def _revision(connection: Connection) -> str:
    """The revision of the tables, empty when they have none."""
    if not inspect(connection).has_table(version.name):
        return ""
    return connection.scalar(select(version.c.version_num)) or ""
