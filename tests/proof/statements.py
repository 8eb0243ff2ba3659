"""The statements that decide, numbered for the tables, and what each says."""

from collections.abc import Mapping

from tests.proof.account import IAM, OTHER_KEYS, Account

MEANINGS: Mapping[str, str] = {
    "ListStates": "the entry lists its own folders",
    "ReadStates": "the entry reads its states, and those under `reads`",
    "WriteStates": "the entry writes its states",
    "DeleteWorkspaces": "the entry deletes its states of workspaces, but for the default's",
    "HoldLockfiles": "the entry takes, reads and frees the lockfiles of its states",
    "HoldTableLocks": "the entry takes, reads and frees the locks of its states in the table, and their digests",
    "ReadDigests": "the entry reads the digests of what it may only read",
    "UseKeyThroughS3": "the entry uses the key through S3, for the state bucket alone",
    "UseKeyThroughDynamoDB": "the entry uses the key through DynamoDB, for the lock table alone",
    "TrustIssuer1": "tokens of this issuer, for this audience, with one of these whole subjects",
    "TrustAccount": "principals of this account who send the external id",
    "TrustWithOwnTags": "the principals named, with the two tags that they carry themselves",
    "AssumeForTheStateBucket": "S3, for the state bucket of this account",
    "ReadReplicationConfiguration": "replication reads its rules and the list of the first bucket",
    "ReadSourceVersions": "replication reads versions in the first region",
    "WriteReplicas": "replication writes replicas in the second region",
    "DecryptSource": "replication decrypts through S3 in the first region",
    "EncryptReplicas": "replication encrypts through S3 in the second region",
    "DenyInsecureTransport": "nothing without TLS",
    "DenyCustomerProvidedKey": "no write under the client's own key (SSE-C)",
    "DenyForeignKey": "no write that names another key than the bucket's",
    "DenyUnnamedKey": "no write with `aws:kms` that names no key, which is the account's `aws/s3`",
    "DenyOtherEncryption": "no write that asks for another encryption than `aws:kms`",
    "DenyLockfileOverwrite": "a lockfile is written only where there is none",
    "DenyStrangers": "only those who belong touch what the bucket holds",
    "DenySettingsChange": "only administrators and break-glass change settings",
    "DenyDestruction": "only break-glass deletes versions, buckets and keys, or re-encrypts in place",
    "DenyDestructionWithoutMfa": "and not without a second factor",
    "DenyDestructionOnOldMfa": "and not where it was used too long ago",
    "AllowLogDelivery": "S3 delivers the access logs of the buckets beside it",
    "AdministerThroughIam": "who administers the key is left to IAM",
    "UseThroughS3AndDynamoDB": "the key is used through S3 and DynamoDB alone, by whom IAM lets",
    "GrantToTheLockTable": "DynamoDB gets a grant for a table",
    "IAM": "stands for the account's own IAM, which lets this role do anything",
    "DefaultKeyPolicy": "stands for the policy that AWS gives any other key",
}


def numbers(account: Account) -> dict[str, int]:
    """The number of each Sid, in the order of the policies."""
    titles = [*account.own_titles(), IAM, OTHER_KEYS]
    sids = dict.fromkeys(one["Sid"] for title in titles for one in account.documents[title]["Statement"])
    return {sid: number for number, sid in enumerate(sids, start=1)}


def key(account: Account) -> list[str]:
    """The legend: each statement with its number, effect, policies and meaning."""
    rows = ["| no. | statement | effect | in | says |", "|---|---|---|---|---|"]
    for sid, number in numbers(account).items():
        found = {
            title: one["Effect"]
            for title, document in account.documents.items()
            for one in document["Statement"]
            if one["Sid"] == sid
        }
        (effect,) = set(found.values())
        rows.append(f"| {number} | `{sid}` | {effect} | {_in(list(found))} | {meaning(sid)} |")
    return rows


def meaning(sid: str) -> str:
    """What a statement says; an account's number in a Sid is no part of it."""
    return MEANINGS[sid.rstrip("0123456789") if sid.startswith("TrustAccount") else sid]


def _in(titles: list[str]) -> str:
    """The policies, those of one kind together."""
    kinds: dict[str, list[str]] = {}
    for title in titles:
        kind, separator, rest = title.partition(", " if ", " in title else " of ")
        kinds.setdefault(kind + (" of" if separator == " of " else ""), []).append(rest)
    return "; ".join(f"{kind} {', '.join(rest)}".strip() for kind, rest in kinds.items())
