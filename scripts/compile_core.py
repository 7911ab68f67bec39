"""Compile the hot path that is here, for whoever imports `exchange` from now on: `make compile`."""

import sys

from exchange.compiled import CompileFailed, build

try:
    print(f"compiled: {build()}")
except CompileFailed as error:
    sys.exit(f"the core was not compiled and runs as it is: {error}")
