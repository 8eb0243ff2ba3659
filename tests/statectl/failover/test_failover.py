"""A failover moves the writing of states to the second region, and nothing is lost or written twice."""

import json

from blueprint.standby import REPLICAS, UNLOCKS, WRITES, Home
from statectl.exit_code import ExitCode
from statefile.state import digest
from tests.access.stack import apply
from tests.statectl.failover.regions import KEY, Regions

FIRST, SECOND = Home.FIRST, Home.SECOND


def test_everything_moves_terraform_goes_on_there_and_comes_home_clean(regions: Regions) -> None:
    here = regions.apply(FIRST, "before")
    operator = regions.operator()
    rows = {row["key"]: row for row in operator.json("failover", "plan")}
    assert rows[KEY]["verdict"] == "safe"
    assert rows["prod/database/terraform.tfstate"]["verdict"] == "absent"
    done = operator.do("failover", "start", "--yes", "--json")
    assert {row["outcome"] for row in done.json()} == {"moved", "absent"}

    assert {WRITES, UNLOCKS} <= regions.sids(FIRST)
    assert REPLICAS in regions.sids(SECOND)
    assert WRITES not in regions.sids(SECOND)
    moved = regions.body(SECOND)
    assert moved is not None
    assert regions.digest(SECOND) == digest(moved)

    refused = here.run(apply("too late", "-auto-approve"))
    assert refused.exit_code != 0
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "is written in eu-west-1" in said
    assert "terraform init -reconfigure" in said
    assert here.run(apply("by force", "-auto-approve", "-lock=false")).exit_code != 0

    there = regions.terraform(SECOND)
    assert "No changes" in there.do(["plan", "-no-color", "-var=content=before"])
    there.do(apply("over there", "-auto-approve"))

    status = operator.run("failover", "status", "--json")
    assert status.code == ExitCode.FINE, status
    assert {row["region"] for row in status.json()} == {"eu-west-1"}

    home = operator.do("failback", "start", "--yes", "--json")
    outcomes = {row["key"]: row["outcome"] for row in home.json()}
    assert outcomes[KEY] == "brought"
    assert "No changes" in here.do(["plan", "-no-color", "-var=content=over there"])
    here.do(apply("home again", "-auto-approve"))
    assert {home: json.loads(regions.policy(home)) for home in Home} == {
        home: json.loads(regions.at_home[home]) for home in Home
    }
    late = there.run(apply("stale", "-auto-approve"))
    assert late.exit_code != 0
    assert regions.serial(FIRST) == regions.serial(SECOND)


def test_doctor_knows_where_states_are_written_and_what_is_not_settled(regions: Regions) -> None:
    operator = regions.operator()
    regions.apply(FIRST, "before")
    operator.do("failover", "start", "prod/network", "--yes")
    operator.do("doctor")
    regions.deployment.up()
    regions.apply(SECOND, "over there")
    found = operator.json("doctor")
    assert [(one["id"], one["region"]) for one in found] == [("state.unreplicated", "eu-west-1")]
    regions.s3(FIRST).put_bucket_policy(Bucket=regions.bucket(FIRST), Policy=regions.at_home[FIRST])
    missing = {one["setting"] for one in operator.json("doctor", "--only", "bucket.policy")}
    assert missing == {f"policy: {WRITES}", f"policy: {UNLOCKS}"}
