"""The process that the emulated AWS runs in: `python -m localcloud.emulator_process FD CHAIN KEY`.

`python -m ministack` would also take port 443 on every interface.
"""

import asyncio
import functools
import os
import sys
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from localcloud.account_public_access import with_account_public_access
from localcloud.replication_control import with_replication_control

TLS_GOODBYE_SECONDS = 0.2


def main(listener: str, chain: str, key: str) -> None:
    """Serve on the already listening socket `listener` until SIGTERM, then save the data."""
    # A client that holds a connection open but reads nothing never answers the goodbye of TLS. asyncio would
    # wait 30 seconds for it, and hypercorn has no setting for that.
    asyncio.start_server = functools.partial(asyncio.start_server, ssl_shutdown_timeout=TLS_GOODBYE_SECONDS)
    config = Config.from_mapping(
        bind=[f"fd://{listener}"],
        certfile=chain,
        keyfile=key,
        keep_alive_timeout=75,
        graceful_timeout=1,
        loglevel="WARNING",
    )
    # It reads its settings from the environment as it is imported.
    from ministack.app import app  # noqa: PLC0415

    from localcloud import policy_variables, principal_arn, replication, request_conditions  # noqa: PLC0415

    policy_variables.correct()
    principal_arn.correct()
    request_conditions.correct()
    store = Path(os.environ["STATE_DIR"]) / "account-public-access-block.json"
    application: Any = with_replication_control(with_account_public_access(app, store), replication.correct())
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main(*sys.argv[1:])
