"""A pipeline that has nothing but its issuer's token."""

from dataclasses import replace

from tests.access.stack import TOKEN, Somebody, Stack, apply
from tests.access.test_entries import is_refused


def test_with_its_token_terraform_applies_its_state_and_no_other(any_stack: Stack) -> None:
    who = any_stack.with_token()
    here = who.on("prod/web/api")
    here.do(apply("of the api", "-auto-approve"))
    assert here.outputs()["content"] == "of the api"
    assert is_refused(who, "prod/network")


def test_role_and_token_may_come_from_the_environment_too(any_stack: Stack) -> None:
    any_stack.with_token().on("prod/web/api").do(apply("of the api", "-auto-approve"))
    variables = {
        "AWS_ROLE_ARN": any_stack.outputs["access"]["token"]["role_arn"],
        "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN,
    }
    who = replace(any_stack.with_token(), name="token-of-the-environment", credentials=variables, become={})
    assert who.on("prod/web/api").state()["outputs"]["content"]["value"] == "of the api"


def test_a_token_of_another_subject_audience_or_issuer_opens_nothing(any_stack: Stack) -> None:
    def is_let_in(who: Somebody) -> bool:
        _, finished = who.try_init("prod/web/api")
        assert (finished.exit_code == 0) != ("AccessDenied" in finished.stderr), finished.stderr
        return finished.exit_code == 0

    assert is_let_in(any_stack.with_token())
    assert not is_let_in(any_stack.with_token(subject="project:acme/api:feature"))
    assert not is_let_in(any_stack.with_token(audience="elsewhere"))
    assert not is_let_in(any_stack.with_token(issuer="https://ci.example.org"))
