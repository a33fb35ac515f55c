"""Many sessions, one after the other and at once, and what they leave behind."""

import os
import subprocess
import time


def resident(pid, text=None):
    """KiB of its own: what it shares, as the vsock device shares its guest's memory, is not counted."""
    if text is None:
        with open(f"/proc/{pid}/status") as file:
            text = file.read()
    return int(next(line for line in text.splitlines() if line.startswith("RssAnon:")).split()[1])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return len(file.read().split())


class Crowd:
    """vms: the first one gets nine of ten sessions that run at once. check(name, good, text) is told how it went."""

    def __init__(self, vm_run, environment, vms, check):
        self.vm_run, self.environment, self.vms, self.check = vm_run, environment, vms, check

    def sequence(self, count):
        """One after the other. Returns how many a second."""
        start = time.monotonic()
        bad = 0
        for i in range(count):
            vm = self.vms[i % len(self.vms)]
            bad += subprocess.run([self.vm_run, "-n", vm, "sh", "-c", f"exit {i % 100}"], env=self.environment).returncode != i % 100
        rate = count / (time.monotonic() - start)
        self.check(f"{count} one after the other", not bad, f"{bad} failed")
        return rate

    def at_once(self, count):
        """count of them run in the first VM at the same time, and each hears its own words alone. Returns how many a second were
        started."""
        vms = [self.vms[len(self.vms) > 1 and i % 10 == 9] for i in range(count * 10 // 9 if len(self.vms) > 1 else count)]
        count = len(vms)
        start = time.monotonic()
        clients = [subprocess.Popen([self.vm_run, vm, "sh", "-c", "echo up; read line; echo $line; echo $line >&2"],
                                    env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                   for vm in vms]
        up = [client.stdout.readline() == b"up\n" for client in clients]
        rate = count / (time.monotonic() - start)
        self.check(f"{count} at once: all run", all(up),
                   f"{sum(up)} do; others said {set(client.stderr.read() for client, runs in zip(clients, up) if not runs)}")
        texts = [f"words of {i} for {vm}\n".encode() for i, vm in enumerate(vms)]
        for client, text in zip(clients, texts):
            client.stdin.write(text)
            client.stdin.flush()
        results = [client.communicate(timeout=600) for client in clients]
        wrong = [result for result, text in zip(results, texts) if result != (text, text)]
        self.check(f"{count} at once: each hears its own words", not wrong, f"{len(wrong)} do not: {wrong[:2]}")
        self.check(f"{count} at once: all end well", not any(client.returncode for client in clients))
        return rate
