/* SPDX-License-Identifier: Apache-2.0 */
#include "role/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Since version 3; Debian 12 does not have the name. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)

#define MAY_READ ((uint64_t)LANDLOCK_ACCESS_FS_READ_FILE | (uint64_t)LANDLOCK_ACCESS_FS_READ_DIR)
#define MAY_WRITE                                             \
	(MAY_READ | (uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    (uint64_t)LANDLOCK_ACCESS_FS_MAKE_REG | (uint64_t)LANDLOCK_ACCESS_FS_REMOVE_FILE)
/* All that the first version knows: what is not allowed below is refused. */
#define HANDLED ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* Refused with an error, which libraries can bear, and not with death. */
static const int refused[] = { SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket),
	SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(bpf), SCMP_SYS(mount),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(userfaultfd), SCMP_SYS(perf_event_open),
	SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl), SCMP_SYS(chmod), SCMP_SYS(fchmodat) };

/* What starting and ending workers takes. */
static const int refused_alone[] = { SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone),
	SCMP_SYS(clone3), SCMP_SYS(kill) };

static long
landlock_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool
confine_has_landlock(void)
{
	return landlock_version() > 0;
}

static int
allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	struct stat st;
	int code = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0) {
		return 0; /* not there: it will be missed when it is read */
	}
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode)) {
		rule.allowed_access &= (uint64_t)LANDLOCK_ACCESS_FS_READ_FILE |
				       (uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE;
	}
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
		code = errno == EBADFD ? 0 : errno; /* a pipe: it is no path, and stays open */
	}
	(void)close(rule.parent_fd);
	return code;
}

static int
restrict_files(const struct confine_paths *p)
{
	long version = landlock_version();
	uint64_t truncate_right = version >= 3 ? ACCESS_TRUNCATE : 0;
	const struct landlock_ruleset_attr attr = { .handled_access_fs = HANDLED | truncate_right };
	int code = 0;
	int ruleset;

	if (version <= 0) {
		return 0;
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0) {
		return errno;
	}
	for (size_t i = 0; i < p->n_read && code == 0; i++) {
		code = allow(ruleset, p->read[i], MAY_READ);
	}
	for (size_t i = 0; i < p->n_write && code == 0; i++) {
		code = allow(ruleset, p->write[i], MAY_WRITE | truncate_right);
	}
	if (code == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
		code = errno;
	}
	(void)close(ruleset);
	return code;
}

static int
refuse_calls(bool workers)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int e = 0;

	if (filter == NULL) {
		return ENOMEM;
	}
	for (size_t i = 0; e == 0 && i < sizeof(refused) / sizeof(refused[0]); i++) {
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
	}
	for (size_t i = 0;
	     e == 0 && !workers && i < sizeof(refused_alone) / sizeof(refused_alone[0]); i++) {
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused_alone[i], 0);
	}
	e = e == 0 ? seccomp_load(filter) : e;
	seccomp_release(filter);
	return -e;
}

enum err
confine_enter(const struct confine_paths *paths, struct why *why)
{
	int code = 0;

#ifdef SANITIZED
	(void)restrict_files; /* the sanitizers look at themselves from another process */
	(void)refuse_calls;
	(void)paths;
#else
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		code = errno;
	}
	code = code == 0 ? restrict_files(paths) : code;
	code = code == 0 ? refuse_calls(paths->workers) : code;
#endif
	return code == 0
		   ? ERR_OK
		   : why_set(why, ERR_IO, "this process cannot be confined: %s", why_errno(code));
}
