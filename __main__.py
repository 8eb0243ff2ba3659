"""The program that ``pulumi up`` runs, once per account: configuration, component, outputs."""

import pulumi

from components.stack_configuration import read_settings
from components.state_backend import OUTPUTS, StateBackend, state_backend_args

state_backend = StateBackend("terraform-state", state_backend_args(read_settings()))

for output in OUTPUTS:
    pulumi.export(output, getattr(state_backend, output))
