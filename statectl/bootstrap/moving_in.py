"""The steps by which a stack is first brought up, and Pulumi's own state of it moves into the bucket just made.

Until the stack file names the stack's key, the local state is the one that counts; from then on the one in the
bucket does. That change is one stroke, so that a run killed anywhere leaves one of the two whole.
"""

from collections.abc import Sequence
from pathlib import Path

from blueprint.own_state import secrets_provider
from settings.model import Encryption
from statectl.bootstrap.deployment import Deployment
from statectl.bootstrap.home import Home, stamp
from statectl.bootstrap.place import FilePlace, OtherPlace
from statectl.bootstrap.transfer import PASSPHRASE
from statectl.exit_code import ExitCode
from statectl.private_file import make_private_folder, write_private
from statectl.refusal import RefusalError
from statectl.step import Step
from statectl.talk import say
from store.bucket_policy import read_bucket_policy
from store.failures import NotThereError

_STATEMENT = "DenyPulumiState"
"""What the bucket's policy has once ``pulumi up`` knows that Pulumi's own state is to be there."""


class MovingIn:
    """One stack on its way into its bucket.

    :param source: where its state is before: ``home.local`` for a stack that is to be made.
    """

    def __init__(self, home: Home, source: FilePlace | OtherPlace) -> None:
        self._home = home
        self._source = source
        self._text = ""
        self.put_away: Path | None = None

    @property
    def steps(self) -> Sequence[Step]:
        """What is done, in this order."""
        home, source, bucket = self._home, self._source, self._home.bucket
        steps = [
            Step(title=f"run pulumi up, with its state in {source.name}", is_done=self._is_up, run=self._up),
            Step(
                title=f"put Pulumi's state into {bucket.name}{self._under_key}", is_done=self._is_in, run=self._put
            ),
            Step(title=f"say so in {home.stack_file.path.name}", is_done=self._is_said, run=self._say),
            Step(title="read it there with Pulumi", is_done=self._is_put_away, run=self._read),
            Step(title=f"put away what is in {source.name}", is_done=self._is_put_away, run=self._put_away),
        ]
        if source == home.local:
            made = Step(title=f"make stack {home.stack} in {source.name}", is_done=self._is_made, run=self._make)
            steps.insert(0, made)
        return steps

    def require_a_source(self) -> None:
        """Refuse where the backend is there and Pulumi's state of it is somewhere else.

        :raises statectl.refusal.RefusalError: where it is not known where.
        """
        home = self._home
        if self._old is not None:
            return
        if self._new is not None:
            if home.settings.encryption is Encryption.KMS and not home.stack_file.is_under_the_stacks_key:
                raise RefusalError(
                    f"Pulumi's state of {home.stack} is in {home.bucket.name} already, and "
                    f"{home.stack_file.path.name} does not say what its secrets are under",
                    next_step="take the stack file that the first bootstrap wrote, and commit it",
                    code=ExitCode.FOUND,
                )
            return
        store = home.session.store
        try:
            read_bucket_policy(store.clients.s3(store.location.region), store.location)
        except NotThereError:
            return
        raise RefusalError(
            f"{home.bucket.name} is there already, and Pulumi's state of it in neither {self._source.name} nor it",
            next_step="say where it is: --from URL, as `pulumi whoami --verbose` shows it; or, for a bucket that "
            "Pulumi did not make, adopt it first: docs/adopt.md",
            code=ExitCode.USAGE,
        )

    @property
    def _old(self) -> Deployment | None:
        return self._source.read()

    @property
    def _new(self) -> Deployment | None:
        """What is in the bucket; ``None`` before there is a bucket, or a stack with anything in it."""
        try:
            found = self._home.bucket.read()
        except NotThereError:
            return None
        return found if found is not None and found.count else None

    @property
    def _under_key(self) -> str:
        return ", under the stack's key" if self._home.settings.encryption is Encryption.KMS else ""

    def _counts(self) -> bool:
        """Whether what is in the bucket counts, and no longer what was before."""
        old, new = self._old, self._new
        if new is None or old is None:
            return new is not None
        if self._home.settings.encryption is Encryption.KMS:
            return self._home.stack_file.is_under_the_stacks_key
        return new.holds_the_same(old) or new.is_newer(old)

    def _is_made(self) -> bool:
        return self._old is not None or self._new is not None

    def _make(self) -> None:
        make_private_folder(self._home.local.root)
        self._home.pulumi(self._source).make(self._home.stack_file.provider or PASSPHRASE)

    def _is_up(self) -> bool:
        if self._counts():
            return True
        old = self._old
        if old is None or old.is_half_done or "state_bucket_name" not in old.outputs:
            return False
        store = self._home.session.store
        try:
            found = read_bucket_policy(store.clients.s3(store.location.region), store.location)
        except NotThereError:
            return False
        return any(one.get("Sid") == _STATEMENT for one in (found or {}).get("Statement", ()))

    def _up(self) -> None:
        if isinstance(self._source, FilePlace) and self._source.is_abandoned:
            # Of a run that was killed on this very computer: nobody else can hold a lock in these files.
            say("A run of Pulumi that is no more left its lock behind: it is taken away")
            self._home.pulumi(self._source).run("cancel", "--yes", "--stack", self._home.stack)
        self._home.require_unlocked(self._source)
        self._home.pulumi(self._source).up()

    def _is_in(self) -> bool:
        return self._counts()

    def _put(self) -> None:
        home, old, new = self._home, self._old, self._new
        if old is None:
            raise RefusalError(f"there is no stack {home.stack} in {self._source.name}")
        home.require_unlocked(self._source)
        if new is not None:
            home.require_unlocked(home.bucket)
            if new.is_newer(old):
                raise RefusalError(
                    f"somebody ran Pulumi on {home.stack} in {home.bucket.name} since it was put there",
                    next_step="take the stack file that they use, and run the same command again",
                    code=ExitCode.FOUND,
                )
        self._text = home.transfer.carry(old, home.stack_file, provider=self._provider(old), to=home.bucket)

    def _provider(self, old: Deployment) -> str:
        """The secrets provider that the state is to be under."""
        home = self._home
        if home.settings.encryption is not Encryption.KMS:
            return home.stack_file.provider or PASSPHRASE
        return secrets_provider(str(old.outputs["kms_key_arn"]), home.settings.region)

    def _is_said(self) -> bool:
        return not self._text and self._counts()

    def _say(self) -> None:
        kept = self._home.stack_file.replace(self._text, stamp())
        if kept is not None:
            say(f"{kept} has what the file said before; delete it once pulumi up went well")

    def _is_put_away(self) -> bool:
        return isinstance(self._source, FilePlace) and self._old is None and self._new is not None

    def _read(self) -> None:
        self._home.pulumi(self._home.bucket).read()

    def _put_away(self) -> None:
        home, old, new = self._home, self._old, self._new
        if old is None or new is None:
            raise RefusalError(f"Pulumi's state is gone from {home.bucket.name}", code=ExitCode.FOUND)
        home.require_unlocked(self._source)
        if old.is_newer(new):
            raise RefusalError(
                f"somebody ran Pulumi on {home.stack} in {self._source.name} after it was moved",
                next_step="see what they changed: pulumi stack export in both places, then pulumi refresh",
                code=ExitCode.FOUND,
            )
        now = stamp()
        self.put_away = home.kept / f"{home.stack}-{now}.json"
        write_private(self.put_away, old.exported())
        say(f"{self.put_away} holds what was in {self._source.name}, as `pulumi stack import` takes it")
        if isinstance(self._source, FilePlace):
            self._source.put_away(now)
        else:
            say(
                f"In {self._source.name} it is still there. Once pulumi up went well: "
                f"PULUMI_BACKEND_URL='{self._source.url}' pulumi stack rm --force --preserve-config {home.stack}"
            )
