"""The two ends of every measurement: smtp-source sends, smtp-sink takes and counts."""

import json
import re
import socket
import subprocess
import threading
import time


class Trouble(Exception):
    """The measurement is void; the text says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Sink:
    """smtp-sink on loopback, whose counter is read as it moves."""

    def __init__(self, port):
        self.port = port
        self.count = 0
        self._moved = threading.Condition()
        self._process = None

    def start(self):
        self.count = 0
        self._process = subprocess.Popen(
            ["smtp-sink", "-u", "postfix", "-c", "-4", "-m", "4000", f"127.0.0.1:{self.port}", "4000"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._read, args=[self._process], daemon=True).start()
        wait_for_port(self.port)

    def stop(self):
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait(self, count, quiet_seconds=120):
        """Until `count` messages have come in all; Trouble if none comes for `quiet_seconds`, or too many do."""
        with self._moved:
            while self.count < count:
                before = self.count
                self._moved.wait(quiet_seconds)
                if self.count == before:
                    raise Trouble(f"the sink has {self.count} of {count} messages and gets no more")
            if self.count > count:
                raise Trouble(f"the sink has {self.count} messages, {self.count - count} too many")

    def _read(self, process):
        text = b""
        while chunk := process.stdout.read1(65536):
            text = (text + chunk)[-200:]
            counts = re.findall(rb"mesg=(\d+)\r", text)
            if counts and int(counts[-1]) != self.count:
                with self._moved:
                    self.count = int(counts[-1])
                    self._moved.notify_all()


class FarReceiver:
    """Our own receiver that is 150 ms away, takes 800 ms at the dot, speaks TLS and wants 20 mails per connection."""

    def __init__(self, port, program):
        command = [program, "far-receiver", "--listen", f"127.0.0.1:{port}", "--round-trip", "150", "--dot", "800",
                   "--mails", "20"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._process.stdout.readline()

    def stop(self):
        """What it got: `mails`, `mails_per_second` from the first to the last, `most_open`."""
        self._process.terminate()
        return json.loads(self._process.communicate()[0].splitlines()[-1])


def wait_for_port(port, seconds=60, process=None):
    """Until somebody listens; Trouble if nobody does, or if the process that should has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process and process.poll() is not None:
            raise Trouble(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Trouble(f"nobody listens on port {port} after {seconds} s")


def source_command(port, messages, size, sessions, reuse):
    command = ["smtp-source", "-4", "-s", str(min(sessions, messages)), "-m", str(messages), "-l", str(size),
               "-f", "source@bench.test", "-t", "sink@bench.test", "-M", "source.bench.test"]
    return command + (["-d"] if reuse else []) + [f"127.0.0.1:{port}"]


def send(port, messages, size, sessions, reuse):
    """Sends everything and returns the seconds until the last 250."""
    began = time.monotonic()
    done = subprocess.run(source_command(port, messages, size, sessions, reuse), capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        raise Trouble(f"smtp-source ended with {done.returncode}: {done.stderr.strip()[:300]}")
    return time.monotonic() - began


class SmallMailClient:
    """One connection that sends small mails one after the other and notes how long each took to be accepted."""

    def __init__(self, port, size):
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._replies = self._socket.makefile("rb")
        line = b"X" * 70 + b"\r\n"
        self._body = b"Subject: small\r\n\r\n" + line * (size // len(line)) + b".\r\n"
        self._reply(b"220")
        self._ask(b"EHLO small.bench.test\r\n", b"250")

    def send(self):
        """Seconds from MAIL to the 250 behind the body."""
        began = time.perf_counter()
        self._ask(b"MAIL FROM:<small@bench.test>\r\n", b"250")
        self._ask(b"RCPT TO:<sink@bench.test>\r\n", b"250")
        self._ask(b"DATA\r\n", b"354")
        self._ask(self._body, b"250")
        return time.perf_counter() - began

    def close(self):
        self._ask(b"QUIT\r\n", b"221")
        self._socket.close()

    def _ask(self, text, code):
        self._socket.sendall(text)
        self._reply(code)

    def _reply(self, code):
        while True:
            line = self._replies.readline()
            if not line.startswith(code):
                raise Trouble(f"expected {code.decode()}, got {line!r}")
            if line[3:4] != b"-":
                return
