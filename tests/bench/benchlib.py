"""What the comparison benches share: engines started side by side on one CPU, their CPU time and memory, clean-up.

Everything listens on loopback, lives in a temporary folder and is ended by Bench.stop_all().
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TICK = os.sysconf("SC_CLK_TCK")
SIZES = {"128": 128, "64k": 64 * 1024, "1m": 1024 * 1024}  # bytes of what the backend serves under /NAME

NGINX_COMMON = """daemon off; worker_processes 1; pid {dir}/{name}.pid; error_log {dir}/{name}.log error;
{user}
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {dir}/t1; proxy_temp_path {dir}/t2; fastcgi_temp_path {dir}/t3;
  uwsgi_temp_path {dir}/t4; scgi_temp_path {dir}/t5;
  keepalive_requests 1000000000;
"""
BACKEND = NGINX_COMMON + """  default_type text/plain;
  server {{ {listens} root {dir}/www; sendfile on; location = /128 {{ return 200 "{small}"; }} }}
}}
"""
NGINX = NGINX_COMMON + """  keepalive_timeout 600s;
  upstream pool {{ {servers} keepalive 128; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{
    proxy_pass http://pool; proxy_http_version 1.1; proxy_set_header Connection ""; }} }}
}}
"""
HAPROXY = """global
  nbthread 1
  maxconn 9900
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 60s
  http-reuse always
frontend lb
  bind 127.0.0.1:{port}
  default_backend pool
backend pool
  balance roundrobin
{servers}
"""
SITE = """signalbox: 1
listeners:
  - {{name: lb, bind: "127.0.0.1:0", protocol: http, role: load-balancer, pool: pool, timeouts: {{idle: 600s}}}}
pools:
  - name: pool
    balance: round-robin
    backends:
{servers}
"""


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def process_tree(pid):
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                parents[int(entry)] = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended while we looked
    tree = [pid]
    for member in tree:
        tree += [child for child, parent in parents.items() if parent == member]
    return tree


def cpu_seconds(pid):
    """(by /proc/PID/stat, by the process CPU clock) of a whole process tree."""
    ticks, precise = 0, 0.0
    for member in process_tree(pid):
        with open(f"/proc/{member}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
        precise += time.clock_gettime((~member << 3) | 2)  # what clock_getcpuclockid() answers
    return ticks / TICK, precise


def resident_bytes(pid):
    total = 0
    for member in process_tree(pid):
        with open(f"/proc/{member}/statm") as f:
            total += int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return total


def require_tools(*tools):
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        sys.exit(f"missing: {' '.join(missing)} (Debian: section [bench] of packages.txt)")


class Bench:
    """The engines under comparison. `options` has: cpu, program, reactors."""

    def __init__(self, options):
        self.options = options
        self.dir = tempfile.mkdtemp(prefix="proxy_vs_peers.")
        self.started = []
        self.engines = {}  # name: (process, port)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def start(self, name, command, environment=None):
        log = open(f"{self.dir}/{name.replace('/', '-')}.out", "wb")
        process = subprocess.Popen(["taskset", "-c", str(self.options.cpu), *command], stdout=log,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env={**os.environ, **(environment or {})})
        log.close()
        self.started.append((name, process))
        return process

    def stop_all(self):
        for _, process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name, process in self.started:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                print(f"{name} did not end on SIGTERM within 10 s; killed", file=sys.stderr)
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def output(self, name):
        with open(f"{self.dir}/{name.replace('/', '-')}.out", errors="replace") as f:
            return f.read()

    def write(self, name, text):
        path = f"{self.dir}/{name}"
        with open(path, "w") as f:
            f.write(text)
        return path

    def await_answers(self, name, process, port):
        """Every body has the size that is about to be measured."""
        deadline = time.monotonic() + 15
        wanted = dict(SIZES)
        while wanted and time.monotonic() < deadline and process.poll() is None:
            path, size = next(iter(wanted.items()))
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=2) as answer:
                    got = len(answer.read())
                if got != size:
                    raise SystemExit(f"{name} answered {got} bytes, expected {size}")
                del wanted[path]
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        if wanted:
            raise SystemExit(f"{name} does not answer on port {port}:\n{self.output(name)}")

    def start_all(self):
        backends = self.start_peers()
        for reactor in self.options.reactors:
            self.start_signalbox(reactor, backends)
        return list(self.engines)

    def start_peers(self):
        user = "user root;" if os.geteuid() == 0 else ""
        backends, own = (ports := free_ports(5))[:3], ports[3:]
        os.mkdir(f"{self.dir}/www")
        for path, size in SIZES.items():
            self.write(f"www/{path}", "x" * size)
        listens = " ".join(f"listen 127.0.0.1:{p} backlog=4096;" for p in backends)
        conf = self.write("backend.conf", BACKEND.format(dir=self.dir, name="backend", user=user, listens=listens,
                                                         small="x" * SIZES["128"]))
        process = self.start("backend", ["nginx", "-p", self.dir, "-c", conf])
        for port in backends:
            self.await_answers("backend", process, port)

        servers = " ".join(f"server 127.0.0.1:{p};" for p in backends)
        conf = self.write("nginx.conf", NGINX.format(dir=self.dir, name="nginx", user=user, servers=servers, port=own[0]))
        self.engines["nginx"] = (self.start("nginx", ["nginx", "-p", self.dir, "-c", conf]), own[0])
        servers = "\n".join(f"  server s{i} 127.0.0.1:{p}" for i, p in enumerate(backends))
        conf = self.write("haproxy.cfg", HAPROXY.format(servers=servers, port=own[1]))
        self.engines["haproxy"] = (self.start("haproxy", ["haproxy", "-db", "-q", "-f", conf]), own[1])
        for name, (process, port) in self.engines.items():
            self.await_answers(name, process, port)
        return backends

    def start_signalbox(self, reactor, backends):
        name = f"signalbox/{reactor}"
        servers = "\n".join(f'      - {{name: s{i}, address: "127.0.0.1:{p}"}}' for i, p in enumerate(backends))
        site = self.write("site.yaml", SITE.format(servers=servers))
        process = self.start(name, [self.options.program, "run", site, "--workers", "1"], {"SIGNALBOX_REACTOR": reactor})
        deadline = time.monotonic() + 15
        found = None
        while not found and time.monotonic() < deadline and process.poll() is None:
            found = re.search(r"^listener lb \S*:(\d+)$", self.output(name), re.MULTILINE)
            time.sleep(0.05)
        if not found:
            raise SystemExit(f"{name} printed no 'listener lb HOST:PORT':\n{self.output(name)}")
        self.engines[name] = (process, int(found.group(1)))
        self.await_answers(name, process, int(found.group(1)))

    def measured(self, name, work):
        """Runs `work(port)`, which answers the number of requests it sent; that number and the CPU microseconds each took."""
        process, port = self.engines[name]
        before = cpu_seconds(process.pid)
        requests = work(port)
        after = cpu_seconds(process.pid)
        if process.poll() is not None or not requests:
            raise SystemExit(f"{name} ended or answered nothing:\n{self.output(name)}")
        return requests, [1e6 * (now - then) / requests for then, now in zip(before, after)]
