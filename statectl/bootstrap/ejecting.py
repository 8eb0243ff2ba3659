"""The steps by which Pulumi's own state leaves the bucket: for a bucket that is lost, or to be deleted for good.

Until the stack file stops naming the stack's key, the state that was read counts; from then on the local one does.
"""

from collections.abc import Sequence

from settings.model import Encryption
from statectl.bootstrap.deployment import Deployment
from statectl.bootstrap.home import Home, stamp
from statectl.bootstrap.place import BucketPlace
from statectl.bootstrap.stack_file import StackFile
from statectl.bootstrap.transfer import PASSPHRASE
from statectl.exit_code import ExitCode
from statectl.private_file import make_private_folder
from statectl.refusal import RefusalError
from statectl.step import Step
from statectl.talk import say
from store.failures import NotThereError


class Ejecting:
    """One stack on its way out of its bucket.

    :param source: the bucket that its state is read from, or an export of it.
    :param provider: the secrets provider that it is to be under.
    """

    def __init__(self, home: Home, source: BucketPlace | Deployment, provider: str) -> None:
        self._home = home
        self._source = source
        self._provider = provider
        self._text = ""

    @property
    def steps(self) -> Sequence[Step]:
        """What is done, in this order."""
        home, source = self._home, self._source
        read = source.name if isinstance(source, BucketPlace) else "the export"
        steps = [
            Step(
                title=f"bring Pulumi's state from {read} to {home.local.name}{_under(self._provider)}",
                is_done=self._counts,
                run=self._bring,
            ),
            Step(title=f"say so in {home.stack_file.path.name}", is_done=self._is_said, run=self._say),
            Step(title="read it there with Pulumi", is_done=lambda: False, run=self._read),
        ]
        if source == home.bucket:
            steps.append(
                Step(
                    title=f"take it out of {read}, where its versions stay",
                    is_done=self._is_out,
                    run=self._take_out,
                )
            )
        return steps

    @property
    def _old(self) -> Deployment | None:
        if isinstance(self._source, Deployment):
            return self._source
        found = self._source.read()
        return found if found is not None and found.count else None

    @property
    def _new(self) -> Deployment | None:
        found = self._home.local.read()
        return found if found is not None and found.count else None

    def _counts(self) -> bool:
        """Whether the local state counts, and no longer what was read."""
        new = self._new
        if new is None:
            return False
        if self._home.stack_file.is_under_the_stacks_key:
            return False
        if self._home.settings.encryption is Encryption.KMS:
            return True
        old = self._old
        return old is None or new.holds_the_same(old) or new.is_newer(old)

    def _bring(self) -> None:
        home = self._home
        try:
            old = self._old
        except NotThereError as error:
            raise RefusalError(
                f"{error}",
                next_step="where the bucket is lost: --from-replica, or --from-export with the file that the "
                "bootstrap put away",
                code=ExitCode.FOUND,
            ) from error
        if old is None:
            raise RefusalError(
                f"there is no Pulumi state of {home.stack} in it",
                next_step="restore a version of it (docs/bootstrap.md), or take another: --from-replica, "
                "--from-export",
                code=ExitCode.FOUND,
            )
        if isinstance(self._source, BucketPlace):
            home.require_unlocked(self._source)
        make_private_folder(home.local.root)
        file = home.stack_file
        if not old.has_secrets and not file.has_secrets and self._provider != file.provider:
            # Nothing is encrypted, so nothing has to be decrypted: the key may be gone for good.
            old = old.without_provider()
            file = StackFile(path=file.path, text=file.without_provider())
        self._text = home.transfer.carry(old, file, provider=self._provider, to=home.local)

    def _is_said(self) -> bool:
        return not self._text and self._counts()

    def _say(self) -> None:
        kept = self._home.stack_file.replace(self._text, stamp())
        if kept is not None:
            say(f"{kept} has what the file said before")

    def _read(self) -> None:
        self._home.pulumi(self._home.local).read()

    def _is_out(self) -> bool:
        try:
            return self._old is None
        except NotThereError:
            return True

    def _take_out(self) -> None:
        home, old, new = self._home, self._old, self._new
        if old is not None and (new is None or old.is_newer(new)):
            raise RefusalError(
                f"somebody ran Pulumi on {home.stack} in {home.bucket.name} while it was taken out",
                next_step=f"see what they changed, then move {home.local.name} aside, put back the stack file "
                "that names the key, and run the same command again",
                code=ExitCode.FOUND,
            )
        home.require_unlocked(home.bucket)
        home.bucket.take_out()


def _under(provider: str) -> str:
    return ", under a passphrase" if provider == PASSPHRASE else f", under {provider}"
