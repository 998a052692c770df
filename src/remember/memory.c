/* SPDX-License-Identifier: Apache-2.0 */
#include "remember/memory.h"

const char *
recipient_state_name(enum recipient_state s)
{
	static const char *const names[] = { "new", "good", "doubtful", "resting", "suppressed",
		"released" };

	return names[s];
}
