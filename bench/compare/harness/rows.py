"""What is measured: each function runs one row once against one server and returns named numbers."""

import subprocess
import time

from . import load, processes, servers

KB = 1024


class Row:
    """One thing to measure. `only` names the one server that it is about, if it is not about both."""

    only = None
    title = ""

    def run(self, server):
        raise NotImplementedError


class Relay(Row):
    """Relays messages of one size over connections that are reused or not."""

    def __init__(self, size, sessions, reuse, messages):
        self.size, self.sessions, self.reuse, self.messages = size, sessions, reuse, messages
        connection = "reused" if reuse else "one per message"
        self.title = f"{size // KB} KB, {sessions} sessions, {connection}"

    def run(self, server):
        server.sink.start()
        try:
            before = server.cpu_seconds()
            with processes.PeakMemory(server.pid) as memory:
                began = time.monotonic()
                load.send(server.port, self.messages, self.size, self.sessions, self.reuse)
                server.sink.wait(self.messages)
                seconds = time.monotonic() - began
            cpu = server.cpu_seconds() - before
        finally:
            server.sink.stop()
        return {
            "msg/s": self.messages / seconds,
            "CPU ms per 1,000": cpu * 1e6 / self.messages,
            "peak MB": memory.bytes / 1e6,
        }


class Flushes(Row):
    """Flushes per message, counted by strace in a run of its own: the server is started for it and stopped."""

    def __init__(self, sessions, messages):
        self.sessions, self.messages = sessions, messages
        self.title = f"flushes per message, 2 KB, {sessions} sessions"

    def run(self, server):
        trace = server.folder.parent / f"{server.name}.strace"
        server.stop()
        server.start(trace)
        server.sink.start()
        try:
            load.send(server.port, self.messages, 2 * KB, self.sessions, True)  # warm
            server.sink.wait(self.messages)
            began = time.time()
            load.send(server.port, self.messages, 2 * KB, self.sessions, True)
            server.sink.wait(2 * self.messages)
        finally:
            server.sink.stop()
            server.stop()
        counted = servers.flushes(trace, began)
        server.start()
        return {"flushes per message": counted / self.messages}


class Backlog(Row):
    """The sink is down: how fast mail is accepted. Then it comes up: how fast the backlog drains."""

    def __init__(self, messages):
        self.messages = messages
        self.title = f"backlog of {messages:,}, 2 KB, 20 sessions"

    def run(self, server):
        try:
            accepted = load.send(server.port, self.messages, 2 * KB, 20, True)
            server.sink.start()
            began = time.monotonic()
            server.retry_all()
            server.sink.wait(self.messages)
            drained = time.monotonic() - began
        finally:
            server.sink.stop()
        return {"accepted msg/s": self.messages / accepted, "drained msg/s": self.messages / drained}


class AcceptLatency(Row):
    """How long small mails take to be accepted while 20 sessions send 25 MB each, again and again."""

    SIZE = 25_000_000

    def __init__(self, large_messages):
        self.large_messages = large_messages
        self.title = f"2 KB mails beside 20 sessions that send {large_messages} × 25 MB"

    def run(self, server):
        server.sink.start()
        try:
            client = load.SmallMailClient(server.port, 2 * KB)
            large = subprocess.Popen(load.source_command(server.port, self.large_messages, self.SIZE, 20, True))
            seconds = []
            while large.poll() is None:
                seconds.append(client.send())
                time.sleep(0.01)
            if large.returncode != 0:
                raise load.Trouble(f"smtp-source ended with {large.returncode}")
            client.close()
            server.sink.wait(self.large_messages + len(seconds))
        finally:
            server.sink.stop()
        seconds.sort()
        return {
            "p50 ms": seconds[len(seconds) // 2] * 1e3,
            "p99 ms": seconds[len(seconds) * 99 // 100] * 1e3,
            "small mails": len(seconds),
        }


class Far(Row):
    """Thousands of connections to a receiver that is slow because it is far away."""

    only = "ekiden"

    def __init__(self, connections, messages):
        self.connections, self.messages = connections, messages
        self.title = f"far receiver (150 ms, 800 ms at the dot, TLS), {connections:,} connections"

    def run(self, server):
        server.restart(TLS="opportunistic", CONNECTIONS=self.connections)
        receiver = load.FarReceiver(server.sink.port, servers.ROOT / "artifacts/bin/Ekiden.Bench/release/Ekiden.Bench")
        try:
            idle = server.memory_bytes()
            with processes.PeakMemory(server.pid) as memory:
                load.send(server.port, self.messages, 2 * KB, 100, True)
                while server.waiting():
                    time.sleep(1)
        finally:
            got = receiver.stop()
            server.restart(TLS="none", CONNECTIONS=50)
        if got["mails"] != self.messages:
            raise load.Trouble(f"the far receiver has {got['mails']} of {self.messages} messages")
        return {
            "msg/s": got["mails_per_second"],
            "most connections open": got["most_open"],
            "KiB per connection": (memory.bytes - idle) / KB / max(got["most_open"], 1),
        }


class Waiting(Row):
    """A long queue that cannot move: what it weighs, and how soon a restart has it again. Postfix would take hours."""

    only = "ekiden"

    def __init__(self, messages):
        self.messages = messages
        self.title = f"{messages:,} waiting, 2 KB"

    def run(self, server):
        server.stop()
        server.wipe()
        server.start()
        idle = server.memory_bytes()
        accepted = load.send(server.port, self.messages, 2 * KB, 100, True)
        numbers = {
            "accepted msg/s": self.messages / accepted,
            "idle MB": idle / 1e6,
            "full MB": server.memory_bytes() / 1e6,
            "bytes per recipient": (server.memory_bytes() - idle) / self.messages,
        }
        for how, end in (("restart", server.stop), ("after kill -9", server.kill)):
            end()
            began = time.monotonic()
            server.start()
            numbers[f"{how}: listeners open s"] = server.ready_seconds
            while server.waiting() < self.messages:
                time.sleep(0.05)
            numbers[f"{how}: all scheduled s"] = time.monotonic() - began
        numbers["full MB after a restart"] = server.memory_bytes() / 1e6
        server.stop()
        server.wipe()
        server.start()
        return numbers
