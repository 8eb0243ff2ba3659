"""Finds a backend by what Terraform is told of it: a ``backend.hcl``, or a file with a ``backend "s3"`` block."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2
from lark.exceptions import LarkError

from settings.model import Lock
from statectl.exit_code import ExitCode
from statectl.known_backend import KnownBackend
from statectl.refusal import RefusalError
from statectl.talk import say
from statefile.keys import WORKSPACE_PREFIX
from store.location import Location

_PLAIN = hcl2.SerializationOptions(strip_string_quotes=True, with_comments=False, explicit_blocks=False)
_OTHER_CREDENTIALS = ("assume_role", "assume_role_with_web_identity", "role_arn", "access_key", "profile")


def find_by_backend_file(path: Path) -> KnownBackend:
    """The backend that a file tells Terraform of.

    :raises statectl.refusal.RefusalError: where it cannot be read, or names no bucket or region.
    """
    arguments = read_arguments(path)
    missing = [name for name in ("bucket", "region") if not isinstance(arguments.get(name), str)]
    if missing:
        raise RefusalError(
            f"{path} names no {' and no '.join(missing)}",
            next_step="name it there, or use --bucket and --region",
            code=ExitCode.USAGE,
        )
    others = [name for name in _OTHER_CREDENTIALS if name in arguments]
    if others:
        say(f"{path} names {', '.join(others)}; statectl acts with the credentials of its own environment")
    table = arguments.get("dynamodb_table")
    allowed = arguments.get("allowed_account_ids")
    return KnownBackend(
        source=str(path),
        location=Location(
            bucket=arguments["bucket"],
            region=arguments["region"],
            lock=_lock(arguments),
            table=str(table) if table else None,
            kms_key_arn=arguments.get("kms_key_id"),
            account_id=str(allowed[0]) if isinstance(allowed, list) and len(allowed) == 1 else None,
            workspace_prefix=str(arguments.get("workspace_key_prefix", WORKSPACE_PREFIX)),
        ),
        key=arguments.get("key"),
        arguments=arguments,
    )


def read_arguments(path: Path) -> dict[str, Any]:
    """The arguments of the backend, of either kind of file.

    :raises statectl.refusal.RefusalError: where it cannot be read.
    """
    try:
        read = hcl2.loads(path.read_text(encoding="utf-8"), serialization_options=_PLAIN)
    except OSError as error:
        raise RefusalError(f"{path}: {error.strerror}", code=ExitCode.USAGE) from error
    except (LarkError, ValueError, RuntimeError, RecursionError) as error:
        line = getattr(error, "line", None)
        where = f" (line {line})" if isinstance(line, int) and line > 0 else ""
        raise RefusalError(f"{path} is not HCL{where}", code=ExitCode.USAGE) from error
    for block in read.get("terraform", ()) if isinstance(read.get("terraform"), list) else ():
        for named in block.get("backend", ()) if isinstance(block, Mapping) else ():
            if isinstance(named, Mapping) and isinstance(named.get("s3"), Mapping):
                return _plain(named["s3"])
    return _plain(read)


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _literal(value) for name, value in arguments.items()}


def _literal(value: Any) -> Any:
    """Strings as they are meant: the reader leaves the escapes of templates as they stand."""
    if isinstance(value, str):
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return _plain(value) if isinstance(value, Mapping) else value


def _lock(arguments: Mapping[str, Any]) -> Lock:
    if not arguments.get("dynamodb_table"):
        return Lock.LOCKFILE
    return Lock.BOTH if arguments.get("use_lockfile") is True else Lock.DYNAMODB
