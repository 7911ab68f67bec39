"""The venue. Its core runs as machine code where that was built from the sources that are here (compiled.py)."""

from exchange import compiled

compiled.use()
