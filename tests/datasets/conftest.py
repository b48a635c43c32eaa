"""A local server in place of the publishers' ones."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pooch
import pytest


class CountingHandler(SimpleHTTPRequestHandler):
    requests: ClassVar[list] = []

    def do_GET(self):
        self.requests.append(self.path)
        super().do_GET()

    def log_message(self, *arguments):
        pass


@pytest.fixture(autouse=True)
def quiet_pooch():
    level = pooch.get_logger().level
    pooch.get_logger().setLevel("ERROR")
    yield
    pooch.get_logger().setLevel(level)


@pytest.fixture
def server(tmp_path):
    """Serve an empty folder; return the folder, the address and what is asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(CountingHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    CountingHandler.requests.clear()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/", CountingHandler.requests
    server.shutdown()
    server.server_close()
    thread.join()
