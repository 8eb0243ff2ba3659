"""A stand-in for Pulumi's `aws` provider plugin that talks only to an emulated AWS on this computer.

It speaks the engine's provider protocol and makes real AWS calls. What it knows of a resource comes from the
installed `pulumi-aws` (`schema`); what it does with one is one file in `resources`.
"""
