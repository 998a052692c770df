/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "mail/dmarc_private.h"

#include <stdlib.h>

/* In byte order, for the binary search. */
static const struct elem_name {
	const char *name;
	enum dmarc_elem elem;
} elem_names[] = {
	{ "adkim", E_ADKIM },
	{ "aspf", E_ASPF },
	{ "auth_results", E_AUTH },
	{ "begin", E_BEGIN },
	{ "comment", E_COMMENT },
	{ "count", E_COUNT },
	{ "date_range", E_RANGE },
	{ "discovery_method", E_DISCOVERY },
	{ "disposition", E_DISPOSITION },
	{ "dkim", E_DKIM },
	{ "domain", E_DOMAIN },
	{ "email", E_EMAIL },
	{ "end", E_END },
	{ "envelope_from", E_ENVELOPE_FROM },
	{ "envelope_to", E_ENVELOPE_TO },
	{ "error", E_ERROR },
	{ "extra_contact_info", E_CONTACT },
	{ "feedback", E_FEEDBACK },
	{ "fo", E_FO },
	{ "generator", E_GENERATOR },
	{ "header_from", E_HEADER_FROM },
	{ "human_result", E_HUMAN },
	{ "identifiers", E_IDENTIFIERS },
	{ "identities", E_IDENTIFIERS }, /* the draft of 2012 */
	{ "np", E_NP },
	{ "org_name", E_ORG },
	{ "p", E_P },
	{ "pct", E_PCT },
	{ "policy_evaluated", E_EVALUATED },
	{ "policy_published", E_POLICY },
	{ "reason", E_REASON },
	{ "record", E_RECORD },
	{ "report_id", E_ID },
	{ "report_metadata", E_METADATA },
	{ "result", E_RESULT },
	{ "row", E_ROW },
	{ "scope", E_SCOPE },
	{ "selector", E_SELECTOR },
	{ "source_ip", E_SOURCE_IP },
	{ "sp", E_SP },
	{ "spf", E_SPF },
	{ "testing", E_TESTING },
	{ "type", E_TYPE },
	{ "version", E_VERSION },
};

#define REPORT(field)      IN_REPORT, AS_TEXT, offsetof(struct dmarc_report, field), false
#define POLICY(field)      IN_REPORT, AS_LOWER, offsetof(struct dmarc_report, policy.field), false
#define POLICY_9990(field) IN_REPORT, AS_LOWER, offsetof(struct dmarc_report, policy.field), true
#define RECORD(how, field) IN_RECORD, how, offsetof(struct dmarc_record, field), false
#define AUTH(how, field)   IN_AUTH, how, offsetof(struct dmarc_auth, field), false

static const struct dmarc_field fields[] = {
	{ E_FEEDBACK, E_VERSION, REPORT(version) },
	{ E_METADATA, E_ORG, REPORT(org) },
	{ E_METADATA, E_EMAIL, REPORT(email) },
	{ E_METADATA, E_CONTACT, REPORT(contact) },
	{ E_METADATA, E_ID, REPORT(id) },
	{ E_METADATA, E_ERROR, REPORT(error) },
	{ E_METADATA, E_GENERATOR, IN_REPORT, AS_TEXT, offsetof(struct dmarc_report, generator),
	    true },
	{ E_METADATA, E_BEGIN, IN_REPORT, AS_TIME, offsetof(struct dmarc_report, begin_s), false },
	{ E_METADATA, E_END, IN_REPORT, AS_TIME, offsetof(struct dmarc_report, end_s), false },
	{ E_RANGE, E_BEGIN, IN_REPORT, AS_TIME, offsetof(struct dmarc_report, begin_s), false },
	{ E_RANGE, E_END, IN_REPORT, AS_TIME, offsetof(struct dmarc_report, end_s), false },
	{ E_POLICY, E_DOMAIN, POLICY(domain) },
	{ E_POLICY, E_P, POLICY(p) },
	{ E_POLICY, E_SP, POLICY(sp) },
	{ E_POLICY, E_NP, POLICY(np) }, /* Google writes it in reports of the old form */
	{ E_POLICY, E_ADKIM, POLICY(adkim) },
	{ E_POLICY, E_ASPF, POLICY(aspf) },
	{ E_POLICY, E_PCT, POLICY(pct) },
	{ E_POLICY, E_FO, POLICY(fo) },
	{ E_POLICY, E_TESTING, POLICY_9990(testing) },
	{ E_POLICY, E_DISCOVERY, POLICY_9990(discovery) },
	{ E_ROW, E_SOURCE_IP, RECORD(AS_IP, source) },
	{ E_ROW, E_COUNT, RECORD(AS_COUNT, count) },
	{ E_EVALUATED, E_DISPOSITION, RECORD(AS_DISPOSITION, disposition) },
	{ E_EVALUATED, E_DKIM, RECORD(AS_ALIGNED, dkim_aligned) },
	{ E_EVALUATED, E_SPF, RECORD(AS_ALIGNED, spf_aligned) },
	{ E_REASON, E_TYPE, IN_REASON, AS_LOWER, offsetof(struct dmarc_reason, type), false },
	{ E_REASON, E_COMMENT, IN_REASON, AS_TEXT, offsetof(struct dmarc_reason, comment), false },
	{ E_IDENTIFIERS, E_HEADER_FROM, RECORD(AS_LOWER, header_from) },
	{ E_IDENTIFIERS, E_ENVELOPE_FROM, RECORD(AS_ENVELOPE, envelope_from) },
	{ E_IDENTIFIERS, E_ENVELOPE_TO, RECORD(AS_LOWER, envelope_to) },
	{ E_DKIM, E_DOMAIN, AUTH(AS_LOWER, domain) },
	{ E_DKIM, E_SELECTOR, AUTH(AS_TEXT, selector) },
	{ E_DKIM, E_RESULT, AUTH(AS_RESULT, result) },
	{ E_DKIM, E_HUMAN, AUTH(AS_TEXT, human) },
	{ E_SPF, E_DOMAIN, AUTH(AS_LOWER, domain) },
	{ E_SPF, E_SCOPE, AUTH(AS_LOWER, scope) },
	{ E_SPF, E_RESULT, AUTH(AS_RESULT, result) },
	{ E_SPF, E_HUMAN, AUTH(AS_TEXT, human) },
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

void
dmarc_tree_init(struct dmarc_reader *r)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		r->field_at[fields[i].context][fields[i].elem] = (unsigned char)(i + 1);
	}
}

static const struct dmarc_field *
field_of(const struct dmarc_reader *r, unsigned char context, enum dmarc_elem elem)
{
	unsigned char at = r->field_at[context][elem];

	return at == 0 ? NULL : &fields[at - 1];
}

/* ---- names ---- */

static int
compare(const void *key, const void *row)
{
	return strcmp(key, ((const struct elem_name *)row)->name);
}

static enum dmarc_elem
elem_search(const char *name)
{
	const struct elem_name *found = bsearch(name, elem_names,
	    sizeof(elem_names) / sizeof(elem_names[0]), sizeof(elem_names[0]), compare);

	return found == NULL ? E_UNKNOWN : found->elem;
}

/* The parser hands out the same pointer for the same name, so the pointer is enough. */
static enum dmarc_elem
elem_of(struct dmarc_reader *r, const char *name)
{
	size_t at = ((uintptr_t)name >> 3) % DMARC_NAMES_CACHED;

	if (r->names[at].name != name) {
		r->names[at].elem = (unsigned char)elem_search(name);
		r->names[at].name = name;
	}
	return (enum dmarc_elem)r->names[at].elem;
}

void
dmarc_tree_forget_names(struct dmarc_reader *r)
{
	memset(r->names, 0, sizeof(r->names));
}

/* ---- elements ---- */

static void
take_leaf(struct dmarc_reader *r)
{
	if (r->leaf_depth != 0) {
		r->leaf_depth = 0;
		dmarc_value(r, r->leaf, sv_trim(buf_view(&r->text)));
	}
}

/* What an element opens in its place; false: it means nothing there. */
static bool
open_container(struct dmarc_reader *r, enum dmarc_elem elem)
{
	switch ((int)elem) {
	case E_FEEDBACK:
	case E_METADATA:
	case E_RANGE:
		return true;
	case E_POLICY:
		if (r->policy) {
			dmarc_fault(r, DMARC_POLICY_TWICE,
			    "policy_published stands there twice; the first one counts");
			return false;
		}
		r->policy = true;
		return true;
	case E_RECORD:
		dmarc_record_end(r); /* of one that was never closed */
		dmarc_record_begin(r);
		return true;
	default:
		break;
	}
	if (!r->in_record) {
		return false;
	}
	if (elem == E_REASON) {
		dmarc_record_reason(r);
	} else if (elem == E_DKIM || elem == E_SPF) {
		dmarc_record_result(r, elem == E_DKIM ? DMARC_DKIM : DMARC_SPF);
	}
	return true;
}

static bool
is_result_place(unsigned char context)
{
	return context == E_AUTH || context == E_DKIM || context == E_SPF;
}

static void
open_known(struct dmarc_reader *r, enum dmarc_elem elem, struct dmarc_level *level)
{
	bool container = elem < E_CONTAINERS;

	if (elem == E_DKIM || elem == E_SPF) {
		/* In policy_evaluated it is a word, in auth_results a result. */
		container = is_result_place(level->context);
	}
	if (container) {
		level->hidden = !open_container(r, elem);
		level->context = (unsigned char)elem;
		return;
	}
	r->leaf = field_of(r, level->context, elem);
	if (r->leaf != NULL) {
		r->leaf_depth = r->depth;
		buf_clear(&r->text);
	}
}

static void
note_root(struct dmarc_reader *r, const char *name, const char *xmlns)
{
	struct buf b;

	if (!r->any_element) {
		buf_init(&b, sizeof(r->root) - 1);
		buf_printable(&b, sv_from(name), 0);
		memcpy(r->root, b.p, b.n + 1);
		buf_done(&b);
		r->any_element = true;
	}
	if (elem_of(r, name) == E_FEEDBACK) {
		r->feedback = true;
		r->report.xmlns =
		    arena_sv(r->report_arena, sv_head(sv_from(xmlns), DMARC_TEXT_MAX));
		r->report.rfc9990 = sv_eq(r->report.xmlns, SV("urn:ietf:params:xml:ns:dmarc-2.0"));
	}
}

void
dmarc_tree_start(struct dmarc_reader *r, const char *name, const char *xmlns)
{
	struct dmarc_level *level;
	enum dmarc_elem elem;

	take_leaf(r);
	r->depth++;
	if (r->depth > DMARC_DEPTH_MAX) {
		dmarc_fault(
		    r, DMARC_TOO_DEEP, "elements are nested more than %d deep", DMARC_DEPTH_MAX);
		dmarc_xml_stop(r->xml);
		return;
	}
	level = &r->level[r->depth];
	*level = r->level[r->depth - 1];
	elem = elem_of(r, name);
	level->elem = (unsigned char)elem;
	if (!r->feedback) {
		note_root(r, name, xmlns);
		if (!r->feedback) {
			return;
		}
	}
	if (r->feedback_closed) {
		dmarc_fault(
		    r, DMARC_BROKEN_XML, "other elements stand behind the end of the report");
		return;
	}
	if (level->hidden) {
		return;
	}
	if (elem == E_UNKNOWN) {
		/* An extension; but in broken XML perhaps half a tag, around what we want. */
		level->hidden = r->report.faults[DMARC_BROKEN_XML].count == 0;
		return;
	}
	open_known(r, elem, level);
}

void
dmarc_tree_text(struct dmarc_reader *r, struct sv text)
{
	if (r->leaf_depth != 0 && r->leaf_depth == r->depth) {
		buf_sv(&r->text, text);
	}
}

void
dmarc_tree_end(struct dmarc_reader *r)
{
	const struct dmarc_level *level;

	take_leaf(r);
	if (r->depth == 0) {
		return;
	}
	level = &r->level[r->depth > DMARC_DEPTH_MAX ? DMARC_DEPTH_MAX : r->depth];
	if (r->depth <= DMARC_DEPTH_MAX && !level->hidden) {
		if (level->elem == E_RECORD) {
			dmarc_record_end(r);
		} else if (level->elem == E_FEEDBACK) {
			dmarc_record_end(r);
			/* In broken XML it may be the end of something else. */
			r->feedback_closed = r->report.faults[DMARC_BROKEN_XML].count == 0;
		}
	}
	r->depth--;
}
