"""How much each finding matters, with the reason, and what to do about it.

High: a state can be lost, read by strangers, or written by two at once, or Terraform refuses to go on.
Medium: a safeguard is gone that would help once something else went wrong.
Low: nobody is at risk; it is not as it should be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

UP = "pulumi up --refresh"
"""What mends a setting: without ``--refresh`` Pulumi compares with what it remembers and sees no difference."""


class Severity(StrEnum):
    """How much a finding matters."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """How much a finding matters.

    :param severity: how much.
    :param why: the reason.
    :param fix: what to do.
    """

    severity: Severity
    why: str
    fix: str = UP


def _high(why: str, fix: str = UP) -> Judgement:
    return Judgement(severity=Severity.HIGH, why=why, fix=fix)


def _medium(why: str, fix: str = UP) -> Judgement:
    return Judgement(severity=Severity.MEDIUM, why=why, fix=fix)


def _low(why: str, fix: str = UP) -> Judgement:
    return Judgement(severity=Severity.LOW, why=why, fix=fix)


_ALONE = "Pulumi does not see it: an administrator takes away what is too much; for what is missing, " + UP
_MADE_ANEW = "no setting can change it: move the states away, let Pulumi make it anew, and move them back"

JUDGEMENTS: Mapping[str, Judgement] = {
    "account.public-access": _medium("each bucket still has its own block; one made tomorrow may not"),
    "key.exists": _high("what it encrypted cannot be read any more", "cancel its deletion (aws kms), or ask AWS"),
    "key.alias": _high("whoever goes by the alias writes states under a key that others may not read"),
    "key.state": _high(
        "without its key no state can be read or written",
        "an administrator: aws kms cancel-key-deletion and enable-key",
    ),
    "key.description": _low("people alone read it"),
    "key.rotation": _medium("one key for ever is more to lose, though nothing is lost yet"),
    "key.policy": _high("it decides who can read every state, and who can make all unreadable"),
    "bucket.exists": _high("its states are gone, or in a bucket of another account"),
    "bucket.region": _high("Terraform is told another region", _MADE_ANEW),
    "bucket.versioning": _high("what a write replaces is lost, and nothing replicates"),
    "bucket.ownership": _medium("ACLs count again, which the public access block still ignores"),
    "bucket.public-access": _high("one wrong statement is all that keeps states from the public"),
    "bucket.encryption": _high("states are written under a key that more people may use"),
    "bucket.bucket-key": _low("it costs money and calls of KMS, and no safety"),
    "bucket.blocked-encryption": _medium("the policy still denies SSE-C; this is the second lock on that door"),
    "bucket.lifecycle": _high("a rule too many, or too short, deletes states for good"),
    "bucket.logging": _medium("after an incident nobody can say who read what"),
    "bucket.policy": _high("it is what keeps strangers, plain HTTP and foreign keys out"),
    "replication.exists": _high("the bucket that replicates is not there"),
    "replication.rules": _high("what is written now is in one region alone"),
    "replication.role": _high("S3 replicates as somebody who may not, or who may more"),
    "table.exists": _high("Terraform cannot lock"),
    "table.arn": _high("it is somebody else's table, whose locks say nothing here", _MADE_ANEW),
    "table.key": _high("Terraform finds no lock in it", _MADE_ANEW),
    "table.billing": _medium("a lock can wait for capacity, and cost what nobody uses"),
    "table.recovery": _low("locks are short-lived, and digests can be written anew"),
    "table.encryption": _medium("it holds names of people and of states, and no state"),
    "table.deletion-protection": _medium("who deletes it takes every lock away"),
    "table.replicas": _high("the last writer wins between regions, so that two can hold one lock"),
    "role.exists": _high("who works as the role cannot work"),
    "role.arn": _medium("whoever is told the role's ARN does not find it"),
    "role.trust": _high("somebody may become the role who should not, or who should may not"),
    "role.inline": _high("the role may do what nobody decided", _ALONE),
    "role.attached": _high("the role may do what nobody decided", _ALONE),
    "role.session": _low("sessions end sooner or later than people expect"),
    "role.boundary": _medium("the role's policies alone say what it may do"),
    "role.description": _low("people alone read it"),
    "policy.exists": _high("whoever has the policy reaches no state"),
    "policy.statements": _high("whoever has the policy may do what nobody decided"),
    "policy.description": _low("people alone read it"),
    "attachment.exists": _high("who works as it cannot work", "make the role or user, or take it out of access"),
    "attachment.policies": _medium("whoever should reach the states does not"),
    "issuer.exists": _high("no pipeline gets in with its token"),
    "issuer.audiences": _high("pipelines with a token for that audience do not get in"),
    "trail.exists": _medium("nothing is recorded"),
    "trail.arn": _medium("it is another trail"),
    "trail.bucket": _medium("who may read or delete that bucket is not the stack's to say"),
    "trail.encryption": _medium("who may read the record is not the stack's to say"),
    "trail.reach": _medium("what is done in other regions is not recorded"),
    "trail.validation": _medium("a file that was changed or deleted does not show"),
    "trail.delivery": _medium("no alarm hears of anything"),
    "trail.logging": _medium("nothing is recorded"),
    "trail.selectors": _medium("some reads or writes of states and locks are not recorded"),
    "log-group.exists": _medium("no alarm hears of anything"),
    "log-group.encryption": _low("it holds events and no state, and is encrypted all the same"),
    "log-group.retention": _low("the trail's files are kept on their own"),
    "alarm.exists": _medium("nobody is told"),
    "alarm.pattern": _medium("nobody is told"),
    "alarm.count": _medium("nobody is told"),
    "alarm.threshold": _medium("somebody is told late, or never"),
    "alarm.actions": _medium("nobody is told"),
    "alarm.description": _low("people alone read it"),
    **{
        f"{kind}.tags": _low("they sort costs and owners; no access here goes by them")
        for kind in ("key", "bucket", "table", "role", "policy", "issuer", "trail", "log-group", "alarm")
    },
    "account.exists": _high("nothing can be asked of it", "check the account's number in the stack file"),
    "state.unreadable": _high("Terraform refuses it", "statectl recover STATE"),
    "state.digest": _high("Terraform refuses it: it is not what was written last", "statectl recover STATE"),
    "state.deleted": _high("the next apply makes everything again", "statectl recover STATE"),
    "state.unreplicated": _medium(
        "it is in one region alone", "replicate it with S3 Batch Replication; the next apply does so too"
    ),
    "state.unexpected": _low(
        "nobody may look after it", "name it under states in the stack file, or delete it once nothing uses it"
    ),
    "object.unexpected": _low("it is no state, and takes part in all that is done with them", "move it elsewhere"),
    "lock.old": _medium(
        "whoever took it is gone, most likely, and nobody else can apply",
        "statectl locks show STATE; then, once its holder is gone, statectl locks break",
    ),
    "lock.stray": _low(
        "there is no state yet, and a first apply may be at work",
        "statectl locks show STATE; then, once its holder is gone, statectl locks break",
    ),
    "digest.stray": _medium(
        "Terraform waits for a state that is not there",
        "statectl recover STATE, or delete the item from the table",
    ),
    "failover.settled": _high(
        "two regions can write one state, or none",
        "statectl failover status, then what it says is next",
    ),
    "probe.lock": _high("no lock can be had, so nobody can apply"),
    "probe.exclusive": _high("two can hold one lock and write one state at once"),
    "probe.overwrite": _high("a lock can be taken from whoever holds it"),
    "probe.digest": _high("Terraform cannot say which state it wrote last"),
    "probe.free": _high("a lock stays where it is once taken", "statectl locks break"),
}
"""By id."""
