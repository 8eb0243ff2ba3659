"""What AWS answers to a request, from the policies that apply to it: yes, no, or what else would have to be known.

It is written here because nothing that fits was found. On PyPI, Principal Mapper simulates whole accounts, knows
no policy variables in conditions and needs a Python of its own; Parliament lints; the simulators of service
control policies replay audit logs; none of them can say that an answer depends on what a dry question cannot know.
``iam:SimulatePrincipalPolicy`` takes no bucket or key policy for a role, and is itself a permission that few hold.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and the pages of
the policy elements below it. The organisation's policies (SCPs, RCPs), VPC endpoint policies and session policies
are no part of it: who asks has to say that they were not seen.
"""
