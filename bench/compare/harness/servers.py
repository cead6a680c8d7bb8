"""The two servers, each with a folder, ports and a sink of its own."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from . import load, processes

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent


class Server:
    """Started and stopped as often as a row needs; `folder` survives a restart, `wipe` empties it."""

    name = ""

    def __init__(self, folder):
        self.folder = Path(folder) / self.name
        self.port = load.free_port()
        self.sink = load.Sink(load.free_port())
        self.pid = 0

    def start(self, trace=None):
        """Until the listener answers. With `trace`, under strace, which writes every flush there."""
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def retry_all(self):
        """Makes deferred mail due now."""
        raise NotImplementedError

    def wipe(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self):
        return processes.cpu_seconds(self.pid)

    def memory_bytes(self):
        return processes.memory_bytes(self.pid)

    def _fill_in(self, template, target, **words):
        text = (HERE / template).read_text()
        values = {"FOLDER": self.folder, "PORT": self.port, "SINK_PORT": self.sink.port} | words
        target.write_text(re.sub(r"@([A-Z_]+)@", lambda match: str(values.get(match[1], match[0])), text))


def strace(trace):
    # With the filter in the kernel only these calls stop, so that the server runs at its own speed.
    return ["strace", "-f", "--seccomp-bpf", "-ttt", "-o", str(trace), "-e", "trace=fsync,fdatasync,sync_file_range,syncfs"]


def flushes(trace, since):
    """How many flushes a finished trace shows that began at `since` (seconds since 1970) or later."""
    calls = re.findall(r"^\d+ +([\d.]+) (?:fsync|fdatasync|sync_file_range|syncfs)\(", Path(trace).read_text(), re.MULTILINE)
    return sum(float(time) >= since for time in calls)


class Postfix(Server):
    name = "postfix"

    def start(self, trace=None):
        for folder in ("etc", "queue", "data"):
            (self.folder / folder).mkdir(parents=True, exist_ok=True)
        postfix = pwd.getpwnam("postfix")
        os.chown(self.folder / "data", postfix.pw_uid, postfix.pw_gid)
        self._fill_in("postfix/main.cf", self.folder / "etc/main.cf")
        self._fill_in("postfix/master.cf", self.folder / "etc/master.cf")
        command = self._postfix("start")
        if trace:
            self._tracer = subprocess.Popen(strace(trace) + command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            self._tracer = None
            subprocess.run(command, check=True, capture_output=True)
        load.wait_for_port(self.port)
        self.pid = int((self.folder / "queue/pid/master.pid").read_text())

    def stop(self):
        subprocess.run(self._postfix("stop"), capture_output=True)
        if self._tracer:
            self._tracer.wait()
        self.pid = 0

    def retry_all(self):
        subprocess.run(["postqueue", "-c", str(self.folder / "etc"), "-f"], check=True)

    def version(self):
        shown = subprocess.run(["postconf", "-h", "mail_version"], capture_output=True, text=True)
        return "Postfix " + shown.stdout.strip()

    def _postfix(self, word):
        return ["postfix", "-c", str(self.folder / "etc"), word]


class Ekiden(Server):
    name = "ekiden"
    executable = ROOT / "artifacts/ekiden/ekiden"

    def __init__(self, folder):
        super().__init__(folder)
        self.http_port = load.free_port()
        self.route = {"TLS": "none", "CONNECTIONS": 50}
        self.ready_seconds = 0.0
        self._process = None

    def start(self, trace=None):
        self.folder.mkdir(parents=True, exist_ok=True)
        self._fill_in("ekiden/ekiden.toml", self.folder / "ekiden.toml", HTTP_PORT=self.http_port, **self.route)
        command = (strace(trace) if trace else []) + [str(self.executable), "serve", "--config", self._config()]
        log = self.folder / "log"
        with open(log, "wb") as output:
            began = time.monotonic()
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        while not re.search(rb'^(ready|\{"event":"ready",.*)$', log.read_bytes(), re.MULTILINE):
            if self._process.poll() is not None:
                raise load.Trouble(f"ekiden ended with {self._process.returncode}: {log.read_text()[-500:]}")
            time.sleep(0.005)
        self.ready_seconds = time.monotonic() - began
        self.pid = self._process.pid if not trace else processes.tree(self._process.pid)[1]

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        self._process.wait()
        self.pid = 0

    def restart(self, **route):
        """With other settings of the route: TLS, CONNECTIONS."""
        self.stop()
        self.route |= route
        self.start()

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait()
        self.pid = 0

    def retry_all(self):
        subprocess.run([str(self.executable), "queue", "retry", "--all", "--config", self._config()],
                       check=True, stdout=subprocess.DEVNULL)

    def waiting(self):
        """Recipients that are not finished, by the metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/metrics") as answer:
            return int(re.search(r'^ekiden_queue_recipients{state="waiting"} (\d+)', answer.read().decode(), re.M)[1])

    def version(self):
        shown = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
        return "Ekiden " + shown.stdout.strip()

    def _config(self):
        return str(self.folder / "ekiden.toml")
