"""The tags that OpenTofu puts on states and lockfiles, as the command line gives them."""

from collections.abc import Sequence

from blueprint.backend_clients import ClientVersion, difference
from statectl.exit_code import ExitCode
from statectl.refusal import RefusalError
from statectl.talk import say


def object_tags(
    state_tags: Sequence[str] | None, lock_tags: Sequence[str] | None, reader: ClientVersion
) -> dict[str, dict[str, str]]:
    """The arguments ``state_tags`` and ``lock_tags``, so far as they were given.

    :param reader: who is to set the tags.
    :raises statectl.refusal.RefusalError: where it sets none, or one is not ``KEY=VALUE``.
    """
    given = {"state_tags": state_tags, "lock_tags": lock_tags}
    tags = {name: dict(map(_tag, texts)) for name, texts in given.items() if texts}
    for name in tags:
        row = difference(name, reader.client)
        if row is not None and not row.takes(reader.version):
            raise RefusalError(
                f"{reader} does not take {name}",
                next_step="use --client opentofu in 1.11 or later, or leave the tags out",
                code=ExitCode.USAGE,
            )
    if tags:
        say("Tags need s3:PutObjectTagging, which no access entry has: give it to whoever writes by these files.")
    return tags


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise RefusalError(f'"{text}" is no tag', next_step="write KEY=VALUE", code=ExitCode.USAGE)
    return key, value
