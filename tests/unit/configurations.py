"""Hypothesis strategies for configurations: any that should work, and ways to break one."""

import string
from typing import Any

from hypothesis import strategies as st

from settings.regions import PARTITIONS

_NAME = st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=20)
_PREFIX = st.text(alphabet=string.ascii_lowercase + string.digits + "-", min_size=1, max_size=12).filter(
    lambda text: text[0] != "-" and text[-1] != "-" and not text.startswith(("xn--", "sthree-", "amzn-s3-demo-"))
)
_TAG_TEXT = st.text(alphabet=string.ascii_letters + string.digits + " _.:/=+@-", min_size=1, max_size=40)


@st.composite
def valid_configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Keys and native values, with ``aws:region`` among them, of a configuration that must be accepted."""
    partition = draw(st.sampled_from(PARTITIONS))
    region = draw(st.sampled_from(partition.regions))
    services: st.SearchStrategy[list[str]] = st.lists(
        _NAME, min_size=1, max_size=4, unique_by=lambda name: name.lower()
    )
    states = draw(st.dictionaries(_NAME, services, min_size=1, max_size=3))
    lowered = {environment.lower() for environment in states}
    if len(lowered) < len(states):
        states = dict([next(iter(states.items()))])
    days = draw(st.integers(min_value=1, max_value=3650))
    configuration: dict[str, Any] = {
        "aws:region": region,
        "namePrefix": draw(_PREFIX),
        "accountId": draw(st.text(alphabet=string.digits, min_size=12, max_size=12)),
        "states": states,
        "noncurrentVersionDays": days,
        "newerNoncurrentVersions": draw(st.integers(min_value=1, max_value=100)),
        "lock": draw(st.sampled_from(["lockfile", "dynamodb", "both"])),
        "encryption": draw(st.sampled_from(["kms", "aes256"])),
        "accessLogs": draw(st.booleans()),
        "accountPublicAccessBlock": draw(st.booleans()),
        "protect": draw(st.booleans()),
        "tags": draw(
            st.dictionaries(
                _TAG_TEXT.filter(lambda key: not key.lower().startswith("aws:")), _TAG_TEXT, max_size=5
            )
        ),
    }
    others = [other for other in partition.regions if other != region]
    if draw(st.booleans()) and others:
        configuration["replicaRegion"] = draw(st.sampled_from(others))
        configuration["replication"] = draw(st.sampled_from(["oneWay", "twoWay"]))
    if days > 31 and draw(st.booleans()):
        configuration["noncurrentTransition"] = {
            "days": draw(st.integers(min_value=30, max_value=days - 1)),
            "storageClass": draw(st.sampled_from(["STANDARD_IA", "INTELLIGENT_TIERING", "GLACIER_IR"])),
        }
    return configuration


BREAKAGES: dict[str, dict[str, Any]] = {
    "namePrefix": {"namePrefix": "Not_Legal"},
    "accountId": {"accountId": "1234"},
    "aws:region": {"aws:region": "eu-wst-1"},
    "replicaRegion": {"replicaRegion": "moon-base-1"},
    "replication": {"replication": "threeWay"},
    "lock": {"lock": "lockfil"},
    "encryption": {"encryption": "none"},
    "noncurrentVersionDays": {"noncurrentVersionDays": 0},
    "newerNoncurrentVersions": {"newerNoncurrentVersions": 101},
    "noncurrentTransition.storageClass": {"noncurrentTransition": {"days": 30, "storageClass": "GLACIER"}},
    "accessLogs": {"accessLogs": "perhaps"},
    "accessLogDays": {"accessLogDays": -1},
    "states.prod": {"states": {"prod": ["network", "network"]}},
    "tags.aws:owner": {"tags": {"aws:owner": "me"}},
    "nameprefx": {"nameprefx": "acme"},
}
"""A mistake to make, by the key that the report must name."""
