"""Roles and users with the policies they live under: their own, those of a user's groups, and their boundary."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from store.clients import Clients
from store.policies import Document, Unread, parsed, readable

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A role or a user.

    :param arn: its ARN, with its path; ``None`` where it could not be read.
    :param unique_id: what ``aws:userid`` begins with, or is; empty where it could not be read.
    :param tags: its own tags.
    :param policies: its own policies, managed and inline, and those of a user's groups.
    :param boundary: its permissions boundary; ``None`` where it has none.
    :param unread: what could not be read of its policies.
    """

    arn: str | None
    unique_id: str = ""
    tags: Mapping[str, str]
    policies: tuple[Document, ...]
    boundary: Document | Unread | None
    unread: tuple[Unread, ...]


class Identities:
    """The roles and users of the account of these credentials."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._iam: IAMClient = clients.of("iam", region)

    def role(self, name: str) -> Identity:
        """A role.

        :raises store.failures.NotThereError: where there is none of that name.
        """
        iam: Any = self._iam
        role = readable("iam:GetRole", f"role {name}", lambda: iam.get_role(RoleName=name)["Role"])
        found = [
            *self._managed("iam:ListAttachedRolePolicies", "list_attached_role_policies", RoleName=name),
            *self._inline(
                ("iam:ListRolePolicies", "list_role_policies"),
                ("iam:GetRolePolicy", iam.get_role_policy),
                f"role {name}",
                RoleName=name,
            ),
        ]
        return self._identity(role, found, unread_boundary="iam:GetRole")

    def user(self, name: str) -> Identity:
        """A user.

        :raises store.failures.NotThereError: where there is none of that name.
        """
        iam: Any = self._iam
        user = readable("iam:GetUser", f"user {name}", lambda: iam.get_user(UserName=name)["User"])
        found = [
            *self._managed("iam:ListAttachedUserPolicies", "list_attached_user_policies", UserName=name),
            *self._inline(
                ("iam:ListUserPolicies", "list_user_policies"),
                ("iam:GetUserPolicy", iam.get_user_policy),
                f"user {name}",
                UserName=name,
            ),
        ]
        for group in self._pages("iam:ListGroupsForUser", "list_groups_for_user", "Groups", UserName=name):
            found += [group] if isinstance(group, Unread) else self._of_group(group["GroupName"])
        return self._identity(user, found, unread_boundary="iam:GetUser")

    def _of_group(self, name: str) -> list[Document | Unread]:
        iam: Any = self._iam
        return [
            *self._managed("iam:ListAttachedGroupPolicies", "list_attached_group_policies", GroupName=name),
            *self._inline(
                ("iam:ListGroupPolicies", "list_group_policies"),
                ("iam:GetGroupPolicy", iam.get_group_policy),
                f"group {name}",
                GroupName=name,
            ),
        ]

    def _identity(
        self, found: Mapping[str, Any] | Unread | None, policies: list[Document | Unread], *, unread_boundary: str
    ) -> Identity:
        documents = tuple(one for one in policies if isinstance(one, Document))
        unread = tuple(one for one in policies if isinstance(one, Unread))
        if found is None or isinstance(found, Unread):
            boundary = found or Unread(action=unread_boundary, why="the permissions boundary was not read")
            return Identity(arn=None, tags={}, policies=documents, boundary=boundary, unread=unread)
        limit = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return Identity(
            arn=found["Arn"],
            unique_id=found.get("RoleId", found.get("UserId", "")),
            tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", ())},
            policies=documents,
            boundary=self._default_version(limit, "permissions boundary") if limit else None,
            unread=unread,
        )

    def _managed(self, action: str, operation: str, **whose: str) -> Iterator[Document | Unread]:
        for attached in self._pages(action, operation, "AttachedPolicies", **whose):
            yield (
                attached
                if isinstance(attached, Unread)
                else self._default_version(attached["PolicyArn"], "policy")
            )

    def _inline(
        self,
        listing: tuple[str, str],
        reading: tuple[str, Callable[..., Any]],
        title: str,
        **whose: str,
    ) -> Iterator[Document | Unread]:
        action, read = reading
        for name in self._pages(*listing, "PolicyNames", **whose):
            if isinstance(name, Unread):
                yield name
                continue
            asked = partial(read, PolicyName=name, **whose)
            found: Any = readable(action, title, asked)
            if isinstance(found, Unread):
                yield found
            else:
                yield _document(f"inline policy {name} of {title}", found["PolicyDocument"])

    def _default_version(self, arn: str, kind: str) -> Document | Unread:
        iam: Any = self._iam
        title = f"{kind} {arn.rsplit('/', 1)[-1]}"
        version: Any = readable(
            "iam:GetPolicy", title, lambda: iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        )
        if isinstance(version, Unread):
            return version
        found: Any = readable(
            "iam:GetPolicyVersion",
            title,
            lambda: iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"],
        )
        return found if isinstance(found, Unread) else _document(title, found)

    def _pages(self, action: str, operation: str, listed: str, **whose: str) -> list[Any]:
        """What a listing lists, or the one thing that was not to be read."""
        iam: Any = self._iam
        found: Any = readable(
            action,
            " ".join(whose.values()),
            lambda: [
                one for page in iam.get_paginator(operation).paginate(**whose) for one in page.get(listed, ())
            ],
        )
        return [found] if isinstance(found, Unread) else list(found)


def _document(title: str, found: Any) -> Document:
    return Document(title=title, document=parsed(found))
