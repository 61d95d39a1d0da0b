
/*
 * Copyright (C) the ngx_agent_module authors
 *
 * Replays inputs through a fuzz target without libFuzzer: the files named on
 * the command line, those in the directories named there, or, without
 * arguments, the target's corpus, t/fuzz/corpus/<what> for fuzz_<what>.
 * Prints TAP; a failed assertion ends the program, and prove sees that.
 */


#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


#define FUZZ_PATH  1024


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static unsigned  fuzz_n;


static int fuzz_path(const char *path);
static int fuzz_directory(const char *path);
static int fuzz_file(const char *path, size_t size);


int
main(int argc, char **argv)
{
    int          i, rc;
    char         path[FUZZ_PATH];
    const char  *name;

    /* the file that broke it is the last one named */

    (void) setvbuf(stdout, NULL, _IOLBF, 0);

    rc = 0;

    for (i = 1; i < argc; i++) {
        rc |= fuzz_path(argv[i]);
    }

    if (argc == 1) {
        name = strrchr(argv[0], '/');
        name = (name != NULL) ? name + 1 : argv[0];

        if (strncmp(name, "fuzz_", 5) == 0) {
            name += 5;
        }

        (void) snprintf(path, sizeof(path), "t/fuzz/corpus/%s", name);

        rc = fuzz_path(path);
    }

    if (fuzz_n == 0) {
        printf("not ok 1 - the corpus has no file\n");
        fuzz_n = 1;
        rc = 1;
    }

    printf("1..%u\n", fuzz_n);

    return rc;
}


static int
fuzz_path(const char *path)
{
    struct stat  st;

    if (stat(path, &st) != 0) {
        perror(path);
        return 1;
    }

    if (S_ISDIR(st.st_mode)) {
        return fuzz_directory(path);
    }

    return fuzz_file(path, (size_t) st.st_size);
}


static int
fuzz_directory(const char *path)
{
    int              n, i, rc;
    char             name[FUZZ_PATH];
    struct dirent  **entries;

    n = scandir(path, &entries, NULL, alphasort);
    if (n < 0) {
        perror(path);
        return 1;
    }

    rc = 0;

    for (i = 0; i < n; i++) {

        if (entries[i]->d_name[0] != '.') {
            (void) snprintf(name, sizeof(name), "%s/%s", path,
                            entries[i]->d_name);
            rc |= fuzz_path(name);
        }

        free(entries[i]);
    }

    free(entries);

    return rc;
}


/* the input in a block of exactly its size: a read past it is seen */

static int
fuzz_file(const char *path, size_t size)
{
    int       rc;
    FILE     *f;
    uint8_t  *data;

    f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return 1;
    }

    rc = 1;

    data = malloc(size);

    if (data != NULL && fread(data, 1, size, f) == size) {
        printf("# %s\n", path);

        (void) LLVMFuzzerTestOneInput(data, size);

        fuzz_n++;
        printf("ok %u - %s\n", fuzz_n, path);
        rc = 0;
    }

    free(data);
    fclose(f);

    return rc;
}
