"""Confines a process that reads evidence: files of this backup and of the interpreter, and nothing else.

On Linux the process gives up its rights itself, through Landlock (which files) and a seccomp filter (which system
calls), without privileges and without a package. Both hold for root too. On macOS it uses `sandbox_init`; that branch
is not tested. The numbers for aarch64 are compared with the kernel's headers by a test and were never run. Elsewhere
nothing confines the process, and the caller is told so.

Neither Landlock nor the filter hides that a file exists: `stat` and `readlink` work for every path that the user may
look up.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from sousveil.texts import t


class Confinement(msgspec.Struct, frozen=True, kw_only=True):
    """What confines a process, and what it lacks."""

    means: tuple[str, ...] = ()
    """Such as "Landlock 7" and "seccomp"."""
    missing: tuple[str, ...] = ()
    """Sentences for people; none where the process is confined."""

    @property
    def whole(self) -> bool:
        """Whether the process is confined."""
        return bool(self.means) and not self.missing


def unconfined(confinement: Confinement) -> str:
    """Why `--require-sandbox` refuses: a sentence for people."""
    return " ".join((t("error.confinement.require_sandbox_given"), *confinement.missing))


class _Refused(Exception):
    """A means of confinement is not available; the text is a sentence for people."""


def confine(readable: Sequence[str], writable: Sequence[str] = ()) -> Confinement:
    """Confine this process for good: it reads below `readable` and the interpreter's folders, and writes below
    `writable` alone. Call it before the first byte of evidence is read, while the process has one thread."""
    steps: list[Callable[[], str]] = []
    if sys.platform == "darwin":
        steps = [partial(_seatbelt, readable, writable)]
    elif sys.platform.startswith("linux"):
        if other := _other_threads():  # neither means would hold for them
            return Confinement(missing=(other,))
        steps = [partial(_landlock, readable, writable), partial(_seccomp, writes=bool(writable))]
    else:
        return Confinement(
            missing=(t("error.confinement.sousveil_cannot_confine", platform=platform.system() or sys.platform),)
        )
    means, missing = [], []
    for step in steps:
        try:
            means.append(step())
        except _Refused as refused:
            missing.append(str(refused))
    return Confinement(means=tuple(means), missing=tuple(missing))


def interpreter_paths() -> list[str]:
    """The files and folders from which the interpreter loads modules and libraries, as far as they exist.

    A folder of modules that holds the user's home folder is left out: it would open all of it."""
    try:
        home = str(Path.home().resolve())
    except (RuntimeError, AttributeError):  # a user whom the system does not know has none
        home = ""
    modules = {os.path.realpath(path) for path in sys.path if path}
    modules = {path for path in modules if path != "/" and not (home and f"{home}/".startswith(path.rstrip("/") + "/"))}
    libraries = {f"{sys.base_prefix}/lib", sysconfig.get_config_var("LIBDIR") or "", *_LIBRARIES}
    return sorted(path for path in modules | libraries if path and Path(path).exists())


_LIBRARIES = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/usr/share/zoneinfo",
    "/usr/lib/locale",
)


# Landlock (linux/landlock.h)

NEWEST_LANDLOCK = 7
"""The newest version of Landlock whose rights are asked for; a test lowers it."""
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_RULE_PATH_BENEATH = 1
_VERSION = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_FILE_RIGHTS = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Since which version, and which rights over files: refer to another folder, truncate, ioctl on devices came later."""
_NET_RIGHTS = 0b11
"""Bind and connect TCP, since version 4."""
_SCOPES = 0b11
"""Abstract sockets and signals to processes outside, since version 6."""
_PR_SET_NO_NEW_PRIVS = 38


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _reason() -> str:
    return os.strerror(ctypes.get_errno())


def _other_threads() -> str:
    """A sentence about other threads of this process; empty where it is known that there are none."""
    try:
        threads = len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return t("error.confinement.proc_available_so")
    return "" if threads == 1 else t("error.confinement.process_already_runs", threads=threads)


def _landlock(readable: Sequence[str], writable: Sequence[str]) -> str:
    libc = _libc()
    version = min(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION), NEWEST_LANDLOCK)
    if version < 1:
        raise _Refused(t("error.confinement.kernel_landlock_linux"))
    rights = sum(right for since, right in _FILE_RIGHTS if version >= since)
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("=QQQ", rights, _NET_RIGHTS, _SCOPES)[:size]
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        raise _Refused(t("error.confinement.landlock_refused_list", reason=_reason()))
    try:
        read, write = _READ_FILE | _READ_DIR, _WRITE_FILE | _REMOVE_FILE | _REMOVE_DIR | _MAKE_DIR | _MAKE_REG
        truncate = (1 << 14) & rights
        for path in {*interpreter_paths(), *readable}:
            _allow(libc, rules, path, read)
        for path in writable:
            _allow(libc, rules, path, read | write | truncate)
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.syscall(_RESTRICT_SELF, rules, 0):
            raise _Refused(t("error.confinement.landlock_refused_confine", reason=_reason()))
    finally:
        os.close(rules)
    return t("error.confinement.landlock", version=version)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | getattr(os, "O_CLOEXEC", 0))  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return  # what is not there needs no right; reading it says why it fails
    try:
        if not Path(path).is_dir():
            rights &= _READ_FILE | _WRITE_FILE
        rule = struct.pack("=Qi", rights, handle)
        if libc.syscall(_ADD_RULE, rules, _RULE_PATH_BENEATH, rule, 0):
            raise _Refused(t("error.confinement.landlock_refused_rule", reason=_reason()))
    finally:
        os.close(handle)


# seccomp (linux/seccomp.h, linux/filter.h)

CALLS: dict[str, tuple[int | None, int | None]] = {
    # the most frequent first: the filter goes through them in this order
    "pread64": (17, 67),
    "read": (0, 63),
    "readv": (19, 65),
    "write": (1, 64),
    "lseek": (8, 62),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "openat": (257, 56),
    "close": (3, 57),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "mprotect": (10, 226),
    "brk": (12, 214),
    "futex": (202, 98),
    "clock_gettime": (228, 113),
    "setitimer": (38, 103),
    "rt_sigreturn": (15, 139),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "getrusage": (98, 165),
    "getrandom": (318, 278),
    "ioctl": (16, 29),
    "fcntl": (72, 25),
    "getdents64": (217, 61),
    "statx": (332, 291),
    "open": (2, None),
    "stat": (4, None),
    "lstat": (6, None),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "writev": (20, 66),
    "dup": (32, 23),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getppid": (110, 173),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "time": (201, None),
    "gettimeofday": (96, 169),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
"""Every system call that a reading process may make, with its numbers on x86-64 and aarch64 (None: not there)."""
WRITING_CALLS: dict[str, tuple[int | None, int | None]] = {
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "fsync": (74, 82),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
}
"""What a process that writes decrypted files may do besides."""
_CLONE3 = 435
"""Answered with "there is no such call", so that a library turns to `clone` (which is refused) and not to an error."""
_CHANGES = os.O_WRONLY | os.O_RDWR | 0o100 | 0o1000 | 0o20000000
"""Flags of opening that change a file: O_CREAT, O_TRUNC and O_TMPFILE have these numbers on both architectures."""
_FCNTL = (0, 1, 2, 3, 1030)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC. F_SETOWN would send signals to other processes."""
_IOCTL = (0x5401, 0x5450, 0x5451)
"""TCGETS, FIONCLEX, FIOCLEX."""
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_X32 = 0x40000000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`; of an argument the lower half, both architectures being little-endian."""
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

_Code = tuple[int, int, int, int]


def filter_program(machine: str, *, writes: bool = False) -> list[_Code]:
    """The filter as (code, jump if true, jump if false, value). Raises KeyError for another architecture."""
    column, architecture = _ARCHITECTURES[machine]
    program: list[_Code] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERRNO | _ENOSYS),
    ]
    for name, numbers in (CALLS | (WRITING_CALLS if writes else {})).items():
        if (number := numbers[column]) is not None:
            checks = list(_checks(name, writes=writes)) or [(_RETURN, 0, 0, _ALLOW)]
            program += [(_EQUAL, 0, len(checks), number), *checks]
    return [*program, (_RETURN, 0, 0, _ERRNO | _EPERM)]


def _checks(name: str, *, writes: bool) -> Iterator[_Code]:
    """Instructions that decide by an argument and return; none where the call is allowed with any."""
    if name in ("openat", "open") and not writes:
        yield _LOAD, 0, 0, _ARGUMENTS + 8 * (2 if name == "openat" else 1)
        yield _ANY_BIT, 0, 1, _CHANGES
        yield _RETURN, 0, 0, _ERRNO | _EPERM
        yield _RETURN, 0, 0, _ALLOW
    elif name in ("fcntl", "ioctl"):
        values = _FCNTL if name == "fcntl" else _IOCTL
        yield _LOAD, 0, 0, _ARGUMENTS + 8
        for left, value in zip(range(len(values), 0, -1), values, strict=True):
            yield _EQUAL, left, 0, value
        yield _RETURN, 0, 0, _ERRNO | _EPERM
        yield _RETURN, 0, 0, _ALLOW
    elif name == "sched_getaffinity":  # of this process alone
        yield _LOAD, 0, 0, _ARGUMENTS
        yield _EQUAL, 1, 0, 0
        yield _RETURN, 0, 0, _ERRNO | _EPERM
        yield _RETURN, 0, 0, _ALLOW


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _seccomp(*, writes: bool) -> str:
    machine = platform.machine()
    try:
        program = filter_program(machine, writes=writes)
    except KeyError:
        raise _Refused(t("error.confinement.sousveil_list_system", machine=machine)) from None
    if struct.calcsize("P") != 8 or sys.byteorder != "little":
        raise _Refused(t("error.confinement.list_system_calls"))
    code = b"".join(struct.pack("=HBBI", c, yes, no, value) for c, yes, no, value in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    described = _Program(len(program), ctypes.cast(buffer, ctypes.c_void_p))
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(described), 0, 0
    ):
        raise _Refused(t("error.confinement.kernel_refused_filter", reason=_reason()))
    return "seccomp"


# macOS (not tested)


def seatbelt_profile(readable: Sequence[str], writable: Sequence[str]) -> str:
    """The profile for `sandbox_init`: deny all, then what is allowed."""

    def below(paths: Sequence[str]) -> str:
        real = (os.path.realpath(path).replace("\\", "\\\\").replace('"', '\\"') for path in paths)
        return " ".join(f'(subpath "{path}")' for path in real)

    lines = ["(version 1)", "(deny default)", "(allow file-read-metadata)", "(allow sysctl-read)"]
    lines.append(f"(allow file-read* {below([*interpreter_paths(), '/System/Library', '/usr/lib', *readable])})")
    if writable:
        lines.append(f"(allow file-read* file-write* {below(writable)})")
    return "\n".join(lines)


def _seatbelt(readable: Sequence[str], writable: Sequence[str]) -> str:
    try:
        library = ctypes.CDLL("/usr/lib/libsandbox.1.dylib")
        error = ctypes.c_char_p()
        profile = seatbelt_profile(readable, writable).encode()
        if library.sandbox_init(profile, ctypes.c_uint64(0), ctypes.byref(error)) != 0:
            raise _Refused(t("error.confinement.sandbox_init_refused"))
    except (OSError, AttributeError):
        raise _Refused(t("error.confinement.macos_sandbox_init")) from None
    return "sandbox_init"


# What a process is started with


def environment() -> dict[str, str]:
    """The environment of a reading process: how modules and libraries are found, and no secret.

    One thread and one arena, so that the process can be confined and its address space stays small."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


_KEPT = (
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "SYSTEMROOT",
    "PATH",
    "LC_ALL",
    "LC_CTYPE",
    "LANG",
    "SOUSVEIL_PAGE_READER",
    "SOUSVEIL_TEST_INJECT",
)


__all__ = [
    "Confinement",
    "confine",
    "environment",
    "filter_program",
    "interpreter_paths",
    "seatbelt_profile",
    "unconfined",
]
