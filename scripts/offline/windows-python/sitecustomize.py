"""Avoids functions of Windows that end a process under old versions of wine, in the Windows Python of the tests."""

import _winapi
import ctypes
import os

# Without it, shutil copies files as on other systems.
del _winapi.CopyFile2


def getppid() -> int:
    """Return the PID of the parent process."""

    class BasicInformation(ctypes.Structure):
        _fields_ = (
            ("exit_status", ctypes.c_void_p),
            ("environment", ctypes.c_void_p),
            ("affinity", ctypes.c_void_p),
            ("priority", ctypes.c_void_p),
            ("pid", ctypes.c_void_p),
            ("parent", ctypes.c_void_p),
        )

    found = BasicInformation()
    this_process = ctypes.c_void_p(-1)
    ctypes.WinDLL("ntdll").NtQueryInformationProcess(this_process, 0, ctypes.byref(found), ctypes.sizeof(found), None)
    return found.parent or 0


os.getppid = getppid
