"""The statements that decide, numbered for the tables, and what each says."""

from collections.abc import Mapping

from tests.proof.account import Account

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
    "ListEveryState": "operators list every state, lockfile and version, in both regions",
    "ReadEveryState": "operators read every state and lockfile, old versions too, in both regions",
    "ReadEveryTableLock": "operators read the whole lock table, in both regions",
    "DecryptStates": "operators decrypt through S3, for the state buckets alone",
    "DecryptTableLocks": "operators decrypt through DynamoDB, for the lock tables alone",
    "ReadBucketSettings": "operators read the settings of all buckets of the stack",
    "ReadRequestMetrics": "operators read which requests of the state buckets are metered",
    "ReadReplication": "operators read the rules of replication",
    "ReadAccountPublicAccess": "operators read the public access block of the account",
    "ReadTableSettings": "operators read the settings of the lock tables",
    "ReadKeySettings": "operators read the settings and policies of the stack's keys",
    "ReadRoles": "operators read the roles that the stack makes",
    "ReadPolicies": "operators read the managed policies that the stack makes",
    "ReadAttachmentsToRoles": "operators see which policies those roles have that the stack attaches some to",
    "ReadIssuers": "operators read the issuers of tokens",
    "ReadAuditTrail": "operators read the events of the trail's log group, what is counted in it, and its tags",
    "ReadAlarms": "operators read the alarms of the trail",
    "ReadTrailSettings": "operators read the settings of the trail",
    "ListLogGroups": "operators list the log groups of the first region, among which they look for the trail's",
    "ReadMetrics": "operators read metrics, of which CloudWatch knows no owner",
    "WriteEveryState": "operators who write write every state, in both regions",
    "HoldEveryLockfile": "operators who write take and free every lockfile, in both regions",
    "HoldEveryTableLock": "operators who write take and free the locks of the region's states in its table, and "
    "write their digests",
    "EncryptStates": "operators who write encrypt through S3, for the state buckets alone",
    "TrustIssuer": "tokens of this issuer, for this audience, with one of these whole subjects",
    "TrustAccount": "principals of this account who send the external id",
    "TrustWithOwnTags": "the principals named, with the two tags that they carry themselves",
    "AssumeForTheStateBucket": "S3, for the state bucket of this account",
    "ReadReplicationConfiguration": "replication reads its rules and the list of the first bucket",
    "ReadSourceVersions": "replication reads versions in the first region",
    "WriteReplicas": "replication writes replicas in the second region",
    "DecryptSource": "replication decrypts through S3 in the first region",
    "EncryptReplicas": "replication encrypts through S3 in the second region",
    "StartReplication": "batch jobs have replication start for what is in the first bucket",
    "ListWhatToReplicate": "batch jobs have the first bucket listed, by its rules of replication",
    "AssumeForBatchJobs": "S3 Batch Operations, for this account",
    "DenyWritesWhileStandby": "what the other region writes is not written here, but by administrators and "
    "break-glass",
    "DenyUnlocksWhileStandby": "the lockfiles that a failover holds in the first region stay",
    "DenyReplicasWhileActive": "what this region writes is not replicated to it",
    "DenyInsecureTransport": "nothing without TLS",
    "DenyCustomerProvidedKey": "no write under the client's own key (SSE-C)",
    "DenyForeignKey": "no write that names another key than the bucket's",
    "DenyUnnamedKey": "no write with `aws:kms` that names no key, which is the account's `aws/s3`",
    "DenyOtherEncryption": "no write that asks for another encryption than `aws:kms`",
    "DenyLockfileOverwrite": "a lockfile is written only where there is none",
    "DenyStrangers": "only those who belong touch what the bucket holds",
    "DenySettingsChange": "only administrators and break-glass change settings",
    "DenySettingsChangeWithoutMfa": "and break-glass not without a second factor",
    "DenySettingsChangeOnOldMfa": "nor where it was used too long ago",
    "DenyTampering": "only administrators, break-glass and AWS's own services write into a bucket of logs",
    "DenyDestruction": "only break-glass deletes versions, buckets and keys, or re-encrypts in place",
    "DenyDestructionWithoutMfa": "and not without a second factor",
    "DenyDestructionOnOldMfa": "and not where it was used too long ago",
    "AllowLogDelivery": "S3 delivers the access logs of the buckets beside it",
    "AdministerThroughIam": "who administers the key is left to IAM",
    "UseThroughS3AndDynamoDB": "the key is used through S3 and DynamoDB alone, by whom IAM lets",
    "GrantToTheLockTable": "DynamoDB gets a grant for a table",
    "AllowTrailToLook": "CloudTrail looks whose bucket it is, for the stack's trail",
    "AllowTrailToWrite": "CloudTrail delivers files of this account, for the stack's trail",
    "EncryptTheTrail": "CloudTrail encrypts, for the stack's trail",
    "EncryptTheLogGroup": "CloudWatch Logs encrypts and decrypts, for the trail's log group",
    "ReadThroughS3": "the trail is decrypted through S3 alone, by whom IAM lets",
    "AssumeForTheTrail": "CloudTrail, for the stack's trail",
    "DeliverToTheLogGroup": "the role delivers events of this account to the trail's log group",
    "IAM": "stands for the account's own IAM, which lets this role do anything",
    "DefaultKeyPolicy": "stands for the policy that AWS gives any other key",
}


def numbers(account: Account) -> dict[str, int]:
    """The number of each Sid there is, in the order of the meanings."""
    sids = {one["Sid"] for document in account.documents.values() for one in document["Statement"]}
    known = list(MEANINGS)
    ordered = sorted(sids, key=lambda sid: (known.index(known_as(sid)), sid))
    return {sid: number for number, sid in enumerate(ordered, start=1)}


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
        rows.append(f"| {number} | `{sid}` | {effect} | {_in(list(found))} | {MEANINGS[known_as(sid)]} |")
    return rows


def known_as(sid: str) -> str:
    """The Sid among the meanings: without the number of an issuer, account or region."""
    return sid.rstrip("0123456789") if sid.startswith(("Trust", "HoldEveryTableLock")) else sid


def _in(titles: list[str]) -> str:
    """The policies, those of one kind together."""
    kinds: dict[str, list[str]] = {}
    for title in titles:
        kind, separator, rest = title.partition(", " if ", " in title else " of ")
        kinds.setdefault(kind + (" of" if separator == " of " else ""), []).append(rest)
    return "; ".join(f"{kind} {', '.join(rest)}".strip() for kind, rest in kinds.items())
