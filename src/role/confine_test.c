/* SPDX-License-Identifier: Apache-2.0 */
#include "role/confine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka.h needs the four above. */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static bool
can_open(const char *folder, const char *name, int flags)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)close(fd);
	}
	return fd >= 0;
}

/* In a child: a bit for each thing that is not as it should be. */
static int
try_all(const char *readable, const char *writable, const char *other, bool workers)
{
	const struct confine_paths paths = { &readable, 1, &writable, 1, workers };
	pid_t child;
	int wrong = 0;

	if (confine_enter(&paths, NULL) != ERR_OK) {
		return 128;
	}
	wrong |= can_open(readable, "f", O_RDONLY) ? 0 : 1;
	wrong |= can_open(writable, "new", O_RDWR | O_CREAT) ? 0 : 2;
	wrong |= socket(AF_INET, SOCK_STREAM, 0) < 0 ? 0 : 4;
	child = fork();
	if (child == 0) {
		_exit(execl("/bin/true", "true", (char *)NULL) < 0 ? 0 : 1);
	}
	wrong |= (child > 0) == workers ? 0 : 8;
	if (child > 0) {
		int status = 0;

		wrong |= waitpid(child, &status, 0) == child && status == 0 ? 0 : 8;
	}
	if (confine_has_landlock()) {
		wrong |= can_open(other, "f", O_RDONLY) ? 16 : 0;
		wrong |= can_open(readable, "f", O_WRONLY) ? 32 : 0;
		wrong |= can_open(readable, "new", O_RDWR | O_CREAT) ? 64 : 0;
	}
	return wrong;
}

static int
in_a_child(char folders[3][32], bool workers)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		_exit(try_all(folders[0], folders[1], folders[2], workers));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
only_what_is_named_is_left(void **state)
{
	char folders[3][32] = { "/tmp/confine_test.XXXXXX", "/tmp/confine_test.XXXXXX",
		"/tmp/confine_test.XXXXXX" };
	int alone;
	int with_workers;

	(void)state;
#ifdef SANITIZED
	print_message("# note: confine: skipped, the sanitizers need what it takes away\n");
	return;
#endif
	for (int i = 0; i < 3; i++) {
		assert_non_null(mkdtemp(folders[i]));
		assert_true(can_open(folders[i], "f", O_RDWR | O_CREAT));
	}
	alone = in_a_child(folders, false);
	with_workers = in_a_child(folders, true);
	for (int i = 0; i < 3; i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/f", folders[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/new", folders[i]);
		(void)unlink(path);
		(void)rmdir(folders[i]);
	}
	assert_int_equal(alone, 0);
	assert_int_equal(with_workers, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_named_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
