"""A real object store to test against: one node of Ceph with its S3 gateway, in memory and on loopback.

Debian's packages radosgw, ceph-mon and ceph-osd are enough. Version 16, which Debian 12 has, is older than Amazon's
conditions on copies and its checksums: a store as people run them, and the one that differs most from Amazon's.
"""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.parts import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
STORAGE_CLASSES = ("STANDARD_IA", "GLACIER_IR")  # a cluster has those that its operator named
KMS_KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
# No manager, no replicas, no authentication between the programs: one disk in memory that nobody else reaches.
CONFIGURATION = """
[global]
fsid = {cluster}
mon host = [v2:127.0.0.1:{monitor}/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
run dir = {folder}
crash dir = {folder}
log file = {folder}/$name.log
admin socket =
pid file =
mon data = {folder}/mon
mon data avail crit = 1
mon allow pool size one = true
paxos propose interval = 0.05
paxos min wait = 0.01
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd op queue = wpq
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{gateway} tcp_nodelay=1
rgw override bucket index max shards = 1
rgw dynamic resharding = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = {kms_key}={secret}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def ceph(access_key: str, secret_key: str) -> Iterator[str]:
    """Start the three programs; the folder, and with it all that was stored, is gone at the end."""
    if not all(shutil.which(program) for program in PROGRAMS):
        missing("Ceph (apt-get install radosgw ceph-mon ceph-osd)")
    said = subprocess.run(["radosgw", "--version"], capture_output=True, text=True, check=True).stdout
    if "version 16." not in said:
        pytest.skip(
            f"what Ceph does otherwise than Amazon is recorded for version 16 alone, and this is {said.strip()}"
        )
    with tempfile.TemporaryDirectory(prefix="oseberg-ceph-") as folder:
        node = Node(Path(folder))
        try:
            yield node.start(access_key, secret_key)
        finally:
            node.stop()


class Node:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = str(uuid.uuid4())
        self.monitor, self.gateway = free_port(), free_port()
        self.configuration = folder / "ceph.conf"
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, access_key: str, secret_key: str) -> str:
        places = {"cluster": self.cluster, "folder": self.folder, "monitor": self.monitor, "gateway": self.gateway}
        secret = base64.b64encode(b"k" * 32).decode()
        self.configuration.write_text(CONFIGURATION.format(**places, kms_key=KMS_KEY, secret=secret))
        self.start_storage()
        self.run(
            "radosgw-admin", "user", "create", "--uid=tests", "--display-name=tests", *_keys(access_key, secret_key)
        )
        for name in STORAGE_CLASSES:
            target = ("--placement-id=default-placement", f"--storage-class={name}")
            self.run("radosgw-admin", "zonegroup", "placement", "add", "--rgw-zonegroup=default", *target)
            pool = "--data-pool=default.rgw.buckets.data"
            self.run("radosgw-admin", "zone", "placement", "add", "--rgw-zone=default", pool, *target)
        self.serve("radosgw", "-n", "client.rgw")
        self.wait_for_answer(access_key, secret_key)
        return f"http://127.0.0.1:{self.gateway}"

    def start_storage(self) -> None:
        address = f"[v2:127.0.0.1:{self.monitor}]"
        self.run("monmaptool", "--create", "--fsid", self.cluster, "--addv", "a", address, str(self.folder / "map"))
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", str(self.folder / "map"))
        self.serve("ceph-mon", "-i", "a")
        disk = str(uuid.uuid4())
        self.run("ceph", "--connect-timeout", "30", "osd", "new", disk)
        (self.folder / "osd").mkdir()
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self.run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=here")
        self.serve("ceph-osd", "-i", "0")

    def run(self, program: str, *arguments: str) -> None:
        command = [program, *self.named(program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"

    def serve(self, program: str, *arguments: str) -> None:
        quiet = subprocess.DEVNULL
        command = [program, *self.named(program), "-f", *arguments]
        self.processes.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))

    def named(self, program: str) -> list[str]:
        if program == "monmaptool":
            return []
        return ["-c", str(self.configuration), *(["-n", "client.rgw"] if program == "radosgw-admin" else [])]

    def wait_for_answer(self, access_key: str, secret_key: str) -> None:
        """Return when the gateway knows the account; on a busy machine it answers earlier than that."""
        keys = {"aws_access_key_id": access_key, "aws_secret_access_key": secret_key, "region_name": "default"}
        store = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.gateway}", **keys)
        for _ in range(300):
            try:
                store.list_buckets()
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the S3 gateway of Ceph does not answer")

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()  # nothing is kept, so nothing is written down first
            process.wait(30)


def _keys(access_key: str, secret_key: str) -> tuple[str, str]:
    return f"--access-key={access_key}", f"--secret-key={secret_key}"
