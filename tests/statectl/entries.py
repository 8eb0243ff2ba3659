"""A stack with one access entry of each kind, the credentials of each, and what AWS itself answers to them."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError

from blueprint.access_policy import ENVIRONMENT_TAG, SERVICE_TAG
from blueprint.policy_document import policy
from blueprint.terraform_requests import Purpose
from localcloud import environment
from localcloud.emulator import Emulator
from localcloud.engine import Engine
from statectl.access.answers import RequestAnswer
from statectl.access.checking import answers
from statectl.access.live import read_live
from statectl.access.who import who_is
from statectl.find import Wanted
from statectl.session import Session
from statefile.keys import digest_id, lock_id, lockfile_key
from tests.access.stack import ACCOUNTS, PIPELINES, TAGGED, config
from tests.integration.deployment import ANYTHING, Deployment, client, role_credentials, root_credentials
from tests.statectl.operator import Operator

ACCOUNT = "100000000031"
USER = f"arn:aws:iam::{ACCOUNT}:user/people/operator"
"""A user of the account, who has an entry's policy themselves."""


@dataclass(kw_only=True)
class Entries:
    """The stack as it is deployed.

    :param outputs: what it promises.
    """

    deployment: Deployment
    outputs: Mapping[str, Any]

    @classmethod
    def up(cls, folder: Path, engine: Engine, emulator: Emulator) -> "Entries":
        """Bring it up: the stack of the access tests with both locks, in an account of its own."""
        own = json.loads(json.dumps(config("both")).replace(ACCOUNTS["both"], ACCOUNT))
        person = {"name": "person", "states": ["dev/network"], "mode": "read", "principals": [USER]}
        own["state-backend:access"].append(person)
        deployment = Deployment.prepare("entries", folder, engine, emulator, config=own)
        deployment.client("iam", "us-east-1").create_user(UserName="operator", Path="/people/")
        deployment.up()
        return cls(deployment=deployment, outputs=deployment.outputs())

    @property
    def bucket(self) -> str:
        return str(self.outputs["state_bucket_name"])

    def root(self, service: str) -> Any:
        """A client of the account's root."""
        return self.deployment.client(service, self.outputs["region"])

    def operator(self, credentials: Mapping[str, str] | None = None) -> Operator:
        """Somebody with ``statectl`` and the stack; the account's root unless credentials are given."""
        return Operator(
            environment={
                **self._environment(credentials or root_credentials(ACCOUNT)),
                "STATECTL_PROJECT": str(self.deployment.folder),
                "STATECTL_STACK": self.deployment.stack,
            }
        )

    def answers(self, who: str, key: str, **given: str) -> list[RequestAnswer]:
        """What ``statectl access check`` answers the account's root, whose clients are made once."""
        with patch.dict(os.environ, self._environment(root_credentials(ACCOUNT)), clear=True):
            live = read_live(self._session.clients, self._session.backend, who_is(who, self._session))
            return list(answers(live, key, settings=self._session.backend.settings, given=given))

    @cached_property
    def _session(self) -> Session:
        project, stack = self.deployment.folder, self.deployment.stack
        wanted = Wanted(
            stack=stack, project=project, backend_config=None, bucket=None, region=None, table=None, lock=None
        )
        return Session(wanted, profile=None)

    def _environment(self, credentials: Mapping[str, str]) -> dict[str, str]:
        return {**environment.clean(), "PATH": "", **self.deployment.emulator.environment(), **credentials}

    def credentials(self, entry: str) -> dict[str, str]:
        """Credentials of a session of an entry's role, as its pipeline gets them."""
        pipeline = root_credentials(PIPELINES[entry])
        return self._become(entry, pipeline, ExternalId=f"pipeline-of-{entry}")

    def by_tag(self, environment: str, service: str) -> dict[str, str]:
        """Credentials of the role by tag, of somebody with these two tags."""
        runner = role_credentials(self.deployment.emulator, ACCOUNT, TAGGED, policy(ANYTHING))
        tags = [{"Key": ENVIRONMENT_TAG, "Value": environment}, {"Key": SERVICE_TAG, "Value": service}]
        self.root("iam").tag_role(RoleName=TAGGED, Tags=tags)
        return self._become("ByTag", runner, Tags=tags)

    def user(self) -> dict[str, str]:
        """Credentials of the user: a new access key."""
        key = self.root("iam").create_access_key(UserName="operator")["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def _become(self, entry: str, credentials: dict[str, str], **more: Any) -> dict[str, str]:
        sts = client(self.deployment.emulator, "sts", "us-east-1", credentials)
        role = self.outputs["access"][entry]["role_arn"]
        made = sts.assume_role(RoleArn=role, RoleSessionName="tests", **more)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
        }

    def answers_of_aws(self, credentials: dict[str, str], key: str) -> dict[tuple[Purpose, str], bool]:
        """Whether AWS lets somebody make each request, tried for real; keys are used through S3 alone."""
        emulator, region = self.deployment.emulator, self.outputs["region"]
        s3, dynamodb = (client(emulator, service, region, credentials) for service in ("s3", "dynamodb"))
        written = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.outputs["kms_key_arn"], "Body": b"{}"}
        state, lockfile = ({"Bucket": self.bucket, "Key": one} for one in (key, lockfile_key(key)))
        table = {"TableName": self.outputs["lock_table_name"]}
        lock, digest = ({"LockID": {"S": make(self.bucket, key)}} for make in (lock_id, digest_id))
        listing = {"Bucket": self.bucket, "Prefix": "env:/"}
        return {
            (Purpose.WRITE, "s3:PutObject"): _let(s3.put_object, **state, **written),
            (Purpose.READ, "s3:GetObject"): _let(s3.get_object, **state),
            (Purpose.LOCK, "s3:PutObject"): _let(s3.put_object, **lockfile, **written, IfNoneMatch="*"),
            (Purpose.LOCK, "s3:GetObject"): _let(s3.get_object, **lockfile),
            (Purpose.LOCK, "s3:DeleteObject"): _let(s3.delete_object, **lockfile),
            (Purpose.WRITE, "dynamodb:PutItem"): _let(dynamodb.put_item, **table, Item=digest),
            (Purpose.READ, "dynamodb:GetItem"): _let(dynamodb.get_item, **table, Key=digest),
            (Purpose.LOCK, "dynamodb:PutItem"): _let(dynamodb.put_item, **table, Item=lock),
            (Purpose.LOCK, "dynamodb:GetItem"): _let(dynamodb.get_item, **table, Key=lock),
            (Purpose.LOCK, "dynamodb:DeleteItem"): _let(dynamodb.delete_item, **table, Key=lock),
            (Purpose.WORKSPACES, "s3:ListBucket"): _let(s3.list_objects_v2, **listing),
        }


def _let(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether AWS does not refuse; that there is no such object is no refusal."""
    try:
        call(**arguments)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code = error.response["Error"]["Code"]
        assert status in (403, 404) or code == "AccessDeniedException", error
        return status == 404
    return True
