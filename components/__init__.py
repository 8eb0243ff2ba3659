"""The Pulumi resources of a state backend: one file for each part, wired together by ``state_backend``.

What the parts are is decided in :mod:`blueprint`; nothing here decides a name, a policy or a setting.
"""
