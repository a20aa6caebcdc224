"""What the scripts of this folder share: a running `signalbox run`, its /proc figures, and a strict HTTP/1.1 client.

Nothing here measures; it only starts, asks and reads. Standard library alone, loopback alone, and every process that is
started here is ended here, by its own id.
"""
import argparse
import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = f"{ROOT}/build/release/signalbox"


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def percentile(values, share):
    """The value below which `share` of the values lie; nan of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def resident_bytes(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def raise_descriptor_limit():
    """As far as this process may; returns what it is then. Children inherit it."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def options_of(doc):
    """The options that every script here has."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=PROGRAM, help="default: build/release/signalbox")
    parser.add_argument("--reactor", choices=["io_uring", "epoll"], default="io_uring")
    parser.add_argument("--workers", type=int, default=1)
    return parser


def require_tools(options, *tools):
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        sys.exit(f"missing: {' '.join(missing)} (Debian: section [bench] of packages.txt)")
    if not os.access(options.program, os.X_OK):
        sys.exit(f"no program at {options.program}: build the preset 'release', or name one with --program")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that `finally` ends what was started


class Folder:
    """A temporary folder and the processes that write into it; a context manager that ends and removes all of them."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"{name}.")
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                print(f"process {process.pid} did not end on SIGTERM within 10 s; killed", file=sys.stderr)
                process.kill()
                process.wait()
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, name, text):
        with open(f"{self.path}/{name}", "w") as f:
            f.write(text)
        return f"{self.path}/{name}"

    def read(self, name):
        with open(f"{self.path}/{name}", errors="replace") as f:
            return f.read()

    def start(self, name, command, environment=None, stdin=subprocess.DEVNULL):
        """Both outputs go to NAME.out of this folder."""
        with open(f"{self.path}/{name}.out", "ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=stdin,
                                       env={**os.environ, **(environment or {})})
        self.processes.append(process)
        return process

    def await_listening(self, name, process, port, timeout=15):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{name} does not listen on port {port}:\n{self.read(name + '.out')}")


class Signalbox:
    """`signalbox run` over a site text, with its admin interface."""

    def __init__(self, folder, options, site, name="signalbox"):
        self.folder, self.name = folder, name
        self.site = folder.write(f"{name}.yaml", site)
        command = [options.program, "run", self.site, "--workers", str(options.workers), "--admin", "127.0.0.1:0"]
        self.process = folder.start(name, command, {"SIGNALBOX_REACTOR": options.reactor})
        self.pid = self.process.pid
        self.admin = int(self._await(r"^admin \S*:(\d+)$").group(1))
        self.ports = {m[0]: int(m[1]) for m in re.findall(r"^listener (\S+) \S*:(\d+)$", self.log(), re.MULTILINE)}

    def log(self):
        return self.folder.read(f"{self.name}.out")

    def _await(self, pattern, timeout=15):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, self.log(), re.MULTILINE)
            if found:
                return found
            time.sleep(0.02)
        raise SystemExit(f"{self.name} printed no {pattern!r}:\n{self.log()}")

    def ask(self, path, method="GET", body=None, timeout=10):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}", method=method, data=body)
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.read().decode()

    def stats(self):
        return json.loads(self.ask("/api/stats"))

    def reload(self, site):
        """Writes the file as an editor would (a new file in its place) and sends SIGHUP; does not wait."""
        self.folder.write(f"{self.name}.new", site)
        os.replace(f"{self.folder.path}/{self.name}.new", self.site)
        self.process.send_signal(signal.SIGHUP)

    def reloads(self):
        return len(re.findall(r" reloaded ", self.log()))


class Bad(Exception):
    """An answer that is not what HTTP/1.1 allows, or that ended early: then `answer` has the head that was here."""

    def __init__(self, why, answer=None):
        super().__init__(why)
        self.answer = answer


class Answer:
    def __init__(self, status, headers):
        self.status, self.headers, self.body = status, headers, b""

    @property
    def keeps(self):
        return self.headers.get("connection", "").lower() != "close"


class _Reader(asyncio.StreamReader):
    """After a reset, what had arrived before it can still be read; asyncio's own reader forgets it."""

    def set_exception(self, exc):
        self.feed_eof()


async def connect(port):
    """(reader, writer) of a new connection."""
    loop = asyncio.get_running_loop()
    reader = _Reader(limit=1 << 20, loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", port)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def read_answer(reader, method="GET", pause=None):
    """Reads one answer and nothing behind it. Every deviation is Bad; .answer is set once the head was read.

    `pause` (a coroutine function) is awaited between pieces of the body: a slow reader.
    """
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as e:
            raise Bad("closed inside the head" if e.partial else "closed without an answer") from e
        except (ConnectionError, asyncio.LimitOverrunError) as e:
            raise Bad(f"no head: {type(e).__name__}") from e
        lines = head[:-4].split(b"\r\n")
        first = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [^\r\n]*", lines[0])
        if not first:
            raise Bad(f"bad status line {lines[0][:80]!r}")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon:
                raise Bad(f"bad header line {line[:80]!r}")
            headers[name.decode().lower()] = value.strip().decode()
        answer = Answer(int(first[1]), headers)
        if answer.status >= 200:
            break
    try:
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if headers.get("transfer-encoding", "").lower() == "chunked":
            pieces = []
            while True:
                line = await reader.readuntil(b"\r\n")
                size = int(line[:-2], 16)
                if size == 0:
                    while await reader.readuntil(b"\r\n") != b"\r\n":
                        pass
                    break
                pieces.append((await reader.readexactly(size + 2))[:-2])
                if pause:
                    await pause()
            answer.body = b"".join(pieces)
        elif "content-length" in headers:
            left = int(headers["content-length"])
            pieces = []
            while left > 0:
                piece = await reader.read(min(left, 65536))
                if not piece:
                    raise Bad("body ended early", answer)
                pieces.append(piece)
                left -= len(piece)
                if pause:
                    await pause()
            answer.body = b"".join(pieces)
        else:
            raise Bad("an answer without a length", answer)
    except (asyncio.IncompleteReadError, ConnectionError) as e:
        raise Bad(f"body ended early: {type(e).__name__}", answer) from e
    except ValueError as e:
        raise Bad(f"bad chunk: {e}", answer) from e
    return answer
