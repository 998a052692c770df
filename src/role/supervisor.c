/* SPDX-License-Identifier: Apache-2.0 */
#include "role/serve_private.h"

enum err
supervisor_run(
    const struct serve_options *opt, const struct world *w, enum end *out, struct why *why)
{
	return single_run(opt, w, out, why);
}
