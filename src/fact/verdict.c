/* SPDX-License-Identifier: Apache-2.0 */
#include "fact/verdict.h"

#include "base/err.h"

static const char *const fault_names[] = { "none", "recipient", "sender", "message", "provider",
	"network" };
static const char *const lasting_names[] = { "none", "temporary", "permanent", "by_code" };
static const char *const tier_names[] = { "provider token", "provider wording", "provider code",
	"token of another provider", "wording", "enhanced code", "reply code", "nothing" };

static const struct {
	const char *name;
	enum quirk quirk;
	const char *sentence;
} quirks[] = {
	{ "may_be_false", QUIRK_MAY_BE_FALSE,
	    "This has been said of living recipients: look at who accepted mail lately before you "
	    "believe it." },
	{ "code_misleads", QUIRK_CODE_MISLEADS,
	    "The reply code says the opposite of what happens." },
	{ "status_misleads", QUIRK_STATUS_MISLEADS,
	    "The enhanced code belongs to something else; the words decide." },
	{ "text_misleads", QUIRK_TEXT_MISLEADS,
	    "The words say something else than what is meant." },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
find_name(const char *const *names, size_t n, struct sv name, size_t *out)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_eq(name, sv_from(names[i]))) {
			*out = i;
			return true;
		}
	}
	return false;
}

const char *
fault_name(enum fault f)
{
	return fault_names[f];
}

const char *
lasting_name(enum lasting l)
{
	return lasting_names[l];
}

const char *
tier_name(enum tier t)
{
	return tier_names[t];
}

bool
fault_find(struct sv name, enum fault *out)
{
	size_t i;

	if (!find_name(fault_names, COUNT(fault_names), name, &i)) {
		return false;
	}
	*out = (enum fault)i;
	return true;
}

bool
lasting_find(struct sv name, enum lasting *out)
{
	size_t i;

	if (!find_name(lasting_names, COUNT(lasting_names), name, &i)) {
		return false;
	}
	*out = (enum lasting)i;
	return true;
}

bool
quirk_find(struct sv name, enum quirk *out)
{
	for (size_t i = 0; i < COUNT(quirks); i++) {
		if (sv_eq(name, sv_from(quirks[i].name))) {
			*out = quirks[i].quirk;
			return true;
		}
	}
	return false;
}

const char *
quirk_sentence(enum quirk q)
{
	for (size_t i = 0; i < COUNT(quirks); i++) {
		if (quirks[i].quirk == q) {
			return quirks[i].sentence;
		}
	}
	check(false); /* a quirk without a sentence */
	return "";
}
