/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAROM_POLICY_POLICY_H
#define CAROM_POLICY_POLICY_H

/*
 * share/policy.yaml -> settings: every number by which carom judges, with its reason and
 * its source beside it.  A file must name all of them, so that nothing is decided by a
 * number that nobody can see; each has a range, and what is out of it is a complaint with
 * file, line and column.  Nothing here decides anything.
 */

#include "base/err.h"
#include "base/sv.h"
#include "detect/detect.h"
#include "fact/policy.h"

#define POLICY_FILE_MAX ((size_t)1024 * 1024)

struct policies {
	struct detect_settings detect;
	struct policy recipients;
	struct pace_policy pace;
	struct incident_policy incidents;
	struct keep_policy keep;
	struct alert_policy alerts;
	struct door_policy door;
};

/* On an error *out is untouched. */
enum err policy_load(const char *path, struct policies *out, struct why *why);
/* The same of a text; path is for messages. */
enum err policy_read(const char *path, struct sv text, struct policies *out, struct why *why);

#endif
