"""Who made a backend, as far as its tags, its names and its policies tell, and how that owner lets go of it.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-resource-tags.html,
https://github.com/cloudposse/terraform-aws-tfstate-backend,
https://github.com/nozaq/terraform-aws-remote-state-s3-backend,
https://github.com/gruntwork-io/terragrunt/releases/tag/v0.37.0
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from statectl.adopt.found import Found

CLOUDFORMATION_STACK = "aws:cloudformation:stack-name"
TAGS_OF_TERRAFORM = {
    "terraform",
    "managedby",
    "managed-by",
    "managed_by",
    "createdby",
    "created-by",
    "provisioner",
}
"""Tags, in lower case, by which configurations say that Terraform manages something."""


class Maker(StrEnum):
    """Who made a backend."""

    CLOUDFORMATION = "cloudformation"
    THIS_PROGRAM = "state-backend"
    TERRAGRUNT = "terragrunt"
    CLOUDPOSSE = "cloudposse"
    NOZAQ = "nozaq"
    TERRAFORM_TUTORIAL = "terraform-tutorial"
    TERRAFORM = "terraform"
    BY_HAND = "by-hand"
    UNKNOWN = "unknown"

    @property
    def in_words(self) -> str:
        """What people call it."""
        return _TITLES[self]


_TITLES = {
    Maker.CLOUDFORMATION: "CloudFormation",
    Maker.THIS_PROGRAM: "another stack of this program",
    Maker.TERRAGRUNT: "Terragrunt",
    Maker.CLOUDPOSSE: "cloudposse/tfstate-backend",
    Maker.NOZAQ: "nozaq/remote-state-s3-backend",
    Maker.TERRAFORM_TUTORIAL: "Terraform, as in the tutorial",
    Maker.TERRAFORM: "Terraform",
    Maker.BY_HAND: "by hand, or by Terraform from a state elsewhere",
    Maker.UNKNOWN: "unknown",
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who made a backend.

    :param maker: who.
    :param evidence: what says so.
    :param letting_go: how the old owner lets go, so that no run of it changes or deletes what Pulumi then keeps.
    """

    maker: Maker
    evidence: str
    letting_go: tuple[str, ...]


def origin(found: Found) -> Origin:
    """Who made a found backend: the first of these that has something to show for it."""
    shown = ((maker, look(found)) for maker, look in _LOOKS)
    maker, evidence = next((one for one in shown if one[1]), (Maker.UNKNOWN, "no tag, name or policy says so"))
    removals = [
        f"in the state {keeper.state}: terraform state rm {' '.join(map(_quoted, keeper.addresses))}"
        for keeper in found.keepers
    ]
    return Origin(maker=maker, evidence=evidence, letting_go=(*_LETTING_GO[maker], *removals))


def _quoted(address: str) -> str:
    return f"'{address}'" if "[" in address else address


def _cloudformation(found: Found) -> str:
    stack = _tag(found, CLOUDFORMATION_STACK)
    return f"tag {CLOUDFORMATION_STACK} = {stack}" if stack else ""


def _this_program(found: Found) -> str:
    name = f"-tfstate-{found.account_id}-{found.region}"
    return f"its name ends in {name}" if found.bucket.endswith(name) else ""


def _terragrunt(found: Found) -> str:
    return _sids(found, "EnforcedTLS") or _sids(found, "RootAccess")


def _cloudposse(found: Found) -> str:
    return _sids(found, "EnforceTlsRequestsOnly") or _sids(found, "DenyIncorrectEncryptionHeader")


def _nozaq(found: Found) -> str:
    if found.bucket.startswith("tf-remote-state"):
        return "its name starts with tf-remote-state"
    if found.table is not None and found.table.name == "tf-remote-state-lock":
        return "its table is called tf-remote-state-lock"
    return _sids(found, "tf-state-bucket-delete-protection")


def _tutorial(found: Found) -> str:
    """The tutorial that most others copy calls all it makes so."""
    names = [found.bucket, found.table.name if found.table else ""]
    is_it = any("up-and-running" in name for name in names)
    return f"its name holds up-and-running{_kept_in(found)}" if is_it else ""


def _terraform(found: Found) -> str:
    if found.keepers:
        return _kept_in(found).removeprefix(", ")
    for tags in _tags(found):
        for name, value in tags.items():
            if name.lower() in TAGS_OF_TERRAFORM and (value.lower() in {"true", "terraform"}):
                return f"tag {name} = {value}"
    return ""


def _kept_in(found: Found) -> str:
    return "".join(f", state {keeper.state} holds {keeper.addresses[0]}" for keeper in found.keepers[:1])


def _by_hand(found: Found) -> str:
    """Nothing tells the two apart: S3 encrypts and blocks every new bucket by itself."""
    settings = (found.setting(name) for name in ("policy", "lifecycle", "logging"))
    bare = not found.tags and not any(settings) and not found.destinations
    return "no tags, no policy, no lifecycle, no logs" if bare else ""


_LOOKS: tuple[tuple[Maker, Callable[[Found], str]], ...] = (
    (Maker.CLOUDFORMATION, _cloudformation),
    (Maker.THIS_PROGRAM, _this_program),
    (Maker.TERRAGRUNT, _terragrunt),
    (Maker.CLOUDPOSSE, _cloudposse),
    (Maker.NOZAQ, _nozaq),
    (Maker.TERRAFORM_TUTORIAL, _tutorial),
    (Maker.TERRAFORM, _terraform),
    (Maker.BY_HAND, _by_hand),
)


def _tags(found: Found) -> list[Mapping[str, str]]:
    parts = [part.tags for part in (found.table, found.own_key) if part is not None]
    return [found.tags, *parts]


def _tag(found: Found, name: str) -> str:
    return next((tags[name] for tags in _tags(found) if name in tags), "")


def _sids(found: Found, sid: str) -> str:
    return next((f"statement {sid}" for one in found.statements if one.get("Sid") == sid), "")


_OF_A_STATE = (
    "after the first pulumi up, take its resources out of the state that they are in, each with "
    "`terraform state rm ADDRESS`, or a `removed` block with `lifecycle { destroy = false }` (Terraform 1.7)",
    "then delete the module or the resource blocks; `terraform plan` must say that nothing changes",
)
_LETTING_GO: Mapping[Maker, tuple[str, ...]] = {
    Maker.CLOUDFORMATION: (
        "before the first pulumi up, set DeletionPolicy and UpdateReplacePolicy to Retain on the bucket, the "
        "table and the key in the template, and update the stack",
        "after it, take the three out of the template and update the stack again: CloudFormation lets go of them "
        "and deletes nothing",
    ),
    Maker.THIS_PROGRAM: (
        "another stack of this program made it: `pulumi state delete URN` there lets go of each resource, once "
        "this stack has adopted them",
    ),
    Maker.TERRAGRUNT: (
        "set `disable_bucket_update = true` in remote_state, and run without `--backend-bootstrap`: "
        "Terragrunt otherwise puts its own policy statements and encryption back whenever it finds them missing",
    ),
    Maker.CLOUDPOSSE: _OF_A_STATE,
    Maker.NOZAQ: (
        *_OF_A_STATE,
        "its replication role and policy stay behind: delete them once the new replication rule is there",
    ),
    Maker.TERRAFORM: _OF_A_STATE,
    Maker.TERRAFORM_TUTORIAL: _OF_A_STATE,
    Maker.BY_HAND: (
        "nothing shows that a program keeps it; if Terraform does, from a state elsewhere, then as follows",
        *_OF_A_STATE,
    ),
    Maker.UNKNOWN: (
        "find out who made it before the first pulumi up: if a program keeps it, that program undoes what pulumi "
        "up changes, or deletes it",
    ),
}
