"""The account of a stack in the hands of somebody who changes settings by boto3."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.statectl.stack import Stack

Undo = Callable[[], object]
OWNER = [{"Key": "owner", "Value": "platform"}]
STRANGER = {"Sid": "AllowStranger", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """One setting that somebody changes.

    :param id: the finding's id.
    :param setting: the finding's setting, with its part.
    :param region: the finding's region.
    :param resource: the end of the finding's resource.
    :param change: changes it; what it gives back undoes that.
    """

    id: str
    setting: str
    change: Callable[["Account"], Undo]
    region: str = "eu-central-1"
    resource: str = ""


def without(name: str, field: str = "Sid") -> Callable[[list[Any]], object]:
    """Take the statement, rule or selector of this name out of a list."""

    def change(items: list[Any]) -> None:
        items[:] = [item for item in items if item[field] != name]

    return change


def with_(item: dict[str, Any]) -> Callable[[list[Any]], object]:
    """Put one more into a list."""
    return lambda items: items.append(item)


def changed(
    name: str, change: Callable[[dict[str, Any]], object], field: str = "Sid"
) -> Callable[[list[Any]], object]:
    """Change the one of this name."""
    return lambda items: [change(item) for item in items if item[field] == name]


class Account:
    """The account of a stack, in the hands of its root."""

    def __init__(self, stack: Stack) -> None:
        # Each client takes long to make.
        self._client = cache(stack.deployment.client)
        self.bucket = stack.bucket
        self.logs_bucket = stack.bucket.replace("acme-tfstate-", "acme-tfstate-logs-")
        self.replica_logs_bucket = self.logs_bucket.replace("eu-central-1", "eu-west-1")
        self.key = str(stack.outputs["kms_key_arn"])
        self.table = stack.table
        self.number = str(stack.outputs["account_id"])
        self.boundary = f"arn:aws:iam::{self.number}:policy/boundary"
        here = f"eu-central-1:{self.number}"
        self.table_arn = f"arn:aws:dynamodb:{here}:table/{self.table}"
        self.trail_arn = f"arn:aws:cloudtrail:{here}:trail/{AUDIT}"
        self.log_group_arn = f"arn:aws:logs:{here}:log-group:{AUDIT}"
        self.alarm_arn = f"arn:aws:cloudwatch:{here}:alarm:{ALARM}"

    def of(self, service: str, region: str = "eu-central-1") -> Any:
        return self._client(service, region)

    def bucket_policy(self, change: Callable[[list[Any]], object]) -> Undo:
        s3 = self.of("s3")
        before = s3.get_bucket_policy(Bucket=self.bucket)["Policy"]
        document = json.loads(before)
        change(document["Statement"])
        s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(document))
        return lambda: s3.put_bucket_policy(Bucket=self.bucket, Policy=before)

    def no_bucket_policy(self) -> Undo:
        undo = self.bucket_policy(lambda statements: None)
        self.of("s3").delete_bucket_policy(Bucket=self.bucket)
        return undo

    def lifecycle(self, change: Callable[[list[Any]], object]) -> Undo:
        s3 = self.of("s3")
        answer = s3.get_bucket_lifecycle_configuration(Bucket=self.bucket)
        before, after = answer["Rules"], json.loads(json.dumps(answer["Rules"]))
        change(after)

        def put(rules: list[Any]) -> None:
            s3.put_bucket_lifecycle_configuration(Bucket=self.bucket, LifecycleConfiguration={"Rules": rules})

        put(after)
        return lambda: put(before)

    def encryption(self, change: Callable[[dict[str, Any]], object]) -> Undo:
        s3 = self.of("s3")
        before = s3.get_bucket_encryption(Bucket=self.bucket)["ServerSideEncryptionConfiguration"]
        after = json.loads(json.dumps(before))
        change(after["Rules"][0])

        def put(configuration: dict[str, Any]) -> None:
            s3.put_bucket_encryption(Bucket=self.bucket, ServerSideEncryptionConfiguration=configuration)

        put(after)
        return lambda: put(before)

    def replication(self, change: Callable[[dict[str, Any]], object], *, region: str = "eu-central-1") -> Undo:
        s3, bucket = self.of("s3", region), self.bucket.replace("eu-central-1", region)
        before = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
        after = json.loads(json.dumps(before))
        change(after)

        def put(configuration: dict[str, Any]) -> None:
            s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration)

        put(after)
        return lambda: put(before)

    def put(self, service: str, call: str, before: dict[str, Any], after: dict[str, Any], **same: Any) -> Undo:
        """A setting that one call sets, whatever it was."""
        client = self.of(service, same.pop("_region", "eu-central-1"))
        getattr(client, call)(**same, **after)
        return lambda: getattr(client, call)(**same, **before)

    def do(self, service: str, forth: tuple[str, dict[str, Any]], back: tuple[str, dict[str, Any]]) -> Undo:
        """A setting that one call takes away and another gives back."""
        client = self.of(service)
        getattr(client, forth[0])(**forth[1])
        return lambda: getattr(client, back[0])(**back[1])

    def key_policy(self, change: Callable[[list[Any]], object]) -> Undo:
        kms = self.of("kms")
        before = kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"]
        document = json.loads(before)
        change(document["Statement"])
        kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=json.dumps(document))
        return lambda: kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=before)

    def alias_elsewhere(self) -> Undo:
        kms, alias = self.of("kms"), "alias/acme-tfstate"
        kms.update_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
        return lambda: kms.update_alias(AliasName=alias, TargetKeyId=self.key)

    def trust(self, role: str, change: Callable[[list[Any]], object]) -> Undo:
        iam = self.of("iam")
        before = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        after = json.loads(json.dumps(before))
        change(after["Statement"])
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(after))
        return lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))

    def inline(self, role: str, name: str, change: Callable[[list[Any]], object]) -> Undo:
        iam = self.of("iam")
        before = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        after = json.loads(json.dumps(before))
        change(after["Statement"])

        def put(document: Any) -> None:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))

        put(after)
        return lambda: put(before)

    def policy(self, name: str, change: Callable[[list[Any]], object]) -> Undo:
        iam, arn = self.of("iam"), self.policy_arn(name)

        def replace(document: Any) -> Any:
            before = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            replaced = iam.get_policy_version(PolicyArn=arn, VersionId=before)["PolicyVersion"]["Document"]
            iam.create_policy_version(
                PolicyArn=arn, PolicyDocument=json.dumps(document or replaced), SetAsDefault=True
            )
            iam.delete_policy_version(PolicyArn=arn, VersionId=before)
            return replaced

        before = replace(None)
        after = json.loads(json.dumps(before))
        change(after["Statement"])
        replace(after)
        return lambda: replace(before)

    def policy_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.number}:policy/terraform-state/{name}"

    def trail(self, **changed: Any) -> Undo:
        trails = self.of("cloudtrail")
        before = trails.get_trail(Name=AUDIT)["Trail"]
        before["EnableLogFileValidation"] = before["LogFileValidationEnabled"]
        trails.update_trail(Name=AUDIT, **changed)
        return lambda: trails.update_trail(Name=AUDIT, **{name: before[name] for name in changed})

    def selectors(self, change: Callable[[list[Any]], object]) -> Undo:
        trails = self.of("cloudtrail")
        before = trails.get_event_selectors(TrailName=AUDIT)["AdvancedEventSelectors"]
        after = json.loads(json.dumps(before))
        change(after)
        trails.put_event_selectors(TrailName=AUDIT, AdvancedEventSelectors=after)
        return lambda: trails.put_event_selectors(TrailName=AUDIT, AdvancedEventSelectors=before)

    def issuer(self, **other: Any) -> Undo:
        """Made anew with something else about it."""
        iam = self.of("iam")
        arn = {"OpenIDConnectProviderArn": f"arn:aws:iam::{self.number}:oidc-provider/{GITHUB}"}

        def make_anew(**other: Any) -> None:
            iam.delete_open_id_connect_provider(**arn)
            given = {"Url": f"https://{GITHUB}", "ClientIDList": ["sts.amazonaws.com"], "Tags": OWNER, **other}
            iam.create_open_id_connect_provider(**given)

        make_anew(**other)
        return make_anew

    def log_group_without_key(self) -> Undo:
        """Made anew without its key; a new one has no filters."""
        logs = self.of("logs")
        (before,) = logs.describe_log_groups(logGroupNamePrefix=AUDIT)["logGroups"]
        filters = logs.describe_metric_filters(logGroupName=AUDIT)["metricFilters"]

        def make_anew(**key: str) -> None:
            logs.delete_log_group(logGroupName=AUDIT)
            logs.create_log_group(logGroupName=AUDIT, tags={"owner": "platform"}, **key)
            logs.put_retention_policy(logGroupName=AUDIT, retentionInDays=before["retentionInDays"])
            for given in filters:
                kept = {name: given[name] for name in FILTER_FIELDS}
                logs.put_metric_filter(logGroupName=AUDIT, **kept)

        make_anew()
        return lambda: make_anew(kmsKeyId=before["kmsKeyId"])

    def no_alarm(self) -> Undo:
        undo = self.alarm()
        watch = self.of("cloudwatch")
        watch.delete_alarms(AlarmNames=[ALARM])

        def bring_back() -> None:
            undo()
            watch.tag_resource(ResourceARN=self.alarm_arn, Tags=OWNER)

        return bring_back

    def alarm(self, name: str = "", *, region: str = "eu-central-1", **changed: Any) -> Undo:
        watch = self.of("cloudwatch", region)
        (before,) = watch.describe_alarms(AlarmNames=[name or ALARM])["MetricAlarms"]
        kept = {field: before[field] for field in ALARM_FIELDS}
        watch.put_metric_alarm(**{**kept, **changed})
        return lambda: watch.put_metric_alarm(**kept)

    def metric_filter(self, **changed: Any) -> Undo:
        logs = self.of("logs")
        (before,) = logs.describe_metric_filters(logGroupName=AUDIT, filterNamePrefix=ALARM)["metricFilters"]
        kept = {name: before[name] for name in FILTER_FIELDS}
        logs.put_metric_filter(logGroupName=AUDIT, **{**kept, **changed})
        return lambda: logs.put_metric_filter(logGroupName=AUDIT, **kept)


AUDIT = "acme-tfstate-audit"
ALARM = f"{AUDIT}-key-at-risk"
ALARM_FIELDS = (
    *("AlarmName", "AlarmDescription", "ActionsEnabled", "AlarmActions", "MetricName", "Namespace", "Statistic"),
    *("Dimensions", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator", "TreatMissingData"),
)
FILTER_FIELDS = ("filterName", "filterPattern", "metricTransformations")
GITHUB = "token.actions.githubusercontent.com"
