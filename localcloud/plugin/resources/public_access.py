"""What a bucket and an account have in common where they block public access."""

from typing import Final

from localcloud.plugin.shape import Leaf

BLOCKS: Final = {
    "blockPublicAcls": Leaf("BlockPublicAcls", default=False),
    "blockPublicPolicy": Leaf("BlockPublicPolicy", default=False),
    "ignorePublicAcls": Leaf("IgnorePublicAcls", default=False),
    "restrictPublicBuckets": Leaf("RestrictPublicBuckets", default=False),
}
"""The four switches, off where nothing is said."""
