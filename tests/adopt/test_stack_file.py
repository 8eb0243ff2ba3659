"""Writing into a stack file: what people wrote there stays, byte by byte, and what is added loads."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.adopt import Kept
from settings.stack_file import load_stack_file
from statectl.adopt.stack_file import StackFile
from statectl.refusal import RefusalError

ADOPT = {"bucket": "old-state", "table": "locks", "keep": [Kept.LIFECYCLE.value, Kept.OWNERSHIP.value]}
PLAIN = """\
# Ours.
config:
  aws:region: eu-central-1   # near
  state-backend:namePrefix: acme
  state-backend:accountId: "123456789012"
  # What there is.
  state-backend:states: {prod: [network]}
"""
TAIL = "\n# Of the passphrase.\nencryptionsalt: v1:abc\n"
SEVERAL_LINES = PLAIN.replace(" {prod: [network]}\n", "\n    prod:\n      - network   # the first\n")
DEEPER = PLAIN.replace("\n  ", "\n      ")


def file(folder: Path, text: str) -> StackFile:
    (folder / "Pulumi.yaml").write_text("name: state-backend\n")
    (folder / "Pulumi.prod.yaml").write_bytes(text.encode())
    return StackFile("org/project/prod", folder)


def load(folder: Path, text: str) -> Any:
    (folder / "Pulumi.prod.yaml").write_bytes(text.encode())
    return load_stack_file(folder / "Pulumi.prod.yaml")


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN + TAIL,
        PLAIN.rstrip("\n"),
        SEVERAL_LINES,
        SEVERAL_LINES + TAIL,
        SEVERAL_LINES.rstrip("\n"),
        DEEPER + TAIL,
        (SEVERAL_LINES + TAIL).replace("\n", "\r\n"),
        "secretsprovider: passphrase\n" + PLAIN,
    ],
    ids=["plain", "tail", "no last line end", "lists", "lists, tail", "lists, no end", "deep", "dos", "head"],
)
def test_every_line_that_was_there_stays_and_the_new_ones_load(text: str, tmp_path: Path) -> None:
    before = file(tmp_path, text)
    after = before.with_settings({"adopt": ADOPT})
    added = [line for line in after.splitlines() if line not in text.splitlines()]
    assert [line for line in after.splitlines() if line not in added] == text.splitlines()
    assert ("\r\n" in after) == ("\r\n" in text)
    assert after.count("\n") - after.count("\r\n") == 0 or "\r\n" not in text
    adopt = load(tmp_path, after).adopt
    assert (adopt.bucket, adopt.table, list(adopt.keep)) == ("old-state", "locks", ADOPT["keep"])


def test_a_file_that_cannot_be_changed_line_by_line_stays_as_it_is(tmp_path: Path) -> None:
    flow = "config: {aws:region: eu-central-1}\n"
    with pytest.raises(RefusalError, match="without touching the rest"):
        file(tmp_path, flow).with_settings({"adopt": ADOPT})


def test_a_key_that_is_there_already_is_written_no_second_time(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="state-backend:adopt cannot be changed"):
        file(tmp_path, PLAIN + "  state-backend:adopt: {}\n").with_settings({"adopt": ADOPT})


def test_mistakes_of_the_file_are_told_before_anything_is_written(tmp_path: Path) -> None:
    broken = file(tmp_path, PLAIN.replace("eu-central-1", "eu-centrl-1"))
    with pytest.raises(RefusalError, match="is not a region of AWS"):
        broken.with_settings({"adopt": ADOPT})
    with pytest.raises(RefusalError, match="a lock table, and lock is lockfile"):
        file(tmp_path, PLAIN + "  state-backend:lock: lockfile\n").with_settings({"adopt": ADOPT})


@pytest.mark.parametrize(
    "keep",
    [
        "\n      - bucket.lifecycle # a\n      - bucket.ownership # b\n",
        " [bucket.lifecycle, bucket.ownership]\n",
        ' [\n      "bucket.lifecycle",\n      "bucket.ownership",\n    ]\n',
    ],
    ids=["block", "flow", "flow on lines"],
)
def test_one_setting_after_the_other_goes_out_of_keep(keep: str, tmp_path: Path) -> None:
    text = f"{PLAIN}  state-backend:adopt:\n    # theirs\n    bucket: old-state\n    keep:{keep}{TAIL}"
    before = file(tmp_path, text)
    for gone, left in ((Kept.OWNERSHIP, Kept.LIFECYCLE), (Kept.LIFECYCLE, Kept.OWNERSHIP)):
        after = before.without_kept(gone.value)
        assert load(tmp_path, after).adopt.keep == (left,)
        last = file(tmp_path, after)
        none = last.without_kept(left.value)
        assert load(tmp_path, none).adopt.keep == ()
        assert "keep" not in yaml.safe_load(none)["config"]["state-backend:adopt"]
        for text_after in (after, none):
            assert "# theirs" in text_after
            assert text_after.endswith(TAIL)


def test_what_is_not_kept_cannot_be_taken_out(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match=r"keep names no bucket\.policy"):
        file(tmp_path, PLAIN).without_kept(Kept.POLICY.value)


def test_a_file_is_written_as_a_whole_or_not_at_all_and_stays_as_readable(tmp_path: Path) -> None:
    before = file(tmp_path, PLAIN)
    before.path.chmod(0o640)
    before.save("config: {}\n")
    assert before.path.read_text() == "config: {}\n"
    assert before.path.stat().st_mode & 0o777 == 0o640
    before.path.unlink()
    before.path.mkdir()
    with pytest.raises(RefusalError, match="could not be written"):
        before.save(PLAIN)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
