"""For tests with a broker of their own."""

import os
import select
import signal
import subprocess

DEADLINE = 60  # seconds, for what comes as fast as the machine lets it


def broker_pids(runtime):
    """Of the broker whose XDG_RUNTIME_DIR that is: none, or one."""
    found = subprocess.run(["fuser", f"{runtime}/vmsilo/broker.lock"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [int(pid) for pid in found.stdout.split()]


def broker_end(runtime):
    """Back when it has gone: it removes its files until then, and the test its folder after that."""
    for pid in broker_pids(runtime):
        handle = os.pidfd_open(pid)
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        if not select.select([handle], [], [], DEADLINE)[0]:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            raise TimeoutError(f"the broker did not end within {DEADLINE} s")
        os.close(handle)
