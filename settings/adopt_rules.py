"""What must hold between what a stack adopts and the rest of its settings."""

from collections.abc import Iterator

from settings.adopt import Adopted, Kept
from settings.arns import account_in, region_in
from settings.mistakes import Mistake
from settings.model import Encryption, Lock
from settings.principal_rules import Read


def broken_adopt_rules(read: Read) -> Iterator[Mistake]:
    """Every mistake in what is adopted, region by region."""
    for key, field, home in (("adopt", "adopt", "region"), ("adoptReplica", "adopt_replica", "replica_region")):
        adopted: Adopted | None = read.get(field)
        if adopted is None:
            continue
        yield from _unused(key, adopted, read)
        if adopted.key_arn is not None:
            yield from _key(key, adopted.key_arn, read, home=home)
        yield from _keep(key, adopted)
        yield from _empty_policy(key, adopted, read)
    yield from _replica(read)


def _unused(key: str, adopted: Adopted, read: Read) -> Iterator[Mistake]:
    if adopted.table is not None and read.get("lock") is Lock.LOCKFILE:
        yield Mistake(
            key=f"{key}.table",
            value=adopted.table,
            problem="is a lock table, and lock is lockfile: clients that lock there would not be kept out",
            fix="set lock to both until every client takes the lockfile, or leave the table out",
        )
    if adopted.key_arn is not None and read.get("encryption") is Encryption.AES256:
        yield Mistake(
            key=f"{key}.keyArn",
            value=adopted.key_arn,
            problem="is a customer key, and encryption is aes256",
            fix="set encryption to kms, or leave keyArn out",
        )


def _key(key: str, arn: str, read: Read, *, home: str) -> Iterator[Mistake]:
    account, region = read.get("account_id"), read.get(home)
    if account is not None and account_in(arn) != account:
        yield Mistake(
            key=f"{key}.keyArn",
            value=arn,
            problem=f'is a key of another account than accountId "{account}", and not this stack\'s to look after',
            fix="leave keyArn out: the stack makes a key of its own",
        )
    if region is not None and region_in(arn) != region:
        yield Mistake(
            key=f"{key}.keyArn",
            value=arn,
            problem=f"is not in {region}, and a bucket is encrypted under a key of its own region",
            fix=f"name the key in {region}, or leave keyArn out",
        )


def _keep(key: str, adopted: Adopted) -> Iterator[Mistake]:
    absent = {
        "table": (adopted.table is None, f"{key}.table"),
        "key": (adopted.key_arn is None, f"{key}.keyArn"),
    }
    for kept in adopted.keep:
        is_absent, named = absent.get(kept.partition(".")[0], (False, ""))
        if is_absent:
            yield Mistake(
                key=f"{key}.keep",
                value=kept.value,
                problem=f"is about what is not adopted: there is no {named}, so it is made as it should be",
                fix=f"take it out of keep, or set {named}",
            )


def _empty_policy(key: str, adopted: Adopted, read: Read) -> Iterator[Mistake]:
    """S3 takes no policy without a statement."""
    made = {kept for kept in Kept if kept.sid}
    if read.get("encryption") is Encryption.AES256:
        made -= {Kept.FOREIGN_KEY, Kept.UNNAMED_KEY}
    if read.get("lock") is Lock.DYNAMODB:
        made.discard(Kept.LOCKFILE_OVERWRITE)
    if made <= set(adopted.keep) and Kept.POLICY not in adopted.keep and not read.get("administrators"):
        yield Mistake(
            key=f"{key}.keep",
            value=[kept.value for kept in adopted.keep],
            problem="keeps every statement out of the bucket's policy, and S3 takes no empty one",
            fix=f"keep {Kept.POLICY} too, or take one of the statements out of keep",
        )


def _replica(read: Read) -> Iterator[Mistake]:
    first, second = read.get("adopt"), read.get("adopt_replica")
    if second is None:
        return
    if Kept.POLICY in second.keep:
        yield Mistake(
            key="adoptReplica.keep",
            value=Kept.POLICY.value,
            problem="leaves the second region's bucket open to writers, which is for after a failover alone",
            fix=f"take it out of keep; single statements can be kept out, as {Kept.INSECURE_TRANSPORT}",
        )
    if "replica_region" in read and read["replica_region"] is None:
        yield Mistake(
            key="adoptReplica",
            value=second.bucket,
            problem="is about a second region, and there is none",
            fix="name replicaRegion, or leave adoptReplica out",
        )
    if first is not None and first.bucket == second.bucket:
        yield Mistake(
            key="adoptReplica.bucket",
            value=second.bucket,
            problem="is the bucket of the first region",
            fix="name the bucket in replicaRegion, or leave adoptReplica out: the stack makes one",
        )
