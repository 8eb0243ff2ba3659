"""A lock that somebody takes while another's is being broken is not broken with it."""

import json

from blueprint.standby import Home
from statefile.keys import lockfile_key
from tests.faults.call import Call
from tests.faults.proxy import Proxy
from tests.statectl.failover.regions import KEY, Regions

FIRST = Home.FIRST


def held_by(regions: Regions, who: str) -> None:
    """Somebody takes the lock, in the first of its places."""
    body = json.dumps({"ID": who, "Operation": "OperationTypeApply", "Who": f"{who}@host"})
    regions.s3(FIRST).put_object(Bucket=regions.bucket(FIRST), Key=lockfile_key(KEY), Body=body.encode())


def test_who_takes_it_in_between_keeps_it(regions: Regions) -> None:
    held_by(regions, "gone")
    broken: list[Call] = []

    def take(call: Call) -> None:
        if call.operation == "DELETE" and call.path == f"/{regions.bucket(FIRST)}/{lockfile_key(KEY)}":
            broken.append(call)
            if len(broken) == 1:
                held_by(regions, "alive")

    with Proxy(regions.deployment.emulator, afterwards=take) as proxy:
        operator = regions.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        rows = operator.json("failover", "start", "prod/network", "--break-locks", "--yes")
    outcomes = {row["key"]: row["outcome"] for row in rows}
    assert outcomes[KEY] == "locked"
    held = regions.lockfile(FIRST)
    assert held is not None
    assert held["ID"] == "alive"
