"""How what was there before becomes a resource of the stack: by an import, which changes nothing at AWS."""

from collections.abc import Mapping, Sequence

import pulumi

from settings.adopt import Kept


def ignored(kept: frozenset[str], properties: Mapping[Kept, Sequence[str]]) -> list[str]:
    """The properties that are not compared, since what they set is left as it was found.

    :param properties: which ones a setting is made of.
    """
    return [name for setting, names in properties.items() if setting in kept for name in names]


def importing(opts: pulumi.ResourceOptions, id_: str | None) -> pulumi.ResourceOptions:
    """The options of a resource that is imported where ``id_`` says so.

    It stays in the program: the engine imports by an id once, and then takes the resource for its own. What
    differs from the program it changes with an update right after the import.
    Sources: https://www.pulumi.com/docs/iac/concepts/options/import/,
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support

    :param id_: what AWS calls it, and behind an ``@`` its region; ``None`` for what is made.
    """
    return opts if id_ is None else pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(import_=id_))
