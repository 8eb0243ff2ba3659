"""Stands between a client and the emulated AWS: passes requests on, notes them, and does what a rule says."""

import http.client
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from localcloud.emulator import HOST, Emulator
from tests.faults.call import Call
from tests.faults.fault import Break, Fault, Refusal

Rule = Callable[[Call], Fault | None]


@dataclass(frozen=True)
class Answered:
    """A request and the status that AWS answered it with; 0 where AWS never heard of it.

    :param heard: whether whoever asked was told.
    :param late: whether it was under way while its region was gone, and arrived when that was back.
    """

    call: Call
    status: int
    heard: bool = True
    late: bool = False


def no_fault(_: Call) -> None:
    """Everything goes well, and nobody waits for it."""


@dataclass
class Proxy:
    """A listener on loopback, with the emulator's own certificate; leaving its context ends it.

    :param actor: whose requests these are.
    :param rule: what happens to a request; it may also wait, or end somebody.
    :param afterwards: called once AWS has done what was asked, before anybody hears of it.
    :param answered: notes, in the order of the answers; several proxies may share the list.
    :param turn: held while AWS does what was asked and it is noted; proxies that share it note in the very order
        in which things happened.
    """

    emulator: Emulator
    actor: str = "client"
    rule: Rule = no_fault
    afterwards: Callable[[Call], None] = no_fault
    answered: list[Answered] = field(default_factory=list)
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext)

    def __enter__(self) -> Self:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls = self.emulator.home / "tls"
        context.load_cert_chain(tls / "server.pem", tls / "server-key.pem")
        self._server = _Server((HOST, 0), _Handler)
        self._server.proxy = self
        self._server.context = context
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        return f"https://{HOST}:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[Call]:
        """Every request that was seen."""
        return [answered.call for answered in self.answered]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    proxy: Proxy
    context: ssl.SSLContext

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off, or was killed, is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60

    def setup(self) -> None:
        # Here, in the connection's own thread: a client that never greets would hold up the others.
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        self._upstream: http.client.HTTPSConnection | None = None
        super().setup()

    def finish(self) -> None:
        if self._upstream is not None:
            self._upstream.close()
        super().finish()

    def _handle(self) -> None:
        proxy = self.server.proxy
        body = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call.of(proxy.actor, self.command, self.path, headers, body)
        fault = proxy.rule(call)
        if fault is Break.BEFORE:
            proxy.answered.append(Answered(call, 0))
            self._hang_up()
            return
        if isinstance(fault, Refusal):
            kind, content = fault.body(call)
            proxy.answered.append(Answered(call, fault.status))
            self._answer(fault.status, [("Content-Type", kind)], b"" if self.command == "HEAD" else content)
            return
        with proxy.turn:
            status, given, content = self._pass_on(body)
            proxy.answered.append(Answered(call, status, heard=fault is None))
        proxy.afterwards(call)
        if fault is Break.AFTER:
            self._hang_up()
        elif fault is Break.MIDWAY:
            self._answer(status, given, content, sent=content[: len(content) // 2])
            self._hang_up()
        else:
            self._answer(status, given, content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 (what http.server calls)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _pass_on(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        emulator = self.server.proxy.emulator
        if self._upstream is None:
            trusted = ssl.create_default_context(cafile=str(emulator.ca_bundle))
            self._upstream = http.client.HTTPSConnection(HOST, emulator.port, timeout=60, context=trusted)
        upstream = self._upstream
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {"transfer-encoding", "content-length", "expect", "connection"}:
                upstream.putheader(name, value)
        upstream.putheader("Content-Length", str(len(body)))
        upstream.endheaders(body)
        answer = upstream.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _answer(
        self, status: int, headers: list[tuple[str, str]], content: bytes, *, sent: bytes | None = None
    ) -> None:
        self.send_response_only(status)
        known = {name.lower() for name, _ in headers}
        for name, value in headers:
            if name.lower() not in {"transfer-encoding", "connection"}:
                self.send_header(name, value)
        if "content-length" not in known:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content if sent is None else sent)
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
