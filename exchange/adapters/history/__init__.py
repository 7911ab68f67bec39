"""The history store: what left memory, in SQL, SQLite or PostgreSQL.

A reader of the log like any other: a crash costs it nothing but reading again what it had not stored.
"""

from exchange.adapters.history.catch_up import Again
from exchange.adapters.history.database import BadDatabase, Database
from exchange.adapters.history.life import Lives
from exchange.adapters.history.reader import SqlHistoryReader
from exchange.adapters.history.writer import HistoryWriter

__all__ = ["Again", "BadDatabase", "Database", "HistoryWriter", "Lives", "SqlHistoryReader"]
