"""The scratch states of drills: where they lie, and what Terraform makes of them."""

from settings.state_keys import state_key
from statectl.own_prefix import OWN_PREFIX

FOLDER = f"{OWN_PREFIX}drill/"
"""Where they lie; no state of anybody else does."""
VARIABLE = "work"
"""What each apply sets to its own name, so that a state tells which applies it holds."""
CONFIGURATION = f"""\
terraform {{
  backend "s3" {{}}
}}

variable "{VARIABLE}" {{
  type = string
}}

resource "terraform_data" "this" {{
  input = var.{VARIABLE}
}}
"""
"""What they are made of: it needs no provider.

Source: https://developer.hashicorp.com/terraform/language/resources/terraform-data
"""


def scratch_keys(drill: str, count: int) -> tuple[str, ...]:
    """The keys of the states of one drill."""
    return tuple(state_key(f"{FOLDER}{drill}/{number}") for number in range(1, count + 1))
