/* Preloaded library: records every change of the files below the folder in DISK_FOLDER, in order, in the file named by
   DISK_RECORD. disk_recorder.py reads it, and computes what a disk contains after a power cut at each moment.
   DISK_FAIL: "N ERRNO"; from change N on all changes fail with that error, as on a disk that is full or read-only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, LINK, UNLINK, MAKE_FOLDER };

struct record {
  uint32_t length, kind;
  uint64_t inode, offset;
};

static const char *folder;
static int out = -1;
static atomic_long changes;
static long fail_at = -1;
static int fail_with;
/* Held from a call until its record is written, so that the records have the order of the calls. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(name) *)real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static void in_child(void) { pthread_mutex_init(&order, NULL); }

__attribute__((constructor)) static void start(void) {
  const char *file = getenv("DISK_RECORD"), *fail = getenv("DISK_FAIL");
  folder = getenv("DISK_FOLDER");
  if (!folder || !file) return;
  if (fail) sscanf(fail, "%ld %d", &fail_at, &fail_with);
  out = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out >= 0) {
    const int high = fcntl(out, F_DUPFD_CLOEXEC, 900); /* where no program expects its own */
    if (high >= 0) {
      close(out);
      out = high;
    }
  }
  pthread_atfork(NULL, NULL, in_child);
}

static int is_below(const char *path) {
  const size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The path of an open file or folder. */
static int path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return 1;
}

/* The absolute path of `name` in the folder `at`. */
static int absolute(int at, const char *name, char *path) {
  if (name[0] == '/') return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
  char base[PATH_MAX];
  if (at == AT_FDCWD ? getcwd(base, sizeof base) == NULL : !path_of(at, base)) return 0;
  return snprintf(path, PATH_MAX, "%s/%s", base, name) < PATH_MAX;
}

/* The inode of an open file or folder that is recorded; 0 for others, and for what a test has opened as the output. */
static uint64_t inode_of(int fd) {
  struct stat found;
  char path[PATH_MAX];
  if (out < 0 || fd == out || fd <= 2 || fstat(fd, &found) || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return 0;
  return path_of(fd, path) && is_below(path) ? found.st_ino : 0;
}

static uint64_t inode_at(const char *path) {
  struct stat found;
  return lstat(path, &found) ? 0 : found.st_ino;
}

static void record(uint32_t kind, uint64_t inode, uint64_t offset, const struct iovec *data, int count) {
  struct iovec parts[66] = {{0}};
  struct record head = {.kind = kind, .inode = inode, .offset = offset};
  const int used = count > 64 ? 64 : count;
  parts[0] = (struct iovec){&head, sizeof head};
  for (int n = 0; n < used; n++) {
    parts[n + 1] = data[n];
    head.length += data[n].iov_len;
  }
  const int before = errno;
  if (REAL(writev)(out, parts, used + 1) != (ssize_t)(sizeof head + head.length)) abort();
  errno = before;
}

static void record_paths(uint32_t kind, uint64_t inode, const char *from, const char *to) {
  const struct iovec paths[] = {{(void *)from, strlen(from) + 1}, {(void *)to, to ? strlen(to) + 1 : 0}};
  record(kind, inode, 0, paths, 2);
}

/* Counts a change that is about to be made. Returns whether the disk refuses it: a full one only what needs room. */
static int refused(int needs_room) {
  const long number = ++changes;
  if (fail_at < 0 || number < fail_at || (fail_with == ENOSPC && !needs_room)) return 0;
  errno = fail_with;
  return 1;
}

static int open_recorded(int at, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  const int writes = (flags & O_ACCMODE) != O_RDONLY && (flags & O_TMPFILE) != O_TMPFILE;
  if (out < 0 || !writes || !absolute(at, name, path) || !is_below(path)) return REAL(openat)(at, name, flags, mode);
  pthread_mutex_lock(&order);
  const uint64_t before = inode_at(path);
  const int creates = before == 0 && flags & O_CREAT, changes_it = creates || flags & O_TRUNC;
  /* A read-only disk refuses to open a file for writing. */
  const int fails = changes_it ? refused(creates) : fail_with == EROFS && changes >= fail_at;
  if (fails) errno = fail_with;
  const int fd = fails ? -1 : REAL(openat)(at, name, flags, mode);
  struct stat found;
  if (fd >= 0 && changes_it && fstat(fd, &found) == 0) {
    if (creates) record_paths(CREATE, found.st_ino, path, "");
    else record(TRUNCATE, found.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&order);
  return fd;
}

#define MODE                                                                                                           \
  mode_t mode = 0;                                                                                                     \
  if (flags & (O_CREAT | __O_TMPFILE)) {                                                                               \
    va_list more;                                                                                                      \
    va_start(more, flags);                                                                                             \
    mode = va_arg(more, mode_t);                                                                                       \
    va_end(more);                                                                                                      \
  }

int open(const char *name, int flags, ...) {
  MODE return open_recorded(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
  MODE return open_recorded(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}
int openat(int at, const char *name, int flags, ...) {
  MODE return open_recorded(at, name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
  MODE return open_recorded(at, name, flags | O_LARGEFILE, mode);
}

/* Runs `call`, which writes `data` at `offset` (-1: where the file is), and records what it wrote. */
#define WRITING(data, count, at, call)                                                                                 \
  const uint64_t inode = inode_of(fd);                                                                                 \
  if (inode == 0) return call;                                                                                         \
  pthread_mutex_lock(&order);                                                                                          \
  const ssize_t done = refused(1) ? -1 : call;                                                                           \
  if (done > 0) {                                                                                                      \
    const off_t offset = (at) >= 0 ? (at) : lseek(fd, 0, SEEK_CUR) - done;                                             \
    record_done(inode, offset, data, count, done);                                                                     \
  }                                                                                                                    \
  pthread_mutex_unlock(&order);                                                                                        \
  return done;

static void record_done(uint64_t inode, off_t offset, const struct iovec *data, int count, ssize_t done) {
  for (int n = 0; n < count && done > 0; n++) {
    const size_t length = (size_t)done < data[n].iov_len ? (size_t)done : data[n].iov_len;
    const struct iovec part = {data[n].iov_base, length};
    record(WRITE, inode, offset, &part, 1);
    offset += length;
    done -= length;
  }
}

ssize_t write(int fd, const void *data, size_t length) {
  const struct iovec part = {(void *)data, length};
  WRITING(&part, 1, (off_t)-1, REAL(write)(fd, data, length))
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) {
  const struct iovec part = {(void *)data, length};
  WRITING(&part, 1, at, REAL(pwrite)(fd, data, length, at))
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) {
  const struct iovec part = {(void *)data, length};
  WRITING(&part, 1, at, REAL(pwrite)(fd, data, length, at))
}
ssize_t writev(int fd, const struct iovec *data, int count) {
  WRITING(data, count, (off_t)-1, REAL(writev)(fd, data, count))
}
ssize_t pwritev(int fd, const struct iovec *data, int count, off_t at) {
  WRITING(data, count, at, REAL(pwritev)(fd, data, count, at))
}

/* The system copies the data, so it is read back from the file. */
ssize_t sendfile(int to, int from, off_t *at, size_t length) {
  const uint64_t inode = inode_of(to);
  if (inode == 0) return REAL(sendfile)(to, from, at, length);
  pthread_mutex_lock(&order);
  const ssize_t done = refused(1) ? -1 : REAL(sendfile)(to, from, at, length);
  if (done > 0) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", to);
    const int again = REAL(open)(link, O_RDONLY | O_CLOEXEC);
    const off_t offset = lseek(to, 0, SEEK_CUR) - done;
    void *data = malloc(done);
    if (again < 0 || !data || pread(again, data, done, offset) != done) abort();
    const struct iovec part = {data, done};
    record(WRITE, inode, offset, &part, 1);
    free(data);
    close(again);
  }
  pthread_mutex_unlock(&order);
  return done;
}
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) { return sendfile(to, from, (off_t *)at, length); }
/* Programs write the data themselves instead. */
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *offset, size_t length, unsigned flags) {
  if (inode_of(to) == 0) return REAL(copy_file_range)(from, at, to, offset, length, flags);
  errno = EXDEV;
  return -1;
}

/* Runs `call` and records the change if it succeeds. */
#define CHANGING(recorded, call, making)                                                                               \
  if (!(recorded)) return call;                                                                                        \
  pthread_mutex_lock(&order);                                                                                          \
  const int failed = refused(0) ? -1 : call;                                                                           \
  if (failed == 0) making;                                                                                             \
  pthread_mutex_unlock(&order);                                                                                        \
  return failed;

int ftruncate(int fd, off_t length) {
  const uint64_t inode = inode_of(fd);
  CHANGING(inode, REAL(ftruncate)(fd, length), record(TRUNCATE, inode, length, NULL, 0))
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }
int truncate(const char *name, off_t length) {
  char path[PATH_MAX];
  const int below = out >= 0 && absolute(AT_FDCWD, name, path) && is_below(path);
  CHANGING(below, REAL(truncate)(name, length), record(TRUNCATE, inode_at(path), length, NULL, 0))
}
int truncate64(const char *name, off64_t length) { return truncate(name, length); }

/* Nothing is written to the disk, which would only cost time. */
int fsync(int fd) {
  const uint64_t inode = inode_of(fd);
  CHANGING(inode, 0, record(SYNC, inode, 0, NULL, 0))
}
int fdatasync(int fd) { return fsync(fd); }

int renameat(int at, const char *from, int to_at, const char *to) {
  char old[PATH_MAX], new[PATH_MAX];
  const int below = out >= 0 && absolute(at, from, old) && absolute(to_at, to, new) && is_below(new);
  const uint64_t inode = below ? inode_at(old) : 0;
  CHANGING(below, REAL(renameat)(at, from, to_at, to), record_paths(RENAME, inode, old, new))
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }
int linkat(int at, const char *from, int to_at, const char *to, int flags) {
  char old[PATH_MAX], new[PATH_MAX];
  const int below = out >= 0 && absolute(at, from, old) && absolute(to_at, to, new) && is_below(new);
  const uint64_t inode = below ? inode_at(old) : 0;
  CHANGING(below, REAL(linkat)(at, from, to_at, to, flags), record_paths(LINK, inode, old, new))
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }
int unlinkat(int at, const char *name, int flags) {
  char path[PATH_MAX];
  const int below = out >= 0 && absolute(at, name, path) && is_below(path);
  const uint64_t inode = below ? inode_at(path) : 0;
  CHANGING(below, REAL(unlinkat)(at, name, flags), record_paths(UNLINK, inode, path, ""))
}
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int remove(const char *name) {
  const int failed = unlinkat(AT_FDCWD, name, 0);
  return failed && errno == EISDIR ? unlinkat(AT_FDCWD, name, AT_REMOVEDIR) : failed;
}
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int mkdirat(int at, const char *name, mode_t mode) {
  char path[PATH_MAX];
  const int below = out >= 0 && absolute(at, name, path) && is_below(path);
  CHANGING(below, REAL(mkdirat)(at, name, mode), record_paths(MAKE_FOLDER, inode_at(path), path, ""))
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
