"""Stores to test against: moto's server and ministack, on loopback, or one that the environment names."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader
from moto.server import ThreadedMotoServer

from tests.parts import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT_VARIABLE = "OSEBERG_TEST_S3_ENDPOINT"
REAL = os.environ.get(ENDPOINT_VARIABLE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def ministack() -> Iterator[str]:
    port = free_port()
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    command = shutil.which("ministack", path=places) or missing("ministack")
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SERVICES": "s3"}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([command], env={**os.environ, **settings}, stdout=quiet, stderr=quiet)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def slow(endpoint: str, delay: float) -> Iterator[str]:
    """Put a proxy before a store that adds a delay to each request."""
    command = [sys.executable, "-m", "tests.s3utils.proxy", endpoint.rpartition(":")[2], str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nothing listens on {port}")


_DESCRIPTIONS = create_loader()  # of services: read once, or each client would take 0.1 s for it


def client(endpoint: str, **more):
    config = Config(retries={"mode": "standard", "max_attempts": 2}, max_pool_connections=20)
    core = botocore.session.Session()
    core.register_component("data_loader", _DESCRIPTIONS)
    session = boto3.session.Session(botocore_session=core)
    return session.client("s3", endpoint_url=endpoint, config=config, **more)
