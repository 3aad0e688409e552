"""Which system calls a confined process does without: a table of numbers for two processors."""

from __future__ import annotations

import errno
import os
import platform
from typing import NamedTuple


class Test(NamedTuple):
    """What a seccomp filter asks of one half of an argument: whether these bits of it are that value."""

    argument: int
    bits: int
    value: int
    high: bool = False


class Rule(NamedTuple):
    """What a filter says of a system call: it fails with `error`, unless all of `unless` or none of `where` hold."""

    number: int
    error: int
    unless: tuple[Test, ...] = ()
    where: tuple[Test, ...] = ()


# A name, then its numbers on x86-64 and on 64-bit ARM; 0 where there is none. None of these is needed to compute.
_DENIED = """
connect 42 203; bind 49 200; listen 50 201; accept 43 202; accept4 288 242; socket 41 198; sendmsg 46 211;
sendmmsg 307 269
fork 57 0; vfork 58 0; execve 59 221; execveat 322 281
tkill 200 130; rt_sigqueueinfo 129 138; rt_tgsigqueueinfo 297 240; pidfd_send_signal 424 424; pidfd_open 434 434;
pidfd_getfd 438 438; ptrace 101 117; process_vm_readv 310 270; process_vm_writev 311 271; process_madvise 440 440;
process_mrelease 448 448; kcmp 312 272
io_uring_setup 425 425; io_uring_enter 426 426; io_uring_register 427 427
mount 165 40; umount2 166 39; pivot_root 155 41; chroot 161 51; unshare 272 97; setns 308 268; open_tree 428 428;
move_mount 429 429; fsopen 430 430; fsconfig 431 431; fsmount 432 432; fspick 433 433; mount_setattr 442 442
keyctl 250 219; add_key 248 217; request_key 249 218; bpf 321 280; perf_event_open 298 241; userfaultfd 323 282
init_module 175 105; finit_module 313 273; delete_module 176 106; kexec_load 246 104; kexec_file_load 320 294;
reboot 169 142; swapon 167 224; swapoff 168 225; acct 163 89; syslog 103 116; quotactl 179 60; quotactl_fd 443 443
open_by_handle_at 304 265; name_to_handle_at 303 264; settimeofday 164 170; clock_settime 227 112; adjtimex 159 171;
clock_adjtime 305 266; sethostname 170 161; setdomainname 171 162; iopl 172 0; ioperm 173 0; modify_ldt 154 0;
personality 135 92
shmget 29 194; shmat 30 196; shmctl 31 195; msgget 68 186; msgsnd 69 189; msgrcv 70 188; msgctl 71 187; semget 64 190;
semop 65 193; semctl 66 191; semtimedop 220 192; mq_open 240 180; mq_unlink 241 181; memfd_create 319 279;
memfd_secret 447 447
chown 92 0; fchown 93 55; lchown 94 0; fchownat 260 54; setxattr 188 5; lsetxattr 189 6; fsetxattr 190 7;
removexattr 197 14; lremovexattr 198 15; fremovexattr 199 16; truncate 76 45
setrlimit 160 164; setpriority 141 140; sched_setaffinity 203 122; sched_setscheduler 144 119; sched_setparam 142 118;
sched_setattr 314 274; ioprio_set 251 30; move_pages 279 239; migrate_pages 256 238
"""
# Landlock does not hold these back, and copying a file within the folder needs them: they succeed and do nothing.
_IDLE = """
chmod 90 0; fchmod 91 52; fchmodat 268 53; fchmodat2 452 452; utime 132 0; utimes 235 0; futimesat 261 0;
utimensat 280 88
"""
# C libraries take older ones instead, which can be looked into.
_UNKNOWN = "clone3 435 435; openat2 437 437"
HIGHEST = 462

_THREAD, _SIGN = 0x10000, 0xFFFFFFFF
_TRUNCATES_BY_READING = os.O_TRUNC | os.O_ACCMODE


def denied() -> list[Rule]:
    """The rules of a filter for this process."""
    numbers = _numbers(_DENIED)
    rules = [Rule(number, errno.EPERM) for number in numbers]
    rules += [Rule(number, 0) for number in _numbers(_IDLE)]
    rules += [Rule(number, errno.ENOSYS) for number in _numbers(_UNKNOWN)]
    own = (Test(0, _SIGN, os.getpid()),)
    for call, unless in {
        "clone 56 220": (Test(0, _THREAD, _THREAD),),
        "kill 62 129": own,
        "tgkill 234 131": own,
        "socketpair 53 199": (Test(1, 0xF, 1),),
        "prlimit64 302 261": (Test(2, _SIGN, 0), Test(2, _SIGN, 0, high=True)),
    }.items():
        rules += [Rule(number, errno.EPERM, unless=unless) for number in _numbers(call)]
    # A file that is opened to be read, and emptied by that; signals to others by way of a file; keys for a terminal;
    # and to live on when the parent has ended.
    for call, argument, bits, values in (
        ("open 2 0", 1, _TRUNCATES_BY_READING, (os.O_TRUNC,)),
        ("openat 257 56", 2, _TRUNCATES_BY_READING, (os.O_TRUNC,)),
        ("fcntl 72 25", 1, _SIGN, (8, 10, 15)),
        ("prctl 157 167", 0, _SIGN, (1,)),
        ("ioctl 16 29", 1, _SIGN, (0x8901, 0x8902, 0x5412, 0x541C)),
    ):
        where = tuple(Test(argument, bits, value) for value in values)
        rules += [Rule(number, errno.EPERM, where=where) for number in _numbers(call)]
    return rules


def _numbers(table: str) -> list[int]:
    place = 1 if platform.machine() == "x86_64" else 2
    rows = [row.split() for row in table.replace("\n", ";").split(";") if row.strip()]
    return [int(row[place]) for row in rows if int(row[place])]
