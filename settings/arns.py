"""What the parts of an ARN say: ``arn:<partition>:<service>:<region>:<account>:<kind>/<path>/<name>``.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""


def partition_in(arn: str) -> str:
    """The partition's name."""
    return arn.split(":")[1]


def region_in(arn: str) -> str:
    """The region's code; empty for what belongs to none, such as a bucket or a role."""
    return arn.split(":")[3]


def account_in(arn: str) -> str:
    """The account's twelve digits; empty for what belongs to none, such as a bucket."""
    return arn.split(":")[4]


def kind_in(arn: str) -> str:
    """What it names: ``role``, ``user``, ``assumed-role`` or ``root``."""
    return _resource(arn).partition("/")[0]


def name_in(arn: str) -> str:
    """The last part: a role's or user's own name, without its path."""
    return _resource(arn).rsplit("/", 1)[-1]


def is_session_of(caller_arn: str, principal_arn: str) -> bool:
    """Whether a caller, as STS names it, is a principal, as policies name it.

    STS names a session ``assumed-role/<role>/<session>``, without the role's path.
    """
    if kind_in(caller_arn) != "assumed-role":
        return caller_arn == principal_arn
    role = _resource(caller_arn).split("/")[1]
    principal = (account_in(principal_arn), kind_in(principal_arn), name_in(principal_arn))
    return principal == (account_in(caller_arn), "role", role)


def role_of(caller_arn: str) -> str:
    """The role of a session, as STS names it, without the path that STS leaves out; any other ARN as it is."""
    if kind_in(caller_arn) != "assumed-role":
        return caller_arn
    role = _resource(caller_arn).split("/")[1]
    return f"arn:{partition_in(caller_arn)}:iam::{account_in(caller_arn)}:role/{role}"


def _resource(arn: str) -> str:
    return arn.split(":", 5)[5]
