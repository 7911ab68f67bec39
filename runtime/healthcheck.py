"""`python -m runtime.healthcheck URL`: whether a process says it is well, as an exit status."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

SECONDS = 4.0


def main(url: str) -> int:
    """0 when the URL answers 2xx, 1 otherwise."""
    try:
        with urlopen(url, timeout=SECONDS):  # noqa: S310  # the compose file's own address
            return 0
    except (URLError, OSError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
