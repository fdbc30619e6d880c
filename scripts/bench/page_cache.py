"""Drop the files in folders, or single files, from the page cache, so that the next start reads them from the disk.

Files that a running program has mapped stay. No rights are needed, and no other program's files are dropped.
"""

import os
import sys
from pathlib import Path


def drop(file: Path) -> None:
    """Drop one file, if it can be read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def main() -> None:
    """Drop every file below the arguments."""
    os.sync()  # a page that is not written yet cannot be dropped
    for top in sys.argv[1:]:
        if Path(top).is_file():
            drop(Path(top))
        for folder, _, names in os.walk(top):
            for name in names:
                drop(Path(folder, name))


if __name__ == "__main__":
    main()
