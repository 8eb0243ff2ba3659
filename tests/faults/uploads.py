"""What is written into a bucket, put together from the calls that write it."""

from dataclasses import dataclass, field

from tests.faults.call import Call


@dataclass
class Uploads:
    """Remembers the parts of uploads that come in several; ask it for every call that AWS did.

    :param parts: by upload: each part's content by its number.
    """

    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def finished_by(self, call: Call) -> bytes | None:
        """The content of the object that this call writes; ``None`` where it writes none, or not all of it.

        The content of one that is copied is not in the call, and is empty here.
        """
        if call.service != "s3":
            return None
        upload = call.query.get("uploadId", [""])[0]
        if upload and call.operation == "PUT":
            self.parts.setdefault(upload, {})[int(call.query["partNumber"][0])] = _decoded(call)
            return None
        if upload and call.operation == "POST":
            return b"".join(part for _, part in sorted(self.parts.pop(upload, {}).items()))
        if call.operation != "PUT" or set(call.query) - {"x-id"}:
            return None
        return _decoded(call)


def _decoded(call: Call) -> bytes:
    """The content of an upload, which an SDK may send in signed chunks."""
    if "aws-chunked" not in call.headers.get("content-encoding", ""):
        return call.body
    content, rest = b"", call.body
    while rest:
        line, rest = rest.split(b"\r\n", 1)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            break
        content, rest = content + rest[:size], rest[size + 2 :]
    return content
