"""The program that ``pulumi up`` runs, once per account: configuration, component, outputs."""

import gc

import pulumi

from components.stack_configuration import read_settings
from components.state_backend import OUTPUTS, StateBackend, state_backend_args

# What was imported stays until the end; without this, collections walk it again and again and free nothing.
gc.freeze()

state_backend = StateBackend("terraform-state", state_backend_args(read_settings()))

for output in OUTPUTS:
    pulumi.export(output, getattr(state_backend, output))
