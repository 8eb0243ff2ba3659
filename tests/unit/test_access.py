"""Who may reach which state: what is refused, and what an entry comes to."""

from typing import Any

import pytest
from ministack.core.iam_evaluator import evaluate, parse_policy_document

from blueprint.access import Grant, grant_policies, grants, issuers
from blueprint.access_policy import access_policy
from blueprint.backend import backend
from blueprint.limits import POLICY_CHARACTERS, over_limits, stand_in_key_arn
from blueprint.policy_document import PolicyDocument, to_json
from settings.arns import is_session_of
from settings.mistakes import Mistake, SettingsError
from settings.model import Settings
from tests.unit.program import Recording, run_program, stack_config
from tests.unit.test_policies import request
from tests.unit.test_settings import GOOD, read

ADMIN = "arn:aws:iam::123456789012:role/admin"
DEPLOYER = "arn:aws:iam::123456789012:role/ci/deployer"
GITHUB = {"organisation": "acme", "repository": "infrastructure", "branch": "main"}
BUCKET = "arn:aws:s3:::acme-tfstate-123456789012-eu-central-1"
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/acme-tfstate-locks"


def entry(**changes: Any) -> dict[str, Any]:
    made = {"name": "deploy", "states": ["prod/network"], "mode": "write", "principals": [DEPLOYER], **changes}
    return {key: value for key, value in made.items() if value is not None}


def with_access(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**GOOD, "administrators": [ADMIN], "access": list(entries), **changes}


def grant_of(*entries: dict[str, Any], **changes: Any) -> tuple[Settings, Grant]:
    settings = read(with_access(*entries, **changes))
    return settings, grants(settings)[0]


def policy_of(*entries: dict[str, Any], **changes: Any) -> PolicyDocument:
    settings, grant = grant_of(*entries, **changes)
    region = backend(settings).primary
    return access_policy(settings, region, grant.scope, key_arn=stand_in_key_arn(region))


def allowed(document: PolicyDocument, action: str, resource: str, **keys: Any) -> bool:
    context = request(action, resource, {key.replace("__", ":"): value for key, value in keys.items()})
    return str(evaluate(context, [parse_policy_document(to_json(document))]).decision) == "Allow"


def lead(item: str) -> dict[str, Any]:
    return {"dynamodb__LeadingKeys": [item]}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (entry(states=["prod/netwrk"]), 'is not among states. Fix: use "prod/network"'),
        (entry(states=["dev/*"]), "is not among states"),
        (entry(states=["prod/*", "prod/network"]), "overlaps prod/*, which covers it already"),
        (entry(reads=["prod/network"]), "overlaps prod/network, which covers it already"),
        (entry(mode="read", reads=["prod/database"]), "is for entries that write"),
        (entry(mode="wite"), 'Fix: use "write"'),
        (entry(principals=None), "names nobody"),
        (
            entry(principals=["arn:aws:iam::999999999999:root"]),
            "is a whole account: everyone in it would be let in",
        ),
        (entry(principals=["arn:aws:iam::123456789012:role/*"]), "Fix: write whole ARNs"),
        (entry(principals=["*"]), "Fix: write whole ARNs"),
        (entry(principals=["arn:aws-cn:iam::123456789012:role/x"]), "is not in partition aws"),
        (entry(accounts=[{"id": "123456789012", "externalId": "long-enough"}]), "is this account"),
        (entry(accounts=[{"id": "999999999999"}]), "externalId"),
        (entry(github=[{**GITHUB, "repository": "*"}]), "a wildcard would let everyone in"),
        (entry(github=[{**GITHUB, "branch": "*"}]), "name one branch: no wildcard"),
        (entry(github=[{**GITHUB, "tag": "v1"}]), "names 2 of branch, tag and environment"),
        (entry(github=[{"organisation": "acme", "repository": "x"}]), "names 0 of branch, tag and environment"),
        (entry(gitlab=[{"project": "acme", "ref": "main"}]), "write group/project"),
        (
            entry(oidc=[{"url": "https://token.actions.githubusercontent.com", "audience": "a", "subject": "x"}]),
            "names no repository",
        ),
        (entry(oidc=[{"url": "https://ci.acme.com", "audience": "a", "subject": "team:*"}]), "has a wildcard"),
        (entry(tokenFile="token"), "Fix: name github, gitlab or oidc, or leave it out"),
        (entry(oidc=[{"url": "http://ci.acme.com", "audience": "a", "subject": "x"}]), "the issuer's https://"),
    ],
)
def test_what_would_let_in_more_than_was_meant_is_refused_with_the_fix(
    changed: dict[str, Any], expected: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(with_access(changed))
    assert expected in str(caught.value)


def test_workspaces_of_one_state_are_not_those_of_another_that_ends_alike() -> None:
    states = {"prod": ["network"], "dev": ["prod/network"]}
    assert read(with_access(entry(), states=states))
    with pytest.raises(
        SettingsError, match="would reach the workspaces of dev/prod/network, which ends like prod"
    ):
        read(with_access(entry(workspaces=True), states=states))
    assert read(with_access(entry(workspaces=True), states={"prod": ["network", "eu/network"]}))


def test_names_and_people_are_in_the_list_once() -> None:
    with pytest.raises(SettingsError, match="is the name of another entry"):
        read(with_access(entry(), entry(principals=["arn:aws:iam::123456789012:role/other"])))
    with pytest.raises(SettingsError, match="reaches prod/network by the entry deploy already"):
        read(with_access(entry(), entry(name="again", mode="read", states=["prod/*"])))


def test_access_needs_administrators_of_this_account() -> None:
    with pytest.raises(SettingsError, match="administrators: is missing"):
        read({**with_access(entry()), "administrators": []})
    with pytest.raises(SettingsError, match="is in another account than 123456789012"):
        read(with_access(entry(), administrators=["arn:aws:iam::999999999999:role/admin"]))


@pytest.mark.parametrize("lock", ["lockfile", "dynamodb", "both"])
def test_a_writer_gets_what_its_lock_needs_and_no_more(lock: str) -> None:
    document = policy_of(entry(), lock=lock)
    state = f"{BUCKET}/prod/network/terraform.tfstate"
    assert allowed(document, "s3:GetObject", state)
    assert allowed(document, "s3:PutObject", state)
    assert not allowed(document, "s3:DeleteObject", state)
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert allowed(document, action, f"{state}.tflock") == (lock != "dynamodb")
        assert not allowed(document, action, f"{BUCKET}/prod/database/terraform.tfstate")
    for action in ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"):
        own = lead("acme-tfstate-123456789012-eu-central-1/prod/network/terraform.tfstate")
        digest = lead("acme-tfstate-123456789012-eu-central-1/prod/network/terraform.tfstate-md5")
        other = lead("acme-tfstate-123456789012-eu-central-1/prod/database/terraform.tfstate")
        assert allowed(document, action, TABLE, **own) == (lock != "lockfile")
        assert allowed(document, action, TABLE, **digest) == (lock != "lockfile")
        assert not allowed(document, action, TABLE, **other)
        assert not allowed(document, action, TABLE)
    assert not allowed(document, "s3:DeleteObjectVersion", state)
    assert not allowed(document, "dynamodb:Scan", TABLE)


def test_a_reader_reads_and_neither_writes_nor_locks() -> None:
    document = policy_of(entry(mode="read"))
    state = f"{BUCKET}/prod/network/terraform.tfstate"
    assert allowed(document, "s3:GetObject", state)
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert not allowed(document, action, state)
        assert not allowed(document, action, f"{state}.tflock")
    digest = lead("acme-tfstate-123456789012-eu-central-1/prod/network/terraform.tfstate-md5")
    assert allowed(document, "dynamodb:GetItem", TABLE, **digest)
    assert not allowed(document, "dynamodb:PutItem", TABLE, **digest)
    assert not any("GenerateDataKey" in str(statement["Action"]) for statement in document["Statement"])


def test_reads_lets_a_writer_read_another_state_and_not_write_it() -> None:
    document = policy_of(entry(reads=["prod/database"]))
    other = f"{BUCKET}/prod/database/terraform.tfstate"
    assert allowed(document, "s3:GetObject", other)
    assert not allowed(document, "s3:PutObject", other)
    assert not allowed(document, "s3:PutObject", f"{other}.tflock")


def test_an_entry_lists_its_own_folder_and_workspaces_only_where_it_uses_them() -> None:
    plain, with_workspaces = policy_of(entry()), policy_of(entry(workspaces=True))
    for document in (plain, with_workspaces):
        assert allowed(document, "s3:ListBucket", BUCKET, s3__prefix="prod/network/")
        assert not allowed(document, "s3:ListBucket", BUCKET, s3__prefix="prod/database/")
        assert not allowed(document, "s3:ListBucket", BUCKET, s3__prefix="")
        assert not allowed(document, "s3:ListBucket", BUCKET)
    workspace = f"{BUCKET}/env:/blue/prod/network/terraform.tfstate"
    assert not allowed(plain, "s3:ListBucket", BUCKET, s3__prefix="env:/")
    assert not allowed(plain, "s3:GetObject", workspace)
    assert allowed(with_workspaces, "s3:ListBucket", BUCKET, s3__prefix="env:/")
    assert allowed(with_workspaces, "s3:PutObject", f"{workspace}.tflock")
    assert not allowed(with_workspaces, "s3:GetObject", f"{BUCKET}/env:/blue/prod/database/terraform.tfstate")


def test_a_workspace_is_there_to_be_asked_for_and_deleted_by_its_writer_alone() -> None:
    workspace = f"{BUCKET}/env:/blue/prod/network/terraform.tfstate"
    other = f"{BUCKET}/env:/blue/prod/database/terraform.tfstate"
    writer, reader = (policy_of(entry(workspaces=True, mode=mode)) for mode in ("write", "read"))
    for document in (writer, reader):
        # S3 answers 403 in place of 404, and Terraform fails, where who asks for a new state may not list it.
        for key, there in ((workspace, True), (other, False)):
            assert allowed(document, "s3:ListBucket", BUCKET, s3__prefix=key.removeprefix(f"{BUCKET}/")) == there
    assert allowed(writer, "s3:DeleteObject", workspace)
    assert not allowed(writer, "s3:DeleteObject", other)
    assert not allowed(writer, "s3:DeleteObject", f"{BUCKET}/prod/network/terraform.tfstate")
    assert not allowed(writer, "s3:DeleteObjectVersion", workspace)
    assert not allowed(reader, "s3:DeleteObject", workspace)
    assert not allowed(policy_of(entry()), "s3:DeleteObject", workspace)


def test_the_key_is_used_through_s3_for_the_bucket_and_through_dynamodb_for_the_table() -> None:
    document = policy_of(entry())
    key = stand_in_key_arn(backend(read(GOOD)).primary)
    assert key is not None
    s3 = {"kms__ViaService": "s3.eu-central-1.amazonaws.com"}
    context = "kms__EncryptionContext__aws__s3__arn"
    assert allowed(document, "kms:Decrypt", key, **s3, **{context: BUCKET})
    assert allowed(document, "kms:GenerateDataKey", key, **s3, **{context: f"{BUCKET}/prod/x"})
    assert not allowed(document, "kms:Decrypt", key, **s3, **{context: f"{BUCKET}-other"})
    assert not allowed(document, "kms:Decrypt", key, **{context: BUCKET})
    assert not allowed(document, "kms:Decrypt", key)


def test_every_workload_is_trusted_by_its_whole_subject() -> None:
    workloads = {
        "github": [
            GITHUB,
            {"organisation": "acme", "repository": "x", "tag": "v1.2"},
            {"organisation": "acme", "repository": "x", "environment": "production"},
        ],
        "gitlab": [{"project": "acme/platform/x", "ref": "main"}],
        "oidc": [{"url": "https://ci.acme.com/realm", "audience": "aws", "subject": "job:deploy"}],
    }
    settings, grant = grant_of(entry(principals=None, **workloads))
    assert grant.role is not None
    conditions = [
        statement.get("Condition", {}).get("StringEquals", {}) for statement in grant.role.trust["Statement"]
    ]
    assert conditions == [
        {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": [
                "repo:acme/infrastructure:ref:refs/heads/main",
                "repo:acme/x:ref:refs/tags/v1.2",
                "repo:acme/x:environment:production",
            ],
        },
        {
            "gitlab.com:aud": "https://gitlab.com",
            "gitlab.com:sub": ["project_path:acme/platform/x:ref_type:branch:ref:main"],
        },
        {"ci.acme.com/realm:aud": "aws", "ci.acme.com/realm:sub": ["job:deploy"]},
    ]
    assert [issuer.url for issuer in issuers(settings)] == [
        "https://ci.acme.com/realm",
        "https://gitlab.com",
        "https://token.actions.githubusercontent.com",
    ]


def test_another_account_is_trusted_only_with_its_external_id() -> None:
    account = {"id": "999999999999", "externalId": "acme-and-them"}
    _, grant = grant_of(entry(principals=None, accounts=[account]))
    assert grant.role is not None
    (statement,) = grant.role.trust["Statement"]
    assert statement.get("Condition") == {"StringEquals": {"sts:ExternalId": "acme-and-them"}}
    assert grant.assume["assume_role"]["external_id"] == "acme-and-them"


def test_principals_of_the_account_get_the_policy_and_others_become_the_role() -> None:
    stranger = "arn:aws:iam::999999999999:role/theirs"
    user = "arn:aws:iam::123456789012:user/alice"
    sso = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_1"
    _, grant = grant_of(entry(principals=[DEPLOYER, user, sso, stranger]))
    assert (grant.attach_roles, grant.attach_users) == (("deployer",), ("alice",))
    assert grant.role is not None
    assert "theirs" in to_json(grant.role.trust)
    assert "deployer" not in to_json(grant.role.trust)


def test_terraform_becomes_the_role_where_every_one_of_the_entry_does_so_in_the_same_way() -> None:
    ways = {
        "": entry(),
        "assume_role": entry(principals=["arn:aws:iam::999999999999:role/theirs"]),
        "assume_role_with_web_identity": entry(principals=None, github=[GITHUB], tokenFile="aws-token"),
    }
    for argument, made in ways.items():
        _, grant = grant_of(made)
        assert list(grant.assume) == [argument][: bool(argument)]
    _, mixed = grant_of(entry(github=[GITHUB], tokenFile="aws-token"))
    assert mixed.assume == {}


def test_terraform_is_told_of_a_token_only_with_the_file_that_it_insists_on() -> None:
    _, named = grant_of(entry(principals=None, github=[GITHUB], tokenFile="aws-token"))
    assert named.assume["assume_role_with_web_identity"]["web_identity_token_file"] == "aws-token"
    _, unnamed = grant_of(entry(principals=None, github=[GITHUB]))
    assert unnamed.assume == {}


@pytest.mark.parametrize(
    ("caller", "principal", "same"),
    [
        ("arn:aws:sts::1:assumed-role/admin/me", "arn:aws:iam::1:role/admin", True),
        ("arn:aws:sts::1:assumed-role/admin/me", "arn:aws:iam::1:role/path/admin", True),
        ("arn:aws:sts::1:assumed-role/admin/me", "arn:aws:iam::2:role/admin", False),
        ("arn:aws:sts::1:assumed-role/admin2/me", "arn:aws:iam::1:role/admin", False),
        ("arn:aws:sts::1:assumed-role/admin/me", "arn:aws:iam::1:user/admin", False),
        ("arn:aws:iam::1:user/alice", "arn:aws:iam::1:user/alice", True),
        ("arn:aws:iam::1:root", "arn:aws:iam::1:root", True),
    ],
)
def test_a_session_is_recognised_as_its_role(caller: str, principal: str, same: bool) -> None:
    assert is_session_of(caller, principal) == same


def test_whoever_reaches_states_in_the_first_region_reaches_the_same_in_the_second_and_no_other() -> None:
    settings = read(with_access(entry(reads=["prod/database"]), replicaRegion="eu-west-1"))
    plan = backend(settings)
    (grant,) = grants(settings)
    first, second = grant_policies(plan, grant)
    assert (first.name, second.name) == ("acme-tfstate-deploy", "acme-tfstate-deploy-replica")
    here, there = (
        access_policy(settings, one.region, grant.scope, key_arn=stand_in_key_arn(one.region))
        for one in (first, second)
    )
    other_bucket, other_table = BUCKET.replace("eu-central-1", "eu-west-1"), TABLE.replace("central", "west")
    bucket_name = other_bucket.rsplit(":", 1)[1]
    for document, bucket, table in ((here, BUCKET, TABLE), (there, other_bucket, other_table)):
        mine = document is there
        state = f"{other_bucket}/prod/network/terraform.tfstate"
        for action in ("s3:GetObject", "s3:PutObject"):
            assert allowed(document, action, state) == mine
            assert allowed(document, action, f"{bucket}/prod/network/terraform.tfstate")
            assert not allowed(document, action, f"{bucket}/prod/other/terraform.tfstate")
        assert allowed(document, "s3:ListBucket", other_bucket, s3__prefix="prod/network/") == mine
        # The digest's and the lock's names hold the bucket's, and belong in its region's table alone.
        lock = lead(f"{bucket_name}/prod/network/terraform.tfstate")
        assert allowed(document, "dynamodb:PutItem", table, **lock) == mine
        assert not allowed(document, "dynamodb:PutItem", TABLE if mine else other_table, **lock)
        key = stand_in_key_arn(second.region)
        assert key is not None
        through = {
            "kms__ViaService": "s3.eu-west-1.amazonaws.com",
            "kms__EncryptionContext__aws__s3__arn": other_bucket,
        }
        assert allowed(document, "kms:GenerateDataKey", key, **through) == mine


def test_without_a_second_region_there_is_one_policy() -> None:
    settings = read(with_access(entry()))
    (grant,) = grants(settings)
    assert [one.name for one in grant_policies(backend(settings), grant)] == ["acme-tfstate-deploy"]


def test_no_entrys_policy_has_the_name_of_anothers_for_the_second_region() -> None:
    twin = entry(name="deploy-replica", principals=["arn:aws:iam::123456789012:role/other"])
    with pytest.raises(SettingsError, match=r"access.1.name .*ends with -replica, as the policies for the second"):
        read(with_access(entry(), twin, replicaRegion="eu-west-1"))
    assert read(with_access(entry(), twin))


def test_limits_of_iam_are_found_before_aws_finds_them() -> None:
    services = [f"service-{number:03}" for number in range(60)]
    states = {"prod": services}
    big = entry(states=[f"prod/{service}" for service in services])
    (mistake,) = over_limits(backend(read(with_access(big, states=states))))
    assert mistake.key == "access (deploy)"
    assert isinstance(mistake.value, int)
    assert mistake.value > POLICY_CHARACTERS
    assert "use accessByTag" in mistake.fix

    def policies_over(entries: int, **changes: Any) -> list[Mistake]:
        many = [entry(name=f"e{number}", states=[f"prod/{services[number]}"]) for number in range(entries)]
        return list(over_limits(backend(read(with_access(*many, states=states, **changes)))))

    # Two regions take two policies each.
    for mistakes in (policies_over(11), policies_over(6, replicaRegion="eu-west-1")):
        (mistake,) = mistakes
        assert "the policies of deployer" in mistake.problem
    assert not policies_over(10)
    assert not policies_over(5, replicaRegion="eu-west-1")

    crowd = [f"arn:aws:iam::123456789012:role/{'r' * 50}{number}" for number in range(300)]
    (mistake,) = over_limits(backend(read(with_access(entry(principals=crowd)))))
    assert "the bytes of the bucket policy" in mistake.problem


def test_a_limit_stops_the_program_before_anything_is_registered() -> None:
    services = [f"service-{number:03}" for number in range(60)]
    big = entry(states=[f"prod/{service}" for service in services])
    configuration = with_access(big, states={"prod": services})
    recording = run_program(
        {key if ":" in key else f"state-backend:{key}": value for key, value in configuration.items()}
    )
    assert "use accessByTag" in str(recording.error)
    assert not recording.resources


def test_by_tag_nothing_grows_with_the_number_of_services() -> None:
    def sizes(count: int) -> tuple[int, int]:
        states = {"prod": [f"service-{number}" for number in range(count)]}
        by_tag = {"principals": [DEPLOYER]}
        settings = read({**GOOD, "administrators": [ADMIN], "states": states, "accessByTag": by_tag})
        (grant,) = grants(settings)
        region = backend(settings).primary
        document = access_policy(settings, region, grant.scope, key_arn=stand_in_key_arn(region))
        return len(to_json(document)), len(document["Statement"])

    assert sizes(10) == sizes(1000)
    assert sizes(10)[0] < POLICY_CHARACTERS / 2


@pytest.fixture(scope="module")
def prod() -> Recording:
    return run_program(stack_config("prod"), stack="prod")


def test_the_output_tells_each_entry_its_policy_its_role_and_its_backend_files(prod: Recording) -> None:
    access = prod.outputs["access"]
    assert set(access) == {"deploy", "shared", "review", "partner", "ByTag"}
    assert access["review"]["role_arn"] is None
    assert set(access["deploy"]["backend_configs"]) == {
        "prod/network",
        "prod/database",
        "prod/compute",
        "prod/dns",
    }
    partner = access["partner"]["backend_configs"]["shared/network"]
    assert partner["assume_role"] == {
        "role_arn": "arn:aws:iam::111111111111:role/terraform-state/acme-prod-tfstate-access-partner",
        "session_name": "terraform-partner",
        "external_id": "acme-prod-network",
    }
    assert "kms_key_id" in partner


def test_an_entry_becomes_the_same_role_in_both_regions(prod: Recording) -> None:
    for entry_of in prod.outputs["access"].values():
        assert set(entry_of) == {
            *("policy_arn", "replica_policy_arn", "role_arn", "backend_configs", "replica_backend_configs")
        }
        first, second = entry_of["backend_configs"], entry_of["replica_backend_configs"]
        assert list(first) == list(second)
        for state, arguments in second.items():
            whole = prod.outputs["replica_backend_configs"][state]
            become = {key: value for key, value in first[state].items() if key.startswith("assume_role")}
            assert arguments == {**whole, **become}
    partner = prod.outputs["access"]["partner"]
    assert "assume_role" in partner["replica_backend_configs"]["shared/network"]


def test_an_entry_of_one_region_has_nothing_for_a_second() -> None:
    config: dict[str, object] = {**stack_config("prod"), "state-backend:replicaRegion": ""}
    del config["state-backend:replicationAlarmTopics"]
    recording = run_program(config, stack="prod")
    assert recording.error is None
    for entry_of in recording.outputs["access"].values():
        assert entry_of["replica_backend_configs"] == {}
    assert not [made.name for made in recording.resources if "-replica" in made.name]


def test_whoever_gets_the_policy_for_one_region_gets_that_for_the_other(prod: Recording) -> None:
    attached = [made for made in prod.resources if made.type.endswith("PolicyAttachment")]
    names = {made.name for made in attached if "-access-" in made.name}
    assert {
        f"terraform-state-access-{name}" for name in ("deploy-role-policy", "review-to-role-reviewer")
    } <= names
    first = {name for name in names if "-replica-" not in name}
    assert {name.replace("-replica-", "-") for name in names - first} == first


def test_each_issuer_is_made_once_unless_the_account_has_it(prod: Recording) -> None:
    kind = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    assert len(prod.of_type(kind)) == 2
    adopted = {**stack_config("prod"), "state-backend:adoptOidcProviders": ["https://gitlab.com"]}
    recording = run_program(adopted, stack="prod")
    assert [made.inputs["url"] for made in recording.of_type(kind)] == [
        "https://token.actions.githubusercontent.com"
    ]


def test_boundary_path_and_session_length_reach_every_role() -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    recording = run_program({**stack_config("prod"), "state-backend:permissionsBoundary": boundary}, stack="prod")
    roles = [made for made in recording.of_type("aws:iam/role:Role") if "-access-" in made.name]
    assert len(roles) == 4
    for role in roles:
        assert role.inputs["permissionsBoundary"] == boundary
        assert role.inputs["path"] == "/terraform-state/"
        assert role.inputs["maxSessionDuration"] == 3600
