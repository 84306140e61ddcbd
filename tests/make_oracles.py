"""Makes the environments of the programs that tests compare with: `make oracles`, or `python -m tests.make_oracles`."""

from __future__ import annotations

import subprocess
import sys

from tests.differential import peer
from tests.register.export import followthemoney


def main() -> int:
    """Installs each package; returns 1 where one could not be installed."""
    failed = 0
    for oracle in (peer.ORACLE, followthemoney.ORACLE):
        try:
            print(f"{oracle.package} {oracle.version}: {oracle.install()}")
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "stderr", None) or str(error).encode()
            print(f"{oracle.package} {oracle.version} could not be installed:\n{reason.decode()}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
