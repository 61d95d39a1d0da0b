
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * One walk over a directory serves both uses: reading the files, and taking
 * the fingerprint of what would be read.
 */


#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agt_dir.h"
#include "agt_text.h"


/* of one folder, those passed over included: bounds the time of a walk */

#define AGT_DIR_ENTRIES_MAX   4096

#define AGT_DIR_FOLDER        (O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC)

/* O_NONBLOCK: should a FIFO have taken the file's place in the meantime */

#define AGT_DIR_FILE          (O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC)

#define AGT_DIR_PRIME         0x9e3779b97f4a7c15u   /* 2^64 / golden ratio */


typedef struct {
    const char   *prefix;       /* of its files' paths */
    bool        (*valid)(agt_str_t path);
} agt_dir_folder_t;


typedef struct agt_dir_walk_s  agt_dir_walk_t;

typedef int (*agt_dir_handler_pt)(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, agt_str_t name, const struct stat *st);


struct agt_dir_walk_s {
    agt_dir_handler_pt   handler;
    agt_dir_print_t     *print;

    const char          *where;     /* the agent's name, for messages */
    agt_files_t         *files;
    agt_mem_t           *mem;
    agt_error_t         *err;
    size_t               total;
};


static int agt_dir_open(const char *root, const char *name, int *fd,
    agt_error_t *err);
static int agt_dir_walk(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder);
static int agt_dir_entry(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, const char *name);
static int agt_dir_inner(agt_dir_walk_t *walk, int fd, const char *name);
static bool agt_dir_leftover(agt_str_t name);

static int agt_dir_read_folder(const char *root, const char *name,
    const agt_dir_folder_t *folder, agt_files_t *files, agt_mem_t *mem,
    agt_error_t *err);
static int agt_dir_read_file(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, agt_str_t name, const struct stat *st);
static int agt_dir_read_open(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, agt_str_t name, agt_str_t *text);
static int agt_dir_read_text(agt_dir_walk_t *walk, int fd, size_t size,
    agt_str_t *text);
static int agt_dir_path(agt_dir_walk_t *walk, const agt_dir_folder_t *folder,
    agt_str_t name, agt_str_t *path);
static bool agt_dir_schema_valid(agt_str_t path);

static int agt_dir_print_folder(const char *root, const char *name,
    const agt_dir_folder_t *folder, agt_dir_print_t *print);
static int agt_dir_print_entry(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, agt_str_t name, const struct stat *st);
static uint64_t agt_dir_hash(uint64_t hash, const uint64_t *words, size_t n);
static uint64_t agt_dir_hash_text(uint64_t hash, agt_str_t text);

static int agt_dir_errno(void);
static int agt_dir_fail(agt_dir_walk_t *walk, const agt_dir_folder_t *folder,
    agt_str_t name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));


static const agt_dir_folder_t  agt_dir_agent = {
    "", agt_spec_path_valid
};

static const agt_dir_folder_t  agt_dir_context = {
    "context/", agt_spec_path_valid
};

static const agt_dir_folder_t  agt_dir_shared = {
    "schemas/", agt_dir_schema_valid
};


/* what editors leave beside a file: backups, swap and lock files */

static const struct {
    const char  *start;
    const char  *end;
} agt_dir_leftovers[] = {
    { ".", "" },
    { "",  "~" },
    { "",  ".swp" },
    { "#", "#" }
};

/* the file that vim makes to see whether it may */

#define AGT_DIR_PROBE   "4913"


int
agt_dir_read(const char *root, agt_str_t name, agt_files_t *files,
    agt_mem_t *mem, agt_error_t *err)
{
    int        rc;
    char       buf[AGT_TEXT_CLIP];
    agt_str_t  copy;

    if (!agt_spec_name_valid(name)) {
        name = agt_text_clean(buf, name);
        agt_error_set(err, "\"%.*s\" is no name of an agent",
                      (int) name.len, name.data);
        return AGT_DECLINED;
    }

    rc = agt_str_copy(mem, &copy, name);
    if (rc != AGT_OK) {
        return rc;
    }

    rc = agt_dir_read_folder(root, copy.data, &agt_dir_agent, files, mem, err);

    if (rc == AGT_DONE) {
        agt_error_set(err, "there is no directory \"%s\"", copy.data);
        return AGT_DECLINED;
    }

    return rc;
}


int
agt_dir_schemas(const char *root, agt_files_t *files, agt_mem_t *mem,
    agt_error_t *err)
{
    int  rc;

    rc = agt_dir_read_folder(root, "schemas", &agt_dir_shared, files, mem,
                             err);

    return (rc == AGT_DONE) ? AGT_OK : rc;
}


int
agt_dir_print(const char *root, agt_str_t name, agt_dir_print_t *print)
{
    int   rc;
    char  copy[AGT_TEXT_CLIP];

    if (!agt_spec_name_valid(name)) {
        return AGT_DECLINED;
    }

    /* names are shorter than what a message takes */

    memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';

    rc = agt_dir_print_folder(root, copy, &agt_dir_agent, print);

    return (rc == AGT_DONE) ? AGT_DECLINED : rc;
}


int
agt_dir_schemas_print(const char *root, agt_dir_print_t *print)
{
    int  rc;

    rc = agt_dir_print_folder(root, "schemas", &agt_dir_shared, print);

    return (rc == AGT_DONE) ? AGT_OK : rc;
}


static int
agt_dir_read_folder(const char *root, const char *name,
    const agt_dir_folder_t *folder, agt_files_t *files, agt_mem_t *mem,
    agt_error_t *err)
{
    int             rc, fd;
    agt_dir_walk_t  walk;

    files->n = 0;
    files->elts = NULL;

    rc = agt_dir_open(root, name, &fd, err);
    if (rc != AGT_OK) {
        return rc;
    }

    memset(&walk, 0, sizeof(agt_dir_walk_t));

    walk.handler = agt_dir_read_file;
    walk.where = name;
    walk.files = files;
    walk.mem = mem;
    walk.err = err;

    files->elts = agt_alloc(mem, AGT_SPEC_FILES_MAX * sizeof(agt_file_t));
    if (files->elts == NULL) {
        (void) close(fd);
        return AGT_ERROR;
    }

    rc = agt_dir_walk(&walk, fd, folder);
    if (rc != AGT_OK) {
        return rc;
    }

    agt_spec_files_sort(files);

    return AGT_OK;
}


/* DONE: there is no such folder */

static int
agt_dir_open(const char *root, const char *name, int *fd, agt_error_t *err)
{
    int  rc, dir;

    dir = open(root, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (dir == -1) {
        rc = agt_dir_errno();
        agt_error_set(err, "cannot open the directory of drafts: %s",
                      strerror(errno));
        return rc;
    }

    rc = AGT_OK;

    *fd = openat(dir, name, AGT_DIR_FOLDER);

    if (*fd == -1 && errno == ENOENT) {
        rc = AGT_DONE;

    } else if (*fd == -1) {
        rc = agt_dir_errno();
        agt_error_set(err, "cannot open the directory \"%s\", which must not "
                      "be a link: %s", name, strerror(errno));
    }

    (void) close(dir);

    return rc;
}


/* takes over the descriptor */

static int
agt_dir_walk(agt_dir_walk_t *walk, int fd, const agt_dir_folder_t *folder)
{
    int             rc;
    DIR            *dir;
    unsigned        n;
    struct dirent  *entry;

    dir = fdopendir(fd);
    if (dir == NULL) {
        agt_error_set(walk->err, "cannot read the directory \"%s\": %s",
                      walk->where, strerror(errno));
        (void) close(fd);
        return AGT_ERROR;
    }

    rc = AGT_OK;

    for (n = 0; rc == AGT_OK; n++) {

        errno = 0;
        entry = readdir(dir);

        if (entry == NULL && errno != 0) {
            rc = agt_dir_fail(walk, folder, agt_str_from(""),
                              "cannot read the directory: %s",
                              strerror(errno));
        }

        if (entry == NULL) {
            break;
        }

        if (n == AGT_DIR_ENTRIES_MAX) {
            rc = agt_dir_fail(walk, folder, agt_str_from(""),
                              "more than %d entries in the directory",
                              AGT_DIR_ENTRIES_MAX);
            break;
        }

        rc = agt_dir_entry(walk, fd, folder, entry->d_name);
    }

    (void) closedir(dir);

    return rc;
}


static int
agt_dir_entry(agt_dir_walk_t *walk, int fd, const agt_dir_folder_t *folder,
    const char *name)
{
    int          rc;
    agt_str_t    s = agt_str_from(name);
    struct stat  st;

    if (agt_dir_leftover(s)) {
        return AGT_OK;
    }

    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1) {

        /* it went while we were looking */

        if (errno == ENOENT) {
            return AGT_OK;
        }

        rc = agt_dir_errno();
        (void) agt_dir_fail(walk, folder, s, "cannot stat: %s",
                            strerror(errno));
        return rc;
    }

    if (S_ISDIR(st.st_mode) && folder == &agt_dir_agent) {

        if (agt_str_is(s, "tests")) {
            return AGT_OK;
        }

        if (agt_str_is(s, "context")) {
            return agt_dir_inner(walk, fd, name);
        }
    }

    return walk->handler(walk, fd, folder, s, &st);
}


static int
agt_dir_inner(agt_dir_walk_t *walk, int fd, const char *name)
{
    int  rc, inner;

    inner = openat(fd, name, AGT_DIR_FOLDER);

    if (inner == -1) {
        rc = agt_dir_errno();
        (void) agt_dir_fail(walk, &agt_dir_context, agt_str_from(""),
                            "cannot open the directory: %s", strerror(errno));
        return rc;
    }

    if (walk->print != NULL) {
        walk->print->a += agt_dir_hash_text(1, agt_str_from(name));
    }

    return agt_dir_walk(walk, inner, &agt_dir_context);
}


static bool
agt_dir_leftover(agt_str_t name)
{
    size_t  i, start, end;

    for (i = 0; i < agt_array_n(agt_dir_leftovers); i++) {
        start = strlen(agt_dir_leftovers[i].start);
        end = strlen(agt_dir_leftovers[i].end);

        if (name.len >= start + end
            && memcmp(name.data, agt_dir_leftovers[i].start, start) == 0
            && memcmp(name.data + name.len - end, agt_dir_leftovers[i].end,
                      end) == 0)
        {
            return true;
        }
    }

    return agt_str_is(name, AGT_DIR_PROBE);
}


static int
agt_dir_read_file(agt_dir_walk_t *walk, int fd, const agt_dir_folder_t *folder,
    agt_str_t name, const struct stat *st)
{
    int          rc;
    bool         valid;
    char         buf[AGT_TEXT_CLIP];
    agt_str_t    shown;
    agt_file_t  *file;

    if (walk->files->n == AGT_SPEC_FILES_MAX) {
        return agt_dir_fail(walk, folder, agt_str_from(""),
                            "more than %d files", AGT_SPEC_FILES_MAX);
    }

    file = &walk->files->elts[walk->files->n];

    rc = agt_dir_path(walk, folder, name, &file->path);
    if (rc != AGT_OK) {
        return rc;
    }

    valid = folder->valid(file->path);

    if (!valid || S_ISDIR(st->st_mode)) {
        shown = agt_text_clean(buf, name);

        return agt_dir_fail(walk, folder, name, "unknown %s \"%.*s\" in "
                            "\"%s\"",
                            S_ISDIR(st->st_mode) ? "directory" : "file",
                            (int) shown.len, shown.data, walk->where);
    }

    if (!S_ISREG(st->st_mode)) {
        return agt_dir_fail(walk, folder, name, S_ISLNK(st->st_mode)
                            ? "a symbolic link, which is not followed"
                            : "not a regular file");
    }

    rc = agt_dir_read_open(walk, fd, folder, name, &file->text);

    if (rc == AGT_OK) {
        walk->files->n++;
    }

    return rc;
}


static int
agt_dir_path(agt_dir_walk_t *walk, const agt_dir_folder_t *folder,
    agt_str_t name, agt_str_t *path)
{
    agt_buf_t  buf;

    agt_buf_init(&buf, walk->mem, strlen(folder->prefix) + name.len,
                 PATH_MAX);

    (void) agt_buf_text(&buf, folder->prefix);
    (void) agt_buf_str(&buf, name);

    *path = agt_buf_slice(&buf);

    return buf.failed ? AGT_ERROR : AGT_OK;
}


static int
agt_dir_read_open(agt_dir_walk_t *walk, int fd, const agt_dir_folder_t *folder,
    agt_str_t name, agt_str_t *text)
{
    int          rc, file;
    struct stat  st;

    file = openat(fd, name.data, AGT_DIR_FILE);

    if (file == -1) {
        rc = agt_dir_errno();
        (void) agt_dir_fail(walk, folder, name, "cannot open: %s",
                            strerror(errno));
        return rc;
    }

    if (fstat(file, &st) == -1 || !S_ISREG(st.st_mode)) {
        rc = agt_dir_fail(walk, folder, name, "not a regular file");
        goto done;
    }

    if (st.st_size > AGT_SPEC_FILE_MAX) {
        rc = agt_dir_fail(walk, folder, name, "larger than %d bytes",
                          AGT_SPEC_FILE_MAX);
        goto done;
    }

    walk->total += (size_t) st.st_size;

    if (walk->total > AGT_SPEC_TOTAL_MAX) {
        rc = agt_dir_fail(walk, folder, agt_str_from(""), "all files together "
                          "are larger than %d bytes", AGT_SPEC_TOTAL_MAX);
        goto done;
    }

    rc = agt_dir_read_text(walk, file, (size_t) st.st_size, text);

    if (rc == AGT_DECLINED) {
        (void) agt_dir_fail(walk, folder, name,
                            "changed while it was read");
    }

done:

    (void) close(file);

    return rc;
}


/* DECLINED: there was more, or less, than "size" bytes */

static int
agt_dir_read_text(agt_dir_walk_t *walk, int fd, size_t size, agt_str_t *text)
{
    char     *p;
    size_t    len;
    ssize_t   n;

    p = agt_alloc(walk->mem, size + 1);
    if (p == NULL) {
        return AGT_ERROR;
    }

    len = 0;

    do {
        n = read(fd, p + len, size + 1 - len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            break;
        }

        len += (size_t) n;

    } while (len <= size);

    *text = agt_str_make(p, len);

    return (len == size) ? AGT_OK : AGT_DECLINED;
}


static bool
agt_dir_schema_valid(agt_str_t path)
{
    size_t  n = strlen(agt_dir_shared.prefix);

    return agt_spec_file_valid(agt_str_make(path.data + n, path.len - n),
                               ".json");
}


static int
agt_dir_print_folder(const char *root, const char *name,
    const agt_dir_folder_t *folder, agt_dir_print_t *print)
{
    int             rc, fd;
    agt_dir_walk_t  walk;

    print->a = 0;
    print->b = 0;

    rc = agt_dir_open(root, name, &fd, NULL);
    if (rc != AGT_OK) {
        return rc;
    }

    memset(&walk, 0, sizeof(agt_dir_walk_t));

    walk.handler = agt_dir_print_entry;
    walk.where = name;
    walk.print = print;

    print->a = 1;

    return agt_dir_walk(&walk, fd, folder);
}


/*
 * Entries come in no order, so their hashes are added up.  The time of the
 * last change and the inode show an edit that keeps size and mtime.
 */

static int
agt_dir_print_entry(agt_dir_walk_t *walk, int fd,
    const agt_dir_folder_t *folder, agt_str_t name, const struct stat *st)
{
    uint64_t  hash, words[8];

    (void) fd;

    words[0] = (uint64_t) st->st_mode;
    words[1] = (uint64_t) st->st_size;
    words[2] = (uint64_t) st->st_ino;
    words[3] = (uint64_t) st->st_dev;
    words[4] = (uint64_t) st->st_mtim.tv_sec;
    words[5] = (uint64_t) st->st_mtim.tv_nsec;
    words[6] = (uint64_t) st->st_ctim.tv_sec;
    words[7] = (uint64_t) st->st_ctim.tv_nsec;

    /* a folder changes with files in it that nobody reads */

    hash = agt_dir_hash_text(2, agt_str_from(folder->prefix));
    hash = agt_dir_hash_text(hash, name);
    hash = agt_dir_hash(hash, words, S_ISDIR(st->st_mode) ? 1 : 8);

    walk->print->a += hash;
    walk->print->b += agt_dir_hash(hash, words, 1);

    return AGT_OK;
}


static uint64_t
agt_dir_hash(uint64_t hash, const uint64_t *words, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        hash = (hash ^ words[i]) * AGT_DIR_PRIME;
        hash ^= hash >> 32;
    }

    return hash;
}


static uint64_t
agt_dir_hash_text(uint64_t hash, agt_str_t text)
{
    size_t    i;
    uint64_t  word = (uint64_t) text.len;

    hash = agt_dir_hash(hash, &word, 1);

    for (i = 0; i < text.len; i++) {
        word = (unsigned char) text.data[i];
        hash = agt_dir_hash(hash, &word, 1);
    }

    return hash;
}


/* what the last system call's failure means to the caller */

static int
agt_dir_errno(void)
{
    switch (errno) {

    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EINTR:
        return AGT_ERROR;

    default:
        return AGT_DECLINED;
    }
}


/* a name without characters means the folder */

static int
agt_dir_fail(agt_dir_walk_t *walk, const agt_dir_folder_t *folder,
    agt_str_t name, const char *fmt, ...)
{
    char     buf[AGT_TEXT_CLIP];
    char     path[AGT_ERROR_FILE];
    char     message[AGT_ERROR_MESSAGE];
    va_list  args;

    va_start(args, fmt);
    (void) vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);

    name = agt_text_clean(buf, name);

    (void) snprintf(path, sizeof(path), "%s%.*s", folder->prefix,
                    (int) name.len, name.data);

    agt_error_set(walk->err, "%s", message);
    agt_error_file(walk->err, agt_str_from(path));

    return AGT_DECLINED;
}
