/* SPDX-License-Identifier: Apache-2.0 */
#include "role/worker.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

/* Memory, the open pipes, and the end. */
static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill) };

/* A library may ask for a file (a charset that is not loaded) and must get an answer. */
static const int refused[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(readlink), SCMP_SYS(socket) };

static int
add_rules(scmp_filter_ctx filter)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	}
	for (size_t i = 0; e == 0 && i < sizeof(refused) / sizeof(refused[0]); i++) {
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0);
	}
	/* Anonymous memory that is not for programs. */
	if (e == 0) {
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	}
	if (e == 0) {
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	}
	return e;
}

enum err
sandbox_enter(struct why *why)
{
#ifdef SANITIZED
	(void)add_rules; /* the sanitizers need files and more memory than a limit gives */
	return why == NULL ? ERR_OK : ERR_OK;
#else
	const struct rlimit memory = { WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES };
	const struct rlimit none = { 0, 0 };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int e;

	if (filter == NULL) {
		return why_set(why, ERR_MEMORY, "seccomp: no memory");
	}
	(void)setrlimit(RLIMIT_AS, &memory);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	e = add_rules(filter);
	if (e == 0) {
		e = seccomp_load(filter);
	}
	seccomp_release(filter);
	return e == 0 ? ERR_OK : why_set(why, ERR_IO, "seccomp: %s", why_errno(-e));
#endif
}
