"""``StateBackend``: a home for Terraform's state in one account, as one component.

The arguments are a ``TypedDict`` so that the component can be served to other languages as it is
(pulumi#18526); for the same reason this module's annotations are objects and not strings.
"""

from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic.alias_generators import to_camel

from blueprint.backend import Backend, backend
from blueprint.backend_config import backend_configs
from blueprint.standby import AT_HOME
from components.access import make_access
from components.account import require_account
from components.audit_trail import make_audit_trail
from components.operators import make_operators
from components.public_access import make_account_public_access_block
from components.regional_backend import MadeRegion, make_region
from components.replication import make_replication, make_replication_alarm
from components.stack_configuration import checked_settings, require_within_limits
from components.standby import live_activity
from settings.model import Settings
from settings.state_keys import expected_states

TYPE = "state-backend:index:StateBackend"
"""The type token. Frozen: with another one Pulumi would replace every backend there is."""


class NoncurrentTransitionArgs(TypedDict):
    """The move of noncurrent versions to a cheaper storage class."""

    days: int
    """Days after a version became noncurrent."""
    storage_class: str
    """``STANDARD_IA``, ``INTELLIGENT_TIERING`` or ``GLACIER_IR``."""


class StateBackendArgs(TypedDict):
    """What a backend is made from: a stack's configuration and the first region, all plain values, since names
    and policies are decided before anything is made. Meaning and defaults: :class:`settings.model.Settings`.
    """

    region: str
    name_prefix: str
    account_id: str
    states: dict[str, list[str]]
    replica_region: NotRequired[str | None]
    replication: NotRequired[str | None]
    replication_alarm_topics: NotRequired[list[str] | None]
    lock: NotRequired[str | None]
    encryption: NotRequired[str | None]
    noncurrent_version_days: NotRequired[int | None]
    newer_noncurrent_versions: NotRequired[int | None]
    noncurrent_transition: NotRequired[NoncurrentTransitionArgs | None]
    access_logs: NotRequired[bool | None]
    access_log_days: NotRequired[int | None]
    account_public_access_block: NotRequired[bool | None]
    protect: NotRequired[bool | None]
    tags: NotRequired[dict[str, str] | None]
    access: NotRequired[list[Any] | None]
    access_by_tag: NotRequired[dict[str, Any] | None]
    operators: NotRequired[dict[str, Any] | None]
    administrators: NotRequired[list[str] | None]
    break_glass: NotRequired[dict[str, Any] | None]
    permissions_boundary: NotRequired[str | None]
    role_path: NotRequired[str | None]
    audit_trail: NotRequired[dict[str, Any] | None]
    adopt_oidc_providers: NotRequired[list[str] | None]
    adopt: NotRequired[dict[str, Any] | None]
    adopt_replica: NotRequired[dict[str, Any] | None]


def state_backend_args(settings: Settings) -> StateBackendArgs:
    """The arguments that say what ``settings`` say."""
    args: StateBackendArgs = settings.model_dump(mode="json", by_alias=False)  # type: ignore[assignment]
    return args


class StateBackend(pulumi.ComponentResource):
    """Bucket, key, lock and replication for the Terraform state of one account.

    :raises pulumi.RunError: before anything is registered, with every mistake in ``args``, or where the
        credentials belong to another account.
    """

    state_bucket_name: pulumi.Output[str]
    """The state bucket of the first region."""
    lock_table_name: pulumi.Output[str | None]
    """The lock table of the first region; none where the lockfile alone locks."""
    kms_key_arn: pulumi.Output[str | None]
    """The key of the first region; none with AES256."""
    replica_bucket_name: pulumi.Output[str | None]
    """The state bucket of the second region, if there is one."""
    replica_lock_table_name: pulumi.Output[str | None]
    """The lock table of the second region."""
    replica_kms_key_arn: pulumi.Output[str | None]
    """The key of the second region."""
    account_id: pulumi.Output[str]
    """The account that all of it is in."""
    region: pulumi.Output[str]
    """The first region."""
    replica_region: pulumi.Output[str | None]
    """The second region, if there is one."""
    lock: pulumi.Output[str]
    """``lockfile``, ``dynamodb`` or ``both``."""
    backend_configs: pulumi.Output[dict[str, Any]]
    """For each ``<environment>/<service>`` the arguments of Terraform's ``s3`` backend."""
    replica_backend_configs: pulumi.Output[dict[str, Any]]
    """The same for the second region; empty without one."""
    access: pulumi.Output[dict[str, Any]]
    """For each access entry its ``policy_arn``, the ``replica_policy_arn`` for the second region, its ``role_arn``
    where it has a role, and the ``backend_configs`` and ``replica_backend_configs`` of its states with the role it
    becomes, where it works that way."""

    def __init__(self, name: str, args: StateBackendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        values = {to_camel(key): value for key, value in args.items() if key != "region"}
        settings = checked_settings(values, region=args.get("region"))
        plan = backend(settings)
        require_within_limits(plan)
        require_account(settings, opts=opts)
        activity = live_activity(plan, opts=opts)
        if activity != AT_HOME:
            # Naming the states that were moved makes bucket policies longer.
            plan = backend(settings, activity)
            require_within_limits(plan)
        super().__init__(TYPE, name, None, opts)

        primary = make_region(f"{name}-primary", plan.primary, settings=settings, parent=self)
        replica = None
        if plan.replica is not None:
            replica = make_region(f"{name}-replica", plan.replica, settings=settings, parent=self)
            self._replicate(name, plan, primary, replica)
        if settings.account_public_access_block:
            make_account_public_access_block(name, account_id=settings.account_id, parent=self)
        audit_key = None
        if plan.audit is not None:
            audit_key = make_audit_trail(
                f"{name}-audit", plan.audit, settings=settings, logs=primary.logs, parent=self
            )
        entries = make_access(
            f"{name}-access",
            plan,
            key=primary.key,
            replica_key=replica.key if replica else None,
            parent=self,
        )
        make_operators(
            name,
            plan,
            state_keys=[half.key for half in (primary, replica) if half and half.key],
            audit_key=audit_key,
            parent=self,
        )
        self._give_outputs(settings, primary, replica, entries)

    def _replicate(self, name: str, plan: Backend, primary: MadeRegion, replica: MadeRegion) -> None:
        ways = (
            (f"{name}-replication", plan.replication, primary, replica),
            (f"{name}-replica-replication", plan.reverse_replication, replica, primary),
        )
        for way, replication, source, destination in ways:
            if replication is None:
                continue
            make_replication(
                way,
                replication,
                source=source.bucket,
                destination=destination.bucket,
                source_key=source.key,
                destination_key=destination.key,
                parent=self,
            )
            for alarm in replication.alarms:
                half = "primary" if alarm.region == plan.primary.region else "replica"
                make_replication_alarm(
                    f"{name}-{half}-replication-{alarm.kind}-alarm", alarm, replication, parent=self
                )

    def _give_outputs(
        self,
        settings: Settings,
        primary: MadeRegion,
        replica: MadeRegion | None,
        entries: pulumi.Output[dict[str, Any]],
    ) -> None:
        self.state_bucket_name = primary.bucket.bucket.bucket
        self.lock_table_name = _table_name(primary)
        self.kms_key_arn = _key_arn(primary)
        self.replica_bucket_name = _optional(replica.bucket.bucket.bucket if replica else None)
        self.replica_lock_table_name = _table_name(replica)
        self.replica_kms_key_arn = _key_arn(replica)
        self.account_id = pulumi.Output.from_input(settings.account_id)
        self.region = pulumi.Output.from_input(settings.region)
        self.replica_region = _optional(settings.replica_region)
        self.lock = pulumi.Output.from_input(settings.lock.value)
        self.backend_configs = _backend_configs(settings, primary)
        self.replica_backend_configs = _backend_configs(settings, replica)
        self.access = entries
        self.register_outputs({name: getattr(self, name) for name in OUTPUTS})


OUTPUTS = tuple(StateBackend.__annotations__)
"""The names of the outputs, which are the stack's too."""


def _optional(value: pulumi.Input[str] | None) -> pulumi.Output[str | None]:
    return pulumi.Output.from_input(value)


def _key_arn(region: MadeRegion | None) -> pulumi.Output[str | None]:
    return _optional(region.key.arn if region and region.key else None)


def _table_name(region: MadeRegion | None) -> pulumi.Output[str | None]:
    return _optional(region.table.name if region and region.table else None)


def _backend_configs(settings: Settings, region: MadeRegion | None) -> pulumi.Output[dict[str, Any]]:
    if region is None:
        return pulumi.Output.from_input({})
    plan = region.plan
    states = expected_states(settings.states)
    return _key_arn(region).apply(lambda arn: dict(backend_configs(settings, plan, states, kms_key_arn=arn)))
