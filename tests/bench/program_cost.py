"""Time and memory of the program, against importing what it is built on and nothing else."""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.unit.program import ROOT

IMPORTS_ALONE = """
import pulumi
from pulumi_aws import cloudtrail, cloudwatch, dynamodb, get_caller_identity, iam, kms, s3

[cloudtrail.Trail, cloudwatch.LogGroup, cloudwatch.LogMetricFilter, cloudwatch.MetricAlarm, dynamodb.Table]
[iam.OpenIdConnectProvider, iam.Policy, iam.Role, iam.RolePolicy, iam.RolePolicyAttachment, kms.Alias, kms.Key]
[s3.AccountPublicAccessBlock, s3.Bucket, s3.BucketLifecycleConfiguration, s3.BucketLogging, s3.BucketPolicy]
[s3.BucketOwnershipControls, s3.BucketPublicAccessBlock, s3.BucketReplicationConfig, s3.BucketVersioning]
[s3.BucketServerSideEncryptionConfiguration]
"""
WHOLE_PROGRAM = (
    "from tests.unit.program import run_program, stack_config\n"
    "recording = run_program(stack_config('prod'), stack='prod')\n"
    "assert recording.error is None"
)
# Linux hands a process the peak of the one that started it (getrusage), but counts VmHWM anew.
REPORT = """
import pathlib, resource, sys
status = pathlib.Path("/proc/self/status")
if status.exists():
    (peak,) = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    print(int(peak) * 1024)
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
RUNS = 9


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Medians over the runs.

    :param seconds: of the whole process.
    :param megabytes: resident at the peak.
    """

    seconds: float
    megabytes: float


def measure() -> tuple[Cost, Cost]:
    """The imports alone, and the program from its configuration to its last registration under mocks.

    The two take turns, so that what else the computer does falls on both.
    """
    imports, program = [], []
    for _ in range(RUNS):
        imports.append(_run(IMPORTS_ALONE))
        program.append(_run(WHOLE_PROGRAM))
    return _median(imports), _median(program)


def _run(code: str) -> Cost:
    start = time.perf_counter()
    printed = subprocess.run(
        [sys.executable, "-c", f"{code}\n{REPORT}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return Cost(seconds=time.perf_counter() - start, megabytes=int(printed.stdout) / 1e6)


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        seconds=statistics.median(cost.seconds for cost in costs),
        megabytes=statistics.median(cost.megabytes for cost in costs),
    )
