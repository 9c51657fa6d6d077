"""The sandbox of a service file, built around one command without systemd.

    python -m tests.end_to_end.sandbox packaging/gridpost.service COMMAND ...

Played: SystemCallFilter and RestrictAddressFamilies (libseccomp, with the sets of the installed systemd), NoNewPrivileges,
MemoryDenyWriteExecute, LimitNOFILE, UMask, StateDirectoryMode's owner alone. What only systemd can do (its own file
system view, DynamicUser, an empty capability set) is not played; `systemd-analyze verify` reads those lines.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.end_to_end.supervisor import read_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PR_SET_NO_NEW_PRIVS = 38  # <linux/prctl.h>
_PR_SET_MDWE = 65
_PR_MDWE_REFUSE_EXEC_GAIN = 1
_ACT_ALLOW = 0x7FFF0000  # <seccomp.h>
_ACT_ERRNO = 0x00050000
_CMP_EQ = 4


class _Argument(ctypes.Structure):
    """`struct scmp_arg_cmp` of <seccomp.h>."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def allowed_calls(lines: Sequence[str]) -> frozenset[str]:
    """The system calls that the `SystemCallFilter` lines of an allow list leave, in order (systemd.exec(5))."""
    sets = _sets()
    allowed = set(_spread(("@default",), sets))
    for line in lines:
        calls = _spread(line.removeprefix("~").split(), sets)
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return frozenset(allowed)


def _sets() -> Mapping[str, Sequence[str]]:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        raise FileNotFoundError("systemd-analyze is missing: apt install systemd")
    text = subprocess.run((tool, "syscall-filter", "--no-pager"), check=True, capture_output=True, text=True).stdout
    sets: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith(" ") and name and not line.strip().startswith("#"):
            sets[name].append(line.strip())
        elif not line.startswith(" "):
            name = ""
    return sets


def _spread(names: Iterable[str], sets: Mapping[str, Sequence[str]]) -> set[str]:
    calls: set[str] = set()
    for name in names:
        calls |= _spread(sets[name], sets) if name.startswith("@") else {name}
    return calls


def confine(settings: Mapping[str, Sequence[str]]) -> None:
    """Confine this process for ever, as the settings say. Raises OSError where the kernel refuses."""
    os.umask(int(settings["UMask"][-1], 8))
    files = int(settings["LimitNOFILE"][-1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    calls = allowed_calls(settings["SystemCallFilter"])
    families = settings["RestrictAddressFamilies"][-1].split()
    libc, seccomp = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if settings["MemoryDenyWriteExecute"][-1] == "yes":
        _check(libc.prctl(_PR_SET_MDWE, _PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
    _filter(seccomp, calls, [getattr(socket, family) for family in families])


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _filter(seccomp: ctypes.CDLL, calls: Iterable[str], families: Iterable[int]) -> None:
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_ACT_ERRNO | errno.EPERM))
    no_condition = ctypes.POINTER(_Argument)()
    for call in sorted(set(calls) - {"socket"}):
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # below: not a call of this processor
            seccomp.seccomp_rule_add_array(context, _ACT_ALLOW, number, 0, no_condition)
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        condition = _Argument(0, _CMP_EQ, family, 0)
        seccomp.seccomp_rule_add_array(context, _ACT_ALLOW, number, 1, ctypes.byref(condition))
    _check(seccomp.seccomp_load(context))


if __name__ == "__main__":
    confine(read_unit(Path(sys.argv[1]).read_text(encoding="utf-8")))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming the command is the point
