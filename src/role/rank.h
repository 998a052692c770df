/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_ROLE_RANK_H
#define CAROM_ROLE_RANK_H

/*
 * Who gets a core when there are not enough.  Postfix waits for the front's answers, and the front
 * needs a core for some microseconds each; the other processes have work that can wait.  What
 * the kernel refuses (an older one, a filter of calls) is not missed: it is only slower.
 */

/* For this process: short slices, so that it gets a core soon after it is asked.
 * sched_setattr(2); kernels before 6.12 do not read the slice of an ordinary process. */
void rank_first(void);
/* For this process, and those that it starts: after Postfix. */
void rank_last(void);

#endif
