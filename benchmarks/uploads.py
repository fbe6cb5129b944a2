"""What the mock adds to the memory of a process while 512 MB are uploaded in parts of 64 MB by the SDK, and downloaded.

    python benchmarks/uploads.py

Before that, a small upload, so that all is loaded. In process: by how much the peak grows, less what it grows by where
the client's parts go nowhere. Over a server: by how much the server's own peak grows. Then the file is downloaded as a
stream, from a peak that is set back to what is held. Its md5 is checked both ways. The program fails where the mock
adds 60 MB or more. Linux only.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MB = 1024 * 1024
SIZE = 512
LIMIT = 60


def main() -> None:
    print(f"Python {sys.version.split()[0]}; {SIZE} MB in parts of 64 MB; peaks in MB")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.jsonl"
        digest = hashlib.md5()
        with path.open("wb") as file:
            for _ in range(SIZE):
                part = os.urandom(MB)
                digest.update(part)
                file.write(part)
        added = {}
        for store in ("memory://", f"sqlite:///{folder}/state.db"):
            alone, _ = child("nowhere", path, digest.hexdigest(), store)
            here, seconds, *down = child("in_process", path, digest.hexdigest(), store)
            name = store.partition(":")[0]
            added[f"in process, {name}"] = here - alone, f"{alone:.0f} / {here:.0f}", seconds
            added[f"in process, {name}, down"] = down[1] - down[0], f"{down[0]:.0f} -> {down[1]:.0f}", down[2]
            before, after, seconds, *down = served(path, digest.hexdigest(), store)
            added[f"server, {name}"] = after - before, f"{before:.0f} -> {after:.0f}", seconds
            added[f"server, {name}, down"] = down[1] - down[0], f"{down[0]:.0f} -> {down[1]:.0f}", down[2]
        for what, (more, peaks, seconds) in added.items():
            print(f"{what:<26} {peaks:>12}: {more:4.0f} MB more (limit {LIMIT}), {seconds:.1f} s")
    if max(more for more, _, _ in added.values()) >= LIMIT:
        sys.exit(f"it adds {LIMIT} MB or more")


def child(task: str, *arguments: object) -> list[float]:
    """By how much the peak of a process that does it grows, and how long that took; then what `download` gives."""
    command = [sys.executable, __file__, task, *map(str, arguments)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return [float(number) for number in said]


def served(path: Path, md5: str, store: str) -> list[float]:
    """A server's peak before and after, and the seconds; of the download likewise."""
    import openai

    command = [sys.executable, "-m", "openai_api_mock", "serve", "--port", "4719", "--store", store]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = openai.OpenAI(base_url="http://127.0.0.1:4719/v1", api_key="sk-mock", max_retries=20)
        before = warm(client, server.pid)
        id, seconds = upload(client, path, md5)
        return [before, peak(server.pid), seconds, *download(client, id, md5, server.pid)]
    finally:
        server.terminate()
        server.wait()


def in_process(path: str, md5: str, store: str) -> None:
    from openai import OpenAI

    from openai_api_mock import mock_openai

    with mock_openai(store=store):
        client = OpenAI()
        before = warm(client, os.getpid())
        id, seconds = upload(client, Path(path), md5)
        print(peak(os.getpid()) - before, seconds, *download(client, id, md5, os.getpid()))


def nowhere(path: str, md5: str, store: str) -> None:
    import httpx2
    from openai import OpenAI

    def answer(request: httpx2.Request) -> httpx2.Response:
        for _ in request.stream:
            pass
        return httpx2.Response(200, json={"id": "upload_x", "status": "completed", "file": {"id": "file-x"}})

    class Nowhere(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            return answer(request)

    with httpx2.Client(transport=Nowhere()) as http:
        client = OpenAI(api_key="sk-mock", http_client=http)
        before = warm(client, os.getpid())
        _, seconds = upload(client, Path(path), md5)
    print(peak(os.getpid()) - before, seconds)


def warm(client: Any, process: int) -> float:
    """The peak of a process after a small upload."""
    content = b"x" * (2 * MB)
    for _ in range(2):
        client.uploads.upload_file_chunked(
            file=content, filename="a.jsonl", bytes=len(content), mime_type="text/jsonl", purpose="batch"
        )
    return peak(process)


def upload(client: Any, path: Path, md5: str) -> tuple[str, float]:
    """The file's id, and the seconds."""
    began = time.perf_counter()
    done = client.uploads.upload_file_chunked(file=path, mime_type="text/jsonl", purpose="batch", md5=md5)
    assert done.status == "completed"
    return done.file.id, time.perf_counter() - began


def download(client: Any, id: str, md5: str, process: int) -> tuple[float, float, float]:
    """A process's peak before and after, and the seconds."""
    Path(f"/proc/{process}/clear_refs").write_text("5")  # the peak is what is held now
    before, began = peak(process), time.perf_counter()
    digest = hashlib.md5()
    with client.files.with_streaming_response.content(id) as response:
        for part in response.iter_bytes():
            digest.update(part)
    assert digest.hexdigest() == md5
    return before, peak(process), time.perf_counter() - began


def peak(process: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:]) if sys.argv[1:] else main()
