"""The live policies that decide about one principal and one backend, each ready to be evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from blueprint.evaluation.decision import NOTHING, Layer
from blueprint.evaluation.principal import PrincipalKind
from blueprint.evaluation.statement import Statement, statements
from blueprint.evaluation.truth import Unseen
from blueprint.request_keys import ALGORITHM, Keys, asked_by, under_key
from blueprint.terraform_requests import Encrypted, TerraformBackend
from settings.regions import REGIONS
from statectl.access.who import Who
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from store.clients import Clients
from store.failures import NotThereError
from store.identities import Identities, Identity
from store.policies import BackendPolicies, BucketEncryption, Document, Unread

_AES256: Keys = {ALGORITHM: "AES256"}


@dataclass(frozen=True, kw_only=True)
class Live:
    """What was read.

    :param who: whom it is about, with the ARN that IAM says they have.
    :param own: their own policies.
    :param boundary: their permissions boundary; ``None`` where they have none.
    :param tags: a user's own tags; a role's are not enough, since a session brings others.
    :param user_id: what ``aws:userid`` is for a user; empty for others.
    :param resources: the policies of bucket, keys and table, by their ARN.
    :param backend: what Terraform talks to.
    :param keyless: the ARNs that stand for keys that could not be read, each with why.
    """

    who: Who
    own: Layer
    boundary: Layer | None
    tags: Mapping[str, str]
    user_id: str
    resources: Mapping[str, Layer]
    backend: TerraformBackend
    keyless: Mapping[str, Unseen]


def read_live(clients: Clients, known: KnownBackend, who: Who) -> Live:
    """Read what decides about somebody on a backend.

    :raises statectl.refusal.RefusalError: where there is no such role or user, or no such region.
    """
    location = known.location
    if location.region not in REGIONS:
        raise RefusalError(
            f"{location.region} is no region of AWS that is known here",
            next_step="name the bucket's own --region",
            code=ExitCode.USAGE,
        )
    policies = BackendPolicies(clients, location)
    bucket = policies.bucket()
    # AWS gives a bucket's policy to its own account alone.
    mine = None if isinstance(bucket, Unread) else clients.caller.account_id
    backend, keyless = _backend(policies, known, owner=location.account_id or mine or who.principal.account)
    resources = {backend.bucket_arn: _layer(bucket)}
    for key in {backend.encrypted.key, backend.table_key} - {None, *keyless}:
        resources[str(key)] = _layer(policies.key(str(key)))
    if backend.table is not None:
        resources[backend.table_arn] = _layer(policies.table(backend.table_arn))
    identity = _identity(clients, location.region, who)
    is_user = who.principal.kind is PrincipalKind.USER
    return Live(
        who=_with_arn(who, identity),
        own=_joined([*(_layer(one) for one in identity.policies), *(_layer(one) for one in identity.unread)]),
        boundary=None if identity.boundary is None else _layer(identity.boundary),
        tags=identity.tags if is_user else {},
        user_id=identity.unique_id if is_user else "",
        resources=resources,
        backend=backend,
        keyless=keyless,
    )


def _identity(clients: Clients, region: str, who: Who) -> Identity:
    principal = who.principal
    if principal.kind is PrincipalKind.ROOT:
        return Identity(arn=None, tags={}, policies=(), boundary=None, unread=())
    if principal.account != clients.caller.account_id:
        why = (
            f"{who.name} is of account {principal.account}, and the credentials are of {clients.caller.account_id}"
        )
        elsewhere = Unread(action="", why=why)
        return Identity(arn=None, tags={}, policies=(), boundary=elsewhere, unread=(elsewhere,))
    identities = Identities(clients, region)
    try:
        if principal.kind is PrincipalKind.USER:
            return identities.user(who.name)
        return identities.role(who.name)
    except NotThereError as error:
        raise RefusalError(
            f"there is no {principal.kind} {who.name} in account {principal.account}",
            next_step="check the name, or bring the stack up first if it is an access entry's",
        ) from error


def _with_arn(who: Who, identity: Identity) -> Who:
    if identity.arn is None:
        return who
    return replace(who, principal=replace(who.principal, arn=identity.arn), whole=True)


def _backend(
    policies: BackendPolicies, known: KnownBackend, *, owner: str
) -> tuple[TerraformBackend, dict[str, Unseen]]:
    """What Terraform talks to, and what stands in the place of keys that nobody could name."""
    location = known.location
    encryption = policies.encryption()
    keyless: dict[str, Unseen] = {}
    named = location.kms_key_arn if location.kms_key_arn and ":key/" in location.kms_key_arn else None
    if isinstance(encryption, BucketEncryption):
        key, bucket_key = named or encryption.key, encryption.bucket_key
    else:
        key, bucket_key = named or f"the key of {location.bucket}", None
        if named is None:
            keyless[key] = _unseen(encryption)
    table = location.table if location.lock.uses_table else None
    table_key = policies.table_key(table) if table is not None else None
    if isinstance(table_key, Unread):
        unseen, table_key = _unseen(table_key), f"the key of {table}"
        keyless[table_key] = unseen
    asked = _asked(known, None if key in keyless else key, encryption)
    backend = TerraformBackend(
        bucket=location.bucket,
        region=location.region,
        account=owner,
        lock=location.lock,
        encrypted=Encrypted(key=key, bucket_key=bucket_key if key else True, asked=asked),
        table=table,
        table_key=table_key,
        workspace_prefix=location.workspace_prefix,
    )
    return backend, keyless


def _asked(known: KnownBackend, key: str | None, encryption: BucketEncryption | Unread) -> Keys | None:
    """What a write asks for: what the backend file says that was named, or what generated ones say."""
    if known.arguments:
        return asked_by(known.arguments)
    if key is not None:
        return under_key(key)
    return _AES256 if isinstance(encryption, BucketEncryption) else None


def _layer(found: Document | Unread | None) -> Layer:
    if found is None:
        return NOTHING
    if isinstance(found, Unread):
        return Layer(unseen=(_unseen(found),))
    try:
        return Layer(statements=statements(found.title, found.document))
    except ValueError as error:
        return Layer(unseen=(Unseen(why=str(error)),))


def _joined(layers: list[Layer]) -> Layer:
    found: list[Statement] = [one for layer in layers for one in layer.statements]
    return Layer(statements=found, unseen=tuple(one for layer in layers for one in layer.unseen))


def _unseen(unread: Unread) -> Unseen:
    return Unseen(why=unread.why, action=unread.action)
