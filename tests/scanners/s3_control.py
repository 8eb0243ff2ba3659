"""A way to S3 Control of the emulated AWS for clients that nobody can hand a hook.

They put the account's number before the host's name, and no number before 127.0.0.1 is a name. As a proxy for
plain HTTP this sees the name first and asks the emulated AWS, so that only what is meant for it passes.
"""

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from localcloud.emulator import HOST, Emulator

NAME = "s3-control.emulator.test"


@contextmanager
def s3_control(emulator: Emulator) -> Iterator[dict[str, str]]:
    """The variables by which a client finds its way, while the context lasts."""
    trusted = ssl.create_default_context(cafile=str(emulator.ca_bundle))

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if not (url.hostname or "").endswith(f".{NAME}"):
                self.send_error(http.client.FORBIDDEN)
                return
            connection = http.client.HTTPSConnection(HOST, emulator.port, timeout=30, context=trusted)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request("GET", f"{url.path}?{url.query}".removesuffix("?"), headers=headers)
                answer = connection.getresponse()
                body = answer.read()
            finally:
                connection.close()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.getheader("Content-Type", "application/xml"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the scanner has a log of its own."""

    with ThreadingHTTPServer((HOST, 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            proxy = f"http://{HOST}:{server.server_address[1]}"
            yield {"AWS_ENDPOINT_URL_S3_CONTROL": f"http://{NAME}", "HTTP_PROXY": proxy, "http_proxy": proxy}
        finally:
            server.shutdown()
