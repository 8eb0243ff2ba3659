"""Each emergency of the runbook, by its heading: what brings it about, and what must hold once it is over."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping

from localcloud import locking
from statefile.keys import digest_id
from tests.access.stack import apply
from tests.faults.call import Call
from tests.faults.proxy import Proxy
from tests.statectl.stack import Stack

NETWORK, DATABASE = "prod/network/terraform.tfstate", "prod/database/terraform.tfstate"


def prepare(stack: Stack) -> None:
    """What the emergencies happen to: two states that Terraform wrote twice."""
    for key in (NETWORK, DATABASE):
        for content in ("first", "second"):
            stack.terraform(key).do(apply(content, "-auto-approve"))


def _stuck_lock(stack: Stack) -> None:
    with locking.holding(stack.terraform(NETWORK), apply("never")) as first:
        first.crash()


def _deleted(stack: Stack) -> None:
    stack.s3().delete_object(Bucket=stack.bucket, Key=NETWORK)


def _corrupt(stack: Stack) -> None:
    body = stack.s3().get_object(Bucket=stack.bucket, Key=DATABASE)["Body"].read()
    stack.s3().put_object(Bucket=stack.bucket, Key=DATABASE, Body=body[:300])


def _wrong_change(stack: Stack) -> None:
    here = stack.terraform(NETWORK)
    here.do(apply("good", "-auto-approve"))
    here.do(["state", "rm", "-no-color", "terraform_data.this"])


def _forgotten(stack: Stack) -> None:
    item = {"LockID": {"S": digest_id(stack.bucket, DATABASE)}, "Digest": {"S": "0" * 32}}
    stack.dynamodb().put_item(TableName=stack.table, Item=item)


def _interrupted(stack: Stack) -> None:
    """A restore that was killed when it had written the state, and was about to write the digest."""
    stack.terraform(NETWORK).do(apply("third", "-auto-approve"))
    victim: list[subprocess.Popen[str]] = []

    def kill(call: Call) -> None:
        if call.operation == "PutItem" and b"-md5" in call.body:
            os.kill(victim[0].pid, signal.SIGKILL)

    with Proxy(stack.deployment.emulator, rule=kill) as proxy:
        operator = stack.operator().with_variables(AWS_ENDPOINT_URL=proxy.endpoint)
        victim.append(operator.start("versions", "restore", NETWORK, "latest-1", "--yes"))
        victim[0].communicate(timeout=60)


def over(stack: Stack) -> None:
    """The emergency is over: Terraform reads and locks both states, and nothing is to do."""
    for key in (NETWORK, DATABASE):
        here = stack.terraform(key)
        here.do(["plan", "-no-color", "-detailed-exitcode", f"-var=content={here.outputs()['content']}"])


BEGINNINGS: Mapping[str, Callable[[Stack], None]] = {
    "A lock that nobody frees": _stuck_lock,
    "A state that was deleted": _deleted,
    "A state that is corrupt": _corrupt,
    "A state that was changed by mistake": _wrong_change,
    "A state that Terraform does not recognise": _forgotten,
    "A restore that was interrupted": _interrupted,
    "Access denied": lambda _: None,
}
"""What brings about the emergency under each heading."""
