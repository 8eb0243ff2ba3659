"""What the resources of a backend are, as AWS reports them: each file reads one kind, setting by setting.

The values have the plain shape of the answers, with AWS's own defaults filled in and nothing judged. A setting
that cannot be read hides none of the others.
"""
