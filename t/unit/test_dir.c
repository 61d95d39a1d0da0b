
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Works in a directory of its own below /tmp, which it removes.
 */


#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agt_dir.h"
#include "unit.h"


static char  root[64] = "/tmp/agt_dir_XXXXXX";


typedef struct {
    const char  *name;
    const char  *path;          /* in the agent's directory; "x/": a folder */
    const char  *link;          /* the path is a link to it */
    bool         fifo;
    const char  *file;          /* of the error; NULL: passed over */
    const char  *message;
} entry_t;


static const entry_t  entries[] = {
    { "unknown file", "foo.txt", NULL, false, "foo.txt",
      "unknown file \"foo.txt\" in \"unit\"" },
    { "name with a line end", "a\n\xff.md", NULL, false, "a??.md",
      "unknown file \"a??.md\" in \"unit\"" },
    { "README", "README.md", NULL, false, "README.md",
      "unknown file \"README.md\" in \"unit\"" },
    { "unknown directory", "docs/", NULL, false, "docs",
      "unknown directory \"docs\" in \"unit\"" },
    { "a file's name", "message.md/", NULL, false, "message.md",
      "unknown directory \"message.md\" in \"unit\"" },
    { "a directory's name", "tests", NULL, false, "tests",
      "unknown file \"tests\" in \"unit\"" },
    { "unknown file in context/", "context/a.txt", NULL, false,
      "context/a.txt", "unknown file \"a.txt\" in \"unit\"" },
    { "directory in context/", "context/b.md/", NULL, false, "context/b.md",
      "unknown directory \"b.md\" in \"unit\"" },
    { "context/ in context/", "context/context/", NULL, false,
      "context/context", "unknown directory \"context\" in \"unit\"" },
    { "link to a file", "message.md", "prompt.md", false, "message.md",
      "a symbolic link, which is not followed" },
    { "link out of the directory", "context/passwd.md", "/etc/passwd", false,
      "context/passwd.md", "a symbolic link, which is not followed" },
    { "link to nowhere", "message.md", "nowhere", false, "message.md",
      "a symbolic link, which is not followed" },
    { "link to a directory", "tests", "/", false, "tests",
      "unknown file \"tests\" in \"unit\"" },
    { "FIFO", "message.md", NULL, true, "message.md", "not a regular file" },
    { "unknown FIFO", "pipe", NULL, true, "pipe",
      "unknown file \"pipe\" in \"unit\"" },

    { "tests", "tests/", NULL, false, NULL, NULL },
    { "hidden file", ".git", NULL, false, NULL, NULL },
    { "hidden directory", ".git/", NULL, false, NULL, NULL },
    { "lock of an editor", ".#prompt.md", "nowhere", false, NULL, NULL },
    { "swap file", ".prompt.md.swp", NULL, false, NULL, NULL },
    { "swap file that shows", "prompt.md.swp", NULL, false, NULL, NULL },
    { "backup", "prompt.md~", NULL, false, NULL, NULL },
    { "autosave", "#prompt.md#", NULL, false, NULL, NULL },
    { "probe", "4913", NULL, false, NULL, NULL },
    { "backup in context/", "context/a.md~", NULL, false, NULL, NULL },
    { "hidden FIFO", ".pipe", NULL, true, NULL, NULL },
    { "probe with a tail", "49130", NULL, false, "49130",
      "unknown file \"49130\" in \"unit\"" },
    { "one hash", "#", NULL, false, "#",
      "unknown file \"#\" in \"unit\"" }
};


static const char *
at(const char *path)
{
    static char  buf[512];

    snprintf(buf, sizeof(buf), "%s/%s", root, path);

    return buf;
}


static void
put(const char *path, const char *text, size_t len)
{
    FILE  *f;

    f = fopen(at(path), "wb");

    if (f == NULL || fwrite(text, 1, len, f) != len || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}


static void
put_text(const char *path, const char *text)
{
    put(path, text, strlen(text));
}


static void
make(const entry_t *e)
{
    int     rc;
    char    path[256];
    size_t  len;

    snprintf(path, sizeof(path), "unit/%s", e->path);
    len = strlen(path);

    if (e->link != NULL) {
        rc = symlink(e->link, at(path));

    } else if (e->fifo) {
        rc = mkfifo(at(path), 0600);

    } else if (path[len - 1] == '/') {
        rc = mkdir(at(path), 0700);

    } else {
        put_text(path, "text");
        rc = 0;
    }

    if (rc != 0) {
        perror(path);
        exit(1);
    }
}


static void
unmake(const entry_t *e)
{
    char  path[256];

    snprintf(path, sizeof(path), "unit/%s", e->path);

    if (unlink(at(path)) != 0) {
        (void) rmdir(at(path));
    }
}


static void
rename_to(const char *from, const char *to)
{
    char  old[512];

    (void) snprintf(old, sizeof(old), "%s", at(from));
    (void) rename(old, at(to));
}


static int
read_agent(const char *name, agt_files_t *files, agt_error_t *err)
{
    agt_error_init(err);

    return agt_dir_read(root, agt_str_from(name), files, unit_mem(), err);
}


static agt_dir_print_t
print_of(const char *name)
{
    agt_dir_print_t  print = { 0, 0 };

    ok(agt_dir_print(root, agt_str_from(name), &print) == AGT_OK,
       "fingerprint of \"%s\"", name);

    return print;
}


static bool
same(agt_dir_print_t one, agt_dir_print_t two)
{
    return one.a == two.a && one.b == two.b;
}


static void
test_entries(void)
{
    int               rc;
    size_t            i;
    agt_error_t       err;
    agt_files_t       files;
    const entry_t    *e;
    agt_dir_print_t   before, with, after;

    for (i = 0; i < agt_array_n(entries); i++) {
        e = &entries[i];

        before = print_of("unit");
        make(e);
        rc = read_agent("unit", &files, &err);
        with = print_of("unit");
        unmake(e);
        after = print_of("unit");

        if (e->file == NULL) {
            ok(rc == AGT_OK && files.n == 3, "passed over: %s", e->name);
            ok(same(before, with), "and not in the fingerprint: %s", e->name);

        } else {
            ok(rc == AGT_DECLINED, "refused: %s", e->name);
            is_str(agt_str_from(err.message), e->message, e->name);
            is_str(agt_str_from(err.file), e->file, e->name);
            ok(!same(before, with), "and in the fingerprint: %s", e->name);
        }

        ok(same(before, after), "the fingerprint comes back: %s", e->name);
    }
}


static void
test_directories(void)
{
    char             path[512];
    agt_error_t      err;
    agt_files_t      files;
    agt_dir_print_t  print;

    ok(read_agent("nobody", &files, &err) == AGT_DECLINED, "no directory");
    is_str(agt_str_from(err.message), "there is no directory \"nobody\"",
           "no directory");
    ok(agt_dir_print(root, agt_str_from("nobody"), &print) == AGT_DECLINED,
       "no directory, no fingerprint");

    ok(read_agent("../unit", &files, &err) == AGT_DECLINED, "no name");
    is_str(agt_str_from(err.message), "\"../unit\" is no name of an agent",
           "no name");
    ok(agt_dir_print(root, agt_str_from("."), &print) == AGT_DECLINED,
       "no name, no fingerprint");
    ok(read_agent("schemas", &files, &err) == AGT_DECLINED,
       "schemas/ is no agent");

    (void) symlink("unit", at("linked"));
    ok(read_agent("linked", &files, &err) == AGT_DECLINED, "a link");
    ok(strncmp(err.message, "cannot open the directory \"linked\", which must "
               "not be a link: ", 62) == 0, "a link: says so");
    ok(agt_dir_print(root, agt_str_from("linked"), &print) == AGT_DECLINED,
       "a link, no fingerprint");
    (void) unlink(at("linked"));

    put_text("file", "text");
    ok(read_agent("file", &files, &err) == AGT_DECLINED, "a file");
    (void) unlink(at("file"));

    agt_error_init(&err);
    snprintf(path, sizeof(path), "%s/none", root);
    ok(agt_dir_read(path, agt_str_from("unit"), &files, unit_mem(), &err)
       == AGT_DECLINED, "no drafts at all");
    is_str(agt_str_from(err.message), "cannot open the directory of drafts: "
           "No such file or directory", "no drafts at all");
    ok(agt_dir_schemas(path, &files, unit_mem(), NULL) == AGT_DECLINED,
       "no drafts, no schemas");

    /* the drafts' directory itself may be a link */

    (void) symlink(root, at("link"));
    snprintf(path, sizeof(path), "%s/link", root);
    ok(agt_dir_read(path, agt_str_from("unit"), &files, unit_mem(), NULL)
       == AGT_OK, "a link to the drafts");
    (void) unlink(path);

    (void) mkdir(at("empty"), 0700);
    ok(read_agent("empty", &files, &err) == AGT_OK && files.n == 0,
       "an empty directory has no files");
    (void) print_of("empty");
    (void) rmdir(at("empty"));
}


static void
test_read(void)
{
    agt_error_t  err;
    agt_files_t  files;

    ok(read_agent("unit", &files, &err) == AGT_OK && files.n == 3, "files");
    is_str(files.elts[0].path, "agent.json", "first path");
    is_str(files.elts[0].text, "{}", "first text");
    is_str(files.elts[1].path, "context/a.md", "second path");
    is_str(files.elts[1].text, "", "second text");
    is_str(files.elts[2].path, "prompt.md", "third path");
    is_str(files.elts[2].text, "Hi\r\n", "third text");

    if (getuid() != 0) {
        (void) chmod(at("unit/prompt.md"), 0);
        ok(read_agent("unit", &files, &err) == AGT_DECLINED, "unreadable");
        is_str(agt_str_from(err.message), "cannot open: Permission denied",
               "unreadable");
        is_str(agt_str_from(err.file), "prompt.md", "unreadable");
        (void) chmod(at("unit/prompt.md"), 0600);

    } else {
        ok(true, "unreadable # SKIP root reads all files");
    }
}


static void
test_print(void)
{
    struct stat      st;
    struct timespec  times[2];
    agt_dir_print_t  before, after;

    before = print_of("unit");
    ok(same(before, print_of("unit")), "nothing changed");

    (void) stat(at("unit/prompt.md"), &st);

    times[0] = st.st_mtim;
    times[1] = st.st_mtim;

    put_text("unit/prompt.md", "Yo\r\n");
    (void) utimensat(AT_FDCWD, at("unit/prompt.md"), times, 0);
    after = print_of("unit");
    ok(!same(before, after), "size and mtime are the same");

    put_text("unit/prompt.md.new", "Hi\r\n");
    (void) utimensat(AT_FDCWD, at("unit/prompt.md.new"), times, 0);
    rename_to("unit/prompt.md.new", "unit/prompt.md");
    ok(!same(after, print_of("unit")), "another inode");

    before = print_of("unit");
    rename_to("unit/context/a.md", "unit/context/b.md");
    ok(!same(before, print_of("unit")), "another name");
    rename_to("unit/context/b.md", "unit/context/a.md");

    (void) mkdir(at("bare"), 0700);
    before = print_of("bare");
    (void) mkdir(at("bare/context"), 0700);
    ok(!same(before, print_of("bare")), "a folder more");
    (void) rmdir(at("bare/context"));
    ok(same(before, print_of("bare")), "and gone again");
    (void) rmdir(at("bare"));
}


static void
test_limits(void)
{
    char         path[64];
    char        *large;
    unsigned     i;
    agt_error_t  err;
    agt_files_t  files;

    large = calloc(1, AGT_SPEC_FILE_MAX + 1);

    put("unit/message.md", large, AGT_SPEC_FILE_MAX);
    ok(read_agent("unit", &files, &err) == AGT_OK, "as large as may be");

    put("unit/message.md", large, AGT_SPEC_FILE_MAX + 1);
    ok(read_agent("unit", &files, &err) == AGT_DECLINED, "too large");
    is_str(agt_str_from(err.message), "larger than 1048576 bytes",
           "too large");
    is_str(agt_str_from(err.file), "message.md", "too large");
    (void) unlink(at("unit/message.md"));

    for (i = 0; i < 9; i++) {
        snprintf(path, sizeof(path), "unit/context/%u.md", i);
        put(path, large, AGT_SPEC_FILE_MAX);
    }

    ok(read_agent("unit", &files, &err) == AGT_DECLINED, "together too large");
    is_str(agt_str_from(err.message), "all files together are larger than "
           "8388608 bytes", "together too large");

    for (i = 0; i < AGT_SPEC_FILES_MAX - 3; i++) {
        snprintf(path, sizeof(path), "unit/context/%u.md", i);
        put(path, large, 1);
    }

    ok(read_agent("unit", &files, &err) == AGT_OK
       && files.n == AGT_SPEC_FILES_MAX, "as many as may be");

    put_text("unit/context/more.md", "");
    ok(read_agent("unit", &files, &err) == AGT_DECLINED, "too many");
    is_str(agt_str_from(err.message), "more than 256 files", "too many");
    (void) print_of("unit");

    (void) unlink(at("unit/context/more.md"));

    for (i = 0; i < AGT_SPEC_FILES_MAX - 3; i++) {
        snprintf(path, sizeof(path), "unit/context/%u.md", i);
        (void) unlink(at(path));
    }

    free(large);
}


static void
test_schemas(void)
{
    agt_error_t      err;
    agt_files_t      files;
    agt_dir_print_t  none, some;

    agt_error_init(&err);

    ok(agt_dir_schemas(root, &files, unit_mem(), &err) == AGT_OK
       && files.n == 0 && !err.set, "no schemas");
    ok(agt_dir_schemas_print(root, &none) == AGT_OK, "no schemas to watch");

    (void) mkdir(at("schemas"), 0700);
    ok(agt_dir_schemas_print(root, &some) == AGT_OK && !same(none, some),
       "an empty directory");

    put_text("schemas/b.json", "{}");
    put_text("schemas/a.json", "true");
    put_text("schemas/.b.json.swp", "x");

    ok(agt_dir_schemas(root, &files, unit_mem(), &err) == AGT_OK
       && files.n == 2, "two schemas");
    is_str(files.elts[0].path, "schemas/a.json", "a path");
    is_str(files.elts[0].text, "true", "a text");
    is_str(files.elts[1].path, "schemas/b.json", "in order");
    ok(agt_dir_schemas_print(root, &none) == AGT_OK && !same(none, some),
       "schemas to watch");

    put_text("schemas/a.md", "");
    ok(agt_dir_schemas(root, &files, unit_mem(), &err) == AGT_DECLINED,
       "not a schema");
    is_str(agt_str_from(err.message), "unknown file \"a.md\" in \"schemas\"",
           "not a schema");
    is_str(agt_str_from(err.file), "schemas/a.md", "not a schema");
    (void) unlink(at("schemas/a.md"));

    (void) mkdir(at("schemas/tests"), 0700);
    agt_error_init(&err);
    ok(agt_dir_schemas(root, &files, unit_mem(), &err) == AGT_DECLINED,
       "a directory of schemas");
    is_str(agt_str_from(err.message),
           "unknown directory \"tests\" in \"schemas\"",
           "a directory of schemas");
    (void) rmdir(at("schemas/tests"));

    (void) unlink(at("schemas/a.json"));
    (void) unlink(at("schemas/b.json"));
    (void) unlink(at("schemas/.b.json.swp"));
    (void) rmdir(at("schemas"));

    (void) symlink("unit", at("schemas"));
    ok(agt_dir_schemas(root, &files, unit_mem(), NULL) == AGT_DECLINED,
       "a link");
    (void) unlink(at("schemas"));
}


/* neither a reading nor a fingerprint leaves a descriptor open */

static int
free_descriptor(void)
{
    int  fd = dup(0);

    (void) close(fd);

    return fd;
}


int
main(void)
{
    int  fd;

    if (mkdtemp(root) == NULL) {
        perror(root);
        return 1;
    }

    (void) mkdir(at("unit"), 0700);
    (void) mkdir(at("unit/context"), 0700);
    put_text("unit/agent.json", "{}");
    put_text("unit/prompt.md", "Hi\r\n");
    put_text("unit/context/a.md", "");

    fd = free_descriptor();

    test_entries();
    test_directories();
    test_limits();
    test_read();
    test_print();
    test_schemas();

    ok(free_descriptor() == fd, "all descriptors are closed");

    (void) unlink(at("unit/agent.json"));
    (void) unlink(at("unit/prompt.md"));
    (void) unlink(at("unit/context/a.md"));
    (void) rmdir(at("unit/context"));
    (void) rmdir(at("unit"));
    ok(rmdir(root) == 0, "nothing is left");

    return unit_done();
}
