"""The engine finds the plugin, talks to it, and never leaves it behind."""

import os
import select
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.emulator import Emulator
from localcloud.plugin.install import install
from localcloud.plugin.resources import registry
from localcloud.plugin.schema import aws_version
from tests.plugin.conversation import Conversation
from tests.plugin.samples import ALARM, BUCKET, GROUP, KEY, ROLE, TABLE, TOPIC, TRAIL, TRUST


def test_it_is_where_the_engine_looks_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    executable = install(tmp_path)
    assert executable == tmp_path / "plugins" / f"resource-aws-v{aws_version()}" / "pulumi-resource-aws"
    before = executable.stat()
    assert install(tmp_path).stat() == before
    executable.write_text("broken")
    assert os.access(install(tmp_path), os.X_OK)
    assert "localcloud.plugin" in executable.read_text()


def test_it_prints_its_port_serves_and_ends_with_the_engine(tmp_path: Path) -> None:
    executable = install(tmp_path)
    # The engine of this test: it starts the plugin from another folder, waits for a line, and is killed.
    engine = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess; subprocess.run(['{executable}', '127.0.0.1:1'])"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    with engine:
        assert engine.stdout is not None
        port = int(engine.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            info = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(empty_pb2.Empty())
        assert info.version == aws_version()
        engine.kill()
        # The pipe ends when the last process that holds it does.
        assert select.select([engine.stdout], [], [], 10)[0], "the plugin outlives its engine"
        assert engine.stdout.read() == ""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's memory is read from /proc")
def test_with_every_kind_and_service_in_use_it_needs_less_than_150_mb(tmp_path: Path, emulator: Emulator) -> None:
    process = subprocess.Popen(
        [install(tmp_path)], stdout=subprocess.PIPE, text=True, env={**os.environ, **emulator.environment()}
    )
    with process:
        assert process.stdout is not None
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                plugin = Conversation(provider_pb2_grpc.ResourceProviderStub(channel))
                plugin.configure({"region": "eu-west-1"})
                for kind in registry():
                    plugin.check(kind, {})
                for region in ("eu-west-1", "eu-central-1"):
                    plugin.create(BUCKET, {"bucket": f"memory-{region}", "region": region})
                    plugin.create(KEY, {"region": region})
                    attributes = [{"name": "A", "type": "S"}]
                    table = {"name": "memory", "attributes": attributes, "hashKey": "A", "region": region}
                    plugin.create(TABLE, {**table, "billingMode": "PAY_PER_REQUEST"})
                    named = {"name": "memory", "region": region}
                    plugin.create(TOPIC, named)
                    plugin.create(GROUP, named)
                    plugin.create(TRAIL, {**named, "s3BucketName": "memory"})
                    alarm = {"namespace": "N", "metricName": "M", "statistic": "Sum", "period": 60, "threshold": 1}
                    rule = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}
                    plugin.create(ALARM, {**named, **alarm, **rule})
                plugin.create(ROLE, {"name": "memory", "assumeRolePolicy": TRUST})
                status = Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.terminate()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    assert peak < 150
