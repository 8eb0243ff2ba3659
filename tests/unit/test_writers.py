"""What judges a record of both regions: it lets pass what is right, and names the call that is not."""

import json
from typing import Any

import pytest

from statefile.keys import digest_id, lock_id, lockfile_key
from tests.faults.call import Call
from tests.faults.locks import FILE, TABLE
from tests.faults.proxy import Answered
from tests.faults.writers import Move, Writers

HOME, AWAY = "acme-home", "acme-away"
KEY = "prod/network/terraform.tfstate"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.15.5"
STATECTL = "Boto3/1.43 statectl"


class Record:
    """Writes down calls as a proxy would."""

    def __init__(self, *, lineage: str = "a") -> None:
        self.answered: list[Answered] = []
        self.moves: list[Move] = []
        self.lineage = lineage

    def call(
        self,
        actor: str,
        service: str,
        operation: str,
        path: str = "/",
        *,
        body: bytes = b"",
        agent: str = TERRAFORM,
        status: int = 200,
        heard: bool = True,
        late: bool = False,
        **query: str,
    ) -> "Record":
        call = Call(
            actor=actor,
            service=service,
            region="",
            operation=operation,
            path=path,
            query={name: [value] for name, value in query.items()},
            headers={"user-agent": agent},
            body=body,
        )
        self.answered.append(Answered(call, status, heard=heard, late=late))
        return self

    def lock(self, actor: str, bucket: str = HOME, key: str = KEY, **more: Any) -> "Record":
        info = json.dumps({"ID": f"of-{actor}"})
        self.call(actor, "s3", "PUT", f"/{bucket}/{lockfile_key(key)}", body=info.encode(), **more)
        item = {"Item": {"LockID": {"S": lock_id(bucket, key)}, "Info": {"S": info}}}
        return self.call(actor, "dynamodb", "PutItem", body=json.dumps(item).encode(), **more)

    def free(self, actor: str, bucket: str = HOME, key: str = KEY, **more: Any) -> "Record":
        self.call(actor, "s3", "DELETE", f"/{bucket}/{lockfile_key(key)}", **{"status": 204, **more})
        item = {"Key": {"LockID": {"S": lock_id(bucket, key)}}}
        return self.call(actor, "dynamodb", "DeleteItem", body=json.dumps(item).encode(), **more)

    def put(self, actor: str, serial: int, bucket: str = HOME, key: str = KEY, **more: Any) -> "Record":
        return self.call(actor, "s3", "PUT", f"/{bucket}/{key}", body=self.state(serial), **more)

    def digest(self, actor: str, bucket: str = HOME, key: str = KEY) -> "Record":
        item = {"Item": {"LockID": {"S": digest_id(bucket, key)}, "Digest": {"S": "0" * 32}}}
        return self.call(actor, "dynamodb", "PutItem", body=json.dumps(item).encode())

    def apply(self, actor: str, serial: int, bucket: str = HOME, key: str = KEY) -> "Record":
        """A whole apply that goes well."""
        self.lock(actor, bucket, key).put(actor, serial, bucket, key).digest(actor, bucket, key)
        return self.free(actor, bucket, key)

    def move(self, bucket: str, *keys: str) -> "Record":
        self.moves.append(Move(at=len(self.answered), bucket=bucket, keys=keys or None))
        return self

    def state(self, serial: int) -> bytes:
        state = {"version": 4, "serial": serial, "lineage": self.lineage, "resources": [], "outputs": {}}
        return json.dumps(state).encode()

    def judged(self, **given: Any) -> Writers:
        writers = Writers(buckets=(HOME, AWAY), places={FILE, TABLE}, **given)
        writers.follow(self.answered, self.moves)
        return writers

    def breaks(self, what: str, **given: Any) -> None:
        with pytest.raises(AssertionError, match=what):
            self.judged(**given)


def test_there_and_back_again_is_right() -> None:
    record = Record().apply("a", 1).apply("b", 2).move(AWAY).apply("a", 3, AWAY).apply("b", 4, AWAY)
    writers = record.move(HOME).apply("a", 5).apply("b", 6).judged()
    assert writers.active(KEY) == HOME
    last = writers.last(KEY)
    assert last is not None
    assert last.serial == 6
    assert writers.held == {}


def test_where_a_state_is_written_and_what_is_still_locked_can_be_asked() -> None:
    writers = Record().apply("a", 1).move(AWAY).apply("a", 2, AWAY).lock("b", AWAY).judged()
    assert writers.active(KEY) == AWAY
    assert writers.held == {(AWAY, KEY): {FILE: ("of-b", "b"), TABLE: ("of-b", "b")}}


def test_nobody_writes_in_the_other_region_unless_a_move_was_begun() -> None:
    Record().apply("a", 1).apply("b", 2, AWAY).breaks(f"b wrote {KEY} in {AWAY} while {HOME} is where")
    Record().apply("b", 1, AWAY).breaks(f"b wrote {KEY} in {AWAY}")
    # Begun too late, for another state, or back to where it is.
    Record().apply("a", 1).apply("b", 2, AWAY).move(AWAY).breaks(f"b wrote {KEY} in {AWAY}")
    Record().apply("a", 1).move(AWAY, "another").apply("b", 2, AWAY).breaks(f"b wrote {KEY} in {AWAY}")
    Record().apply("a", 1).move(AWAY).move(HOME).apply("b", 2, AWAY).breaks(f"b wrote {KEY} in {AWAY}")


def test_the_region_that_a_state_left_writes_it_no_more() -> None:
    moved = Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY)
    moved.apply("a", 3).breaks(f"a wrote {KEY} in {HOME} while {AWAY} is where")


def test_one_move_back_is_good_for_one_move() -> None:
    back = Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY).move(HOME).apply("a", 3)
    back.judged()
    back.apply("b", 4, AWAY).breaks(f"b wrote {KEY} in {AWAY}")


def test_until_it_is_written_there_a_state_is_still_written_here() -> None:
    Record().apply("a", 1).move(AWAY).apply("a", 2).apply("b", 3, AWAY).judged()
    Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY).apply("a", 3).breaks(f"a wrote {KEY} in {HOME}")


def test_each_state_moves_by_itself() -> None:
    other = "prod/database/terraform.tfstate"
    record = Record().apply("a", 1).apply("a", 1, key=other).move(AWAY, KEY).apply("a", 2, AWAY)
    record.apply("a", 2, key=other).judged()
    record.apply("a", 3, AWAY, other).breaks(f"a wrote {other} in {AWAY}")


def test_what_statectl_copies_is_a_move_and_no_write() -> None:
    copied = Record().apply("a", 1).put("operator", 1, AWAY, agent=STATECTL)
    assert copied.judged().active(KEY) == HOME
    copied.apply("b", 2, AWAY).judged()
    copied.apply("a", 3).breaks(f"a wrote {KEY} in {HOME}")
    Record().apply("a", 1).put("operator", 1, AWAY).breaks("operator wrote")


def test_what_aws_refused_or_never_heard_of_is_no_write() -> None:
    for status in (0, 403, 412, 500, 503):
        record = Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY).put("a", 2, status=status)
        record.lock("a", status=status).free("b", status=status).apply("b", 3, AWAY).judged()


def test_a_state_that_is_deleted_is_written_too() -> None:
    moved = Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY)
    moved.call("a", "s3", "DELETE", f"/{HOME}/{KEY}", status=204).breaks(f"a wrote {KEY} in {HOME}")
    deleted = Record().apply("a", 5).call("a", "s3", "DELETE", f"/{HOME}/{KEY}", status=204)
    deleted.lineage = "b"
    deleted.apply("a", 1).judged()


def test_what_only_looks_like_a_write_is_none() -> None:
    moved = Record().apply("a", 1).move(AWAY).apply("b", 2, AWAY)
    path = f"/{HOME}/{KEY}"
    moved.call("a", "s3", "PUT", path, tagging="").call("a", "s3", "DELETE", path, uploadId="1", status=204)
    moved.call("a", "s3", "GET", path).call("a", "s3", "HEAD", path).call("a", "s3", "GET", f"/{HOME}").judged()


def test_an_upload_in_parts_is_a_write_once_it_is_complete() -> None:
    def upload(record: Record, bucket: str) -> Record:
        path, content = f"/{bucket}/{KEY}", record.state(2)
        record.call("b", "s3", "POST", path, uploads="")
        # The parts come in any order.
        record.call("b", "s3", "PUT", path, body=content[20:], partNumber="2", uploadId="1")
        return record.call("b", "s3", "PUT", path, body=content[:20], partNumber="1", uploadId="1")

    started = upload(Record().apply("a", 1).lock("b", AWAY), AWAY)
    started.judged()
    started.call("b", "s3", "POST", f"/{AWAY}/{KEY}", uploadId="1").breaks(f"b wrote {KEY} in {AWAY}")
    whole = upload(Record().apply("a", 1).lock("b"), HOME).call("b", "s3", "POST", f"/{HOME}/{KEY}", uploadId="1")
    last = whole.judged().last(KEY)
    assert last is not None
    assert last.serial == 2


def test_serials_of_what_was_acknowledged_count_up_across_regions() -> None:
    Record().apply("a", 2).apply("a", 2).breaks(f"a wrote {KEY} in {HOME} as 2 after 2")
    Record().apply("a", 2).move(AWAY).apply("b", 2, AWAY).breaks(f"b wrote {KEY} in {AWAY} as 2 after 2")


def test_what_was_not_acknowledged_may_be_lost() -> None:
    unheard = Record().apply("a", 1).lock("a").put("a", 2, heard=False)
    unheard.move(AWAY).apply("b", 2, AWAY).judged()


def test_what_was_under_way_when_a_region_went_may_still_arrive_there() -> None:
    moved = Record().apply("a", 1).lock("a").move(AWAY).apply("b", 2, AWAY)
    moved.put("a", 2, late=True, heard=False).apply("b", 3, AWAY).judged()
    moved.put("a", 2, heard=False).breaks(f"a wrote {KEY} in {HOME}")
    # Where nobody moved it, it is a write as any.
    Record().apply("a", 1).put("a", 2, late=True).breaks("held the lock")


def test_a_state_that_was_reported_as_behind_goes_on_from_something_older_once() -> None:
    behind = Record().apply("a", 5).move(AWAY).apply("b", 3, AWAY)
    behind.breaks("as 3 after 5")
    behind.breaks("as 3 after 5", behind={"another"})
    behind.judged(behind={KEY})
    behind.apply("b", 3, AWAY).breaks("as 3 after 3", behind={KEY})


def test_another_lineage_is_another_state() -> None:
    forked = Record().apply("a", 1).move(AWAY)
    forked.lineage = "b"
    forked.apply("b", 2, AWAY).breaks(f"b wrote {KEY} in {AWAY} as another state")
    forked.judged(behind={KEY})


@pytest.mark.parametrize("bucket", [HOME, AWAY])
def test_who_writes_holds_the_lock_of_that_region(bucket: str) -> None:
    other = AWAY if bucket == HOME else HOME
    begun = Record().move(bucket)
    begun.put("a", 1, bucket).breaks(f"a wrote {KEY} in {bucket} while {{}} held the lock")
    Record().move(bucket).lock("b", bucket).put("a", 1, bucket).breaks("held the lock")
    Record().move(bucket).lock("a", other).put("a", 1, bucket).breaks("while {} held the lock")
    half = {"Item": {"LockID": {"S": lock_id(bucket, KEY)}, "Info": {"S": '{"ID": "1"}'}}}
    record = Record().move(bucket).call("a", "dynamodb", "PutItem", body=json.dumps(half).encode())
    record.put("a", 1, bucket).breaks("held the lock")


@pytest.mark.parametrize("bucket", [HOME, AWAY])
def test_locks_are_nobody_elses_to_take_or_free(bucket: str) -> None:
    held = Record().lock("a", bucket)
    Record().lock("a", bucket).lock("b", bucket).breaks("b took the lockfile that .* holds")
    held.free("b", bucket).breaks("b freed the lockfile that a held as of-a")
    held.judged(dead={"a"})
    Record().lock("a", bucket).lock("a", bucket).judged()
    # A lock that replication brought, which nobody took there.
    Record().lock("a", HOME).free("operator", AWAY, agent=STATECTL).judged()


def test_rubbish_is_named() -> None:
    record = Record().lock("a").call("a", "s3", "PUT", f"/{HOME}/{KEY}", body=b"{")
    record.breaks(f"a wrote {KEY} in {HOME}, which is cut off")
